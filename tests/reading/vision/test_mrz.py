"""Zones by ICAO 9303: the printed specimens of its parts 4 to 7, dates, long numbers, and what is not one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shiming.reading.vision import mrz

_TODAY = date(2026, 11, 21)
_TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
_SPECIMENS = {
    "TD1": ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
    "TD2": ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    "TD3": _TD3,
    "MRV-A": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
    "MRV-B": ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"),
}


def _zone(lines: tuple[str, ...]) -> mrz.Zone:
    zone = mrz.parse(lines, _TODAY)
    assert zone is not None
    return zone


@pytest.mark.parametrize("name", _SPECIMENS)
def test_specimens_of_icao(name: str) -> None:
    zone = _zone(_SPECIMENS[name])
    assert (zone.mrz.format, zone.mrz.valid, zone.mrz.lines) == (name, True, _SPECIMENS[name])
    values = {key: value.value for key, value in zone.values.items()}
    assert (values["surname"], values["given_names"], values["sex"]) == ("ERIKSSON", "ANNA MARIA", "F")
    assert values["issuing_country"] == "UTO"


def test_every_single_wrong_digit_of_the_number_is_seen() -> None:
    for column in range(9):
        for character in "0123456789":
            if character != _TD3[1][column]:
                line = _TD3[1][:column] + character + _TD3[1][column + 1 :]
                zone = _zone((_TD3[0], line))
                # Weights of 7, 3 and 1 modulo 10 see every changed digit, but letters ten apart look alike.
                if _TD3[1][column].isdigit():
                    assert not zone.mrz.valid, line
                    assert zone.mrz.lines[1] == line


def test_centuries() -> None:
    assert _zone(_TD3).values["date_of_birth"].value == "1974-08-12"
    assert mrz._birth("261122", _TODAY) == "1926-11-22"
    assert mrz._birth("261121", _TODAY) == "2026-11-21"
    assert mrz._birth("74<<<<", _TODAY) is None
    assert mrz._expiry("760101", _TODAY) == "2076-01-01"
    assert mrz._expiry("961210", _TODAY) == "1996-12-10"
    assert mrz._expiry("251301", _TODAY) is None


def test_countries() -> None:
    assert (mrz.country("D<<"), mrz.country("UTO"), mrz.country("1<<")) == ("DEU", "UTO", None)
    assert (mrz.alpha2("DEU"), mrz.alpha2("CHN"), mrz.alpha2("UTO"), mrz.alpha2(None)) == ("DE", "CN", None, None)


def test_a_long_number_runs_on() -> None:
    number = "D23145890734"
    digit = mrz.check_digit(number)
    first = f"I<UTO{number[:9]}<{number[9:]}{digit}".ljust(30, "<")
    second = "7408122F1204159UTO<<<<<<<<<<<"
    composite = mrz.check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    zone = _zone((first, second + composite, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"))
    assert zone.mrz.valid
    assert zone.values["number"].value == number


@given(st.lists(st.text(max_size=50), max_size=4))
def test_nonsense_is_none_and_never_raises(lines: list[str]) -> None:
    zone = mrz.parse(lines, _TODAY)
    assert zone is None or zone.mrz.lines == tuple(lines)


@given(st.lists(st.text(mrz.ALPHABET, min_size=44, max_size=44), min_size=2, max_size=2))
def test_any_characters_of_the_alphabet_are_parsed(lines: list[str]) -> None:
    zone = mrz.parse(lines, _TODAY)
    assert zone is not None
    assert zone.mrz.lines == tuple(lines)


def test_the_older_french_card_checks_its_thirteen_digits() -> None:
    lines = ("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6")
    zone = _zone(lines)
    assert (zone.mrz.format, zone.mrz.valid, zone.document) == ("TD2-FRA", True, "id-card-td2")
    assert "date_of_expiry" not in zone.values
    for column in range(12):
        digit = str((int(lines[1][column]) + 1) % 10)
        assert not _zone((lines[0], lines[1][:column] + digit + lines[1][column + 1 :])).mrz.checks["number"]


def test_a_number_that_does_not_run_on_rightly_is_the_nine_characters() -> None:
    # An American border crossing card: a filler stands where the number's check digit would.
    zone = _zone(("A3USA085043401<01<9108<<<<<<<<", "7006171F0108168<<<<<<A5AA37743", "GONZALEZ<MENDEZ<<CRISTINA<MARI"))
    assert not zone.mrz.checks["number"]
    assert zone.values["number"].value == "085043401"


def test_document_codes_are_those_of_the_standard() -> None:
    assert _zone(_TD3).mrz.valid
    assert not _zone(("F" + _TD3[0][1:], _TD3[1])).mrz.valid
    first, second, names = _SPECIMENS["TD1"]
    assert [_zone((c + first[1:], second, names)).mrz.valid for c in "IACPZ2"] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


_NAMES = st.text(mrz.LETTERS, min_size=1, max_size=12)


@settings(max_examples=80)
@given(
    st.sampled_from([f.name for f in mrz.FORMATS]), _NAMES, _NAMES, st.text(mrz.LETTERS + mrz.DIGITS, min_size=1, max_size=9),
    st.sampled_from("MFX"), st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.dates(date(2000, 1, 1), date(2050, 1, 1)),
)  # fmt: skip
def test_what_is_composed_is_parsed(
    name: str, surname: str, given_names: str, number: str, sex: str, born: date, ends: date
) -> None:
    french = name == "TD2-FRA"
    lines = mrz.compose(
        name, kind="ID" if french else "V" if name.startswith("MRV") else "P" if name == "TD3" else "I",
        issuer="FRA" if french else "UTO", surname=surname, given_names=given_names, number=number, nationality="UTO",
        born=born, sex=sex, ends=ends,
    )  # fmt: skip
    zone = _zone(lines)
    assert (zone.mrz.format, zone.mrz.valid) == (name, True)
    values = {key: value.value for key, value in zone.values.items()}
    assert (values["surname"], values["number"], values["sex"]) == (surname, number, sex)
    assert values["given_names"] == (given_names if not french else given_names[:14])
    assert values["date_of_birth"] == born.isoformat()
    assert french or values["date_of_expiry"] == ends.isoformat()


@settings(max_examples=80)
@given(st.sampled_from(sorted(_SPECIMENS)), st.integers(0, 200), st.sampled_from(mrz.DIGITS))
def test_a_changed_digit_under_a_check_digit_is_never_valid(name: str, at: int, other: str) -> None:
    lines = list(_SPECIMENS[name])
    layout = next(f for f in mrz.FORMATS if f.name == name)
    places = [(r, c) for spans, own in layout.checks.values() for r, a, b in (*spans, own) for c in range(a, b)]
    row, column = places[at % len(places)]
    if not lines[row][column].isdigit() or lines[row][column] == other:
        return
    lines[row] = lines[row][:column] + other + lines[row][column + 1 :]
    assert not _zone(tuple(lines)).mrz.valid


def test_no_given_names() -> None:
    zone = _zone(("P<UTOSUKARNO" + "<" * 32, _TD3[1]))
    assert (zone.values["given_names"].value, zone.values["name"].value) == (None, "SUKARNO")
    row, start, end = zone.values["given_names"].place
    assert (row, end - start) == (0, 2), "the fillers say that there are none"


@pytest.mark.parametrize(
    ("names", "valid"),
    [
        ("ERIKSSON<<ANNA<MARIA", True),
        ("ERIKSSON", True),
        ("ERIKSSON<<ANNA<<<<<<<<<<<HEA", False),
        ("ERIKSSON<<ANN4", False),
        ("<ERIKSSON<<ANNA", False),
    ],
)
def test_letters_behind_the_fillers_and_digits_are_no_names(names, valid):
    first = f"P<UTO{names}".ljust(44, "<")
    zone = mrz.parse([first, "L898902C36UTO7408122F1204159ZE184226B<<<<<10"], date(2026, 11, 21))
    assert zone is not None
    assert all(zone.mrz.checks.values())
    assert zone.mrz.valid is valid
