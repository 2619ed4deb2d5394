"""All that is kept about a holder, in one file: ``data.json`` and pictures, packed as ZIP (``docs/export.md``)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

from shiming.accounts import holders
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.custody import cards
from shiming.custody.retention import ROOM
from shiming.custody.store import disputes, exports
from shiming.custody.store.exports import Export
from shiming.intake import consents
from shiming.intake import store as intake
from shiming.notices import store as notices
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.reasons import reason
from shiming.registration.records import Evidence, Registration
from shiming.registration.serial import reading_to_json
from shiming.registration.store import further_pictures, parties, templates
from shiming.registration.values import Actor, Finding, Role
from shiming.review import store as reviews

FORMAT = "shiming-export-1"
_SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif", "image/heic": "heic"}
_Files = dict[str, bytes]


def make(work: Work, actor: Actor) -> Export:
    """Packs everything about the holder and keeps it, encrypted, for a short time. Raises TOO_MANY_REQUESTS."""
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    today = [row for row in exports.of_account(work, actor.id) if row.created_at > work.now - timedelta(days=1)]
    if len(today) >= limit(ROOM, "export.per_day"):
        raise Problem("TOO_MANY_REQUESTS")
    packed = exports.keep(work, actor.id, pack(work, actor), limit(ROOM, "export.hours"))
    work.record(actor, Action.EXPORT_MADE, "export", packed.id)
    return packed


def fetch(work: Work, actor: Actor, export_id: str) -> bytes:
    """The packed file of an own export. Raises NOT_FOUND, and ERASED once its time is over."""
    data = exports.content(work, exports.get(work, export_id, actor.id))
    work.record(actor, Action.EXPORT_FETCHED, "export", export_id)
    return data


def pack(work: Work, actor: Actor) -> bytes:
    """The ZIP file."""
    files: _Files = {}
    data = {
        "format": FORMAT,
        "made_at": work.now,
        "issuer": work.issuer,
        "account": _account(work, actor),
        "registrations": [_registration(work, row, files) for row in store.for_account(work, actor.id)],
        "person": [_party(work, id) for id in sorted(store.parties_of_account(work, actor.id))],
        "cards": [_card(row) for row in cards.in_name(work, actor)],
        "threads": [_thread(work, row) for row in reviews.of_account(work, actor.id)],
        "disputes": [_dispute(work, row) for row in disputes.of_account(work, actor.id)],
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=_plain))
        for name, picture in files.items():
            archive.writestr(name, picture, zipfile.ZIP_STORED)
    return buffer.getvalue()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _account(work: Work, actor: Actor) -> dict[str, Any]:
    contact, language = holders.contact_of(work, actor.id)
    chosen = {kind: intake.latest_consent(work, actor.id, kind) for kind in consents.ACCOUNT_KINDS}
    given = [
        {"kind": kind, "given": found.given, "version": found.version, "at": found.at}
        for kind, found in chosen.items()
        if found is not None
    ]
    return {
        "id": actor.id,
        "contact": contact.value,
        "contact_kind": contact.kind,
        "language": language,
        "consents": given,
    }


def _registration(work: Work, row: Registration, files: _Files) -> dict[str, Any]:
    items = store.evidence(work, row.id, current=False)
    shown = [d for d in store.decisions(work, row.id) if d.taken_back_at is None and d.effective_at <= work.now]
    return {
        "reference": row.reference,
        "programme": row.programme,
        "programme_version": row.programme_version,
        "policy_version": row.policy_version,
        "purpose": row.purpose,
        "state": _told(work, row),
        "channel": row.channel,
        "person": row.person,
        "document": row.document,
        "created_at": row.created_at,
        "submitted_at": row.submitted_at,
        "erased_at": row.erased_at,
        "form": store.form(work, row),
        "consents": [
            {"kind": c.kind, "given": c.given, "version": c.version, "language": c.language, "at": c.at}
            for c in store.consents(work, row.id).values()
        ],
        "evidence": [_evidence(work, item, row, files) for item in items],
        "findings": [
            _finding(f)
            for n in range(1, row.n + 1)
            for f in store.findings(work, row.id, n)
            if not reason(f.code).private
        ],
        "face_templates": [
            {"model": one.model, "made_at": one.created_at, "erased_at": one.erased_at}
            for one in templates.of_registration(work, row.id, living=False)
        ],
        "decisions": [
            {"verdict": d.verdict, "reasons": d.reasons, "items": d.items, "message": d.message, "at": d.effective_at}
            for d in shown
            if d.verdict != "refer"
        ],
        "messages": [
            {"template": n.template, "channel": n.channel, "state": n.state, "at": n.created_at}
            for n in notices.notices(work, row.id)
        ],
    }


def _told(work: Work, row: Registration) -> str:
    """A decision that can still be taken back is not told yet."""
    open_ = any(d.taken_back_at is None and d.effective_at > work.now for d in store.decisions(work, row.id))
    return "in-review" if open_ else str(row.state)


def _evidence(work: Work, item: Evidence, row: Registration, files: _Files) -> dict[str, Any]:
    name = None
    beside: list[str] = []
    if item.picture_erased_at is None:
        name = f"pictures/{row.reference}/{item.slot}-{item.id[-6:]}.{_SUFFIX.get(item.media_type, 'bin')}"
        files[name] = store.picture(work, item.id)
        for n in range(1, further_pictures.count(work, item.id) + 1):
            beside.append(f"pictures/{row.reference}/{item.slot}-{item.id[-6:]}-{n}.jpg")
            files[beside[-1]] = further_pictures.picture(work, item, n)
    read = store.reading(work, item.id)
    return {
        "slot": item.slot,
        "kind": item.kind,
        "state": str(item.state),
        "received_at": item.created_at,
        "replaced_at": item.replaced_at,
        "picture": name,
        "further_pictures": beside,
        "picture_erased_at": item.picture_erased_at,
        "reading_erased_at": item.reading_erased_at,
        "read": None if read is None else reading_to_json(read),
        "findings": [_finding(f) for f in store.evidence_findings(work, item.id)],
    }


def _finding(row: Finding) -> dict[str, Any]:
    return {
        "check": row.check,
        "outcome": str(row.outcome),
        "code": row.code,
        "item": row.item,
        "measure": row.measure,
        "limit": row.limit,
        "unit": row.unit,
        "details": dict(row.details),
    }


def _party(work: Work, party_id: str) -> dict[str, Any]:
    return {
        "erased_at": parties.erased_at(work, party_id),
        "details": [
            {"detail": dict(d.detail), "since": d.since, "until": d.until}
            for d in parties.party_history(work, party_id)
        ],
        "documents": [
            {"type": d.type, "country": d.country, "fields": dict(d.fields), "since": d.since, "until": d.until}
            for d in parties.identity_documents(work, party_id)
        ],
    }


def _card(row: cards.CardInName) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "number_end": row.number_end,
        "state": row.state,
        "restrictions": row.restrictions,
        "role": row.role,
        "since": row.since,
        "programme": row.programme,
        "registration": row.reference,
    }


def _dispute(work: Work, row: disputes.Dispute) -> dict[str, Any]:
    texts = disputes.texts(work, row)
    return {
        "reference": row.reference,
        "state": row.state,
        "filed_at": row.filed_at,
        "due_at": row.due_at,
        "decided_at": row.decided_at,
        "statement": texts.statement,
        "answer": texts.message,
    }


def _thread(work: Work, row: reviews.Thread) -> dict[str, Any]:
    said = [m for m in reviews.messages(work, row) if m.by != "note"]
    return {
        "reference": row.reference,
        "kind": row.kind,
        "state": row.state,
        "outcome": row.outcome,
        "created_at": row.created_at,
        "messages": [{"by": m.by, "text": m.text, "at": m.at} for m in said],
    }
