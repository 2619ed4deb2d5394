"""The value types of a liveness session: what it asks for, what its frames showed. They never judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

LiveAction = Literal["turn-left", "turn-right", "nod", "closer", "blink"]
"""Left and right as the person sees them."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one session asks for: actions in this order, and optionally a one-time sequence of screen colours.

    ``colours`` are ``#rrggbb``, each shown for ``colour_ms`` milliseconds; empty: no colours are shown.
    """

    actions: tuple[LiveAction, ...]
    colours: tuple[str, ...] = ()
    colour_ms: int = 0


@dataclass(frozen=True, slots=True)
class ActionSeen:
    """One action of the challenge: whether it was done in its turn, from when to when (capture time, ms), and how far.

    ``measure``: degrees of turn or nod, growth of the face for ``closer``, closure of the eyes 0..1 for ``blink``; the most that
    was seen in its turn, or after it where it was not done.
    """

    action: LiveAction
    seen: bool
    from_ms: int | None
    to_ms: int | None
    measure: float


@dataclass(frozen=True, slots=True)
class Liveness:
    """What the frames of one session showed. ``actions`` in the order asked; ``seen`` only if done in that order.

    ``measures`` by name; meaning and direction in ``reading/liveness/__init__.py``. ``reference`` is the index of the frame that
    serves as the person's picture, ``audit`` those of up to four frames for the reviewer. ``hashes`` are 256-bit perceptual
    hashes (hex) of the frames in which the head is moved, in their order, to find a recording of another session.
    """

    actions: tuple[ActionSeen, ...]
    measures: Mapping[str, float] = field(default_factory=dict)
    reference: int | None = None
    audit: tuple[int, ...] = ()
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LivenessFacts:
    """What the store knows of a session besides its frames. Absent (None on the case) where there is no store.

    ``replayed``: share of its moved frames that come one after the other in other sessions; None without such frames.
    ``attested``: whether a native app's attestation held; None where none was asked. ``camera``: the category of a
    virtual-camera signal (``virtual``, ``emulator``...), never the camera's own label; None without a signal.
    """

    replayed: float | None = None
    attested: bool | None = None
    camera: str | None = None
