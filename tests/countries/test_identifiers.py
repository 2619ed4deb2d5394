"""Numbers of countries: own readers, declared forms, python-stdnum's."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shiming.countries.hk.identifiers import check_digit
from shiming.countries.identifiers import catalogue, identify
from shiming.countries.sg.identifiers import check_letter

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("kind", "text", "value", "details"),
    [
        ("hk-id", "A123456(3)", "A123456(3)", {}),
        ("hk-id", "a123456 3", "A123456(3)", {}),
        ("hk-id", "AB987654(3)", "AB987654(3)", {}),
        ("sg-nric", "s1234567d", "S1234567D", {"holder": "citizen or permanent resident"}),
        ("sg-fin", "M1234567K", "M1234567K", {"holder": "foreigner"}),
        ("tw-id", "A123456789", "A123456789", {"sex": "M", "holder": "citizen"}),
        ("pl-dowod-osobisty", "ABA 300000", "ABA300000", {}),
        ("de-personalausweis", "T220001293", "T220001293", {"check_digit": "3", "checked": "check-digit"}),
        ("de-driving-licence", "B072RRE2I55", "B072RRE2I55", {}),
        ("vn-cccd", "079203123456", "079203123456", {"year_of_birth": 2003, "sex": "M", "checked": "form"}),
        ("ae-emirates-id", "784-1979-1234567-1", "784197912345671", {"checked": "check-digit", "year_of_birth": 1979}),
        ("gh-ghana-card", "GHA-123456789-0", "GHA1234567890", {"checked": "form"}),
        ("ke-national-id", "12345678", "12345678", {"checked": "form"}),
        ("ng-nin", "12345678901", "12345678901", {"checked": "form"}),
        ("ph-psn", "1234-5678-9012", "123456789012", {"checked": "form"}),
        ("mo-bir", "1234567(8)", "12345678", {"checked": "form"}),
        (
            "tz-nin",
            "19900101-12345-00001-23",
            "19900101123450000123",
            {"checked": "form", "date_of_birth": "1990-01-01"},
        ),
        ("es-dni", "54362315-K", "54362315K", {}),
        ("pl-pesel", "44051401359", "44051401359", {"date_of_birth": "1944-05-14", "sex": "M"}),
        (
            "kr-rrn",
            "211013-3019902",
            "2110133019902",
            {"date_of_birth": "2021-10-13", "sex": "M", "check_digit": False},
        ),
    ],
)
def test_a_good_number_and_what_it_tells(kind, text, value, details):
    looked = identify(kind, text, TODAY)
    assert (looked.kind, looked.value, looked.fault, dict(looked.details)) == (kind, value, None, details)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("hk-id", "A123456(4)", "checksum"),
        ("hk-id", "A12345", "length"),
        ("sg-nric", "S1234567E", "checksum"),
        ("sg-fin", "S1234567D", "format"),
        ("tw-id", "A123456788", "checksum"),
        ("pl-dowod-osobisty", "ABA300001", "checksum"),
        ("de-personalausweis", "T220001294", "checksum"),
        ("de-driving-licence", "B072RRE2I65", "checksum"),
        ("de-driving-licence", "B0Z2RRE2I55", "format"),
        ("vn-cccd", "999203123456", "region"),
        ("vn-cccd", "079299123456", "date"),
        ("ae-emirates-id", "784197912345672", "checksum"),
        ("tz-nin", "19901301123450000123", "date"),
        ("gb-nino", "BG123456A", "format"),
        ("es-dni", "54362315Z", "checksum"),
        ("kr-rrn", "971013-1019902", "checksum"),
        ("ng-nin", "1234567890", "length"),
    ],
)
def test_a_bad_number_and_why(kind, text, fault):
    assert identify(kind, text, TODAY).fault == fault


@given(st.from_regex(r"\A[A-Z]{1,2}[0-9]{6}\Z"), st.integers(1, 10))
def test_one_wrong_digit_of_a_hong_kong_number_is_found(number, shift):
    right = check_digit(number)
    assert identify("hk-id", number + right, TODAY).valid
    wrong = "0123456789A"[("0123456789A".index(right) + shift) % 11]
    assert identify("hk-id", number + wrong, TODAY).fault == "checksum"


@given(st.from_regex(r"\A[STFGM][0-9]{7}\Z"), st.integers(0, 6), st.integers(1, 9))
def test_one_wrong_digit_of_a_singapore_number_is_found(number, place, shift):
    letter = check_letter(number)
    wrong = number[: place + 1] + str((int(number[place + 1]) + shift) % 10) + number[place + 2 :]
    assert identify("sg-nric", number + letter, TODAY).valid
    assert identify("sg-nric", wrong + letter, TODAY).fault == "checksum"


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text):
    for name, kind in catalogue().items():
        looked = kind.read(text, TODAY)
        assert looked.kind == name
