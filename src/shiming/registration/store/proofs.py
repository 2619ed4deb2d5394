"""Fresh proof of identity: what it is for, whose it must be, the time in which it can be stopped, and what follows (row C7).

Kinds: ``device`` (the account's own person at a device that is not known), ``recovery`` (a lost account moves to a new
contact), ``sim`` and ``plan`` (a change of the card). States: ``proving -> cooling -> done``, or ``stopped``, ``failed``.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update

from shiming.accounts import contacts, devices, sessions
from shiming.accounts.addresses import ContactError, normalise_contact
from shiming.accounts.contacts import KnownContact
from shiming.accounts.telling import tell
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.db import for_update
from shiming.registration import numbers, store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.store import moves, parties
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import open_text, seal_json
from shiming.registration.values import Actor, Role

Kind = Literal["device", "recovery", "sim", "plan"]
PURPOSES = ("recovery", "authorise")
"""The purposes of registrations that are fresh proofs."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_LENGTH = 10
"""31^10 is about 2^49: nobody stops another's change by guessing."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a fresh proof is for and how far it is. ``named`` is the lost contact or card number as it was typed."""

    registration_id: str
    kind: Kind
    state: str
    account_id: str
    target_account_id: str | None
    named: str = field(repr=False)
    new_card_id: str | None
    plan: str | None
    cooling_hours: int
    cools_until: datetime | None


def add(
    work: Work,
    registration: Registration,
    kind: Kind,
    *,
    cooling_hours: int,
    named: str = "",
    new_card_id: str | None = None,
    plan: str | None = None,
) -> None:
    """Notes what a registration proves identity for. Nothing is looked up here: the same work whatever was named."""
    sealed = seal_json(work, registration.key_id, "proof", "named_sealed", registration.id, named)
    work.conn.execute(
        insert(t.proof).values(
            registration_id=registration.id,
            issuer=work.issuer,
            kind=kind,
            state="proving",
            account_id=registration.account_id,
            named_sealed=sealed,
            new_card_id=new_card_id,
            plan=plan,
            cooling_hours=cooling_hours,
            created_at=work.now,
        )
    )
    actor = Actor(Role.HOLDER, registration.account_id, work.issuer)
    work.record(actor, Action.RECOVERY_STARTED, "registration", registration.id, proof=kind)


def of(work: Work, registration: Registration) -> Proof | None:
    """What a registration proves identity for; None for one that is no fresh proof."""
    if registration.purpose not in PURPOSES:
        return None
    return _proof(work, registration, _row(work, registration.id))


def _row(work: Work, registration_id: str) -> Row[Any]:
    p = t.proof
    query = select(p).where(p.c.issuer == work.issuer, p.c.registration_id == registration_id)
    row = work.conn.execute(for_update(query) if work.writable else query).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return row


def _proof(work: Work, registration: Registration, row: Row[Any]) -> Proof:
    named = open_text(work, registration.key_id, "proof", "named_sealed", registration.id, row.named_sealed)
    return Proof(
        row.registration_id,
        row.kind,
        row.state,
        row.account_id,
        row.target_account_id,
        named,
        row.new_card_id,
        row.plan,
        row.cooling_hours,
        row.cools_until,
    )


def claimed(work: Work, registration: Registration) -> bool | None:
    """Whether the document is one of the person whose account or card this is about; None where nobody is claimed.

    What was named is looked up only now, with the document in hand: a lost account that there never was and another
    person's look the same.
    """
    if registration.purpose not in PURPOSES:
        return None
    return target(work, registration) is not None


def target(work: Work, registration: Registration) -> tuple[str, str] | None:
    """(party, account) that this proof is about, when the document is one of that party; else None."""
    proof, party_id = of(work, registration), _party_of(work, registration)
    if proof is None or party_id is None:
        return None
    accounts = [proof.account_id] if proof.kind != "recovery" else _named_accounts(work, proof.named)
    if proof.kind in ("sim", "plan") and registration.party_id != party_id:
        return None
    found = next((one for one in accounts if party_id in store.parties_of_account(work, one)), None)
    return None if found is None else (party_id, found)


def _party_of(work: Work, registration: Registration) -> str | None:
    known = parties.identity(work, registration)
    return None if known is None else parties.party_by_document(work, parties.document_blind(work, *known))


def _named_accounts(work: Work, named: str) -> list[str]:
    found: list[str] = []
    with suppress(ContactError):
        found += contacts.accounts_ever(work, normalise_contact(named))
    for scheme in numbers.SCHEMES:
        number = numbers.look(scheme, named)
        card = None if numbers.certainly_wrong(number) else store.card_by_number(work, scheme, number.value)
        if card is not None:
            found += _holding_accounts(work, card.id)
    return list(dict.fromkeys(found))


def _holding_accounts(work: Work, card_id: str) -> list[str]:
    b = t.binding.c
    query = select(b.registration_id).where(b.issuer == work.issuer, b.card_id == card_id, b.until.is_(None))
    return [store.get(work, id).account_id for id in work.conn.execute(query).scalars()]


def must_match(work: Work, registration: Registration) -> None:
    """Refuses (PERSON_MISMATCH) to approve a fresh proof with a document of somebody else."""
    if registration.purpose in PURPOSES and target(work, registration) is None:
        raise Problem("PERSON_MISMATCH")


def approved(work: Work, registration: Registration) -> None:
    """Identity was proven: a device is trusted at once; everything else waits while the old contacts can stop it."""
    found, proof = target(work, registration), of(work, registration)
    if found is None or proof is None:
        # The card passed on, or the account was erased, while the decision could still be taken back.
        end(work, registration, "failed")
        return
    party_id, account_id = found
    _keep(work, registration.id, target_account_id=account_id)
    work.conn.execute(update(t.registration).where(t.registration.c.id == registration.id).values(party_id=party_id))
    if proof.kind == "device":
        _trust_here(work, registration, account_id, party_id)
    else:
        _cool_off(work, registration, proof, account_id)


def _trust_here(work: Work, registration: Registration, account_id: str, party_id: str) -> None:
    if store.parties_of_account(work, account_id) <= {party_id}:
        devices.trust_submitters(work, account_id, registration.id)
    else:
        # Other persons were proven in this account too: what is this person's is open here, and no more.
        own = [row.id for row in store.for_account(work, account_id) if row.party_id == party_id]
        devices.open_on_submitters(work, account_id, registration.id, own)
    _keep(work, registration.id, state="done", ended_at=work.now)
    for one in contacts.of(work, account_id):
        tell(work, one.contact, "recovery-here", registration.language, key=f"recovery-here:{registration.id}:{one.id}")


def _cool_off(work: Work, registration: Registration, proof: Proof, account_id: str) -> None:
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    until = work.now + timedelta(hours=proof.cooling_hours)
    _keep(work, registration.id, state="cooling", cools_until=until, stop_blind=_blind(work, raw))
    template = "recovery-cooling" if proof.kind == "recovery" else "change-cooling"
    for one in contacts.of(work, account_id):
        tell(
            work,
            one.contact,
            template,
            contacts.language_of(work, account_id),
            key=f"{template}:{registration.id}:{one.id}",
            code=f"{raw[:5]}-{raw[5:]}",
            expires_at=until.isoformat(),
        )
    if proof.kind == "recovery":
        key = f"recovery-waiting:{registration.id}"
        moves.post_notice(work, registration, "recovery-waiting", key=key, expires_at=until.isoformat())
    engine = moves.engine(work.issuer)
    moves.note_event(work, engine, registration.id, "cooling-off", until=until.isoformat())
    work.record(engine, Action.RECOVERY_COOLING, "registration", registration.id)


def stop(work: Work, code: str) -> bool:
    """An old contact stops it. Says whether the code was one that can stop something now; stopped twice is once."""
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    p = t.proof
    query = select(p).where(p.c.issuer == work.issuer, p.c.stop_blind.in_(_blinds(work, bare)))
    row = work.conn.execute(for_update(query)).one_or_none()
    if row is None or row.state not in ("cooling", "stopped"):
        return False
    if row.state == "cooling":
        registration = store.get(work, row.registration_id)
        _keep(work, registration.id, state="stopped", ended_at=work.now)
        nobody = Actor(Role.ANONYMOUS, "-", work.issuer)
        moves.note_event(work, nobody, registration.id, "stopped")
        moves.post_notice(work, registration, "recovery-stopped", key=f"recovery-stopped:{registration.id}")
        work.record(nobody, Action.RECOVERY_STOPPED, "registration", registration.id)
    return True


def cooled(work: Work, limit: int = 200) -> list[str]:
    """Ids of registrations whose time of cooling off is over and that nobody stopped."""
    p = t.proof.c
    query = (
        select(p.registration_id)
        .where(p.issuer == work.issuer, p.state == "cooling", p.cools_until <= work.now)
        .order_by(p.cools_until)
        .limit(limit)
    )
    return list(work.conn.execute(query).scalars())


def begin_end(work: Work, registration_id: str) -> tuple[Registration, Proof] | None:
    """Takes a proof whose time is over, to let it take effect; None when it was stopped or is done."""
    row = _row(work, registration_id)
    if row.state != "cooling" or row.cools_until > work.now:
        return None
    registration = store.get(work, registration_id)
    return registration, _proof(work, registration, row)


def end(work: Work, registration: Registration, state: Literal["done", "failed"]) -> None:
    """Notes what became of it."""
    engine = moves.engine(work.issuer)
    _keep(work, registration.id, state=state, ended_at=work.now)
    moves.note_event(work, engine, registration.id, "proof-done" if state == "done" else "proof-failed")
    work.record(engine, Action.RECOVERY_DONE, "registration", registration.id, state=state)


def move_account(work: Work, registration: Registration, old: str) -> None:
    """The old account moves to the contact that proved it: contacts, sessions and devices of before end; all are told.

    What was begun in the account of the new contact goes along.
    """
    new = registration.account_id
    p = t.proof
    others = (p.c.issuer == work.issuer, p.c.target_account_id == old, p.c.kind == "recovery", p.c.state == "cooling")
    # Another recovery that waits would find other contacts than those that were told of it.
    work.conn.execute(
        update(p).where(*others, p.c.registration_id != registration.id).values(state="failed", ended_at=work.now)
    )
    language = contacts.language_of(work, old)
    before, fresh = contacts.of(work, old), contacts.of(work, new)
    _tell_all(work, registration, [*before, *fresh], language)
    for one in fresh:
        contacts.end(work, new, contacts.id_of(work, new, one.contact), "moved")
    for one in before:
        contacts.end(work, old, contacts.id_of(work, old, one.contact), "recovered")
    for one in fresh:
        contacts.add(work, old, one.contact)
    devices.forget_all(work, old)
    devices.move(work, new, old)
    devices.trust_submitters(work, old, registration.id)
    sessions.close_all(work, old)
    sessions.close_all(work, new)
    for table in (t.registration, t.card, t.activation_code, t.consent):
        work.conn.execute(
            update(table).where(table.c.issuer == work.issuer, table.c.account_id == new).values(account_id=old)
        )


def _tell_all(work: Work, registration: Registration, those: list[KnownContact], language: str) -> None:
    for one in those:
        tell(work, one.contact, "recovery-done", language, key=f"recovery-done:{registration.id}:{one.id}")


def _keep(work: Work, registration_id: str, **values: Any) -> None:
    p = t.proof
    mine = (p.c.issuer == work.issuer, p.c.registration_id == registration_id)
    work.conn.execute(update(p).where(*mine).values(**values))


def _blind(work: Work, bare: str) -> bytes:
    return work.vault.blind(f"{work.issuer}:proof:stop", bare)


def _blinds(work: Work, bare: str) -> list[bytes]:
    return work.vault.blind_all(f"{work.issuer}:proof:stop", bare)
