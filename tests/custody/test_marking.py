"""Copies marked and blacked out, on a drawn identity card that is really read."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from PIL import Image

from shiming import reading
from shiming.custody import marking
from shiming.reading.documents.sample import sample_set
from shiming.registration import store
from shiming.registration.values import CopyRule, Field, Reading
from tests.custody.conftest import Desk

TEXT = f"COPY - ONLY FOR REGISTRATION ABCD-EFGH-JK - {date(2026, 11, 21)}"


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"), dtype=np.int16)


@pytest.fixture(scope="module")
def card() -> tuple[bytes, Reading]:
    """The front of a drawn resident identity card, normalised and read by the real reader."""
    kept = reading.normalise(sample_set(7)["front"])
    return kept, reading.read_picture(kept, kind="document-side", documents=("cn-resident-id",), side="front")


def test_the_named_field_is_black_and_can_no_longer_be_read(card: tuple[bytes, Reading]) -> None:
    kept, read = card
    number = read.fields["number"]
    assert number.value
    done, lost = marking.prepare(kept, read, CopyRule(black_out=("number",)), TEXT)
    assert lost == ()
    again = reading.read_picture(done, kind="document-side", documents=("cn-resident-id",), side="front")
    assert "number" not in again.fields or again.fields["number"].value != number.value
    assert again.fields["name"].value == read.fields["name"].value, "the rest stays readable"
    assert number.box is not None
    height, width = pixels(done).shape[:2]
    xs, ys = zip(*number.box, strict=True)
    inside = pixels(done)[
        int(min(ys) * height) : int(max(ys) * height), int((min(xs) + 0.02) * width) : int((max(xs) - 0.02) * width)
    ]
    assert np.median(inside) < 20


def test_the_mark_is_over_the_document_and_not_over_the_face(card: tuple[bytes, Reading]) -> None:
    kept, read = card
    assert read.faces, "the portrait was found"
    done, _ = marking.prepare(kept, read, CopyRule(mark=True), TEXT)
    changed = np.abs(pixels(done) - pixels(kept)).max(axis=2) > 40
    assert 0.02 < changed.mean() < 0.5
    left, top, right, bottom = read.faces[0].box
    height, width = changed.shape
    face = changed[int(top * height) : int(bottom * height), int(left * width) : int(right * width)]
    assert face[8:-8, 8:-8].mean() < 0.001


def test_a_field_whose_place_is_not_known_is_named(card: tuple[bytes, Reading]) -> None:
    kept, read = card
    blind = replace(read, fields={**read.fields, "number": Field("1", "1", 0.9, "mrz")})
    assert marking.prepare(kept, blind, CopyRule(black_out=("number", "ethnicity_")), TEXT)[1] == ("number",)


def test_what_is_kept_of_a_registration_is_the_marked_copy(desk: Desk) -> None:
    desk.change(copies={"document-side": {"mark": True, "black_out": ["number"]}})
    id = desk.office.in_review(desk.office.holder())["id"]
    with desk.workspace.read() as work:
        items = {item.slot: item for item in store.evidence(work, id)}
        front, selfie = (pixels(store.picture(work, items[slot].id)) for slot in ("document-front", "selfie"))
        events = [entry for entry in store.timeline(work, id) if entry.event == "copy-not-blacked-out"]
    plain = np.abs(selfie - np.median(selfie, axis=(0, 1))).max(axis=2) > 40
    marked = np.abs(front - np.median(front, axis=(0, 1))).max(axis=2) > 40
    assert marked.mean() > 5 * max(plain.mean(), 0.001)
    # The stand-in's eyes give no places: the reviewer is told that the number is still to be seen.
    assert [entry.details["fields"] for entry in events] == [["number"]]
