"""One-time codes: proof that somebody reads a telephone or a mailbox.

Only a keyed hash is stored. Whether a contact is known here changes nothing in what is done or answered.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiming.accounts import store
from shiming.accounts.subjects import ANONYMOUS, Subject, setting
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.db import lock_name
from shiming.platform.ids import uuid7


class TooManyCodesError(Exception):
    """This contact was sent codes too often. ``wait_seconds`` says how long until the next may go."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"expected at most one code a minute and a few an hour; wait {wait_seconds} s")
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Issued:
    """A code that is on its way."""

    id: str
    expires_at: datetime


def issue(
    work: Work,
    purpose: str,
    contact: str,
    *,
    digits: int = 6,
    minutes: int = 10,
    language: str = "zh_CN",
    about: str | None = None,
    template: str = "one-time-code",
) -> Issued:
    """Makes a code for ``purpose``, stores its hash and posts the notice that carries it, written by ``template``.

    ``contact`` is normalised (E.164 or a lower-case address). A new code voids earlier ones of the purpose.
    Raises TooManyCodesError, the same for known and unknown contacts.
    """
    subject = _subject(work, contact)
    lock_name(work.conn, f"code:{work.issuer}:{subject.hex()}")
    _refuse_too_many(work, contact)
    code_id = uuid7()
    code = "".join(secrets.choice("0123456789") for _ in range(digits))
    expires_at = work.now + timedelta(minutes=minutes)
    store.insert(
        work.conn,
        store.one_time_code,
        id=code_id,
        issuer=work.issuer,
        purpose=purpose,
        subject=subject,
        code_hash=_code_hash(work, code_id, code),
        expires_at=expires_at,
        attempts_left=int(setting("code.attempts")),
        created_at=work.now,
    )
    payload = {
        "template": template,
        "to": contact,
        "channel": "email" if "@" in contact else "sms",
        "language": language,
        "params": {"code": code, "minutes": minutes, "purpose": purpose},
    }
    work.post("notice", payload, key=f"one-time-code:{code_id}", about=about)
    work.record(_nobody(work), Action.ACCOUNT_CODE_ISSUE, "one-time-code", code_id, purpose=purpose)
    return Issued(code_id, expires_at)


def check(work: Work, purpose: str, contact: str, code: str) -> bool:
    """Whether ``code`` is the newest one of ``purpose`` sent to ``contact``, unexpired, unused, with attempts left.

    A right code is used up; a wrong one costs an attempt. Commit the unit of work in both cases, or guesses are free.
    """
    row = store.newest_code(work.conn, work.issuer, purpose, work.vault.blind_all(_scope(work), contact))
    given = _code_hash(work, row.id if row else uuid7(), code.strip())
    expected = row.code_hash if row else bytes(len(given))
    right = hmac.compare_digest(given, bytes(expected))
    if row is None or row.used_at is not None or row.expires_at <= work.now or row.attempts_left < 1:
        return False
    if right:
        store.update(work.conn, store.one_time_code, row.id, used_at=work.now)
    else:
        store.update(work.conn, store.one_time_code, row.id, attempts_left=row.attempts_left - 1)
        work.record(_nobody(work), Action.ACCOUNT_CODE_REFUSE, "one-time-code", row.id, purpose=purpose)
    return right


def _refuse_too_many(work: Work, contact: str) -> None:
    hour = timedelta(hours=1)
    sent = store.codes_since(work.conn, work.issuer, work.vault.blind_all(_scope(work), contact), work.now - hour)
    waits = [timedelta()]
    if sent:
        waits.append(sent[0] + timedelta(seconds=setting("code.seconds_between")) - work.now)
    if len(sent) >= setting("code.per_hour"):
        waits.append(sent[int(setting("code.per_hour")) - 1] + hour - work.now)
    wait = max(waits)
    if wait > timedelta():
        raise TooManyCodesError(int(wait.total_seconds()) + 1)


def _scope(work: Work) -> str:
    return f"{work.issuer}:one-time-code:contact"


def _subject(work: Work, contact: str) -> bytes:
    return work.vault.blind(_scope(work), contact)


def _code_hash(work: Work, code_id: str, code: str) -> bytes:
    return work.vault.blind(f"{work.issuer}:one-time-code:{code_id}", code)


def _nobody(work: Work) -> Subject:
    return Subject(ANONYMOUS, "-", work.issuer)
