"""Where a registration goes on: the next missing step, and which stage of the way that is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from shiming.intake.access import OPEN
from shiming.registration.states import RegistrationState
from shiming.registration.values import FACE_SLOTS, Rules

STAGES = ("card", "code", "photos", "details", "face", "check")
"""The stages the progress bar may show."""
_FACES = ("selfie", "holding", "liveness")

_STAGE_OF = {
    "verify": "code",
    "consent": "code",
    "document": "photos",
    "photo": "photos",
    "selfie": "face",
    "liveness": "face",
    "in-shop": "check",
}


def step_for(item: str) -> str:
    """The page of an open item (``slot:document-front``, ``form:name``, a slot or a field), below ``/r/{reference}``."""
    kind, _, name = item.partition(":")
    if kind == "slot":
        return name if name in FACE_SLOTS else f"photo/{name}"
    if kind == "consent":
        return "face" if name == "face" else "consent"
    ways = {"code": "verify", "document": "document", "contact": "in-shop", "attestation": "in-shop"}
    return ways.get(kind, "details")


def next_step(state: RegistrationState, missing: Sequence[str]) -> str:
    """The page to go on with: that of the first missing item, the check page when nothing is missing, the status page
    (an empty path) when there is nothing to hand in now."""
    if state not in OPEN:
        return ""
    return step_for(missing[0]) if missing else "check"


def stage(step: str) -> int:
    """Which of ``STAGES`` a page belongs to, counted from 1."""
    first = step.partition("/")[0]
    return STAGES.index(_STAGE_OF.get(first, first)) + 1


def stages(rules: Rules) -> tuple[str, ...]:
    """The stages of a programme's way: no code where none is issued, no pictures where none are asked for."""
    kinds = {slot.kind for slot in rules.slots}
    absent = set()
    if not rules.activation_code:
        absent.add("code")
    if not kinds - set(_FACES):
        absent.add("photos")
    if not kinds & set(_FACES):
        absent.add("face")
    return tuple(name for name in STAGES if name not in absent)


def asked_again_step(item: str, slots: Sequence[str]) -> str:
    """The page that mends an item a decision asks for again: a slot's picture, or the details for a field."""
    return step_for(f"slot:{item}" if item in slots else f"form:{item}")
