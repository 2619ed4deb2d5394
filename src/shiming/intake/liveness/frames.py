"""The frames of one finished session as one file: a length, a JSON head with challenge and capture times, then the JPEGs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from shiming.registration.serial import challenge_from_json, challenge_to_json
from shiming.registration.values import Challenge

MEDIA_TYPE = "application/vnd.shiming.frames"
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Burst:
    """What a session handed in: its frames in order, when each was taken (ms on the device's clock), what was asked."""

    challenge: Challenge
    at_ms: tuple[int, ...]
    frames: tuple[bytes, ...] = field(repr=False)


def pack(challenge: Challenge, at_ms: Sequence[int], frames: Sequence[bytes]) -> bytes:
    """One file of it all."""
    head = json.dumps(
        {
            "challenge": challenge_to_json(challenge),
            "at_ms": list(at_ms),
            "sizes": [len(frame) for frame in frames],
        }
    ).encode()
    return len(head).to_bytes(_LENGTH, "big") + head + b"".join(frames)


def unpack(data: bytes) -> Burst:
    """What ``pack`` made a file of. Raises ValueError for anything else."""
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
    head = json.loads(data[_LENGTH:end])
    found = []
    for size in head["sizes"]:
        found.append(data[end : end + size])
        end += size
    if end != len(data) or len(found) != len(head["at_ms"]):
        raise ValueError(f"expected {end} bytes of frames with a time each, got {len(data)}")
    return Burst(challenge_from_json(head["challenge"]), tuple(head["at_ms"]), tuple(found))
