"""Evidence: kept, read, refused. A capture id makes handing in idempotent; nothing handed in is overwritten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.db import lock_name
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Evidence, Registration
from shiming.registration.serial import reading_to_json
from shiming.registration.states import EvidenceState, evidence_after
from shiming.registration.store import deciding, further_pictures, moves
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor, Finding, Reading


def hold(work: Work, registration_id: str) -> None:
    """Makes others who hand something in for this registration wait until the transaction ends, so that the same capture sent
    twice at once is kept once, and a slot holds one thing."""
    lock_name(work.conn, f"captures:{registration_id}")


def by_capture(work: Work, registration_id: str, capture_id: str) -> str | None:
    """The id of the evidence already made from this capture, or None."""
    e = t.evidence.c
    query = select(e.id).where(e.owner_registration_id == registration_id, e.capture_id == capture_id)
    return work.conn.execute(query).scalar()


def _retakes(work: Work, registration: Registration, slot: str) -> int:
    e = t.evidence.c
    query = select(e.id).where(
        e.owner_registration_id == registration.id,
        e.slot == slot,
        e.n == registration.n,
        e.state == EvidenceState.UNUSABLE,
    )
    return len(work.conn.execute(query).all())


def add(
    work: Work,
    actor: Actor,
    registration: Registration,
    *,
    slot: str,
    kind: str,
    capture_id: str,
    media_type: str,
    data: bytes,
) -> str:
    """Keeps one thing handed in, encrypted, in place of what the slot held before; to be read soon. Returns its id."""
    evidence_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "evidence")
    file_id = work.vault.put_file(work.conn, key_id, issuer=work.issuer, row=evidence_id, data=data)
    e = t.evidence
    retakes = _retakes(work, registration, slot)
    work.conn.execute(
        update(e)
        .where(e.c.owner_registration_id == registration.id, e.c.slot == slot, e.c.replaced_at.is_(None))
        .values(replaced_at=work.now)
    )
    _share_no_more(work, registration.id, slot)
    work.conn.execute(
        insert(e).values(
            id=evidence_id,
            issuer=work.issuer,
            key_id=key_id,
            slot=slot,
            kind=kind,
            capture_id=capture_id,
            owner_registration_id=registration.id,
            n=registration.n,
            state=str(EvidenceState.RECEIVED),
            retakes=retakes,
            work_attempts=0,
            media_type=media_type,
            size=len(data),
            file_id=file_id,
            created_at=work.now,
        )
    )
    moves.note_event(work, actor, registration.id, "evidence-received", slot=slot, evidence=evidence_id)
    work.record(actor, Action.EVIDENCE_RECEIVED, "evidence", evidence_id, registration=registration.id, slot=slot)
    return evidence_id


def share(work: Work, actor: Actor, registration: Registration, item: Evidence) -> None:
    """Goes on using what an earlier registration handed in."""
    work.conn.execute(
        insert(t.evidence_use).values(evidence_id=item.id, registration_id=registration.id, n=0, issuer=work.issuer)
    )
    moves.note_event(work, actor, registration.id, "evidence-shared", slot=item.slot, evidence=item.id)


def _share_no_more(work: Work, registration_id: str, slot: str) -> None:
    u, e = t.evidence_use, t.evidence.c
    of_slot = select(e.id).where(e.slot == slot)
    work.conn.execute(delete(u).where(u.c.registration_id == registration_id, u.c.n == 0, u.c.evidence_id.in_(of_slot)))


def files_named(work: Work, file_ids: list[str]) -> set[str]:
    """Which of these files some evidence names, whosever it is: the files of all issuers lie in one place."""
    named: set[str] = set()
    for table in (t.evidence, t.evidence_picture):
        named |= set(work.conn.execute(select(table.c.file_id).where(table.c.file_id.in_(file_ids))).scalars())
    return named


def count_work(work: Work, evidence_id: str) -> int:
    """Counts an attempt to read before the work is done, and says which it is."""
    e = t.evidence
    work.conn.execute(
        update(e).where(e.c.issuer == work.issuer, e.c.id == evidence_id).values(work_attempts=e.c.work_attempts + 1)
    )
    return store.evidence_by_id(work, evidence_id).work_attempts


def _finish(work: Work, item: Evidence, move: str, reading: Reading, **changes: object) -> bool:
    e = t.evidence
    sealed = seal_json(work, item.key_id, "evidence", "reading_sealed", item.id, reading_to_json(reading))
    done = work.conn.execute(
        update(e)
        .where(e.c.issuer == work.issuer, e.c.id == item.id, e.c.state == EvidenceState.RECEIVED)
        .values(state=str(evidence_after(item.state, move)), read_at=work.now, reading_sealed=sealed, **changes)
    )
    return done.rowcount == 1


def store_reading(
    work: Work,
    evidence_id: str,
    reading: Reading,
    findings: tuple[Finding, ...],
    *,
    picture: bytes | None,
    usable: bool,
    refused_code: str | None = None,
    further: Sequence[bytes] = (),
) -> bool:
    """Keeps what was read. ``picture`` is the normalised picture, kept in place of the file as handed in; ``further``
    pictures stay beside it, as long as it.

    Idempotent: a second call for the same evidence changes nothing and says False.
    """
    item = store.evidence_by_id(work, evidence_id)
    if item.state != EvidenceState.RECEIVED:
        return False
    changes: dict[str, object] = {"refused_code": refused_code}
    if picture is not None:
        file_id = work.vault.put_file(work.conn, item.key_id, issuer=work.issuer, row=item.id, data=picture)
        changes.update(file_id=file_id, media_type="image/jpeg", size=len(picture))
    if not _finish(work, item, "read" if usable else "refuse", reading, **changes):
        raise Problem("CONFLICT")
    further_pictures.keep(work, item.key_id, item.id, further)
    registration = store.get(work, item.owner_registration_id)
    deciding.record_findings(work, registration, findings, evidence_id=evidence_id)
    event = "evidence-read" if usable else "evidence-unusable"
    moves.note_event(work, moves.engine(work.issuer), registration.id, event, slot=item.slot, evidence=evidence_id)
    if picture is not None:
        work.after_commit(lambda: work.vault.delete_file(item.file_id))
    return True
