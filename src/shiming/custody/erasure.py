"""Erasure when its holder asks (row F5), and the log that a restored backup replays.

What the law lets go is erased at once. What must stay is named with the rule that says so and until when; the sweep erases
it then. The card's own data (number, state) are the issuer's and stay; the keyed indexes that caps count by stay while a
cap counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.custody import retention
from shiming.custody.retention import Due
from shiming.custody.store import disputes, exports, retaining
from shiming.intake.liveness import store as liveness
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import REGISTRATION_MOVES, RegistrationState
from shiming.registration.store import erasing, moves, templates
from shiming.registration.values import Actor, RetentionRule, Role
from shiming.review import store as threads

CAUSE = "request"
_WITHDRAWN = "consent-withdrawn"
_KINDS = (
    retention.TEMPLATE,
    "picture",
    "reading",
    "form",
    "registration",
    "upload",
    "party",
    "account",
    "message",
    "export",
    "dispute",
    "thread",
)


@dataclass(frozen=True, slots=True)
class Stay:
    """Something that may not go yet: what, of which registration, by which rule, until when.

    ``until`` is None while the card is in the person's name (then ``rule.days`` after that), or while a dispute is open.
    """

    artefact: str
    reference: str
    rule: RetentionRule
    until: datetime | None
    held: bool = False
    """A dispute or an unfinished decision holds it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an erasure did: how many things went, what stays, and whether the account itself went."""

    erased: int
    stays: tuple[Stay, ...]
    account: bool


def outlook(work: Work, actor: Actor) -> tuple[Stay, ...]:
    """What would stay if the holder asked now; nothing is changed."""
    found: list[Stay] = []
    for registration in _own(work, actor):
        if not _may_stop(registration):
            found += _stays(work, registration)
    return tuple(found)


def request(work: Work, actor: Actor) -> Outcome:
    """Erases all that may go of the holder's, at once, with proof. Registrations under way are withdrawn first.

    When nothing has to stay the account goes too, and its sessions end.
    """
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    work.record(actor, Action.ERASURE_ASKED, "account", actor.id)
    ids = [registration.id for registration in _own(work, actor)]
    count = sum(_erase_registration(work, actor, id) for id in ids)
    count += _erase_flat(work, "message", retaining.messages_about(work, ids))
    count += _erase_flat(work, "export", [row.id for row in exports.of_account(work, actor.id)])
    count += _erase_flat(work, "dispute", disputes.settled_of(work, actor.id))
    count += _erase_flat(work, "thread", [row.id for row in threads.of_account(work, actor.id)])
    stays = outlook(work, actor)
    gone = not stays and _erase_flat(work, "account", [actor.id]) == 1
    return Outcome(count + gone, stays, gone)


def _own(work: Work, actor: Actor) -> list[Registration]:
    return [row for row in store.for_account(work, actor.id) if row.erased_at is None]


def _may_stop(registration: Registration) -> bool:
    return registration.state in REGISTRATION_MOVES["withdraw"] or registration.state in (
        RegistrationState.WITHDRAWN,
        RegistrationState.EXPIRED,
    )


def _erase_registration(work: Work, actor: Actor, registration_id: str) -> int:
    retaining.lock(work, registration_id)
    registration = store.get(work, registration_id)
    if registration.state in REGISTRATION_MOVES["withdraw"]:
        registration = moves.withdraw(work, actor, registration)
    if _held(work, registration):
        return 0
    free = [due for due in retention.dues(work, registration) if not _must_stay(work, registration, due)]
    return sum(retention.erase(work, due, cause=CAUSE) for due in free)


def _held(work: Work, registration: Registration) -> bool:
    """A dispute is open, or a decision is not in effect yet: what could show the truth is not destroyed meanwhile."""
    decided = registration.state in (RegistrationState.APPROVED, RegistrationState.REJECTED)
    return retaining.disputed(work, registration.card_id) or (decided and retention.decided(work, registration) is None)


def _must_stay(work: Work, registration: Registration, due: Due) -> bool:
    if due.at is not None and due.at <= work.now:
        return False
    if due.rule.law:
        return True
    # A card in use is never left without the one it is registered to.
    approved = registration.state == RegistrationState.APPROVED
    return due.kind == "registration" and approved and retention.ended(work, registration) is None


def _stays(work: Work, registration: Registration) -> list[Stay]:
    held = _held(work, registration)
    seen: dict[str, Stay] = {}
    for due in retention.dues(work, registration):
        if held or _must_stay(work, registration, due):
            seen.setdefault(due.artefact, Stay(due.artefact, registration.reference, due.rule, due.at, held))
    return list(seen.values())


def _erase_flat(work: Work, kind: str, ids: Iterable[str]) -> int:
    count = 0
    for id in ids:
        key_id = retention.erase_one(work, kind, id)
        if key_id is not None:
            retention.prove(work, kind, id, kind, RetentionRule("none"), key_id, CAUSE)
            count += 1
    return count


def selfies(work: Work, actor: Actor, registration_id: str) -> int:
    """The consent to the face comparison was withdrawn: every picture of the face taken for it goes at once."""
    count, by = face_templates(work, actor, registration_id), RetentionRule("none")
    for key_id in liveness.drop_of(work, registration_id):
        retention.prove(work, "upload", registration_id, "selfie", by, key_id, _WITHDRAWN)
    for item in retaining.evidence_of(work, registration_id):
        if item.kind in ("selfie", "liveness"):
            for kind in ("picture", "reading"):
                count += retention.erase(work, Due(kind, item.id, "selfie", by, work.now), cause=_WITHDRAWN)
            erasing.set_aside(work, item)
    return count


def face_templates(work: Work, actor: Actor, registration_id: str) -> int:
    """The consent to have the face looked for was withdrawn, or that to compare it: the template goes at once."""
    registration = store.get(work, registration_id)
    if registration.account_id != actor.id:
        raise Problem("NOT_FOUND")
    return drop_templates(work, registration_id, cause=_WITHDRAWN)


def drop_templates(work: Work, registration_id: str, *, cause: str) -> int:
    """Erases every template of a registration with proof; gives how many there were."""
    retaining.lock(work, registration_id)
    rows = templates.of_registration(work, registration_id)
    return sum(drop_template(work, row.id, cause=cause) for row in rows)


def drop_template(work: Work, template_id: str, *, cause: str) -> bool:
    """Erases one template with proof; says whether it was there."""
    due = Due(retention.TEMPLATE, template_id, retention.TEMPLATE, RetentionRule("none"), work.now)
    return retention.erase(work, due, cause=cause)


def log(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Every deletion so far, oldest first, as JSON values: kept outside the backups, so that a restore can replay it."""
    with workspace.read() as work:
        for row in retaining.deletions(work):
            values = dict(row._mapping)
            values.pop("issuer")
            yield {**values, "at": row.at.isoformat()}


def replay(workspace: Workspace, entries: Iterable[dict[str, Any]]) -> int:
    """Erases again what a restored backup brought back; gives how much there was. Idempotent, one entry a transaction.

    Raises ``ValueError`` for an entry of an unknown kind.
    """
    count = 0
    for entry in entries:
        if entry["kind"] not in _KINDS:
            raise ValueError(f"expected a deletion of one of {', '.join(_KINDS)}, got {entry['kind']!r}")
        with workspace.write() as work:
            retaining.keep_entry(work, {**entry, "at": datetime.fromisoformat(entry["at"])})
            with suppress(Problem):  # what the backup does not know is gone already
                if retention.erase_one(work, entry["kind"], entry["object_id"]) is not None:
                    actor = moves.engine(work.issuer)
                    work.record(actor, Action.DATA_ERASED, entry["kind"], entry["object_id"], cause="replay")
                    count += 1
    return count
