"""Gathers what checks may look at: readings, form, card, cap places, date, consents. The bridge from store to checks."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from shiming.audit.work import Work
from shiming.checks import limits
from shiming.intake import liveness, openings, transfers
from shiming.pipeline import registers
from shiming.programmes import for_demo
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.records import Registration
from shiming.registration.states import CardState
from shiming.registration.store import caps, parties, proofs, shops
from shiming.registration.values import (
    CapFacts,
    CardFacts,
    Case,
    EvidenceItem,
    FaceComparison,
    Finding,
    LivenessFacts,
    Outcome,
    RosterFacts,
    Rules,
)

_OF_WHOM_IS_KNOWN = ("update", "reverify")
"""Purposes of somebody who was proven before: no card is opened, and the document must be theirs."""
_NO_NEW_CARD = (*_OF_WHOM_IS_KNOWN, *proofs.PURPOSES)
"""Purposes of registrations that open no card."""


def _card(work: Work, registration: Registration) -> CardFacts | None:
    if registration.purpose in _NO_NEW_CARD:
        return None
    card = store.card(work, registration.card_id)
    if registration.purpose == "transfer":
        # Whoever holds it passes it on: for the new holder it is as good as reserved, while that offer stands.
        stands = transfers.stands(work, registration)
        return CardFacts(card.number, card.scheme, str(card.state), known=True, bound=False, reserved_by_this=stands)
    return CardFacts(
        number=card.number,
        scheme=card.scheme,
        state=str(card.state),
        known=True,
        bound=store.card_is_bound(work, card.id),
        reserved_by_this=card.state in (CardState.RESERVED, CardState.UNREGISTERED, CardState.SUSPENDED)
        and card.account_id == registration.account_id
        and not store.card_has_other_registration(work, card.id, registration.id),
    )


def _caps(work: Work, registration: Registration, rules: Rules) -> tuple[CapFacts, ...] | None:
    if registration.purpose in _NO_NEW_CARD:
        return None
    person = caps.subject(work, registration)
    if person is None:
        return None
    return (*caps.counted(work, registration, rules, person), *registers.caps_asked(work, registration, rules))


def other_document(work: Work, registration: Registration) -> Finding | None:
    """Whether a change of data, or a proof asked for again, comes with a document that was never this party's: then a person
    looks, whatever else is right.

    Else anybody's document, handed in from an open session, would make somebody else the holder.
    """
    known = parties.identity(work, registration)
    if registration.purpose not in _OF_WHOM_IS_KNOWN or known is None:
        return None
    owner = parties.party_by_document(work, parties.document_blind(work, *known))
    outcome = Outcome.PASS if owner == registration.party_id else Outcome.FAIL
    return Finding("other_document", "1", outcome, "UPDATE_OTHER_DOCUMENT", item="number")


def evidence_items(work: Work, registration: Registration) -> dict[str, EvidenceItem]:
    """The current evidence by slot, with its readings, as far as the programme has a slot for it: a signature is not checked."""
    known = {slot.slot for slot in rules_of(work, registration).slots}
    return {
        item.slot: EvidenceItem(item.id, item.slot, store.reading(work, item.id), item.retakes)
        for item in store.evidence(work, registration.id)
        if item.slot in known
    }


def _rules(work: Work, registration: Registration) -> Rules:
    """The rules of the case; where a person is claimed, also that it is they."""
    rules = rules_of(work, registration)
    if work.demo:
        rules = for_demo(rules)
    if registration.purpose not in proofs.PURPOSES or "same_person" in rules.checks:
        return rules
    return replace(rules, checks=(*rules.checks, "same_person"))


def _session(work: Work, items: dict[str, EvidenceItem]) -> LivenessFacts | None:
    item = items.get("liveness")
    return liveness.facts(work, item.id) if item is not None else None


def case(
    work: Work,
    registration: Registration,
    comparison: FaceComparison | None = None,
    roster: RosterFacts | None = None,
) -> Case:
    """One submission as checks see it. ``at`` is the day it was handed in, in the programme's zone."""
    rules = _rules(work, registration)
    moment = registration.submitted_at or work.now
    consents = store.consents(work, registration.id)
    items = evidence_items(work, registration)
    return Case(
        rules=rules,
        at=moment.astimezone(ZoneInfo(rules.zone)).date(),
        form=store.form(work, registration),
        document=registration.document,
        evidence=items,
        comparison=comparison,
        face_consent=consents["face"].given if "face" in consents else None,
        channel=registration.channel,
        person=registration.person,
        claimed_person=proofs.claimed(work, registration),
        attested=shops.attested(work, registration),
        card=_card(work, registration),
        caps=_caps(work, registration, rules),
        roster=roster,
        openings=openings.counts(work, registration, rules, limits()),
        authority=registers.authority(work, registration, rules),
        liveness=_session(work, items),
    )
