"""Value types to plain JSON and back, for sealed columns and for the public interfaces."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, get_args

from shiming.registration.values import (
    ActionSeen,
    Barcode,
    Box,
    Challenge,
    Document,
    Face,
    Field,
    LiveAction,
    Liveness,
    Mrz,
    Reading,
)

_COLOUR = re.compile("#[0-9a-fA-F]{6}")


def _box(box: Any) -> Box | None:
    if box is None:
        return None
    a, b, c, d = ((float(x), float(y)) for x, y in box)
    return a, b, c, d


def _fields(data: dict[str, Any]) -> dict[str, Field]:
    return {name: Field(**{**row, "box": _box(row["box"])}) for name, row in data.items()}


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """A reading as JSON values."""
    return asdict(reading)


def reading_from_json(data: dict[str, Any]) -> Reading:
    """A reading from JSON values written by ``reading_to_json``."""
    document = data["document"]
    mrz = data["mrz"]
    faces = data["faces"]
    # Readings kept before barcodes, second sightings, liveness sessions and held portraits were read have no such entries.
    barcode = data.get("barcode")
    liveness = data.get("liveness")
    return Reading(
        document=Document(**document) if document else None,
        fields=_fields(data["fields"]),
        mrz=Mrz(**{**mrz, "lines": tuple(mrz["lines"])}) if mrz else None,
        quality=data["quality"],
        faces=None if faces is None else tuple(map(face_from_json, faces)),
        versions=data["versions"],
        technical=data["technical"],
        elapsed_ms=data["elapsed_ms"],
        look=data.get("look"),
        barcode=Barcode(**{**barcode, "box": _box(barcode["box"])}) if barcode else None,
        printed=_fields(data.get("printed", {})),
        liveness=liveness_from_json(liveness) if liveness else None,
        portrait=face_from_json(data["portrait"]) if data.get("portrait") else None,
    )


def face_from_json(data: dict[str, Any]) -> Face:
    """A face from its JSON values."""
    return Face(tuple(data["box"]), data["confidence"], data["measures"])


def liveness_to_json(liveness: Liveness) -> dict[str, Any]:
    """What a session's frames showed, as JSON values."""
    return asdict(liveness)


def liveness_from_json(data: dict[str, Any]) -> Liveness:
    """What a session's frames showed, from JSON values written by ``liveness_to_json``."""
    return Liveness(
        actions=tuple(ActionSeen(**row) for row in data["actions"]),
        measures=data["measures"],
        reference=data["reference"],
        audit=tuple(data["audit"]),
        hashes=tuple(data["hashes"]),
    )


def challenge_to_json(challenge: Challenge) -> dict[str, Any]:
    """A challenge as JSON values."""
    return asdict(challenge)


def challenge_from_json(data: Any) -> Challenge:
    """A challenge from JSON values. Raises ``ValueError`` that says what was expected where they are none."""
    if not isinstance(data, dict):
        raise ValueError(f"expected an object with a list of actions, got {type(data).__name__}")
    actions, colours, colour_ms = data.get("actions"), data.get("colours", ()), data.get("colour_ms", 0)
    known = get_args(LiveAction)
    if not isinstance(actions, list | tuple) or any(action not in known for action in actions):
        raise ValueError(f"actions: expected a list of {', '.join(known)}")
    if not isinstance(colours, list | tuple) or not all(isinstance(c, str) and _COLOUR.fullmatch(c) for c in colours):
        raise ValueError("colours: expected a list of colours like #00ff88")
    if not isinstance(colour_ms, int) or isinstance(colour_ms, bool) or colour_ms < 0 or (colours and not colour_ms):
        raise ValueError("colour_ms: expected how many milliseconds each colour is shown")
    return Challenge(tuple(actions), tuple(colours), colour_ms)
