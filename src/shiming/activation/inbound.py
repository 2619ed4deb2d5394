"""Texts and calls that reached the operator from a card: the holder's second act (row B6).

The operator's system says who texted or called what number. An event counts once; one that is old, lies ahead, or happened
before the card waited for it has no effect, so that an old text sent again completes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import phonenumbers

from shiming.accounts.holders import ContactError, normalise_contact
from shiming.activation import store as events
from shiming.activation.phrases import says
from shiming.activation.service import second_act
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card
from shiming.registration.states import CardState
from shiming.registration.store import life, moves
from shiming.registration.values import Actor, Role, SecondAct

_ROOM = "shiming.activation"


@dataclass(frozen=True, slots=True)
class Event:
    """One text or call from a card."""

    id: str
    kind: Literal["sms", "call"]
    sender: str = field(repr=False)
    to: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What an event led to: ``completed``, ``wrong-phrase``, ``wrong-number``, ``wrong-kind``, ``too-early``,
    ``not-waiting`` or ``unknown-sender``. ``repeated``: it came before; this is the answer it had."""

    outcome: str
    repeated: bool


def receive(work: Work, actor: Actor, event: Event) -> Heard:
    """Takes an event in. Raises NOT_ALLOWED, EVENT_TIME for one too old or ahead of the clock, IDEMPOTENCY_CONFLICT for an id
    that another event had."""
    if actor.role != Role.SERVICE:
        raise Problem("NOT_ALLOWED")
    content = "\x1f".join((event.kind, event.sender, event.to, event.text))
    if not events.begin_event(work, event.id, event.kind, event.at, work.vault.blind("inbound", content)):
        outcome, kept = events.earlier_event(work, event.id)
        if kept not in work.vault.blind_all("inbound", content):
            raise Problem("IDEMPOTENCY_CONFLICT")
        return Heard(outcome, repeated=True)
    oldest = work.now - timedelta(hours=limit(_ROOM, "inbound.oldest_hours"))
    if event.at < oldest or event.at > work.now + timedelta(seconds=limit(_ROOM, "inbound.ahead_seconds")):
        raise Problem("EVENT_TIME", item="at")
    card = _sender(work, event.sender)
    act = second_act(work, card) if card is not None else None
    outcome = _outcome(work, event, card, act)
    events.finish_event(work, event.id, outcome, card.id if card else None)
    work.record(actor, Action.INBOUND_RECEIVED, "card", card.id if card else "-", outcome=outcome)
    if card is not None and outcome == "completed":
        _complete(work, actor, card)
    elif card is not None and act is not None and outcome.startswith("wrong-"):
        _answer(work, card, act)
    return Heard(outcome, repeated=False)


def _sender(work: Work, text: str) -> Card | None:
    """The card that has this number now, however the operator writes it."""
    bare = re.sub(r"[\s()-]", "", text)
    forms = [bare]
    try:
        e164 = normalise_contact("+" + bare[2:] if bare.startswith("00") else bare).value
        national = phonenumbers.parse(e164, None).national_number
        forms += [e164, e164.removeprefix("+"), str(national)]
    except (ContactError, phonenumbers.NumberParseException):
        forms.append(f"+{bare}")
    found = (life.card_by_msisdn(work, form) for form in dict.fromkeys(forms))
    return next((card for card in found if card is not None), None)


def _outcome(work: Work, event: Event, card: Card | None, act: SecondAct | None) -> str:
    if card is None:
        return "unknown-sender"
    if act is None or card.act_done_at is not None:
        return "not-waiting"
    if card.state == CardState.ACTIVATING:
        return "too-early"
    if card.state != CardState.AWAITING_ACT or card.act_since is None:
        return "not-waiting"
    if event.at < card.act_since - timedelta(seconds=limit(_ROOM, "inbound.ahead_seconds")):
        return "too-early"
    return _judged(work, event, card, act)


def _judged(work: Work, event: Event, card: Card, act: SecondAct) -> str:
    if event.kind != act.kind:
        return "wrong-kind"
    if not _same_number(work, card, event.to, act.number):
        return "wrong-number"
    if act.kind == "sms" and not says(event.text, act.phrase):
        return "wrong-phrase"
    return "completed"


def _same_number(work: Work, card: Card, dialled: str, number: str) -> bool:
    """Short numbers are dialled as they are, or with the country's code before them."""
    registration = store.get(work, str(life.holder_registration(work, card.id)))
    code = str(phonenumbers.country_code_for_region(rules_of(work, registration).country))
    bare, wanted = re.sub(r"\D", "", dialled), re.sub(r"\D", "", number)
    return bare in (wanted, code + wanted, "00" + code + wanted)


def _complete(work: Work, actor: Actor, card: Card) -> None:
    """The act is done: the operator is asked to lift what is still barred, and confirms that the card is in service."""
    done = moves.move_card(work, actor, card, "act", act_done_at=work.now)
    registration = str(life.holder_registration(work, card.id))
    moves.note_event(work, actor, registration, "act-done")
    life.order(work, actor, done, "open", key=f"open:{card.id}:act:{registration}", registration=registration)


def _answer(work: Work, card: Card, act: SecondAct) -> None:
    """Tells the holder what to do instead, a few times an hour."""
    wrong = events.wrong_events(work, card.id, work.now - timedelta(hours=1))
    if wrong > limit(_ROOM, "inbound.answers_an_hour"):
        return
    registration = store.get(work, str(life.holder_registration(work, card.id)))
    template = "second-act-wrong-sms" if act.kind == "sms" else "second-act-wrong-call"
    key = f"second-act-wrong:{card.id}:{wrong}:{work.now.isoformat()}"
    told = {"number": act.number, "phrase": act.phrase}
    life.post_card_notice(work, card, template, key=key, language=registration.language, account=False, **told)
