"""Countries: what is known of their rules, what an officer supplies, and who answers for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from shiming import countries
from shiming.accounts import staff
from shiming.audit.work import Work
from shiming.countries import Policy, store
from shiming.countries.vocabulary import VOCABULARY
from shiming.programmes import store as programmes
from shiming.registration.documents import document_kinds
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.holder.needed import country_names
from shiming.web.officer import forms, labels
from shiming.web.pages import page, see
from shiming.web.staff import Task

router = APIRouter(prefix="/officer/policy", dependencies=[Depends(deps.read_form)])
Member = Annotated[Actor, Depends(deps.staff_with(Role.OFFICER))]


def _(text: str) -> str:
    return text


TASK = Task(
    "/officer/policy",
    _("Countries and their rules"),
    _("Supply facts that nobody knows yet, and confirm a country before anybody is registered under its rules."),
)
_FAULTS = {
    "value": _("Say what holds. The answer is not complete, or contradicts itself."),
    "reference": _("Name the source: an address, or the place in a law."),
    "dated": _("Give the day of the source, not later than today: for example 2026-11-01."),
    "certainty": _("Say how sure the source is."),
    "note": _("The note is too long."),
}


@dataclass(frozen=True)
class _Use:
    """A programme under a country's rules, and how it stands towards them."""

    title: str
    name: str
    standing: programmes.Standing


def _uses(work: Work, request: Request) -> dict[str, list[_Use]]:
    found: dict[str, list[_Use]] = {}
    for name in programmes.offered(work, demo=deps.house(request).settings.demo):
        rules = programmes.programme(work, name)
        found.setdefault(rules.country, []).append(_Use(rules.title, name, programmes.standing(work, name)))
    return found


def _known(country: str) -> str:
    if country not in countries.names():
        raise Problem("NOT_FOUND")
    return country


@router.get("")
def show_all(request: Request, actor: Member) -> Response:
    """Every country: first those that programmes here are under."""
    names = country_names(request)
    with deps.house(request).workspace.read() as work:
        uses = _uses(work, request)
        rows = [
            (code, name, store.confirmation(work, code), uses.get(code, []))
            for code, name in sorted(names.items(), key=lambda row: row[0] not in uses)
        ]
    return page(request, "officer/countries.html", actor=actor, home="/officer", rows=rows)


@router.get("/{country}")
def show(request: Request, actor: Member, country: str) -> Response:
    """One country: its facts with certainty and source, and what still has to be found out."""
    return _country(request, actor, _known(country))


def _country(request: Request, actor: Actor, country: str, general: str = "") -> Response:
    with deps.house(request).workspace.read() as work:
        made = store.proposed(work, country)
        last = store.confirmation(work, country)
        uses = _uses(work, request).get(country, [])
        history: list[store.SuppliedFact | store.Confirmation] = [
            *store.supplied(work, country),
            *store.confirmations(work, country),
        ]
        values: dict[str, Any] = {
            "made": made,
            "in_force": store.in_force(work, country),
            "last": last,
            "current": last is not None and last.version == made.version,
            "uses": uses,
            "missing": list(dict.fromkeys(key for use in uses for key in use.standing.missing)),
            "history": sorted(history, key=lambda row: row.at, reverse=True),
            "people": {row.actor_id: _name(work, row.actor_id) for row in history},
        }
    return page(
        request,
        "officer/country.html",
        status=409 if general else 200,
        actor=actor,
        home="/officer",
        country=country,
        title=country_names(request)[country],
        general=general,
        labels=labels,
        shown=forms.shown,
        documents=document_kinds(),
        typed=list(VOCABULARY),
        words=[fact for key, fact in made.facts.items() if key not in VOCABULARY],
        **values,
    )


def _name(work: Work, actor_id: str) -> str:
    member = staff.get(work, actor_id)
    return member.display_name if member else actor_id


@router.post("/{country}/confirm")
def confirm(request: Request, actor: Member, form: deps.Form, country: str) -> Response:
    """Answers for the version that was looked at."""
    try:
        with deps.house(request).workspace.write() as work:
            store.confirm(work, actor, _known(country), form.get("version"), immediate=form.on("immediate"))
    except Problem as problem:
        if problem.code != "WRONG_STATE":
            raise
        say = deps.texts(request)
        return _country(request, actor, country, say.gettext(_CHANGED))
    return see(f"/officer/policy/{country}")


_CHANGED = _("Somebody supplied something while you were looking. Please look again, and then confirm.")


@router.get("/{country}/facts/{key}")
def ask(request: Request, actor: Member, country: str, key: str) -> Response:
    """The form for one fact."""
    return _form(request, actor, _known(country), key, deps.FormData(), {})


@router.post("/{country}/facts/{key}")
def supply(request: Request, actor: Member, form: deps.Form, country: str, key: str) -> Response:
    """Supplies a fact with its source."""
    if key not in VOCABULARY:
        raise Problem("NOT_FOUND")
    say = deps.texts(request)
    try:
        with deps.house(request).workspace.write() as work:
            store.supply(
                work,
                actor,
                _known(country),
                key,
                [*(_rows_now(store.proposed(work, country), key) if form.on("add") else []), *forms.value(key, form)],
                reference=form.get("reference"),
                dated=_day(form.get("dated")),
                note=form.get("note"),
                certainty=form.get("certainty"),
            )
    except Problem as problem:
        if problem.code != "INVALID_FORM":
            raise
        return _form(request, actor, country, key, form, {k: say.gettext(_FAULTS[k]) for k in problem.fields})
    return see(f"/officer/policy/{country}")


def _rows_now(made: Policy, key: str) -> list[dict[str, Any]]:
    fact = made.facts.get(key)
    if fact is None or not fact.known:
        return []
    return [row.model_dump(mode="json", by_alias=True, exclude_defaults=True) for row in fact.rows]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _form(
    request: Request, actor: Actor, country: str, key: str, form: deps.FormData, faults: dict[str, str]
) -> Response:
    if key not in VOCABULARY:
        raise Problem("NOT_FOUND")
    with deps.house(request).workspace.read() as work:
        made = store.proposed(work, country)
    return page(
        request,
        "officer/fact.html",
        status=422 if faults else 200,
        actor=actor,
        home="/officer",
        country=country,
        title=country_names(request)[country],
        key=key,
        fact=made.facts.get(key),
        made=made,
        form=form,
        faults=faults,
        controls=forms.controls(key, conditions=False),
        conditions=forms.controls(key, conditions=True),
        labels=labels,
        shown=forms.shown,
        documents=document_kinds(),
    )
