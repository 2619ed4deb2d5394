"""The AAMVA barcode: the specimens of testdata, every version, what issuers and scanners make of it, what is refused where."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shiming.reading import aamva
from shiming.reading.aamva import Malformed
from shiming.reading.aamva.card import day
from shiming.reading.documents._people import person
from shiming.reading.documents.us_driver_licence import sample

_DATA = os.environ.get("SHIMING_TESTDATA")
_WHO = person(2)
_BODY = (
    "DAQT64235789\nDCSSAMPLE\nDDEN\nDACMICHAEL\nDDFN\nDADJOHN\nDDGN\nDCUJR\nDBD06062019\nDBB06061986\nDBA12102024\nDBC1\n"
    "DAU068 in\nDAG2300 WEST BROAD STREET\nDAIRICHMOND\nDAJVA\nDAK232690000  \nDCF2424244747474786102204\nDCGUSA"
)
_WHOLE = f"@\n\x1e\rANSI 636000100102DL00410249ZV02900008DL{_BODY}\rZVZVA01\r"
_VALUES = {
    "surname": "SAMPLE",
    "given_names": "MICHAEL JOHN",
    "sex": "M",
    "date_of_birth": "1986-06-06",
    "number": "T64235789",
    "date_of_issue": "2019-06-06",
    "date_of_expiry": "2024-12-10",
    "address": "2300 WEST BROAD STREET, RICHMOND, VA 23269",
    "issuing_country": "USA",
    "issuing_authority": "Virginia",
}


def _values(text: str | bytes) -> dict[str, str | None]:
    return {name: field.value for name, field in aamva.parse(text).fields.items()}


@pytest.mark.skipif(not _DATA, reason="SHIMING_TESTDATA names no folder")
def test_every_specimen_is_read_whole():
    """Against the text itself: each value stands there as its element says, re-ordered by hand of this test's own rules."""
    files = sorted(Path(_DATA).glob("aamva-pdf417/*/tests/licenses/**/*.txt"))
    assert len(files) == 6
    for file in files:
        text = file.read_text("latin-1")
        card = aamva.parse(file.read_bytes())
        printed = {m[1]: m[2].strip() for m in re.finditer(r"^(?:.*(?:ID|DL))?([DZ][A-Z]{2})(.*)$", text, re.MULTILINE)}
        assert (card.version, card.jurisdiction, card.country) == (10, "VA", "US")
        assert len(card.elements) == 29
        assert {key: value for key, value in card.elements.items() if key in printed} == {
            key: value for key, value in printed.items() if key in card.elements
        }
        values = {name: field.value for name, field in card.fields.items()}
        month, number, year = printed["DBB"][:2], printed["DBB"][2:4], printed["DBB"][4:]
        assert values["date_of_birth"] == f"{year}-{month}-{number}"
        assert values["number"] == printed["DAQ"]
        assert (values["surname"], values["given_names"]) == (printed["DCS"], f"{printed['DAC']} {printed['DAD']}")
        assert values["sex"] == {"1": "M", "2": "F"}[printed["DBC"]]


@pytest.mark.skipif(not _DATA, reason="SHIMING_TESTDATA names no folder")
def test_every_other_text_is_refused_with_the_place():
    files = [f for f in Path(_DATA).glob("aamva-pdf417/**/*.txt") if b"ANSI " not in f.read_bytes()[:40]]
    assert len(files) >= 80
    for file in files:
        with pytest.raises(Malformed, match="at character 0: expected the file type"):
            aamva.parse(file.read_bytes())


def test_a_text_as_the_standard_prints_it():
    card = aamva.parse(_WHOLE)
    assert (card.version, card.jurisdiction, card.country, card.issuer) == (10, "VA", "US", "636000")
    assert {name: field.value for name, field in card.fields.items()} == _VALUES
    assert card.elements["DAU"] == "068 in"
    assert card.elements["ZVA"] == "01"
    assert all(field.source == "barcode" and field.confidence == 1.0 for field in card.fields.values())


_HEAD = "@\n\x1e\rANSI 636000100102"
_DEVIATIONS = {
    "no compliance characters": _WHOLE.removeprefix("@\n\x1e\r"),
    "no @": _WHOLE.removeprefix("@"),
    "symbology identifier in front": f"]L2{_WHOLE}",
    "carriage returns with line feeds": _WHOLE.replace("\n", "\r\n"),
    "line feeds for everything": _WHOLE.replace("\r", "\n").replace("\x1e", "\n"),
    "record separators between elements": _WHOLE.replace("\n", "\x1e"),
    "separators doubled": _WHOLE.replace("\n", "\n\n").replace("\r", "\r\r"),
    "named escapes": _WHOLE.replace("\n", "<LF>").replace("\r", "<CR>").replace("\x1e", "<RS>"),
    "backslash escapes": _WHOLE.replace("\n", "\\n").replace("\r", "\\r").replace("\x1e", "\\x1e"),
    "unicode escapes": _WHOLE.replace("\n", "\\u000a").replace("\r", "\\u000D").replace("\x1e", "\\u001e"),
    "caret for the record separator": _WHOLE.replace("\x1e\r", "^^\n"),
    "offset zero": _WHOLE.replace("DL0041", "DL0000"),
    "offset one off": _WHOLE.replace("DL0041", "DL0042"),
    "letters for an offset": _WHOLE.replace("DL0041", "DLabac"),
    "length too long": _WHOLE.replace("0249ZV", "0999ZV"),
    "one entry said, two there": _WHOLE.replace("636000100102", "636000100101"),
    "two entries said, one there": f"{_HEAD}DL00310249DL{_BODY}\r",
    "no jurisdiction version": f"@\n\x1e\rANSI 6360001002DL00290249DL{_BODY}\r",
    "file type AAMVA": _WHOLE.replace("ANSI ", "AAMVA"),
    "file type without its blank": _WHOLE.replace("ANSI ", "ANSI"),
    "first digit of the issuer lost": f"@\n\nANSI 36000101DL00280249DL{_BODY}\r".replace("AAMVA", "ANSI "),
    "type written twice": _WHOLE.replace("DLDAQ", "DLDLDAQ"),
    "type left out": _WHOLE.replace("DLDAQ", "DAQ"),
    "type in a line of its own": _WHOLE.replace("DLDAQ", "DL\nDAQ"),
    "junk after the end": _WHOLE + "\x00\x00   \r\n%%END",
    "control characters of a scanner": _WHOLE.replace("\n", "\x80\n\x9f"),
    "unknown issuer": _WHOLE.replace("636000", "999999"),
    "an identity card": _WHOLE.replace("DL0041", "ID0041").replace("DLDAQ", "IDDAQ"),
    "a later version": _WHOLE.replace("636000100102", "636000120102"),
}


@pytest.mark.parametrize("name", _DEVIATIONS)
def test_a_deviation_changes_nothing_that_was_read(name):
    text = _DEVIATIONS[name]
    card = aamva.parse(text)
    assert {key: field.value for key, field in card.fields.items()} == _VALUES
    assert card.jurisdiction == "VA"
    assert aamva.parse(text.encode("latin-1")) == card


def test_without_separators_elements_are_told_apart_and_nothing_is_sure():
    card = aamva.parse(_WHOLE.replace("\n", "").replace("\r", "").replace("\x1e", ""))
    assert {key: field.value for key, field in card.fields.items()} == _VALUES
    assert all(field.confidence == 0.5 for field in card.fields.values())


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ("DAADOE,JANE,ANN,JR", {"surname": "DOE", "given_names": "JANE ANN"}),
        ("DAADOE,SUE,,", {"surname": "DOE", "given_names": "SUE"}),
        ("DAADOE$JANE$ANN", {"surname": "DOE", "given_names": "JANE ANN"}),
        ("DAA JANE ANN DOE", {"name": "JANE ANN DOE"}),
        ("DABDOE\nDACJANE\nDADANN", {"surname": "DOE", "given_names": "JANE ANN"}),
        ("DCSDOE,\nDCTJANE,ANN", {"surname": "DOE", "given_names": "JANE ANN"}),
        ("DCSDE LA CRUZ\nDACNONE\nDADunavl", {"surname": "DE LA CRUZ"}),
        ("DCSMÜLLER\nDACZOË", {"surname": "MÜLLER", "given_names": "ZOË"}),
        ("DBC2", {"sex": "F"}),
        ("DBCM", {"sex": "M"}),
        ("DBC9", {"sex": "X"}),
        ("DBC7", {"sex": None}),
        ("DBL19511231", {"date_of_birth": "1951-12-31"}),
        ("DBB06-27-1951", {"date_of_birth": "1951-06-27"}),
        ("DBB13011999", {"date_of_birth": None}),
        ("DCGCDN", {"issuing_country": "CAN"}),
        ("DCGUTO", {"issuing_country": None}),
        ("DAG1 A ST\nDAIB\nDAJON\nDAKM4N1B6", {"address": "1 A ST, B, ON M4N 1B6"}),
        ("DAL1 A ST\nDANB\nDAONC\nDAP27713-9722", {"address": "1 A ST, B, NC 27713-9722"}),
    ],
)
def test_the_forms_of_versions_and_countries(elements, expected):
    values = _values(f"{_HEAD}DL00310004DLDAQX1\n{elements}\r".encode())
    assert {key: values.get(key) for key in expected} == expected
    assert set(values) <= {*expected, "number", "issuing_country", "issuing_authority"}


def test_a_name_that_the_issuer_cut_is_in_doubt():
    card = aamva.parse(_WHOLE.replace("DDEN", "DDET"))
    assert card.fields["surname"].confidence == 0.5
    assert card.fields["given_names"].confidence == 1.0


def test_a_text_of_tracks_is_a_licence_too():
    text = (
        "%BCVICTORIA^SPECIMEN,$TEST CARD^910 GOVERNMENT ST$VICTORIA BC  V8W 3Y8^?;6360282222222=240919700906=?"
        "_%0AV8W3Y8                     M185 95BRNBLU9123456789                E$''C(R2S6L?"
    )
    card = aamva.parse(text)
    assert (card.version, card.jurisdiction, card.country) == (0, "BC", "CA")
    values = {name: field.value for name, field in card.fields.items()}
    assert (values["surname"], values["given_names"], values["number"]) == ("SPECIMEN", "TEST CARD", "2222222")
    assert (values["date_of_birth"], values["sex"], values["date_of_expiry"]) == ("1970-09-06", "M", None)
    assert values["address"] == "910 GOVERNMENT ST, VICTORIA, BC V8W 3Y8"


_DIRECTORY = f"{_HEAD}DL00410249ZV02900008"


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("", 0, "file type"),
        ("@", 1, "file type"),
        ("https://example.org", 0, "file type"),
        ("@\n\x1e\rANSI 63600", 9, "12 digits"),
        ("@\n\x1e\rANSI 6360001001020DL", 9, "12 digits"),
        ("@<LF><RS><CR>ANSI 63600", 18, "12 digits"),
        (_HEAD, 21, "subfile's entry"),
        (f"{_HEAD}XX", 21, "subfile's entry"),
        (_DIRECTORY, 41, "an element"),
        (f"{_DIRECTORY}DLDAQT1\n!!\nDCSX", 49, "an element"),
        (f"{_DIRECTORY}DLDAQT1\nDCSX\nDAC", 57, "DBB"),
        (f"{_DIRECTORY}DLDCSX\nDBB01012000", 59, "DAQ"),
        ("%BCVICTORIA^SPECIMEN,$TEST^1 A ST^?;63602", 35, "track 2"),
        ("A" * 100_001, 100_000, "at most"),
    ],
)
def test_the_malformed_is_refused_with_its_place(text, offset, expected):
    with pytest.raises(Malformed) as refused:
        aamva.parse(text)
    assert refused.value.offset == offset
    assert expected in refused.value.expected
    assert f"at character {offset}: expected {refused.value.expected}, got {refused.value.got}" == str(refused.value)


@given(
    st.one_of(
        st.text(), st.binary(), st.text(st.sampled_from("@ANSIDLZV0123456789\n\r\x1e<>\\^%;=?QBCX ")).map(_HEAD.__add__)
    )
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(raw):
    try:
        aamva.parse(raw)
    except Malformed as refused:
        assert 0 <= refused.offset <= len(raw)


@given(st.integers(0, len(_WHOLE) - 1), st.characters(codec="latin-1"))
@settings(max_examples=200, deadline=None)
def test_one_wrong_character_never_ends_in_another_error(place, character):
    try:
        aamva.parse(_WHOLE[:place] + character + _WHOLE[place + 1 :])
    except Malformed as refused:
        assert refused.offset <= len(_WHOLE)


@given(st.integers(0, 5000), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_a_made_text_is_read_back(seed, version):
    who = person(seed)
    card = aamva.parse(sample.text(who, version))
    values = {name: field.value for name, field in card.fields.items()}
    street, city, state, postal = sample.address(who)
    assert card.version == version
    assert {key: value for key, value in values.items() if key != "issuing_country"} == {
        "surname": who.surname,
        "given_names": who.given_names,
        "sex": who.sex,
        "date_of_birth": who.date_of_birth.isoformat(),
        "date_of_issue": who.date_of_issue.isoformat(),
        "date_of_expiry": sample.expiry(who).isoformat(),
        "number": sample.number(who),
        "address": f"{street}, {city}, {state} {postal[:5]}" + ("" if postal.endswith("0000") else f"-{postal[5:]}"),
    }


@given(st.dates(date(1850, 1, 1), date(2199, 12, 31)))
@settings(max_examples=200, deadline=None)
def test_a_date_is_the_same_in_both_forms(made):
    assert day(made.strftime("%m%d%Y")) == day(made.strftime("%Y%m%d")) == made.isoformat()


def test_every_issuer_has_a_country_and_no_code_is_twice():
    issuers = list(aamva.issuers().values())
    codes = [issuer.code for issuer in issuers if issuer.code]
    assert len(codes) == len(set(codes))
    assert {issuer.country for issuer in issuers} == {"US", "CA", "MX"}
    assert sum(issuer.country == "US" for issuer in issuers) == 57
    assert sum(issuer.country == "CA" for issuer in issuers) == 13
