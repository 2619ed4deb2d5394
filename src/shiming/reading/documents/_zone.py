"""Fields from a machine-readable zone, for every document that has one."""

from __future__ import annotations

from shiming.reading.documents import Recognised, Side, Text
from shiming.reading.vision import mrz
from shiming.registration.values import Field


def fields(text: Text) -> dict[str, Field]:
    """The zone's fields with their places; empty without a zone."""
    found = text.zone
    if found is None:
        return {}
    return {
        name: Field(
            value.value, value.raw, round(found.confidence(value.place), 4), "mrz", text.page.box(found.quad(value.place))
        )
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
