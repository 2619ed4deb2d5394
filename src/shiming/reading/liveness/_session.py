"""One session: frames read, the head's way held against the challenge, key frames looked at closely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

import numpy as np

from shiming.intake.pictures import decode, encode
from shiming.reading.liveness import _motion, _pixels
from shiming.reading.liveness._frames import Frame, followed
from shiming.reading.liveness._limits import limits
from shiming.reading.liveness._motion import Matched, Motion
from shiming.reading.vision.face_measures import light
from shiming.reading.vision.face_runtime import Pixels
from shiming.reading.vision.face_signals import signals
from shiming.reading.vision.face_spoof import live_score
from shiming.reading.vision.face_template import Embedder, embedder
from shiming.registration.values import ActionSeen, Challenge, LiveAction, Liveness

_AUDIT = 4


@dataclass(frozen=True, slots=True, eq=False)
class _Walked:
    """The frames with a face, their motion, what of it was asked for, and the row that serves as the person's picture."""

    frames: Sequence[Frame]
    motion: Motion
    matched: Matched
    reference: int | None

    def straight(self, row: int) -> bool:
        """Whether the face of that row looks at the camera."""
        least = limits()["action.straight"]
        return bool(abs(self.motion.yaw[row]) < least and abs(self.motion.pitch[row]) < least)


def judge(frames: Sequence[tuple[int, bytes]], challenge: Challenge) -> tuple[Liveness, Mapping[int, bytes]]:
    """As :func:`shiming.reading.liveness.judge`."""
    none = tuple(ActionSeen(action, False, None, None, 0.0) for action in challenge.actions)
    measures = _times([at for at, _ in frames])
    if not frames or len(frames) > limits()["frames.most"]:
        return Liveness(none, measures), {}
    read = followed(frames)
    measures["unreadable"] = float(len(frames) - len(read))
    with_face = [frame for frame in read if frame.face]
    measures |= _faces(read)
    measures |= _again(read)
    if not with_face:
        return Liveness(none, _rounded(measures)), {}
    walked = _walked(with_face, challenge)
    measures |= _motion.measures(with_face, walked.motion, walked.matched)
    measures |= _close(walked)
    tinted = _pixels.colour(with_face, challenge) if challenge.colours else None
    if tinted is not None:
        measures["colour"] = tinted
    portrait = None
    if walked.reference is not None:
        frame = walked.frames[walked.reference]
        portrait = decode(frames[frame.index][1])
        # The person's picture is kept as large as it came, and its measure is of that.
        measures["portrait_inter_eye"] *= portrait.shape[1] / frame.image.shape[1]
    return _answer(walked, measures, portrait)


def _answer(
    walked: _Walked, measures: Mapping[str, float], portrait: Pixels | None
) -> tuple[Liveness, Mapping[int, bytes]]:
    reference, frames = walked.reference, walked.frames
    rows = _audit(walked)
    audit = [frames[row].index for row in rows]
    chosen = None if reference is None else frames[reference].index
    kept = {frames[row].index: frames[row].image for row in rows}
    if chosen is not None and portrait is not None:
        kept[chosen] = portrait
    liveness = Liveness(
        walked.matched.actions,
        _rounded(measures),
        chosen,
        tuple(audit),
        tuple(
            filter(None, (_pixels.hashed(f.image, f.face.mesh) for row in _moved(walked) if (f := frames[row]).face))
        ),
    )
    return liveness, {index: encode(image) for index, image in sorted(kept.items())}


def _rounded(measures: Mapping[str, float]) -> Mapping[str, float]:
    return {name: round(float(value), 4) for name, value in measures.items()}


def _times(at: Sequence[int]) -> dict[str, float]:
    steps = np.diff(np.array(at, np.float64))
    measures = {"frames": float(len(at)), "backwards": float((steps <= 0).sum())}
    if len(steps):
        measures |= {
            "duration_ms": float(at[-1] - at[0]),
            "gap_most_ms": float(steps.max()),
            "gap_usual_ms": float(np.median(steps)),
        }
    return measures


def _faces(read: Sequence[Frame]) -> dict[str, float]:
    return {
        "faceless": float(sum(frame.face is None for frame in read)),
        "faces_most": float(max((frame.faces for frame in read), default=0)),
        "second_face": max((frame.second for frame in read), default=0.0),
    }


def _again(read: Sequence[Frame]) -> dict[str, float]:
    found = _pixels.repeats(_pixels.thumbs([frame.image for frame in read]), [frame.at for frame in read])
    return {"repeated": float(found.repeated), "frozen": float(found.frozen), "still": found.still}


def _walked(frames: Sequence[Frame], challenge: Challenge) -> _Walked:
    seen = _motion.motion(frames)
    walked = _Walked(frames, seen, _motion.matched(seen, challenge), None)
    worth = [_worth(walked, row) for row in range(len(frames))]
    best = int(np.argmax(worth))
    return _Walked(frames, seen, walked.matched, best if worth[best] > 0 else None)


def _worth(walked: _Walked, row: int) -> float:
    """How well the frame serves as the person's picture: sharp, straight, eyes open, wholly in view; 0 if not at all."""
    face = walked.frames[row].face
    if face is None or not walked.straight(row):
        return 0.0
    m, motion = face.face.measures, walked.motion
    turn = float(np.hypot(motion.yaw[row], motion.pitch[row])) / limits()["action.straight"]
    whole = 1.0 if m["cut"] < 0.02 else 0.1
    sharpness = light(walked.frames[row].image, face.mesh)["sharpness"]
    return float(max(sharpness, 1e-3) ** 0.5 * (1.2 - min(turn, 1.0)) * (1.0 - motion.lids[row]) * whole)


def _keys(walked: _Walked) -> list[int]:
    """Rows looked at closely: reference, furthest frames of the actions, first and last, those between two actions."""
    peaks = [row for row in walked.matched.peaks if row is not None]
    between = [(a + b) // 2 for a, b in pairwise(peaks)]
    last = len(walked.frames) - 1
    ends = [0, last] if peaks else [0, last // 2, last]
    wanted = [*([] if walked.reference is None else [walked.reference]), *peaks, *ends, *between]
    return list(dict.fromkeys(wanted))[: 1 + len(walked.matched.peaks) + int(limits()["key.frames"])]


def _moved(walked: _Walked) -> list[int]:
    """Rows whose faces are hashed: those in which the head is on its way somewhere, asked for or not.

    Straight faces of one person are alike from sitting to sitting; how somebody turns never is quite the same.
    """
    back = limits()["action.back"]
    far = [walked.motion.of(action) / _motion.threshold(action) for action in get_args(LiveAction) if action != "blink"]
    return [int(row) for row in np.flatnonzero(np.max(far, axis=0) >= back)]


def _audit(walked: _Walked) -> list[int]:
    """Up to four rows for the reviewer: where the actions went furthest, else spread over the session."""
    peaks = [row for row in walked.matched.peaks if row is not None]
    last = len(walked.frames) - 1
    rows = list(dict.fromkeys([*peaks, 0, last, last // 2, last // 3]))[:_AUDIT]
    return sorted(rows)


def _close(walked: _Walked) -> dict[str, float]:
    """Measures of the key frames: identity, planes, passive signals, the portrait."""
    if walked.reference is None:
        return {}
    found = _identity(walked, embedder())
    straight = walked.frames[walked.reference]
    planes = [_pixels.flatness(straight, walked.frames[row]) for row in _turned(walked)]
    told = [value for value in planes if value is not None]
    if told:
        found["flatness"] = max(told)
    found |= _passive(walked)
    if _turned(walked):
        found |= _motion.parallax(walked.frames, walked.motion, walked.reference)
    return {**found, **_paper(found), **_portrait(straight)}


def _paper(found: Mapping[str, float]) -> dict[str, float]:
    """Weak signs of bent paper together: its raster, how flat it moves, how little its nose stands out, how little it turns."""
    if not {"moire", "flatness", "parallax"} <= found.keys():
        return {}
    raster = np.log(max(found["moire"], 1.0))
    # Correlations differ where they come near to 1; beyond a thousandth of it they differ by noise.
    sheet = -np.log(max(1.0 - found["flatness"], 0.0) + 1e-3)
    short = limits()["paper.wide"] - found["turn_most"]
    weak = limits()["paper.sheet"] * sheet - limits()["paper.nose"] * found["parallax"] + limits()["paper.turn"] * short
    return {"paper": float(raster + weak)}


def _turned(walked: _Walked) -> list[int]:
    pairs = zip(walked.matched.actions, walked.matched.peaks, strict=True)
    return [row for action, row in pairs if row is not None and action.action.startswith("turn-")]


def _identity(walked: _Walked, model: Embedder) -> dict[str, float]:
    rows = _keys(walked)
    templates = {row: model.template(f.image, f.face.mesh) for row in rows if (f := walked.frames[row]).face}
    assert walked.reference is not None
    own = templates[walked.reference]
    least: dict[str, float] = {"identity_may_reject": float(model.face.may_reject)}
    for row, template in templates.items():
        if row != walked.reference:
            name = "identity_least" if walked.straight(row) else "identity_turned"
            margin = model.similarity(own, template) - model.face.match.similarity
            least[name] = min(least.get(name, 2.0), margin)
    return least


def _passive(walked: _Walked) -> dict[str, float]:
    assert walked.reference is not None
    rows = [row for row in _keys(walked) if walked.straight(row)][:3]
    scores = [live_score(f.image, f.face) for row in rows if (f := walked.frames[row]).face]
    told = [score for score in scores if score is not None]
    seen = [signals(f.image, f.face.face.box) for row in rows if (f := walked.frames[row]).face]
    names = seen[0] if seen else {}
    found = {name.removeprefix("signal_"): float(np.median([one[name] for one in seen])) for name in names}
    if told:
        found |= {"spoof_live": float(np.median(told)), "spoof_least": min(told)}
    return found


def _portrait(frame: Frame) -> dict[str, float]:
    assert frame.face is not None
    seen = {**frame.face.face.measures, **light(frame.image, frame.face.mesh)}
    return {f"portrait_{name}": seen[name] for name in ("inter_eye", "sharpness", "brightness", "yaw")}
