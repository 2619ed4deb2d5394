"""What printed values mean, in the forms of many countries."""

from datetime import date

import pytest

from shiming.reading.documents._grammar import Wanted, dates, month_names, take

_TODAY = date(2026, 11, 21)


def _take(text, name, kind, **more):
    return take(text, Wanted(name, kind, _TODAY, **more))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("14 JUL 1989", "1989-07-14"),
        ("08 JAN/JAN 90", "1990-01-08"),
        ("12 AOÛT/AUG 1974", "1974-08-12"),
        ("19.01.1983", "1983-01-19"),
        ("1. 2. 1965", None),
        ("31/12/65", "1965-12-31"),
        ("31-12-1965", "1965-12-31"),
        ("1990年3月5日", "1990-03-05"),
        ("1990.03.05", "1990-03-05"),
        ("平成5年3月7日", "1993-03-07"),
        ("昭和元年12月30日", "1926-12-30"),
        ("MAR 12, 1990", "1990-03-12"),
        ("30 DE MARÇO DE 1990", "1990-03-30"),
        ("27 février 1990", "1990-02-27"),
        ("3 grudnia 1990", "1990-12-03"),
        ("12 Mar. 2533", "1990-03-12"),
        ("31/12/2533", "1990-12-31"),
        ("2O.12.199O", "1990-12-20"),
        ("32.12.1990", None),
        ("29.02.2023", None),
        ("12345678", None),
        ("12 MAR 2090", None),
        ("tel. 555 12 34 56", None),
    ],
)
def test_a_date_of_birth(text, iso):
    taken = _take(text, "date_of_birth", "date")
    if text == "1. 2. 1965":
        assert taken.value == "1965-02-01"
        assert taken.most == 0.5, "day or month first: nobody says"
        return
    assert (taken and taken.value) == iso


def test_what_had_to_be_repaired_is_in_doubt():
    assert _take("2O.12.1990", "date_of_birth", "date").most < 0.9
    assert _take("12 JAM 1990", "date_of_birth", "date") is None, "JAN or JUN, and too short to tell"
    near = _take("12 SEPTENBER 1990", "date_of_birth", "date")
    assert near.value == "1990-09-12"
    assert near.most < 0.9


@pytest.mark.parametrize(("order", "iso"), [("dmy", "1990-04-03"), ("mdy", "1990-03-04")])
def test_the_layout_says_which_way_round(order, iso):
    taken = _take("03/04/1990", "date_of_birth", "date", order=order)
    assert taken.value == iso
    assert taken.most == 1.0


def test_two_digits_of_a_year_are_past_for_a_birth_and_near_for_an_expiry():
    assert _take("25.12.27", "date_of_birth", "date").value == "1927-12-25"
    assert _take("25.12.27", "date_of_expiry", "date").value == "2027-12-25"
    assert _take("25.12.99", "date_of_expiry", "date").value == "1999-12-25"


def test_two_dates_in_one_line():
    both = dates("19.01.2013 - 18.01.2028", Wanted("date_of_expiry", "date", _TODAY))
    assert [taken.value for taken in both] == ["2013-01-19", "2028-01-18"]


def test_a_month_that_two_languages_use_differently_is_none():
    assert "listopad" not in month_names(), "October in Croatian, November in Polish and Czech"
    assert month_names()["juillet"] == 7


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("M", "M"), ("F / Female", "F"), ("E / M", "M"), ("K / F", "F"), ("女 F", "F"), ("男", "M"), ("LAKI-LAKI", "M"),
        ("Nữ", "F"), ("M F", None), ("MURIEL", None), ("X", "X"), ("", None),
    ],
)  # fmt: skip
def test_sex(text, value):
    taken = _take(text, "sex", "sex")
    assert (taken and taken.value) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("DEUTSCHLAND", "DEU"), ("FRA / FRANCE", "FRA"), ("España", "ESP"), ("中国", "CHN"), ("ประเทศไทย", None),
        ("UTOPIA", None), ("GBR", "GBR"), ("XYZ", None), ("Côte d’Ivoire", "CIV"),
    ],
)  # fmt: skip
def test_country(text, value):
    taken = _take(text, "nationality", "country")
    assert (taken and taken.value) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ANNA MARIA", "ANNA MARIA"),
        ("O'NEILL-SMITH", "O'NEILL-SMITH"),
        ("李梅", "李梅"),
        ("123", None),
        ("A", None),
        ("J0HN", "JOHN"),
    ],
)
def test_name(text, value):
    taken = _take(text, "surname", "name")
    assert (taken and taken.value) == value
    assert taken is None or taken.most == 1.0 or text == "J0HN"


def test_number_by_pattern_and_without():
    assert _take("No. AB 123456", "number", "number").value == "AB 123456"
    assert _take("HELLO WORLD", "number", "number") is None
    assert _take("x Z683365(5)", "number", "number", pattern=r"[A-Z]{1,2}\d{6}\([\dA]\)").value == "Z683365(5)"
