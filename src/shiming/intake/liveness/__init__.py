"""Liveness sessions: the server says once and unpredictably what to do, the device sends a burst of timed frames.

A session is single use, expires, is replaced by a newer one, and belongs to one registration, account and device. First its
frames' digests are fixed (``complete``), in the minutes that it is open; frames that a bad network holds up may come after,
since nothing can be made to order any more. The finished burst becomes one piece of evidence, judged by ``reading.liveness``.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from shiming.audit.work import Work
from shiming.intake import access, evidence, pictures
from shiming.intake.liveness import attestation, frames, store
from shiming.intake.liveness.store import Session
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.serial import challenge_from_json, challenge_to_json
from shiming.registration.store import captures
from shiming.registration.values import Actor, Challenge, LiveAction, LivenessFacts, SlotRule

ROOM = "shiming.intake"
_STEADY: tuple[LiveAction, ...] = ("turn-left", "turn-right", "nod", "closer")
_TURNS = frozenset({"turn-left", "turn-right"})
_PALETTE = ("#ffffff", "#40ff80", "#4080ff", "#ffe060", "#40e0ff", "#ff60e0")
"""Light enough to shine on a face; no saturated red, which WCAG 2.3.1 counts apart."""
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. ``nonce`` is said this once."""

    session: Session
    challenge: Challenge
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as the device lists it: number from 1, capture time (ms on the device's clock since the session began), and
    the SHA-256 of its bytes in hex."""

    n: int
    at_ms: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session is. ``missing``: frames whose digests are fixed and whose bytes are still to come."""

    id: str
    state: Literal["open", "waiting", "done", "replaced", "expired"]
    received: tuple[int, ...]
    missing: tuple[int, ...]
    expires_at: datetime
    evidence_id: str | None


def _slot(work: Work, actor: Actor, registration: Registration) -> SlotRule:
    named = next((slot.slot for slot in rules_of(work, registration).slots if slot.kind == "liveness"), None)
    if named is None:
        raise Problem("NOT_ASKED", item="liveness")
    return evidence.asked_slot(work, actor, registration, named)


def begin(work: Work, actor: Actor, registration_id: str, *, frame_rate: float = 0.0) -> Opened:
    """Begins a session; one that was begun before and not finished ends. ``frame_rate``: how many frames a second the device
    is sure to take; a blink is asked for only where one can be seen.

    Raises NOT_FOUND, LATE_UPLOAD, CODE_REQUIRED, NOT_ASKED, CONSENT_REQUIRED, TOO_MANY_REQUESTS.
    """
    registration = access.own_open(work, actor, registration_id)
    captures.hold(work, registration.id)
    _slot(work, actor, registration)
    if store.since(work, registration.id, work.now - timedelta(hours=1)) >= limit(ROOM, "liveness.sessions_an_hour"):
        raise Problem("TOO_MANY_REQUESTS")
    last = store.latest(work, registration.id)
    before = tuple(last.challenge["actions"]) if last is not None else ()
    asked = _challenge(before, frame_rate=frame_rate, colours=rules_of(work, registration).liveness_colours)
    nonce = secrets.token_urlsafe(32)
    session = store.add(
        work,
        registration,
        device=actor.device,
        nonce_hash=_digest(nonce),
        challenge=challenge_to_json(asked),
        expires_at=work.now + timedelta(minutes=limit(ROOM, "liveness.minutes")),
    )
    return Opened(session, asked, nonce)


def _digest(nonce: str) -> bytes:
    return hashlib.sha256(nonce.encode()).digest()


def _challenge(before: tuple[str, ...], *, frame_rate: float, colours: bool) -> Challenge:
    """A random order of actions with a turn among them, another one than ``before``."""
    fast = frame_rate >= limit(ROOM, "liveness.blink_rate")
    known: tuple[LiveAction, ...] = (*_STEADY, "blink") if fast else _STEADY
    actions: tuple[LiveAction, ...] = ()
    while not _TURNS & set(actions) or actions == before:
        actions = tuple(_random.sample(known, int(limit(ROOM, "liveness.actions"))))
    if not colours:
        return Challenge(actions)
    return Challenge(actions, _colours(), int(limit(ROOM, "liveness.colour_ms")))


def _colours() -> tuple[str, ...]:
    """A random sequence in which no colour follows itself."""
    shown: list[str] = []
    for _ in range(int(limit(ROOM, "liveness.colours"))):
        shown.append(_random.choice([colour for colour in _PALETTE if colour not in shown[-1:]]))
    return tuple(shown)


def _own(work: Work, actor: Actor, session_id: str) -> Session:
    """A session of this holder. Raises NOT_FOUND for any other."""
    session = store.by_id(work, session_id)
    access.own(work, actor, session.registration_id)
    return session


def _same_device(actor: Actor, session: Session) -> None:
    """Until its frames are fixed a session stays on the device it was begun on; from then on nothing can be exchanged, and who
    had to sign in again meanwhile goes on. Raises NOT_FOUND for another device."""
    if session.committed is None and session.device != actor.device:
        raise Problem("NOT_FOUND")


def progress(work: Work, actor: Actor, session_id: str) -> Progress:
    """How far an own session is, so that a device can go on."""
    return _progress(work, _own(work, actor, session_id))


def _progress(work: Work, session: Session) -> Progress:
    there = tuple(store.digests(work, session.id))
    listed = [n for n, _, _ in session.committed or []]
    missing = () if session.evidence_id else tuple(n for n in listed if n not in there)
    return Progress(session.id, _state(work, session), there, missing, _until(session), session.evidence_id)


def _until(session: Session) -> datetime:
    """Until when frames may come: longer once their digests are fixed."""
    if session.committed_at is None:
        return session.expires_at
    return session.committed_at + timedelta(hours=limit(ROOM, "liveness.upload_hours"))


def _state(work: Work, session: Session) -> Literal["open", "waiting", "done", "replaced", "expired"]:
    if session.evidence_id is not None:
        return "done"
    if session.replaced_at is not None:
        return "replaced"
    if work.now > _until(session) or session.dropped_at is not None:
        return "expired"
    return "open" if session.committed is None else "waiting"


def _must_go_on(work: Work, session: Session) -> None:
    refusals = {"done": "LIVENESS_USED", "replaced": "LIVENESS_REPLACED", "expired": "LIVENESS_EXPIRED"}
    code = refusals.get(_state(work, session))
    if code is not None:
        raise Problem(code, item="liveness")


def keep_frame(work: Work, actor: Actor, session_id: str, n: int, data: bytes) -> str:
    """Keeps one frame, or finds it there; gives its SHA-256.

    Raises LIVENESS_EXPIRED, _REPLACED, _USED; LIVENESS_FRAMES for a number beyond the most; LIVENESS_FRAME_CHANGED when other
    bytes came under this number, or were fixed; IMG_... for what is no small JPEG.
    """
    session = _own(work, actor, session_id)
    digest = hashlib.sha256(data).hexdigest()
    known = store.digests(work, session.id)
    fixed = {number: sha256 for number, _, sha256 in session.committed or []}
    if digest in (known.get(n), fixed.get(n) if session.evidence_id else None):
        return digest
    _must_go_on(work, session)
    _same_device(actor, session)
    if not 1 <= n <= limit(ROOM, "liveness.frames_most"):
        raise Problem("LIVENESS_FRAMES", item="liveness")
    if n in known or (session.committed is not None and fixed.get(n) != digest):
        raise Problem("LIVENESS_FRAME_CHANGED", item="liveness")
    _inspect(data)
    store.add_frame(work, session, n, digest, data)
    return digest


def _inspect(data: bytes) -> None:
    if len(data) > limit(ROOM, "liveness.frame_bytes"):
        raise Problem("IMG_TOO_LARGE", item="liveness")
    try:
        header = pictures.inspect(data)
    except pictures.Refused as refused:
        raise Problem(refused.code, item="liveness") from None
    if header.media_type != "image/jpeg":
        raise Problem("IMG_FORMAT", item="liveness")
    if header.width * header.height > limit(ROOM, "liveness.frame_pixels"):
        raise Problem("IMG_TOO_MANY_PIXELS", item="liveness")


def complete(
    work: Work,
    actor: Actor,
    session_id: str,
    *,
    nonce: str,
    listed: Sequence[Frame],
    signals: Mapping[str, Any],
    attested: tuple[str, Mapping[str, Any]] | None = None,
) -> Progress:
    """Fixes the frames of a session, and makes it evidence once they are all there; the same call again goes on.

    ``signals``: what the device says of its camera; weak, since it can say anything. ``attested``: format and statement of a
    native app. Raises LIVENESS_NONCE, LIVENESS_FRAMES, LIVENESS_FEW, LIVENESS_CLOCK, LIVENESS_DIGESTS, and as ``keep_frame``:
    none costs an attempt, and but for the last ones the session goes on.
    """
    session = _own(work, actor, session_id)
    if not hmac.compare_digest(session.nonce_hash, _digest(nonce)):
        raise Problem("LIVENESS_NONCE", item="liveness")
    rows = [[frame.n, frame.at_ms, frame.sha256] for frame in listed]
    if session.evidence_id is not None and session.committed == rows:
        return _progress(work, session)
    _must_go_on(work, session)
    _same_device(actor, session)
    if session.committed is None:
        _check(work, session, listed)
        held = None if attested is None else _attested(session, nonce, listed, attested)
        session = store.change(
            work, session.id, committed=rows, committed_at=work.now, signals=dict(signals), attested=held
        )
    elif session.committed != rows:
        raise Problem("LIVENESS_DIGESTS", item="liveness")
    if not _progress(work, session).missing:
        session = _finish(work, actor, session)
    return _progress(work, session)


def _attested(
    session: Session, nonce: str, listed: Sequence[Frame], attested: tuple[str, Mapping[str, Any]]
) -> bool | None:
    bound_to = attestation.binding(session.id, nonce, [frame.sha256 for frame in listed])
    return attestation.held(*attested, bound_to)


def _check(work: Work, session: Session, listed: Sequence[Frame]) -> None:
    """The list by itself: enough and not too many frames, times that only go forward and fit in, digests of what is there."""
    if len(listed) > limit(ROOM, "liveness.frames_most") or [f.n for f in listed] != list(range(1, len(listed) + 1)):
        raise Problem("LIVENESS_FRAMES", item="liveness")
    if len(listed) < limit(ROOM, "liveness.frames_least"):
        raise Problem("LIVENESS_FEW", item="liveness")
    times = [frame.at_ms for frame in listed]
    open_for = (work.now - session.created_at) / timedelta(milliseconds=1) + limit(ROOM, "liveness.clock_ms")
    if any(later <= earlier for earlier, later in pairwise(times)) or times[-1] > open_for:
        raise Problem("LIVENESS_CLOCK", item="liveness")
    promised = {frame.n: frame.sha256 for frame in listed}
    if any(promised.get(n) != digest for n, digest in store.digests(work, session.id).items()):
        raise Problem("LIVENESS_DIGESTS", item="liveness")


def _finish(work: Work, actor: Actor, session: Session) -> Session:
    registration = access.own_open(work, actor, session.registration_id)
    captures.hold(work, registration.id)
    slot = _slot(work, actor, registration)
    listed = session.committed or []
    burst = frames.pack(
        challenge_from_json(session.challenge), [at_ms for _, at_ms, _ in listed], store.frames(work, session)
    )
    evidence.other_route(work, registration, slot)
    evidence_id = captures.add(
        work,
        actor,
        registration,
        slot=slot.slot,
        kind=slot.kind,
        capture_id=session.id,
        media_type=frames.MEDIA_TYPE,
        data=burst,
    )
    store.drop_frames(work, session)
    return store.change(work, session.id, evidence_id=evidence_id)


def facts(work: Work, evidence_id: str) -> LivenessFacts | None:
    """What is known of the session behind a piece of evidence, besides its frames."""
    session = store.of_evidence(work, evidence_id)
    if session is None:
        return None
    camera = (session.signals or {}).get("camera")
    return LivenessFacts(session.replayed, session.attested, camera if camera in VIRTUAL else None)


VIRTUAL = ("virtual", "emulator")
"""Categories of a camera that is none. A device may say so; one that says nothing has not shown that it has a real one."""


def sweep(work: Work) -> int:
    """Drops frames of sessions whose time is over; gives how many sessions."""
    size = int(limit(ROOM, "liveness.sweep"))
    waits = timedelta(hours=limit(ROOM, "liveness.upload_hours"))
    ids = store.spent(work, work.now - waits, size)
    for session_id in ids:
        store.drop_frames(work, store.by_id(work, session_id))
    return len(ids)
