"""Is registration needed at all? Asked before purchase, without an account (row C1)."""

from __future__ import annotations

from babel import Locale
from fastapi import APIRouter, Request, Response

from shiming import countries
from shiming.audit.work import Work
from shiming.countries import store
from shiming.countries.explaining import CHANNELS, PRODUCTS, Explanation, Question, explain
from shiming.countries.vocabulary import Accepted, Cap
from shiming.registration.problems import Problem
from shiming.web import deps
from shiming.web.pages import page

router = APIRouter()
PATH = "/is-registration-needed"


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


PRODUCT_NAMES = {
    "sim": _("SIM card for calls and data"),
    "esim": _("eSIM for calls and data"),
    "data-card": _("SIM card or hotspot for data only"),
    "data-esim": _("eSIM for data only"),
    "iot-sim": _("SIM card for devices"),
}
CHANNEL_NAMES = {"online": _("Online"), "shop": _("In a shop")}
PEOPLE_NAMES = {
    "citizen": _("Citizens"),
    "foreigner": _("Foreigners who live there"),
    "visitor": _("Visitors"),
    "refugee": _("Refugees"),
    "minor": _("Minors"),
    "company": _("Companies"),
}


def country_names(request: Request) -> dict[str, str]:
    """The countries there are, by code, named in the reader's language and in its order."""
    territories = Locale.parse(deps.language(request)).territories
    named = {code: str(territories.get(code, countries.policy(code).name)) for code in countries.names()}
    return dict(sorted(named.items(), key=lambda row: row[1]))


def question_of(given: dict[str, str], work: Work) -> tuple[str, Question]:
    """The country and the question of a form or an address. Raises ``Problem`` INVALID_FORM by field."""
    country = given.get("country", "").upper()
    faults = {
        name: "INVALID_FORM"
        for name, value, allowed in (
            ("country", country, countries.names()),
            ("product", given.get("product", ""), PRODUCTS),
            ("channel", given.get("channel", ""), CHANNELS),
        )
        if value not in allowed
    }
    age = given.get("age", "").strip()
    if age and not (age.isascii() and age.isdigit() and int(age) <= 150):
        faults["age"] = "INVALID_FORM"
    if faults:
        raise Problem("INVALID_FORM", fields=faults)
    return country, Question(given["product"], given["channel"], age=int(age) if age else None, on=work.now.date())


def explained(work: Work, country: str, question: Question) -> Explanation:
    """The answer by the policy in force."""
    return explain(store.in_force(work, country), question, confirmed=store.confirmation(work, country) is not None)


@router.get(PATH)
def show(request: Request) -> Response:
    """Asks for country, product and channel; then says what holds."""
    given = dict(request.query_params)
    names = country_names(request)
    found: Explanation | None = None
    faults: dict[str, str] = {}
    if {"country", "product", "channel"} & set(given):
        try:
            with deps.house(request).workspace.read() as work:
                found = explained(work, *question_of(given, work))
        except Problem as problem:
            say = deps.texts(request)
            faults = {field: say.gettext(_FAULTS[field]) for field in problem.fields}
    return page(
        request,
        "holder/needed.html",
        status=422 if faults else 200,
        given=given,
        faults=faults,
        countries=names,
        products=PRODUCT_NAMES,
        channels=CHANNEL_NAMES,
        people=PEOPLE_NAMES,
        found=found,
        why=found.why(names[found.policy.country]) if found else (),
        documents=[row for row in found.documents or () if isinstance(row, Accepted)] if found else [],
        caps=[row for row in found.caps or () if isinstance(row, Cap) and row.count] if found else [],
    )


_FAULTS = {
    "country": _("Choose the country where the card is sold."),
    "product": _("Choose what you want to buy."),
    "channel": _("Choose where you want to buy it."),
    "age": _("Write your age in whole years, for example 15."),
}
