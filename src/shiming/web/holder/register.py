"""Card first: its number, proof of possession, name, address, consents; then the activation code (row A3)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.intake import cards, consents
from shiming.programmes.store import current, offered
from shiming.registration import numbers, store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Rules
from shiming.web import deps, rates
from shiming.web.deps import Form, FormData, Holder, house
from shiming.web.holder import steps
from shiming.web.holder.common import Place, fault_texts, open_place, place
from shiming.web.holder.home import PROGRAMME
from shiming.web.pages import come_back, page, see

router = APIRouter()
_HERE = {"online", "late"}
"""The channels that these pages serve."""


def _(text: str) -> str:
    return text


_NUMBER = {
    "iccid": (
        _("Card number (ICCID)"),
        _("18 to 20 digits printed on the card; they begin with 89."),
        _("Enter the 18 to 20 digits printed on the card; they begin with 89."),
    ),
    "pan": (
        _("Card number"),
        _("12 to 19 digits on the card. We keep only the last four."),
        _("Enter the 12 to 19 digits on the card."),
    ),
    "eid": (
        _("EID"),
        _("32 digits in the settings of the device, often behind “About”; they begin with 89."),
        _("Enter the 32 digits of the EID; they begin with 89."),
    ),
    "pattern": (
        _("Card number"),
        _("Letters and digits printed on the card."),
        _("Enter the number as it is printed on the card."),
    ),
}
"""Label, hint and fault text of each number scheme."""
_WRONG = {
    "name": _("Enter your name as it is printed on your identity document."),
    "address": _("Enter the address where you live."),
    "terms": _("Please read the terms and agree to them; nothing can go on without."),
    "privacy": _("Please read what happens with your data and agree; nothing can go on without."),
    "guardian": _("Without the guardian's consent nothing can go on."),
    "code": _("This code is not right, or it has expired. Compare it with the one that was shown and sent to you."),
}


def _rules(request: Request, asked: str) -> Rules:
    """The rules of the programme asked for. One that is not offered here (a demonstration's, elsewhere) is not there."""
    with house(request).workspace.read() as work:
        known = offered(work, demo=house(request).settings.demo)
        name = asked or (PROGRAMME if PROGRAMME in known else known[0])
        if name not in known:
            raise Problem("NOT_FOUND")
        return current(work, name)


def _form_page(
    request: Request, rules: Rules, form: FormData, problem: Problem | None = None, *, sent: bool = False
) -> Response:
    label, hint, wrong = _NUMBER[rules.number_scheme]
    faults = fault_texts(problem, deps.texts(request), {**_WRONG, "number": wrong}) if problem else {}
    ways = [way for way in rules.possession if way != "roster"]
    response = page(
        request,
        "holder/register.html",
        problem.status if problem else 200,
        form=form,
        faults=faults,
        general=" ".join(rates.refusal_texts(problem, deps.texts(request))) if problem and not faults else "",
        rules=rules,
        stages=steps.stages(rules),
        number=(label, hint),
        ways=ways,
        roster="roster" in rules.possession,
        sent=sent,
        proof=form.get("proof") or ("roster" if "roster" in rules.possession else ways[0]),
        terms=consents.text("terms"),
        privacy=consents.text("privacy"),
        optional=[consents.text(kind) for kind in _optional(rules)],
    )
    return come_back(response, problem)


def _optional(rules: Rules) -> list[str]:
    """What is optional and asked here. Whether the face may be looked for is asked where the face is."""
    return [kind for kind in rules.optional_consents if kind != consents.DUPLICATES]


@router.get("/register")
def ask(request: Request, holder: Holder, programme: str = "") -> Response:
    """Asks for the card. ``programme`` is another than the usual one."""
    rules = _rules(request, programme)
    if not set(rules.channels) & _HERE:
        return see(f"/start/{rules.programme}")
    return _form_page(request, rules, FormData({"programme": programme}))


@router.post("/register")
def claim(request: Request, form: Form, holder: Holder) -> Response:
    """Reserves the card and issues the activation code; or sends a code to the card's number."""
    rules = _rules(request, form.get("programme"))
    try:
        if form.on("send_code"):
            return _send_code(request, form, holder, rules)
        return _claim(request, form, holder, rules)
    except Problem as problem:
        return _form_page(request, rules, form, problem)


def _send_code(request: Request, form: FormData, holder: Actor, rules: Rules) -> Response:
    rates.spend_claim(request, holder.id)
    cards.learn(house(request).workspace, rules, form.get("number"), house(request).lookup, house(request).rosters)
    with house(request).workspace.write() as work:
        cards.send_card_code(work, holder, form.get("number"), deps.language(request), rules.programme)
    return _form_page(request, rules, form, sent=True)


def _faults(rules: Rules, form: FormData) -> dict[str, str]:
    missing = {kind: "INVALID_FORM" for kind in ("terms", "privacy") if not form.on(kind)}
    asked = ("name", "address") if "address" in rules.form_fields else ("name",)
    blank = {name: "INVALID_FORM" for name in asked if not form.get(name)}
    number = numbers.look(rules.number_scheme, form.get("number"), rules.number_pattern)
    wrong = {"number": "INVALID_FORM"} if numbers.certainly_wrong(number) else {}
    return {**wrong, **blank, **missing}


def _claim(request: Request, form: FormData, holder: Actor, rules: Rules) -> Response:
    faults = _faults(rules, form)
    if faults:
        raise Problem("INVALID_FORM", fields=faults)
    rates.spend_claim(request, holder.id)
    language, proof = deps.language(request), form.get("proof")
    claimed = None
    cards.learn(house(request).workspace, rules, form.get("number"), house(request).lookup, house(request).rosters)
    with house(request).workspace.write() as work:
        claimed = cards.claim(
            work,
            holder,
            programme=rules.programme,
            number=form.get("number"),
            secret=form.get("secret") if proof in ("secret", "") else None,
            card_code=form.get("card_code") if proof in ("code", "card-code") else None,
            name=form.get("name"),
            address=form.get("address"),
            language=language,
            demo=house(request).settings.demo,
        )
        if claimed is not None:
            for kind in ("terms", "privacy"):
                consents.record(work, holder, claimed.registration_id, kind, True, language)
            for kind in (kind for kind in _optional(rules) if form.on(kind)):
                consents.record(work, holder, claimed.registration_id, kind, True, language)
    if claimed is None:
        raise Problem("CARD_UNKNOWN", item="number")
    return see(f"/r/{claimed.reference}/code" if claimed.code else f"/r/{claimed.reference}/verify")


@router.get("/r/{reference}/code")
def show_code(request: Request, reference: str, holder: Holder) -> Response:
    """Shows the activation code; it was sent too and stays in the account."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        code = cards.activation_code(work, holder, found.registration.id)
    if code is None:
        return found.go_on()
    return page(request, "holder/code.html", place=found, code=code)


@router.get("/r/{reference}/verify")
def verify(request: Request, reference: str, holder: Holder) -> Response:
    """Asks for the activation code, and starts identity verification (row A4)."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        code = cards.activation_code(work, holder, found.registration.id)
        now = work.now
    if "code" not in found.missing:
        return found.go_on()
    ended = code is None or code.attempts_left < 1 or code.expires_at <= now
    return page(request, "holder/verify.html", place=found, code=code, ended=ended, faults={}, given="")


@router.post("/r/{reference}/verify")
def redeem(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Checks the activation code."""
    found = None
    try:
        with house(request).workspace.write() as work:
            found = place(work, holder, reference)
            cards.redeem(work, holder, found.registration.id, form.get("code"))
    except Problem as problem:
        if problem.code != "CODE_WRONG" or found is None:
            raise
        return _wrong_code(request, reference, holder, form.get("code"), problem)
    with house(request).workspace.read() as work:
        return place(work, holder, reference).go_on()


def _wrong_code(request: Request, reference: str, holder: Actor, given: str, problem: Problem) -> Response:
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        code = cards.activation_code(work, holder, found.registration.id)
        ended = code is None or code.attempts_left < 1 or code.expires_at <= work.now
    wrong_code = _WRONG["code"]
    faults = {"code": deps.texts(request).gettext(wrong_code)}
    return page(
        request, "holder/verify.html", problem.status, place=found, code=code, ended=ended, faults=faults, given=given
    )


@router.post("/r/{reference}/code")
def reissue(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """A new activation code in place of one that expired or ran out of tries."""
    rates.spend_claim(request, holder.id)
    with house(request).workspace.write() as work:
        cards.reissue(work, holder, place(work, holder, reference).registration.id)
    return see(f"/r/{reference}/code")


def _agreements(found: Place) -> list[str]:
    """The consents that are still open, the separate question about faces aside."""
    kinds = [item.removeprefix("consent:") for item in found.missing if item.startswith("consent:")]
    return [kind for kind in kinds if kind != "face"]


@router.get("/r/{reference}/consent")
def ask_consent(request: Request, reference: str, holder: Holder) -> Response:
    """Terms and privacy, for a registration that was begun elsewhere and lacks them."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        given = store.consents(work, found.registration.id)
    open_kinds = _agreements(found)
    if not open_kinds:
        return found.go_on()
    texts = [consents.text(kind) for kind in open_kinds]
    return page(request, "holder/consent.html", place=found, texts=texts, given=given, faults={})


@router.post("/r/{reference}/consent")
def give_consent(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Records the consents."""
    with house(request).workspace.write() as work:
        found = open_place(work, holder, reference)
        open_kinds = _agreements(found)
        refused = {kind: "INVALID_FORM" for kind in open_kinds if not form.on(kind)}
        if not refused:
            for kind in open_kinds:
                consents.record(work, holder, found.registration.id, kind, True, deps.language(request))
            return place(work, holder, reference).go_on()
        given = store.consents(work, found.registration.id)
    faults = fault_texts(Problem("INVALID_FORM", fields=refused), deps.texts(request), _WRONG)
    texts = [consents.text(kind) for kind in open_kinds]
    return page(request, "holder/consent.html", 422, place=found, texts=texts, given=given, faults=faults)
