"""Fields from a machine-readable zone, for every document that has one."""

from __future__ import annotations

import numpy as np

from shiming.reading.documents import Recognised, Side, Text
from shiming.reading.vision import mrz
from shiming.reading.vision.ocr import Quad
from shiming.registration.values import Field

ALWAYS = ("surname", "sex", "date_of_birth", "nationality", "number", "issuing_country", "date_of_expiry")
"""What every zone says. A person may have no given names."""
_STRANGE_COUNTRY = 0.85
"""Most confidence (0..1) of a country's code that is in no list."""
_PITCH = 2.54
"""Millimetres from character to character of OCR-B at ten to the inch."""


def fields(text: Text) -> dict[str, Field]:
    """The zone's fields with their places; empty without a zone."""
    found = text.zone
    if found is None:
        return {}
    sure = {name: found.confidence(value.place) for name, value in found.zone.values.items()}
    sure["name"] = min(sure[part] for part in ("name", "surname", "given_names"))
    for name in ("issuing_country", "nationality"):
        # No check digit covers them; a code of no country is likelier misread than issued.
        if not mrz.known_country(found.zone.values[name].value):
            sure[name] = min(sure[name], _STRANGE_COUNTRY)
    return {
        name: Field(value.value, value.raw, round(sure[name], 4), "mrz", text.page.box(found.quad(value.place)))
        for name, value in found.zone.values.items()
    }


def recognised(text: Text, kind: str, side: Side) -> Recognised | None:
    """A document by its zone: sure when the check digits are right. Its country is the issuer's."""
    if text.zone is None or text.zone.zone.document != kind:
        return None
    zone = text.zone.zone
    checks = zone.mrz.checks
    share = sum(checks.values()) / len(checks)
    issuer = zone.values["issuing_country"].value
    return Recognised(side, round(0.5 + 0.49 * share, 2), mrz.alpha2(issuer))


def outline(text: Text, size: tuple[float, float], start: float, below: float) -> Quad | None:
    """The outline of a document of ``size`` (width, height) whose zone begins ``start`` from its left edge.

    ``below`` is from the middle of the zone's last line to the lower edge. All in millimetres; a zone's column is 2.54 wide
    (ICAO 9303 part 3).
    """
    found = text.zone
    if found is None:
        return None
    last = found.quads[-1]
    left, right = (last[0] + last[3]) / 2, (last[1] + last[2]) / 2
    across = (right - left) / (len(found.cells[-1]) * _PITCH)
    down = np.array([-across[1], across[0]])
    corner = left - across * start - down * (size[1] - below)
    width, height = across * size[0], down * size[1]
    return np.asarray([corner, corner + width, corner + width + height, corner + height], np.float32)
