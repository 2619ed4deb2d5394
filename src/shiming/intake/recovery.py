"""Fresh proof of identity (row C7): for a device that is not known, a lost account, another SIM card or another plan.

A registration of purpose ``recovery`` or ``authorise`` goes the usual way: document, face, declaration, checks, a person. What
follows from its approval is in ``registration/store/proofs.py``; ``finish`` lets it take effect after the cooling-off.
"""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Literal

from shiming.audit.work import Work
from shiming.intake import access, cards
from shiming.intake import store as intake_store
from shiming.programmes.store import current, offered, rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card, Registration
from shiming.registration.states import CardState, IllegalMove, RegistrationState
from shiming.registration.store import life, moves, parties, proofs
from shiming.registration.values import Actor, Role

_KIND, _SCHEME = "identity", "none"
"""Of the one card that stands for no card: a fresh proof of a lost account is about none that could be shown."""
_LONGEST = 120
_HOLDING = ("register", "transfer")
"""The purposes of registrations that made somebody a card's holder."""
_WAITING = (RegistrationState.SUBMITTED, RegistrationState.CHECKING, RegistrationState.IN_REVIEW)


@cache
def _preferred() -> tuple[str, ...]:
    data = tomllib.loads(files(__package__).joinpath("recovery.toml").read_text("utf-8"))
    return tuple(data["programmes"])


def programme(work: Work, *, demo: bool) -> str:
    """The programme by which a lost account is proven. Raises NOT_FOUND where none here looks at a document."""
    known = offered(work, demo=demo)
    fallback = [name for name in known if current(work, name).documents and "online" in current(work, name).channels]
    found = next((name for name in (*_preferred(), *fallback) if name in known), None)
    if found is None:
        raise Problem("NOT_FOUND")
    return found


def start(work: Work, actor: Actor, *, named: str, language: str, demo: bool = False) -> Registration:
    """Begins a fresh proof: of the own account (``named`` empty), or of a lost one by its contact or one of its cards.

    One that is open is found again. The answer and the work are the same whatever was named. Raises INVALID_FORM, and
    CONTACT_TAKEN where a lost account would be moved into one in which a person was proven already.
    """
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    clean = unicodedata.normalize("NFKC", named).strip()
    if len(clean) > _LONGEST:
        raise Problem("INVALID_FORM", fields={"named": "INVALID_FORM"})
    proven = store.account_is_proven(work, actor.id)
    if proven and clean:
        raise Problem("CONTACT_TAKEN", item="named")
    if not proven and not clean:
        raise Problem("INVALID_FORM", fields={"named": "INVALID_FORM"})
    known = _open(work, actor, "recovery", None)
    if known is not None:
        return known
    name = programme(work, demo=demo)
    registration = moves.create(
        work,
        actor,
        programme=name,
        card_id=_no_card(work).id,
        account_id=actor.id,
        language=language,
        form={},
        purpose="recovery",
    )
    hours = current(work, name).cooling_off_hours
    proofs.add(work, registration, "recovery" if clean else "device", cooling_hours=hours, named=clean)
    return registration


def authorise(
    work: Work,
    actor: Actor,
    registration_id: str,
    *,
    change: Literal["sim", "plan"],
    number: str = "",
    secret: str | None = None,
    card_code: str | None = None,
    plan: str = "",
) -> Registration | None:
    """Begins the proof that authorises another SIM card (in hand, with its proof of possession) or another plan.

    One that is open is found again. Raises WRONG_STATE unless the registration's card is in service, INVALID_FORM, and
    CARD_UNKNOWN once the transaction is committed (the try is kept; None is returned inside it).
    """
    proven = access.own(work, actor, registration_id)
    card = store.card_of(work, proven)
    fits = proven.state == RegistrationState.APPROVED and proven.party_id is not None and proven.purpose in _HOLDING
    if not fits or card.state != CardState.IN_SERVICE:
        raise Problem("WRONG_STATE")
    known = _open(work, actor, "authorise", card.id)
    if known is not None:
        return known
    rules = rules_of(work, proven)
    new = None
    if change == "sim":
        new = cards.replacement(work, actor, rules, number, secret, card_code)
        if new is None:
            return None
    elif not plan.strip() or len(plan.strip()) > 64:
        raise Problem("INVALID_FORM", fields={"plan": "INVALID_FORM"})
    details = parties.party_history(work, str(proven.party_id))
    registration = moves.create(
        work,
        actor,
        programme=proven.programme,
        card_id=card.id,
        account_id=actor.id,
        language=proven.language,
        form=dict(details[-1].detail) if details else {},
        purpose="authorise",
        party_id=proven.party_id,
        document=proven.document,
    )
    proofs.add(
        work,
        registration,
        change,
        cooling_hours=rules.cooling_off_hours,
        new_card_id=new.id if new else None,
        plan=plan.strip() or None,
    )
    return registration


def finish(work: Work, registration_id: str) -> None:
    """Lets a proof take effect whose cooling-off is over and that nobody stopped. Safe to run twice."""
    found = proofs.begin_end(work, registration_id)
    if found is None:
        return
    registration, proof = found
    if proof.kind == "recovery":
        proofs.move_account(work, registration, str(proof.target_account_id))
        proofs.end(work, registration, "done")
        return
    proofs.end(work, registration, "done" if _order(work, registration, proof) else "failed")


def _order(work: Work, registration: Registration, proof: proofs.Proof) -> bool:
    """Orders the change of the operator; False where the card or the new one is no longer as it was."""
    card = store.card(work, registration.card_id)
    new = store.card(work, proof.new_card_id) if proof.new_card_id else None
    act = "swap" if new is not None else "change-plan"
    try:
        life.order(
            work,
            moves.engine(work.issuer),
            card,
            act,
            key=f"{act}:{registration.id}",
            why="holder",
            new_card=new,
            plan=proof.plan,
            registration=registration.id,
        )
    except (IllegalMove, Problem):
        moves.post_notice(work, registration, "change-failed", key=f"change-failed:{registration.id}")
        return False
    moves.post_notice(work, registration, "change-ordered", key=f"change-ordered:{registration.id}")
    return True


def _open(work: Work, actor: Actor, purpose: str, card_id: str | None) -> Registration | None:
    """The account's own proof that is still open, found again. Raises WRONG_STATE while one is being looked at."""
    for other in store.for_account(work, actor.id):
        if other.purpose != purpose or (card_id is not None and other.card_id != card_id):
            continue
        if other.state in access.OPEN:
            return other
        if other.state in _WAITING:
            raise Problem("WRONG_STATE")
    return None


def _no_card(work: Work) -> Card:
    found = store.card_by_number(work, _SCHEME, _KIND)
    if found is not None:
        return found
    values = {"kind": _KIND, "scheme": _SCHEME, "product": "", "number": _KIND, "msisdn": "", "secret": ""}
    intake_store.add_card(work, **values, restrictions=())
    made = store.card_by_number(work, _SCHEME, _KIND)
    if made is None:
        raise Problem("CONFLICT")
    return moves.move_card(work, moves.engine(work.issuer), made, "cancel")
