"""Liveness sessions: what to do in front of the camera, the frames taken meanwhile, and handing them in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path
from pydantic import Field, StringConstraints

from shiming.intake import liveness
from shiming.platform.limits import limit
from shiming.web.api.identity import Holder, HouseWorkspace
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Id
from shiming.web.api.schemas import Answer, Request, Short

router = APIRouter(route_class=ProblemRoute, tags=["liveness"])

_ROOM = "shiming.intake"
_MANY = 1000
"""So many frames are read of a list at all; how many a session takes is said when it begins."""
SessionId = Annotated[str, Path(alias="id", description="The session's id.", pattern=r"^[0-9a-f-]{36}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class LivenessRequest(Request):
    """What the device can do."""

    frame_rate: float = Field(
        0, ge=0, le=240, description="Frames a second it is sure to take; a blink is asked for from 10 on."
    )


class LivenessSession(Answer):
    """What to do, and what the frames may be. The nonce is said this once."""

    id: str
    nonce: str
    actions: list[Literal["turn-left", "turn-right", "nod", "closer", "blink"]] = Field(
        description="In this order. Left and right as the person sees them."
    )
    colours: list[str] = Field(description="Shown one after another, each for `colour_ms`; empty: none.")
    colour_ms: int
    ready_ms: int = Field(description="How long to let the person look straight before the first action.")
    action_ms: int = Field(description="How long one action may take.")
    frames_least: int
    frames_most: int
    frame_bytes: int
    frame_pixels: int
    expires_at: datetime = Field(description="By then the list of frames must be sent; their bytes may follow.")


class LivenessProgress(Answer):
    """How far a session is."""

    id: str
    state: Literal["open", "waiting", "done", "replaced", "expired"] = Field(
        description="`waiting`: the list is fixed, frames are missing."
    )
    received: list[int]
    missing: list[int] = Field(description="Frames of the list whose bytes are still to come.")
    expires_at: datetime = Field(description="Until when frames may come.")
    evidence_id: str | None = Field(description="The evidence the session became.")


class FrameKept(Answer):
    """A frame that is there."""

    n: int
    sha256: str


class FrameListed(Request):
    """One frame of the list."""

    n: int = Field(ge=1, le=1_000_000)
    at_ms: int = Field(
        ge=0, le=86_400_000, description="When it was taken: ms since the session's answer came, on the device's clock."
    )
    sha256: Digest


class Signals(Request):
    """What the device says of its camera. Weak: recorded, never believed."""

    camera: Literal["built-in", "external", "virtual", "emulator", "unknown"] = "unknown"
    width: int | None = Field(None, ge=1, le=100_000)
    height: int | None = Field(None, ge=1, le=100_000)
    interval_ms: float | None = Field(None, ge=0, le=60_000, description="Mean time between two frames of the camera.")
    interval_spread_ms: float | None = Field(None, ge=0, le=60_000, description="Their standard deviation.")


class Attestation(Request):
    """A native app's statement about itself, by the operator's adapter of this format (`docs/liveness.md`)."""

    format: Short
    statement: dict[str, Any] = Field(max_length=50)


class CompletionRequest(Request):
    """The list of all frames, with the session's nonce."""

    nonce: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    frames: list[FrameListed] = Field(max_length=_MANY)
    signals: Signals = Signals()
    attestation: Attestation | None = None


def _progress(found: liveness.Progress) -> LivenessProgress:
    return LivenessProgress(
        id=found.id,
        state=found.state,
        received=list(found.received),
        missing=list(found.missing),
        expires_at=found.expires_at,
        evidence_id=found.evidence_id,
    )


@router.post("/registrations/{id}/liveness-sessions", status_code=201, summary="Begin a liveness session")
def begin(id: Id, holder: Holder, house: HouseWorkspace, body: LivenessRequest | None = None) -> LivenessSession:
    """Begins a session with its own random order of actions; one that was begun before ends. Needs the consent `face`."""
    asked = body or LivenessRequest()
    with house.write() as work:
        opened = liveness.begin(work, holder, id, frame_rate=asked.frame_rate)
    return LivenessSession(
        id=opened.session.id,
        nonce=opened.nonce,
        actions=list(opened.challenge.actions),
        colours=list(opened.challenge.colours),
        colour_ms=opened.challenge.colour_ms,
        ready_ms=round(limit(_ROOM, "liveness.ready_seconds") * 1000),
        action_ms=round(limit(_ROOM, "liveness.action_seconds") * 1000),
        frames_least=int(limit(_ROOM, "liveness.frames_least")),
        frames_most=int(limit(_ROOM, "liveness.frames_most")),
        frame_bytes=int(limit(_ROOM, "liveness.frame_bytes")),
        frame_pixels=int(limit(_ROOM, "liveness.frame_pixels")),
        expires_at=opened.session.expires_at,
    )


@router.get("/liveness-sessions/{id}", summary="How far a liveness session is")
def get(id: SessionId, holder: Holder, house: HouseWorkspace) -> LivenessProgress:
    """Which frames are there, which are missing, and what became of it: enough to go on after a break."""
    with house.read() as work:
        return _progress(liveness.progress(work, holder, id))


@router.put("/liveness-sessions/{id}/frames/{n}", summary="Send one frame")
def put_frame(
    id: SessionId,
    n: Annotated[int, Path(ge=1, le=1_000_000, description="The frame's number, from 1.")],
    holder: Holder,
    house: HouseWorkspace,
    frame: Annotated[bytes, Body(media_type="image/jpeg", description="A JPEG as it left the camera.")],
) -> FrameKept:
    """Frames may come in any order; the same frame again does no harm."""
    with house.write() as work:
        return FrameKept(n=n, sha256=liveness.keep_frame(work, holder, id, n, frame))


@router.post("/liveness-sessions/{id}/completion", summary="Hand a liveness session in")
def complete(id: SessionId, body: CompletionRequest, holder: Holder, house: HouseWorkspace) -> LivenessProgress:
    """Fixes the list of frames before the session expires. Frames that are missing may come later; the same call again then
    makes it evidence. Technical faults cost no attempt."""
    listed = [liveness.Frame(frame.n, frame.at_ms, frame.sha256) for frame in body.frames]
    attested = None if body.attestation is None else (body.attestation.format, body.attestation.statement)
    with house.write() as work:
        return _progress(
            liveness.complete(
                work,
                holder,
                id,
                nonce=body.nonce,
                listed=listed,
                signals=body.signals.model_dump(exclude_none=True),
                attested=attested,
            )
        )
