"""Too much light: by the portrait where there is one, else by paper and print; doubtful fields that nobody needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shiming.checks import ocr_confidence, overexposed
from shiming.registration.values import EvidenceItem, Face, Field, Outcome

from .cases import case


def _front(saturated: float | None = None, **quality: float) -> EvidenceItem:
    front = case().evidence["document-front"]
    assert front.reading is not None
    faces = () if saturated is None else (Face((0, 0, 1, 1), 0.9, {"saturated": saturated}),)
    return replace(front, reading=replace(front.reading, faces=faces, quality=quality))


def _back(**quality: float) -> EvidenceItem:
    back = case().evidence["document-back"]
    assert back.reading is not None
    return replace(back, reading=replace(back.reading, faces=None, quality=quality))


@pytest.mark.parametrize(
    ("item", "outcome"),
    [
        (_front(0.0, overexposed=0.9, contrast=0.4), Outcome.PASS),
        (_front(0.0, overexposed=0.9, contrast=0.2), Outcome.FAIL),
        (_front(0.2, overexposed=0.1, contrast=0.9), Outcome.FAIL),
        (_back(overexposed=0.9, contrast=0.8), Outcome.PASS),
        (_back(overexposed=0.9, contrast=0.2), Outcome.FAIL),
        (_front(overexposed=0.9, contrast=0.8), Outcome.FAIL),
        (_front(overexposed=0.9, contrast=0.2), Outcome.FAIL),
        (_front(overexposed=0.2, contrast=0.2), Outcome.PASS),
        (_front(overexposed=0.9), Outcome.FAIL),
        (_front(), Outcome.NOT_RUN),
    ],
)
def test_too_much_light_hides_a_portrait_or_washes_print_out(item: EvidenceItem, outcome: Outcome) -> None:
    (found,) = overexposed.run(case(), item)
    assert (found.code, found.outcome) == ("IMG_OVEREXPOSED", outcome)


@pytest.mark.parametrize(
    ("name", "outcome"), [("ethnicity", Outcome.PASS), ("name", Outcome.FAIL), ("number", Outcome.FAIL)]
)
def test_a_doubt_refers_only_where_the_field_is_needed(name: str, outcome: Outcome) -> None:
    doubtful = Field("x", "x", 0.2, "ocr")
    one = case(front={name: doubtful})
    (found,) = ocr_confidence.run(one, one.evidence["document-front"])
    assert found.outcome is outcome
    assert found.details == {"fields": [name]}


def test_a_field_the_form_asks_for_is_needed() -> None:
    one = case(front={"ethnicity": Field("汉", "汉", 0.2, "ocr")})
    asked = replace(one, rules=replace(one.rules, form_fields=("name", "ethnicity")))
    (found,) = ocr_confidence.run(asked, one.evidence["document-front"])
    assert found.outcome is Outcome.FAIL
