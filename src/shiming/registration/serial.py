"""Value types to plain JSON and back, for sealed columns and for the public interfaces."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from shiming.registration.values import Box, Document, Face, Field, Mrz, Reading


def _box(box: Any) -> Box | None:
    if box is None:
        return None
    a, b, c, d = ((float(x), float(y)) for x, y in box)
    return a, b, c, d


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """A reading as JSON values."""
    return asdict(reading)


def reading_from_json(data: dict[str, Any]) -> Reading:
    """A reading from JSON values written by ``reading_to_json``."""
    document = data["document"]
    mrz = data["mrz"]
    faces = data["faces"]
    return Reading(
        document=Document(**document) if document else None,
        fields={name: Field(**{**row, "box": _box(row["box"])}) for name, row in data["fields"].items()},
        mrz=Mrz(**{**mrz, "lines": tuple(mrz["lines"])}) if mrz else None,
        quality=data["quality"],
        faces=None if faces is None else tuple(Face(tuple(f["box"]), f["confidence"], f["measures"]) for f in faces),
        versions=data["versions"],
        technical=data["technical"],
        elapsed_ms=data["elapsed_ms"],
    )
