"""The home page, and the pages that need no account: your data, help, is this message genuine."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from shiming.intake import consents
from shiming.intake.access import OPEN
from shiming.programmes import store as programmes
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Rules, evidence_context
from shiming.web.deps import MaybeHolder, house
from shiming.web.holder import labels, views
from shiming.web.holder.common import Place, place_of
from shiming.web.pages import page

router = APIRouter()
PROGRAMME = "carrier-5g"
"""The programme of an address that names none, where it is offered."""


def offers(request: Request) -> list[Rules]:
    """The programmes people may choose: telephone cards first, then by name."""
    with house(request).workspace.read() as work:
        known = programmes.offers(work, demo=house(request).settings.demo)
    return sorted(known, key=lambda rules: (rules.regime != "telecom", rules.demo, rules.programme != PROGRAMME))


@router.get("/")
def home(request: Request, holder: MaybeHolder) -> Response:
    """Which card it is, and going on with what was begun."""
    begun: list[Place] = []
    if holder is not None:
        with house(request).workspace.read() as work:
            for registration in store.for_account(work, holder.id):
                told = views.shown_state(registration, store.decisions(work, registration.id), work.now)
                if told in OPEN:
                    begun.append(place_of(work, registration))
    known = offers(request)
    if len(known) == 1:
        return page(request, "holder/start.html", begun=begun, rules=known[0], needs=needs(known[0]), labels=labels)
    return page(request, "holder/home.html", begun=begun, offers=known, labels=labels)


@router.get("/start/{programme}")
def start(request: Request, programme: str) -> Response:
    """What to have ready for one kind of card, how long it takes, and where (rows A1, B2)."""
    rules = next((rules for rules in offers(request) if rules.programme == programme), None)
    if rules is None:
        raise Problem("NOT_FOUND")
    return page(request, "holder/start.html", begun=[], rules=rules, needs=needs(rules), labels=labels)


@dataclass(frozen=True)
class Thing:
    """Something to have ready beside card and document. ``title`` is a message id; a photocopy is made by the shop."""

    title: str
    by_shop: bool


@dataclass(frozen=True)
class Needs:
    """What a programme asks for, by channel."""

    online: tuple[Thing, ...]
    shop: tuple[Thing, ...]


def needs(rules: Rules) -> Needs:
    """What to bring. Of what several documents need, each thing once."""
    return Needs(*(_bring(rules, channel) if channel in rules.channels else () for channel in ("online", "shop")))


def _bring(rules: Rules, channel: str) -> tuple[Thing, ...]:
    asked: dict[str, None] = {}
    for document in rules.documents or (None,):
        context = evidence_context(document, channel, rules.persons[0], True)
        for slot in rules.evidence.needed(context):
            if slot != "attestation" and not slot.startswith(("document-", "selfie", "holding")):
                asked.setdefault(slot)
    titles = labels.slots(rules)
    kinds = {rule.slot: rule.kind for rule in rules.slots}
    return tuple(Thing(titles[slot][0], kinds[slot] == "photocopy") for slot in asked)


@router.get("/privacy")
def privacy(request: Request) -> Response:
    """The notice before anything is collected (F9)."""
    looked_for = any(rules.duplicates for rules in offers(request))
    return page(
        request,
        "holder/privacy.html",
        privacy=consents.text("privacy"),
        face=consents.text("face"),
        looked_for=consents.text(consents.DUPLICATES) if looked_for else None,
    )
