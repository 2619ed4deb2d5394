"""What the head did, when, and whether it was what was asked, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from shiming.reading.liveness._frames import Frame
from shiming.reading.liveness._limits import limits
from shiming.reading.vision.face_mesh import NOSE_TIP
from shiming.registration.values import ActionSeen, Challenge, LiveAction

Series = np.ndarray[Any, np.dtype[np.float64]]
_TURNS = ("turn-left", "turn-right")
_MIDDLE = (10, 151, 9, 168, 0, 17, 152)
"""Mesh points in the middle of the face from brow to chin, but for the nose."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The head over time, one row a frame with a face, each relative to the person's own neutral pose.

    ``yaw`` to the person's own left +, ``pitch`` down +, in degrees; ``size`` by neutral size; ``lids`` closure 0..1.
    """

    at: Series
    yaw: Series
    pitch: Series
    size: Series
    lids: Series

    def of(self, action: LiveAction) -> Series:
        """How far each frame is into the action, in its own unit."""
        straight = np.abs(self.yaw) < limits()["action.straight"]
        return {
            "turn-left": self.yaw,
            "turn-right": -self.yaw,
            "nod": np.where(straight, self.pitch, 0.0),
            "closer": self.size - 1.0,
            "blink": np.where(straight, self.lids, 0.0),
        }[action]


@dataclass(frozen=True, slots=True)
class Event:
    """One action done: from the last frame before it to its furthest frame, as rows of the motion."""

    action: LiveAction
    start: int
    peak: int
    measure: float


def threshold(action: LiveAction) -> float:
    """From where on it is that action, in its unit."""
    value = limits()[f"action.{'turn' if action in _TURNS else action}"]
    return value - 1.0 if action == "closer" else value


def motion(frames: Sequence[Frame]) -> Motion:
    """The motion of frames that all have a face."""
    rows = [frame.face.face.measures for frame in frames if frame.face]
    yaw, pitch, eyes = (np.array([row[name] for row in rows]) for name in ("yaw", "pitch", "eyes_open"))
    size = np.array([_size(frame) for frame in frames])
    straight = np.abs(yaw) < limits()["action.straight"]
    yaw0 = float(np.median(yaw[straight])) if straight.any() else 0.0
    near = np.abs(yaw - yaw0) < limits()["action.straight"]
    near = near if near.any() else np.ones(len(yaw), bool)
    # A nod bends down and closer brings the face near: what is neutral is the lesser half of both.
    pitch0, size0 = float(np.percentile(pitch[near], 40)), float(np.percentile(size, 30))
    open0 = max(float(np.percentile(eyes[near], 60)), 1e-3)
    at = np.array([frame.at for frame in frames], np.float64)
    return Motion(at, yaw - yaw0, pitch - pitch0, size / max(size0, 1e-3), np.clip(1.0 - eyes / open0, 0.0, 1.0))


def _size(frame: Frame) -> float:
    """Size of the head in space, which turning does not change: brow to chin and cheek to cheek, in picture widths."""
    if frame.face is None:
        return 0.0
    p = frame.face.mesh.points
    spans = [float(np.linalg.norm(p[a] - p[b])) for a, b in ((10, 152), (234, 454), (33, 263))]
    return float(sum(spans) / frame.image.shape[1])


def events(seen: Motion) -> list[Event]:
    """Every action the head did, asked for or not, by the time of its beginning."""
    found = [event for action in get_args(LiveAction) for event in _runs(seen, action)]
    return sorted(found, key=lambda event: (event.start, event.peak))


def _runs(seen: Motion, action: LiveAction) -> list[Event]:
    values, least = seen.of(action), threshold(action)
    back = least * limits()["action.back"]
    found: list[Event] = []
    neutral: int | None = None
    peak: int | None = None
    for row, value in enumerate(values):
        if value < back:
            if neutral is not None and peak is not None:
                found.append(Event(action, neutral, peak, float(values[peak])))
            neutral, peak = row, None
        elif value >= least and (peak is None or value > values[peak]):
            peak = row
    if neutral is not None and peak is not None:
        found.append(Event(action, neutral, peak, float(values[peak])))
    return [event for event in found if _sweeps(values, event)]


def _sweeps(values: Series, event: Event) -> bool:
    """Whether the way from neutral to the furthest frame goes one way."""
    if event.action not in _TURNS:
        return True
    way = values[event.start : event.peak + 1]
    return bool((np.diff(way) >= -limits()["action.dip"]).all())


@dataclass(frozen=True, slots=True)
class Matched:
    """The challenge held against the events: each action, the row of its furthest frame, and what was not asked for."""

    actions: tuple[ActionSeen, ...]
    peaks: tuple[int | None, ...]
    strays: int
    out_of_turn: int


def matched(seen: Motion, challenge: Challenge) -> Matched:
    """Walks through the events with the challenge in hand. A blink may have been missed, so what comes after it may follow."""
    done: dict[int, Event] = {}
    every, asked = events(seen), challenge.actions
    place, strays, after = 0, 0, -1
    for event in every:
        skipped = place < len(asked) and asked[place] == "blink" and asked[place + 1 : place + 2] == (event.action,)
        if (asked[place : place + 1] == (event.action,) or skipped) and event.start >= after:
            place += skipped
            done[place] = event
            place, after = place + 1, event.start
        elif event.action in _TURNS and not (place - 1 in done and event.action == asked[place - 1]):
            strays += 1
    actions = tuple(_seen(seen, action, done.get(row)) for row, action in enumerate(asked))
    out = sum(not one.seen and any(event.action == one.action for event in every) for one in actions)
    return Matched(actions, tuple(done[row].peak if row in done else None for row in range(len(asked))), strays, out)


def _seen(seen: Motion, action: LiveAction, event: Event | None) -> ActionSeen:
    if event is None:
        most = float(seen.of(action).max(initial=0.0))
        return ActionSeen(action, False, None, None, round(most, 3))
    start, end = int(seen.at[event.start]), int(seen.at[event.peak])
    return ActionSeen(action, True, start, end, round(event.measure, 3))


def parallax(frames: Sequence[Frame], seen: Motion, straight: int) -> Mapping[str, float]:
    """``parallax``: how far the nose leaves the line from brow to chin, by the face's height and the sine of the turn;
    ``turn_most``: the widest turn, degrees.

    A nose stands out of that line in space; on paper bent around a head it lies in the sheet's own upright line and stays there,
    as far as the mesh, which believes in noses, lets it be seen. Taken over all frames that look aside, the further the more;
    which way the nose goes depends on the turn and is left out. Nothing where no frame looks aside.
    """
    turns = seen.yaw - seen.yaw[straight]
    aside = [int(row) for row in np.flatnonzero(np.abs(turns) >= limits()["action.straight"])]
    if not aside:
        return {}
    noses = {row: _aside(face.mesh.points) for row in (straight, *aside) if (face := frames[row].face)}
    sines = np.abs(np.sin(np.radians(turns[aside])))
    moved = [abs(noses[row] - noses[straight]) for row in aside]
    return {
        "parallax": float(sines @ np.array(moved) / (sines @ sines)),
        "turn_most": float(np.abs(turns[aside]).max()),
    }


def _aside(points: Any) -> float:
    """How far the tip of the nose lies beside the line through the middle of the face, to the right of the picture +."""
    line = np.asarray(points[list(_MIDDLE), :2], np.float64)
    centre = line.mean(axis=0)
    along = np.linalg.svd(line - centre)[2][0]
    along = along if along[1] >= 0 else -along
    height = float(np.linalg.norm(points[_MIDDLE[0], :2] - points[_MIDDLE[-1], :2]))
    return float((points[NOSE_TIP, :2] - centre) @ (along[1], -along[0])) / max(height, 1e-6)


def measures(frames: Sequence[Frame], seen: Motion, found: Matched) -> Mapping[str, float]:
    """``jump_most speed_most strays out_of_turn``."""
    middles = np.array([f.face.mesh.points[:, :2].mean(axis=0) for f in frames if f.face])
    widths = np.array([float(np.ptp(f.face.mesh.points[:, 0])) for f in frames if f.face])
    steps = np.linalg.norm(np.diff(middles, axis=0), axis=1) / np.maximum(widths[1:], 1.0)
    times = np.maximum(np.diff(seen.at), 1.0)
    return {
        "jump_most": float(steps.max(initial=0.0)),
        "speed_most": float((np.abs(np.diff(seen.yaw)) / times * 1000).max(initial=0.0)),
        "strays": float(found.strays),
        "out_of_turn": float(found.out_of_turn),
    }
