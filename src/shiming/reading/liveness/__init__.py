"""One liveness session's frames -> what they show. It measures and never judges; ``checks/liveness.py`` does.

Frames are as the camera gave them, not mirrored: a person who turns left turns to the right of the picture.
Names of the measures of a :class:`~shiming.registration.values.Liveness`; one that could not be taken is absent:

* ``frames``: how many came; ``unreadable``: how many of them are no picture we take; ``faceless``: readable ones without a face
* ``duration_ms``: from the first to the last capture time; ``gap_most_ms``: the longest time between two frames;
  ``gap_usual_ms``: the median; ``backwards``: steps of the capture time that do not go forward
* ``faces_most``: the most faces of about one size in one frame; ``second_face``: eye distance of the largest other face by
  that of the person's, the most of all frames
* ``jump_most``: how far the face moved between two frames, in its own widths; ``speed_most``: fastest turn, degrees a second
* ``strays``: turns of the head that were not asked for at that time; ``out_of_turn``: actions seen, but not in their turn
* ``repeated``: frames that are one of half a second before or earlier again, pixel by pixel but for compression; ``frozen``: the
  most frames in a row that hardly differ, where they last that long; ``still``: least mean difference of two frames in a row,
  levels of 255
* ``identity_least``: least similarity of a face that looks at the camera to the reference, less the similarity from which
  the model says one person; ``identity_turned``: the same of turned and nodding faces; ``identity_may_reject``: 1 where the model
  is good enough to send somebody back
* ``flatness``: how well one plane's motion carries the face that looks straight onto the turned one, -1..1 (correlation); near 1
  for a sheet or a screen, lower for a head
* ``parallax``: how far the nose leaves the line from brow to chin as the head turns, by the face's height and the sine of the
  turn; ``turn_most``: the widest turn, degrees; ``paper``: raster, flatness, parallax and turn together, more = more like a bent
  print
* ``spoof_live``: median score of the passive network over key frames, 1 = a live face; ``spoof_least``: the least
* ``moire`` ``border`` ``blocks``: weak heuristic signals (``vision/face_signals.py``), medians over straight key frames
* ``colour``: correlation of the face's colour with the one-time sequence at the best delay; only where one was shown
* ``portrait_inter_eye`` ``portrait_sharpness`` ``portrait_brightness`` ``portrait_yaw``: of the reference frame
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shiming.registration.values import Challenge, Liveness

__all__ = ["judge", "most_frames"]


def most_frames() -> int:
    """Of more frames than this none is looked at."""
    from shiming.reading.liveness._limits import limits

    return int(limits()["frames.most"])


def judge(frames: Sequence[tuple[int, bytes]], challenge: Challenge) -> tuple[Liveness, Mapping[int, bytes]]:
    """What the frames (capture time in ms, encoded picture) of one session show, and the pictures of its reference and audit
    frames by index, as they are kept: upright JPEG without metadata, the reference as large as pictures are kept at all.

    Nothing that comes in makes it raise: frames that are no pictures are counted, and of more frames than
    ``limits.toml`` allows only the number is told. Raises ``ModelRefused`` where no face model is here.
    """
    # The libraries behind take seconds to import: a page that only names this floor must not pay for them.
    from shiming.reading.liveness import _session

    return _session.judge(frames, challenge)
