"""Whatever the recogniser answers, a unit that reads by labels answers too: no text breaks it, and every field is well formed."""

import re
from datetime import date
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shiming.reading import documents
from shiming.reading.documents import _labelled
from tests.reading.documents.lines import line, text

_UNITS = ("eu-driving-licence", "hk-id", "sg-nric", documents.GENERIC)
_SCRAPS = (
    "FÜHRERSCHEIN", "HONG KONG IDENTITY CARD", "REPUBLIC OF SINGAPORE", "NRIC No.", "Surname / Nom",
    "Name", "1.", "2. ANNA", "3. 01.02.1990 X", "4a.",
    "4b", "4c. A", "5. B072RRE2I55", "8.", "9. AM/B",
    "Date of birth", "出生日期", "女 F", "Z683365(5)", "S1234567D",
    "CHAN, Tai Man", "(01-79)", "31-12-99", "00.00.0000", "٣١.١٢.١٩٩٠",
    "平成元年1月1日", "99 ABC 9999", "/", ": :", "1",
    "昭和999年99月99日", "²³", "ß/ﬁ", "Address",
)  # fmt: skip
_LINES = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(_SCRAPS), st.text(min_size=1, max_size=14)),
        st.integers(0, 900),
        st.integers(0, 600),
        st.integers(8, 60),
    ),
    max_size=16,
)


@pytest.mark.parametrize("name", _UNITS)
@settings(max_examples=60, deadline=None)
@given(rows=_LINES)
def test_no_text_breaks_a_unit(name, rows):
    unit = documents.available()[name]
    page = text(*(line(said, x, y, high) for said, x, y, high in rows))
    with mock.patch.object(_labelled.ocr, "recognise", return_value=[line("x", 0, 0)]):
        seen = unit.recognise(page)
        assert seen is None or 0 < seen.confidence < 1
        for side in unit.SIDES:
            unit.outline(page, side)
            for key, field in unit.parse(page, side).items():
                assert 0 <= field.confidence <= 1
                assert field.raw.strip()
                if key in ("date_of_birth", "date_of_issue", "date_of_expiry") and field.value is not None:
                    assert date.fromisoformat(field.value).isoformat() == field.value
                if key == "sex":
                    assert re.fullmatch("[MFX]", field.value)
