"""The Chinese resident identity number against the standard's example and published vectors."""

import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiming.countries.cn.identifiers import RESIDENT_ID, normalise, region
from shiming.countries.identifiers import identify

TODAY = date(2026, 11, 21)


def look(text):
    return identify(RESIDENT_ID, text, TODAY)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("11010519491231002X", None),  # GB 11643-1999, annex
        ("11010519491231002x", None),
        ("１１０１０５１９４９１２３１００２Ｘ", None),
        ("440308199901101512", None),
        ("120110198012010073", None),  # a district under its old name
        ("412723199010050012", None),  # a code given up since
        ("110111198012010078", None),  # a code made after birth: given out later
        ("810000199408230021", None),  # residence permit, Hong Kong
        ("830000199201300022", None),  # residence permit, Taiwan
        ("110105194912310021", "checksum"),
        ("36042619910102009X", "checksum"),
        ("360426199113010079", "date"),
        ("990426199112010074", "region"),
        ("110201199312010077", "region"),  # a code given up before birth
        ("T60426199101010078", "format"),
        ("610104620927690", "length"),
        ("", "length"),
    ],
)
def test_vectors(text, fault):
    assert look(text).fault == fault


def test_details():
    details = look("440308199901101512").details
    assert details == {
        "date_of_birth": "1999-01-10",
        "sex": "M",
        "region": "广东省盐田区",
        "region_in_force_at_birth": True,
        "issued_as": "resident-id",
    }
    assert look("610104620927690").details == {"old_form": True}


def test_a_birth_to_come_is_no_birth():
    number = "11010520270101001"
    for digit in "0123456789X":
        assert look(number + digit).fault in {"checksum", "date"}


def test_one_wrong_digit_is_always_found():
    good = "11010519491231002X"
    for place in range(17):
        for digit in "0123456789":
            if digit != good[place]:
                assert not look(good[:place] + digit + good[place + 1 :]).valid


@given(st.text(max_size=24))
def test_any_text_gets_an_answer(text):
    assert look(text).value == normalise(text)


def test_regions():
    assert region("120110", 1980).name == "天津市东郊区"
    assert region("120110", 1992).name == "天津市东丽区"
    assert region("110201", 1993) is None
    assert not region("330106", 1962).at_birth
    assert region("820000", 1990).province == "澳门"


@pytest.mark.testdata
def test_published_vectors():
    folder = os.environ.get("SHIMING_TESTDATA")
    if not folder:
        pytest.skip("SHIMING_TESTDATA is not set")
    found = list(Path(folder).glob("national-ids/*stdnum/tests/test_cn_ric.doctest"))
    assert found
    text = found[0].read_text("utf-8")
    answers = re.findall(r"ric\.validate\('(\w+)'\)\n(\S+)", text)
    assert len(answers) >= 5
    for number, answer in answers:
        assert look(number).valid == answer.startswith("'"), number
