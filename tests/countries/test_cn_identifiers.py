"""The Chinese resident identity number against the standard's example and published vectors."""

import csv
import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiming.countries.cn.identifiers import RESIDENT_ID, normalise, region
from shiming.countries.identifiers import identify, kinds, of_document

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


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("cn-hmt-residence-permit", "810000199408230021", None),  # specimen of the Beijing police, 2018
        ("cn-hmt-residence-permit", "830000199201300022", None),
        ("cn-hmt-residence-permit", "11010519491231002X", "region"),
        ("cn-hmt-residence-permit", "810000199408230022", "checksum"),
        (
            "cn-foreign-permanent-residence",
            "932682198501010017",
            None,
        ),  # National Immigration Administration, 2023, table 1
        ("cn-foreign-permanent-residence", "911124198108030024", None),
        ("cn-foreign-permanent-residence", "911124198108030025", "checksum"),
        ("cn-foreign-permanent-residence", "CAN110081080310", None),
        ("cn-foreign-permanent-residence", "CAN110081080311", "checksum"),
        ("cn-foreign-permanent-residence", "11010519491231002X", "format"),
        ("cn-foreign-permanent-residence", "9111241981080300", "length"),
        ("cn-hk-macau-travel-permit", "H12345678", None),
        ("cn-hk-macau-travel-permit", "M 1234 5678 01", None),
        ("cn-hk-macau-travel-permit", "HA1234567", None),
        ("cn-hk-macau-travel-permit", "C12345678", "format"),
        ("cn-hk-macau-travel-permit", "H1234567", "length"),
        ("cn-taiwan-travel-permit", "12345678", None),
        ("cn-taiwan-travel-permit", "1234567890(A)", "length"),
        ("cn-taiwan-travel-permit", "A1234567", "format"),
    ],
)
def test_numbers_of_the_other_documents(kind, text, fault):
    assert identify(kind, text, TODAY).fault == fault


def test_what_their_numbers_tell():
    details = identify("cn-foreign-permanent-residence", "932682198501010017", TODAY).details
    assert details == {"date_of_birth": "1985-01-01", "sex": "M", "region": "江苏省", "nationality": "SAU"}
    old = identify("cn-foreign-permanent-residence", "CAN110081080310", TODAY).details
    assert old == {"date_of_birth": "1981-08-03", "region": "北京市", "nationality": "CAN"}
    permit = identify("cn-hk-macau-travel-permit", "M1234567802", TODAY).details
    assert permit == {"issued_to": "澳门", "chinese_citizen": True, "renewals": 2}
    assert not identify("cn-hk-macau-travel-permit", "MA1234567", TODAY).details["chinese_citizen"]


def test_a_card_without_country_belongs_to_a_stateless_person():
    numbers = [f"911000198108030{n:02d}{digit}" for n in (1, 2) for digit in "0123456789X"]
    right = [looked for n in numbers if (looked := identify("cn-foreign-permanent-residence", n, TODAY)).valid]
    assert len(right) == 2
    assert {looked.details["nationality"] for looked in right} == {"XXA"}


def test_a_document_knows_the_kind_of_its_number():
    assert of_document("temporary-resident-id") == RESIDENT_ID == of_document(RESIDENT_ID)
    assert of_document("hk-macau-travel-permit") == "cn-hk-macau-travel-permit"
    assert of_document("passport") is None
    assert of_document(None) is None
    others = {
        of_document(name) for name in ("hmt-residence-permit", "taiwan-travel-permit", "foreign-permanent-residence")
    }
    assert others <= set(kinds())
    assert None not in others


@pytest.mark.testdata
@pytest.mark.parametrize(
    "source", ["stats/200212.tsv", "stats/200812.tsv", "stats/201509.tsv", "mca/201801.tsv", "mca/201904.tsv"]
)
def test_regions_by_year_against_published_revisions(source):
    """Of the county codes that a year's revision lists, what share we know as in force in that year."""
    folder = os.environ.get("SHIMING_TESTDATA")
    if not folder:
        pytest.skip("SHIMING_TESTDATA is not set")
    (path,) = Path(folder).glob(f"national-ids/*GB2260/{source}")
    with path.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if not row["Code"].endswith("00")]
    counties = [row for row in rows if row["Name"] != "市辖区" and row["Code"][:2] not in ("71", "81", "82")]
    known = [place for row in counties if (place := region(row["Code"], int(row["Revision"][:4]))) and place.at_birth]
    assert len(counties) > 2800
    assert len(known) / len(counties) > 0.995
