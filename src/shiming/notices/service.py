"""Sends messages of the outbox: claim, send, mark. Safe to kill anywhere.

A message that was in flight when the program died (or whose answer never came) is sent again with the same key where the
channel honours keys; elsewhere it is marked ``uncertain`` for a person, and never sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Row

from shiming.accounts import holders
from shiming.audit.work import Work, Workspace
from shiming.intake import consents
from shiming.notices import marks, store
from shiming.notices.message import Channel, Delivery, Message, NotDelivered
from shiming.notices.texts import render, templates
from shiming.platform import outbox
from shiming.platform.limits import limit

TOPIC = "notice"
NO_CONSENT = "NO_CONSENT"
"""An offer whose recipient does not agree to offers at the moment it would be sent."""
NO_RECIPIENT = "NO_RECIPIENT"
"""The account a message was for was erased before it could be sent."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Ready:
    row: Row[Any]
    channel: Channel
    message: Message


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices of one installation. ``public_url`` is where people check a message; ``zone`` writes their times."""

    workspace: Workspace
    channels: dict[str, Channel]
    public_url: str
    zone: str

    def deliver(self, row_id: str, owner: str | None = None) -> None:
        """Sends one pending message now. Nothing happens when it is not pending, not due, or taken by another."""
        ready = self._claim(row_id, owner)
        if ready is None:
            return
        try:
            delivery = ready.channel.send(ready.message, ready.row.idempotency_key)
        except NotDelivered as refusal:
            self._refused(ready, refusal)
        else:
            self._sent(row_id, delivery)

    def recover(self, row: Row[Any]) -> None:
        """Decides about a message whose sender died while sending it."""
        with self.workspace.write() as work:
            payload = work.read_post(row)
            try:
                channel = self.channels.get(_contact(work, payload)[0])
            except LookupError:
                _finish(work, row.id, "uncertain", "SENDER_DIED")
                return
            if channel is not None and channel.honours_keys:
                outbox.mark(work.conn, row.id, "pending", at=work.now)
                store.finish(work, row.id, "pending", error="SENDER_DIED")
            else:
                _finish(work, row.id, "uncertain", "SENDER_DIED")

    def _claim(self, row_id: str, owner: str | None) -> _Ready | None:
        with self.workspace.write() as work:
            row = outbox.claim(work.conn, row_id, work.now, owner)
            if row is None:
                return None
            payload = work.read_post(row)
            if _unwanted(work, payload):
                outbox.mark(work.conn, row_id, "failed", error=NO_CONSENT, at=work.now)
                return None
            try:
                kind, recipient = _contact(work, payload)
            except LookupError:
                # The account was erased meanwhile; KeyShreddedError is one of these.
                outbox.mark(work.conn, row_id, "failed", error=NO_RECIPIENT, at=work.now)
                return None
            mark = marks.mark_of(work, row.id)
            store.begin(
                work,
                row.id,
                about=row.about,
                template=payload["template"],
                channel=kind,
                recipient=recipient,
                mark=marks.index_of(work, mark),
            )
            channel = self.channels.get(kind)
            if channel is None:
                _finish(work, row.id, "failed", "NO_CHANNEL")
                return None
            try:
                return _Ready(row, channel, self._message(payload, recipient, mark))
            except KeyError as fault:
                _log.error("notice_text_fault", notice=row.id, template=payload["template"], missing=str(fault))
                _finish(work, row.id, "failed", "TEXT_FAULT")
                return None

    def _message(self, payload: dict[str, Any], recipient: str, mark: str) -> Message:
        language = payload["language"]
        text = render(
            payload["template"],
            language,
            {"site": self.public_url, **payload["params"]},
            zone=self.zone,
            verify_url=f"{self.public_url}/messages",
            mark=mark,
        )
        return Message(recipient, text.subject, text.body, language)

    def _sent(self, row_id: str, delivery: Delivery) -> None:
        with self.workspace.write() as work:
            _finish(work, row_id, "sent", reference=delivery.reference)

    def _refused(self, ready: _Ready, refusal: NotDelivered) -> None:
        with self.workspace.write() as work:
            if refusal.in_doubt and not ready.channel.honours_keys:
                state = "uncertain"
            elif refusal.again and ready.row.attempts < limit("shiming.notices", "retry.attempts"):
                wait = timedelta(seconds=wait_seconds(ready.row.attempts))
                outbox.mark(
                    work.conn, ready.row.id, "pending", error=refusal.code, not_before=work.now + wait, at=work.now
                )
                store.finish(work, ready.row.id, "pending", error=refusal.code)
                return
            else:
                state = "failed"
            _finish(work, ready.row.id, state, refusal.code)
        _log.warning("notice_not_sent", notice=ready.row.id, state=state, error=refusal.code)


def wait_seconds(attempts: int) -> float:
    """How long to wait after the n-th attempt."""
    first, factor = limit("shiming.notices", "retry.first_seconds"), limit("shiming.notices", "retry.factor")
    return float(first * factor ** (attempts - 1))


def _unwanted(work: Work, payload: dict[str, Any]) -> bool:
    """Whether this is marketing that its recipient does not agree to (any more): asked at the moment of sending."""
    if templates().get(payload["template"], {}).get("kind") != "marketing":
        return False
    return not consents.in_force(work, payload["account"], "offers")


def _contact(work: Work, payload: dict[str, Any]) -> tuple[str, str]:
    if "to" in payload:
        return payload["channel"], payload["to"]
    contact, _language = holders.contact_of(work, payload["account"])
    return ("email" if contact.kind == "email" else "sms"), contact.value


def _finish(work: Work, row_id: str, state: str, error: str | None = None, reference: str | None = None) -> None:
    outbox.mark(work.conn, row_id, state, error=error, at=work.now)
    store.finish(work, row_id, state, error=error, reference=reference)
