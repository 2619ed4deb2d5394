"""Changed data of a proven person: a new registration of purpose ``update``, with proof; history is kept (row A12)."""

from __future__ import annotations

from dataclasses import dataclass

from shiming.audit.work import Work
from shiming.intake import access
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import IdentityDocument, PartyDetail, Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import moves, parties
from shiming.registration.values import Actor


@dataclass(frozen=True, slots=True)
class History:
    """What was declared and proven over time, oldest first."""

    details: tuple[PartyDetail, ...]
    documents: tuple[IdentityDocument, ...]


def _proven(work: Work, actor: Actor, registration_id: str) -> Registration:
    registration = access.own(work, actor, registration_id)
    if registration.state != RegistrationState.APPROVED or registration.party_id is None:
        raise Problem("WRONG_STATE")
    return registration


def start(work: Work, actor: Actor, registration_id: str) -> Registration:
    """Begins an update of the data behind an approved registration; one that is open already is found again.

    The form starts from what is known; new pictures of the document are the proof.
    """
    proven = _proven(work, actor, registration_id)
    for other in store.for_account(work, actor.id):
        same = other.purpose == "update" and other.card_id == proven.card_id
        if same and other.state in access.OPEN:
            return other
        if same and other.state in (
            RegistrationState.SUBMITTED,
            RegistrationState.CHECKING,
            RegistrationState.IN_REVIEW,
        ):
            raise Problem("WRONG_STATE")
    details = parties.party_history(work, str(proven.party_id))
    return moves.create(
        work,
        actor,
        programme=proven.programme,
        card_id=proven.card_id,
        account_id=actor.id,
        language=proven.language,
        form=dict(details[-1].detail) if details else {},
        purpose="update",
        party_id=proven.party_id,
        document=proven.document,
    )


def history(work: Work, actor: Actor, registration_id: str) -> History:
    """The history of the data behind an own approved registration."""
    proven = _proven(work, actor, registration_id)
    party_id = str(proven.party_id)
    return History(tuple(parties.party_history(work, party_id)), tuple(parties.identity_documents(work, party_id)))
