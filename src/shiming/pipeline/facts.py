"""Gathers what checks may look at: readings, form, card, cap places, date, consents. The bridge from store to checks."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from shiming.audit.work import Work
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.records import Registration
from shiming.registration.states import CardState
from shiming.registration.store import approval, parties
from shiming.registration.values import CapFacts, CardFacts, Case, EvidenceItem, FaceComparison, Rules


def _card(work: Work, registration: Registration) -> CardFacts | None:
    if registration.purpose == "update":
        return None
    card = store.card(work, registration.card_id)
    return CardFacts(
        number=card.number,
        scheme=card.scheme,
        state=str(card.state),
        known=True,
        bound=store.card_is_bound(work, card.id),
        reserved_by_this=card.state == CardState.RESERVED
        and card.account_id == registration.account_id
        and not store.card_has_other_registration(work, card.id, registration.id),
    )


def _cap(work: Work, registration: Registration, rules: Rules) -> CapFacts | None:
    if registration.purpose == "update":
        return None
    person = approval.subject(work, registration)
    if person is None:
        return None
    scope = approval.cap_scope(rules)
    return CapFacts(scope, rules.cap_limit, parties.cap_taken(work, scope, person))


def evidence_items(work: Work, registration: Registration) -> dict[str, EvidenceItem]:
    """The current evidence by slot, with its readings."""
    return {
        item.slot: EvidenceItem(item.id, item.slot, store.reading(work, item.id), item.retakes)
        for item in store.evidence(work, registration.id)
    }


def case(work: Work, registration: Registration, comparison: FaceComparison | None = None) -> Case:
    """One submission as checks see it. ``at`` is the day it was handed in, in the programme's zone."""
    rules = resolve(registration.programme)
    moment = registration.submitted_at or work.now
    consents = store.consents(work, registration.id)
    return Case(
        rules=rules,
        at=moment.astimezone(ZoneInfo(rules.zone)).date(),
        form=store.form(work, registration),
        document=registration.document,
        evidence=evidence_items(work, registration),
        comparison=comparison,
        face_consent=consents["face"].given if "face" in consents else None,
        card=_card(work, registration),
        cap=_cap(work, registration, rules),
    )
