"""What check digits may settle in a zone, and what they must leave as it is printed."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from shiming.reading.vision import mrz
from shiming.reading.vision.mrz_columns import Cell, run_out
from shiming.reading.vision.mrz_settle import Settled, settle

_TODAY = date(2026, 11, 21)
_TD3 = next(f for f in mrz.FORMATS if f.name == "TD3")
_LINES = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def _cells(lines: tuple[str, ...] = _LINES, **doubts: dict[str, float]) -> list[list[Cell]]:
    """Columns read with certainty but for those named ``r1c5``."""
    rows = [[Cell(c, 1.0, {c: 1.0}) for c in line] for line in lines]
    for place, likely in doubts.items():
        row, column = (int(n) for n in place[1:].split("c"))
        best = max(likely, key=lambda c: likely[c])
        rows[row][column] = Cell(best, likely[best], likely)
    return rows


def _settled(rows: list[list[Cell]]) -> Settled:
    settled = settle(rows, _TD3, _TODAY)
    assert settled is not None
    return settled


def _zone_of(number: str) -> tuple[str, ...]:
    return mrz.compose(
        "TD3", kind="P", issuer="UTO", surname="ERIKSSON", given_names="ANNA", number=number, nationality="UTO",
        born=date(1974, 8, 12), sex="F", ends=date(2030, 4, 15),
    )  # fmt: skip


def test_a_certain_zone_stays_and_is_sure() -> None:
    settled = _settled(_cells())
    assert settled.zone.mrz.lines == _LINES
    assert settled.zone.mrz.valid
    assert all(cell.certain == 1.0 for row in settled.cells for cell in row)


def test_a_doubt_is_settled_by_the_check_digit_and_not_called_sure() -> None:
    lines = _zone_of("X4O123456")
    settled = _settled(_cells(lines, r1c2={"0": 0.8, "O": 0.2}))
    assert settled.zone.mrz.lines == lines
    assert settled.zone.mrz.valid
    assert settled.cells[1][2].certain < 0.9


def test_what_two_readings_fit_is_not_sure() -> None:
    # G is 16 and 6 is 6: the weights 7, 3 and 1 modulo 10 see no difference.
    settled = _settled(_cells(_zone_of("A6123456B"), r1c1={"6": 0.6, "G": 0.4}))
    assert settled.zone.mrz.valid
    assert settled.cells[1][1].certain < 0.7


def test_a_wrong_digit_stays_when_nothing_was_in_doubt() -> None:
    lines = (_LINES[0], _LINES[1].replace("L898902C3", "L898903C3"))
    settled = _settled(_cells(lines))
    assert settled.zone.mrz.lines == lines
    assert not settled.zone.mrz.valid
    assert all(cell.certain < 0.9 for cell in settled.cells[1][:10])
    assert settled.cells[1][13].certain == 1.0, "the date has a right digit of its own"


def test_unlikely_readings_are_not_taken_to_please_a_check_digit() -> None:
    lines = (_LINES[0], _LINES[1].replace("L898902C3", "L898903C3"))
    settled = _settled(_cells(lines, r1c6={"3": 0.97, "2": 0.03}))
    assert settled.zone.mrz.lines == lines
    assert not settled.zone.mrz.valid


def test_a_certain_digit_in_a_letters_place_is_printed_so_where_nothing_adds_up() -> None:
    rows = _cells((_LINES[0], _LINES[1].replace("L898902C3", "L898903C3")))
    rows[1][12] = Cell("O", 1.0, {"O": 1.0}, printed="0")
    assert _settled(rows).zone.mrz.lines[1][10:13] == "UT0"
    rows = _cells()
    rows[1][12] = Cell("O", 1.0, {"O": 1.0}, printed="0")
    assert _settled(rows).zone.mrz.lines == _LINES, "a zone that adds up is read by its columns' classes"


def test_nothing_follows_names_that_have_run_out() -> None:
    row = [Cell(c, 0.9, {c: 0.7, "<": 0.3}) for c in "SMITH<<ANNA<<<<C<<<<"]
    assert "".join(c.character for c in run_out(row, "L" * len(row))) == "SMITH<<ANNA<<<<<<<<<"
    sure = [Cell(c, 1.0, {c: 1.0}) for c in "SMITH<<ANNA<<<<C<<<<"]
    assert "".join(c.character for c in run_out(sure, "L" * len(sure))) == "SMITH<<ANNA<<<<C<<<<"


@settings(max_examples=60)
@given(st.integers(0, 27), st.sampled_from(mrz.ALPHABET), st.floats(0.5, 0.999))
def test_no_single_wrong_digit_is_called_right_unless_the_print_was_likely(
    column: int, other: str, sure: float
) -> None:
    printed = _LINES[1][column]
    if other == printed or not printed.isdigit() or not other.isdigit():
        return
    lines = (_LINES[0], _LINES[1][:column] + other + _LINES[1][column + 1 :])
    rows = _cells(lines, **{f"r1c{column}": {other: sure, printed: 1 - sure}})
    settled = settle(rows, _TD3, _TODAY)
    assert settled is not None
    if settled.zone.mrz.valid:
        assert settled.zone.mrz.lines == _LINES
        assert (1 - sure) / sure >= 0.05
    else:
        assert settled.zone.mrz.lines == lines
