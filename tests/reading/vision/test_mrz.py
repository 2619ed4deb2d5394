"""Zones by ICAO 9303: the printed specimens of its parts 4 to 7, dates, long numbers, and what is not one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
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
