"""Retention per artefact: what a programme keeps for how long, and the sweep that erases what is due, with proof.

One registration is one transaction: the sweep may be killed anywhere, run twice, or run at once. Meaning of ``after``:

- ``none``: due the moment the final decision took effect; a picture is needed until then, by machine and person.
- ``decision``: days after the final decision took effect.
- ``start``: days after the registration began; for a draft, after the last thing that was done to it.
- ``end``: days after the binding ended (the card cancelled, given back, transferred). For ``expired``: after it expired.

A face template that may be looked for serves an approved registration alone: with one that was refused or given up it goes at
once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import structlog

from shiming.accounts import holders
from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.custody.store import disputes, exports, retaining
from shiming.intake import store as intake
from shiming.intake.liveness import store as liveness
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Evidence, Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import erasing, moves, tables, templates
from shiming.registration.values import Actor, RetentionRule, Rules, Verdict
from shiming.review import store as threads

ROOM = "shiming.custody"
_PICTURES = {
    "document-side": "document-picture",
    "photocopy": "photocopy",
    "selfie": "selfie",
    # Pictures of the same face, for the same purpose.
    "liveness": "selfie",
    "holding": "holding",
    "paper": "paper",
    # What somebody signed in a shop proves consent and declaration, and is kept as long as they.
    "signature": "registration",
}
TEMPLATE = "face-template"
"""A face that may be looked for among others."""
_TEXTS = (threads.second_look, tables.face_candidate)
"""What else is written about a registration under its key, and stays as long as its decisions' texts."""
_UNFINISHED = (RegistrationState.DRAFT, RegistrationState.ACTION_REQUIRED)
_STOPPED = (RegistrationState.WITHDRAWN, RegistrationState.EXPIRED)
_log = structlog.get_logger(__name__)


@cache
def _defaults() -> dict[str, RetentionRule]:
    rows: dict[str, Any] = tomllib.loads(files(ROOM).joinpath("limits.toml").read_text("utf-8"))["retention"]
    return {name: RetentionRule(r["after"], int(r["value"]), r["origin"], r["law"]) for name, r in rows.items()}


def rule(rules: Rules | None, artefact: str) -> RetentionRule:
    """The rule for an artefact: the programme's, else custody's own."""
    own = rules.retention.get(artefact) if rules is not None else None
    return own or _defaults()[artefact]


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that a registration holds, the rule it is kept under, and until when; None = not known yet."""

    kind: str
    """``picture`` or ``reading`` (of evidence), ``face-template``, ``form``, ``registration``."""
    object_id: str
    artefact: str
    rule: RetentionRule
    at: datetime | None


def dues(work: Work, registration: Registration) -> list[Due]:
    """Everything of a person that a registration still holds. The registration itself comes last."""
    rules = rules_of(work, registration)
    items = retaining.evidence_of(work, registration.id)
    found = [due for item in items for due in _of_evidence(work, registration, rules, item)]
    found += [
        _of_template(work, registration, rules, row.id) for row in templates.of_registration(work, registration.id)
    ]
    if registration.form_erased_at is None:
        found.append(_own(work, registration, rules, "form", "form"))
    if registration.erased_at is None:
        found.append(_own(work, registration, rules, "registration", "registration"))
    return found


def _of_evidence(work: Work, registration: Registration, rules: Rules, item: Evidence) -> Iterable[Due]:
    for kind, artefact, erased in (
        ("picture", _PICTURES[item.kind], item.picture_erased_at),
        ("reading", "reading", item.reading_erased_at),
    ):
        if erased is None:
            at = _latest([_until(work, other, artefact) for other in _users(work, registration, item)])
            yield Due(kind, item.id, artefact, _rule_now(registration, rules, artefact), at)


def _of_template(work: Work, registration: Registration, rules: Rules, template_id: str) -> Due:
    kind = TEMPLATE
    if registration.state in (*_STOPPED, RegistrationState.REJECTED):
        moment = registration.updated_at if registration.state in _STOPPED else decided(work, registration)
        return Due(kind, template_id, kind, RetentionRule("none"), moment)
    at, over = _until(work, registration, kind), None
    if registration.state == RegistrationState.APPROVED:
        # Whatever the programme says: the holder was told that it is not kept longer than the card is theirs.
        over = ended(work, registration)
    at = min((moment for moment in (at, over) if moment is not None), default=None)
    return Due(kind, template_id, kind, _rule_now(registration, rules, kind), at)


def _users(work: Work, registration: Registration, item: Evidence) -> list[Registration]:
    """Every registration that the evidence serves: it goes when the last of them lets it go."""
    others = retaining.users_of(work, item) - {registration.id}
    return [registration, *(store.get(work, other) for other in others)]


def _latest(moments: list[datetime | None]) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return max(known) if len(known) == len(moments) else None


def _own(work: Work, registration: Registration, rules: Rules, kind: str, artefact: str) -> Due:
    at = _until(work, registration, artefact)
    return Due(kind, registration.id, artefact, _rule_now(registration, rules, artefact), at)


def _rule_now(registration: Registration, rules: Rules, artefact: str) -> RetentionRule:
    """The rule an artefact is under in this state: what never came to an approval has rules of its own."""
    if registration.state in _UNFINISHED:
        return rule(rules, "draft")
    if registration.state in _STOPPED:
        return rule(rules, "expired")
    own = rule(rules, artefact)
    refused = registration.state == RegistrationState.REJECTED and own.after != "none"
    return rule(rules, "refused") if refused else own


def _until(work: Work, registration: Registration, artefact: str) -> datetime | None:
    """Until when a registration needs an artefact; None while that is not known."""
    rules = rules_of(work, registration)
    now = _rule_now(registration, rules, artefact)
    wait = timedelta(days=now.days)
    if registration.state in (*_UNFINISHED, *_STOPPED):
        return registration.updated_at + wait
    moment = decided(work, registration)
    if moment is None:
        return None
    if registration.state == RegistrationState.REJECTED and now.after != "none":
        return moment + max(wait, timedelta(days=rules.appeal_days))
    begun = {"none": moment, "decision": moment, "start": registration.created_at}
    base = begun[now.after] if now.after in begun else ended(work, registration)
    if base is None:
        return None
    return moment if now.after == "none" else max(base + wait, moment)


def decided(work: Work, registration: Registration) -> datetime | None:
    """When the final decision took effect; None before that, or while it is looked at again."""
    final = {RegistrationState.APPROVED: Verdict.APPROVE, RegistrationState.REJECTED: Verdict.REJECT}
    if registration.state not in final:
        return None
    rows = retaining.decisions(work, registration)
    if not rows:
        return registration.updated_at  # imported: it was decided elsewhere
    made = [row for row in rows if row.verdict == final[registration.state]]
    moment: datetime | None = made[-1].effect_at if made else None
    return moment


def ended(work: Work, registration: Registration) -> datetime | None:
    """When the party stopped holding the registration's card; None while it holds it."""
    rows = retaining.bindings(work, registration.card_id, registration.party_id)
    ends: list[datetime | None] = [row.until for row in rows]
    if rows and None not in ends:
        return _latest(ends)
    card = store.card(work, registration.card_id)
    return store.card_changed_at(work, card.id) if card.state == CardState.CANCELLED else None


def settle(workspace: Workspace, registration_id: str) -> int:
    """Erases what is due of one registration and notes when to look again; gives how many things were erased."""
    with workspace.write() as work:
        retaining.lock(work, registration_id)
        registration = store.get(work, registration_id)
        if retaining.disputed(work, registration.card_id):
            # Somebody says that this is not theirs: nothing that could show it is destroyed meanwhile.
            retaining.plan(work, registration_id, work.now + timedelta(hours=limit(ROOM, "sweep.hold_hours")))
            return 0
        gone = [due for due in dues(work, registration) if due.at is not None and due.at <= work.now]
        count = sum(erase(work, due) for due in gone)
        left = [due.at for due in dues(work, store.get(work, registration_id)) if due.at is not None]
        retaining.plan(work, registration_id, min(left, default=None))
    return count


def erase(work: Work, due: Due, *, cause: str = "retention") -> bool:
    """Erases one thing with proof. Says whether there was anything (left) to erase."""
    if due.kind == "registration":
        _stop(work, due.object_id)
        _erase_party_of(work, due, cause)
        for dropped in unfinished(work, due.object_id):
            _prove(work, Due("upload", due.object_id, due.artefact, due.rule, due.at), dropped, cause)
    key_id = erase_one(work, due.kind, due.object_id)
    if key_id is not None:
        _prove(work, due, key_id, cause)
    return key_id is not None


def unfinished(work: Work, registration_id: str) -> list[str]:
    """Drops uploads and frames of liveness sessions that became no evidence; gives the keys that were shredded."""
    return [*erasing.uploads(work, registration_id), *liveness.drop_of(work, registration_id)]


def _stop(work: Work, registration_id: str) -> None:
    """A draft that nobody went on with expires first, which sets its card free."""
    registration = store.get(work, registration_id)
    if registration.state in _UNFINISHED:
        moves.withdraw(work, moves.engine(work.issuer), registration, name="expire")


def _erase_party_of(work: Work, due: Due, cause: str) -> None:
    """With the last of its registrations goes what is kept of the party itself."""
    party_id = store.get(work, due.object_id).party_id
    if party_id is None or retaining.bound(work, party_id):
        return
    if retaining.of_party(work, party_id) == [due.object_id]:
        key_id = erasing.party(work, party_id)
        if key_id is not None:
            _prove(work, Due("party", party_id, due.artefact, due.rule, due.at), key_id, cause)


def erase_one(work: Work, kind: str, object_id: str) -> str | None:
    """Erases one thing by kind and id; gives the id of the key that was shredded, None when it was gone."""
    if kind in ("picture", "reading"):
        item = store.evidence_by_id(work, object_id)
        liveness.drop_marks(work, item.id)
        return erasing.picture(work, item) if kind == "picture" else erasing.reading(work, item)
    if kind in ("form", "registration"):
        registration = store.get(work, object_id)
        # A standing offer to pass the card on is sealed under the key that goes now.
        intake.end_offers(work, registration.card_id)
        gone = erasing.form if kind == "form" else erasing.registration
        return gone(work, registration, _TEXTS)
    if kind == "upload":
        return next(iter(unfinished(work, object_id)), None)
    others = {
        TEMPLATE: templates.erase,
        "party": erasing.party,
        "account": holders.erase,
        "message": retaining.erase_message,
        "export": exports.erase,
        "dispute": disputes.erase,
        "thread": threads.erase,
    }
    return others[kind](work, object_id)


def _prove(work: Work, due: Due, key_id: str, cause: str) -> None:
    prove(work, due.kind, due.object_id, due.artefact, due.rule, key_id, cause)


def prove(work: Work, kind: str, object_id: str, artefact: str, by: RetentionRule, key_id: str, cause: str) -> None:
    """Leaves the proof of a deletion: a row of the log and an entry of the audit record."""
    retaining.prove(
        work,
        kind=kind,
        object_id=object_id,
        artefact=artefact,
        cause=cause,
        after=by.after,
        days=by.days,
        key_id=key_id,
    )
    actor: Actor = moves.engine(work.issuer)
    work.record(actor, Action.DATA_ERASED, kind, object_id, artefact=artefact, cause=cause)


def sweep(workspace: Workspace) -> int:
    """Plans what changed and erases what is due; gives how many things were erased. In batches, each safe to lose."""
    count = _plan_changed(workspace)
    while ids := _read(workspace, retaining.due):
        done = [n for n in (_settle(workspace, id) for id in ids) if n is not None]
        count += sum(done)
        if not done:
            break
    count += _sweep_flat(workspace, "message", _old_messages)
    count += _sweep_flat(workspace, "export", exports.expired)
    count += _sweep_flat(workspace, "account", _idle_accounts)
    count += _sweep_flat(workspace, "dispute", _old_disputes)
    count += _sweep_flat(workspace, "thread", _quiet_threads)
    with workspace.write() as work:
        retaining.spent_indexes(work)
    if count:
        _log.info("erased", count=count)
    return count


def _read(workspace: Workspace, query: Any) -> list[str]:
    with workspace.read() as work:
        found: list[str] = query(work, int(limit(ROOM, "sweep.batch")))
    return found


def _plan_changed(workspace: Workspace) -> int:
    count, after = 0, ""
    again = timedelta(days=limit(ROOM, "sweep.plan_again_days"))
    while True:
        with workspace.read() as work:
            ids = retaining.to_plan(work, after, work.now - again, int(limit(ROOM, "sweep.batch")))
        if not ids:
            return count
        count += sum(_settle(workspace, id) or 0 for id in ids)
        after = ids[-1]


def _settle(workspace: Workspace, registration_id: str) -> int | None:
    """One registration; what fails is told and tried again at the next sweep, and stops no other."""
    try:
        return settle(workspace, registration_id)
    except (Problem, LookupError, FileNotFoundError) as failure:
        _log.error("not_settled", registration=registration_id, error=type(failure).__name__)
        return None


def _old_messages(work: Work, size: int) -> list[str]:
    return retaining.old_messages(work, work.now - timedelta(days=rule(None, "message").days), size)


def _idle_accounts(work: Work, size: int) -> list[str]:
    return retaining.idle_accounts(work, work.now - timedelta(days=rule(None, "account").days), size)


def _old_disputes(work: Work, size: int) -> list[str]:
    settled = work.now - timedelta(days=rule(None, "dispute").days)
    return disputes.over(work, settled, work.now - timedelta(hours=limit(ROOM, "dispute.draft_hours")), size)


def _quiet_threads(work: Work, size: int) -> list[str]:
    return threads.quiet(work, work.now - timedelta(days=rule(None, "thread").days), size)


def _sweep_flat(workspace: Workspace, kind: str, query: Any) -> int:
    """Things that stand for themselves: found by one query, erased one by one."""
    count = 0
    while ids := _read(workspace, query):
        erased = sum(_erase_flat(workspace, kind, id) for id in ids)
        count += erased
        if not erased:
            break
    return count


def _erase_flat(workspace: Workspace, kind: str, object_id: str) -> bool:
    with workspace.write() as work:
        key_id = erase_one(work, kind, object_id)
        if key_id is None:
            return False
        by = rule(None, kind) if kind in _defaults() else RetentionRule("end")
        prove(work, kind, object_id, kind, by, key_id, "retention")
    return True
