"""Lets check digits settle what is in doubt in a zone, and only that (docs/decisions/0010 and 0023).

A character that the reading is sure of is never changed. Where the digits do not add up, the likeliest change of at most two
doubtful characters that puts every one right is taken, and is never called sure; when several do, that is in the confidence too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from shiming.reading.vision import mrz
from shiming.reading.vision.mrz_columns import Cell, run_out, text

_MISPRINT = 0.1
"""How often a zone that does not add up as it was read is held to be printed so, before anything is known of it."""
_FIRM = {1: 0.05, 2: 0.15}
"""How likely (0..1), against the likeliest, a reading with so many changes must be to be taken because its check digits are
right. At 0.05 for two, 2 of 160 pictures had a wrong number called right: one in ten wrong numbers passes."""
_CHANCE = 10
"""One in ten wrong readings has a right check digit."""
_KNOWN = math.log(1000)
"""Readings less likely than this are not thought of."""
_READINGS = 300
_CHANGED = 0.85
"""Most certainty (0..1) of a character that only check digits decided."""
_UNPROVEN = 0.6
"""Most certainty of a character under a check digit that is wrong: it is misread, or printed wrong."""


Read = list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Settled:
    """A zone and its columns as they were settled."""

    zone: mrz.Zone
    cells: tuple[tuple[Cell, ...], ...]


def settle(rows: Sequence[Sequence[Cell]], layout: mrz.Format, today: date) -> Settled | None:
    """The zone that these columns make; None when it is none of this format."""
    rows = [run_out(row, kinds) for row, kinds in zip(rows, layout.classes(), strict=True)]
    plain = _parsed(rows, layout, today)
    readings = _readings(rows, layout)
    right: list[tuple[float, Read]] = []
    changes_of_best = 0
    for loss, changes in readings:
        changed = _with(rows, changes)
        zone = _parsed(changed, layout, today)
        if zone is not None and zone.mrz.valid:
            changes_of_best = changes_of_best if right else len(changes)
            right.append((loss, changed))
    as_read = bool(right) and changes_of_best == 0
    if as_read or (right and math.exp(-right[0][0]) >= _FIRM[changes_of_best] and _believed(right, readings)):
        return _taken(right, rows, layout, today)
    return None if plain is None else _as_printed(rows, layout, today)


Change = tuple[int, int, str]


def _readings(rows: Sequence[Sequence[Cell]], layout: mrz.Format) -> list[tuple[float, tuple[Change, ...]]]:
    """The reading as it is, and with up to two doubtful characters under a check digit read the other way, likeliest first."""
    doubts = [
        (math.log(cell.likely[cell.character] / share), (row, column, other))
        for row, column in sorted(_checked(layout))
        for cell in [rows[row][column]]
        for other, share in cell.likely.items()
        if other != cell.character and cell.likely[cell.character] / share < 1000
    ]
    doubts.sort()
    readings: list[tuple[float, tuple[Change, ...]]] = [(0.0, ()), *((loss, (change,)) for loss, change in doubts)]
    for place, (loss, change) in enumerate(doubts[:40]):
        for other_loss, other in doubts[place + 1 : 40]:
            if change[:2] != other[:2] and loss + other_loss <= _KNOWN:
                readings.append((loss + other_loss, (change, other)))
    return sorted(readings, key=lambda r: r[0])[:_READINGS]


def _believed(right: Sequence[tuple[float, Read]], readings: Sequence[tuple[float, object]]) -> bool:
    """Whether the likeliest reading that adds up is likelier than all others, and than that the zone is printed wrong."""
    weights = [math.exp(-loss) for loss, _ in right]
    misprint = _MISPRINT * sum(math.exp(-loss) for loss, _ in readings)
    good = (1 - _MISPRINT) * _CHANCE
    return good * weights[0] > 0.5 * (good * sum(weights) + misprint)


def _checked(layout: mrz.Format) -> set[tuple[int, int]]:
    places = {place for spans, own in layout.checks.values() for place in (*spans, own)}
    return {(row, column) for row, start, end in places for column in range(start, end)}


def _with(rows: Sequence[Sequence[Cell]], changes: Sequence[Change]) -> Read:
    changed = [list(row) for row in rows]
    for row, column, character in changes:
        changed[row][column] = changed[row][column].of(character, _CHANGED)
    return changed


def _parsed(rows: Sequence[Sequence[Cell]], layout: mrz.Format, today: date) -> mrz.Zone | None:
    zone = mrz.parse([text(row) for row in rows], today)
    return zone if zone is not None and zone.mrz.format == layout.name else None


def _taken(
    right: Sequence[tuple[float, Read]], rows: Sequence[Sequence[Cell]], layout: mrz.Format, today: date
) -> Settled:
    """The likeliest reading that adds up. A column in which the others differ is as sure as they are unlikely."""
    chosen = right[0][1]
    weights = [math.exp(right[0][0] - loss) for loss, _ in right]
    cells = []
    for r, row in enumerate(chosen):
        line = []
        for c, cell in enumerate(row):
            agreed = sum(
                w for w, (_, other) in zip(weights, right, strict=True) if other[r][c].character == cell.character
            )
            changed = cell.character != rows[r][c].character
            sure = min(agreed / sum(weights), _CHANGED if changed else 1.0)
            # What a check digit bears out is surer than the network was of it alone.
            line.append(replace(cell, certain=sure if (r, c) in _checked(layout) else cell.certain))
        cells.append(tuple(line))
    zone = _parsed(chosen, layout, today)
    if zone is None:
        raise AssertionError("a reading that was right is still one")
    return Settled(zone, tuple(cells))


def _as_printed(rows: Sequence[Sequence[Cell]], layout: mrz.Format, today: date) -> Settled | None:
    """A zone that does not add up, as it is printed: digits in letters' places too, where they certainly are digits."""
    said = [[cell.of(cell.printed) if cell.printed else cell for cell in row] for row in rows]
    said = [[replace(c, certain=_UNPROVEN) if c.printed else c for c in row] for row in said]
    zone = _parsed(said, layout, today)
    if zone is None:
        said = [list(row) for row in rows]
        zone = _parsed(said, layout, today)
    if zone is None:
        return None
    wrong = _wrong(zone, layout)
    cells = tuple(
        tuple(replace(c, certain=min(c.certain, _UNPROVEN)) if (r, i) in wrong else c for i, c in enumerate(row))
        for r, row in enumerate(said)
    )
    return Settled(zone, cells)


def _wrong(zone: mrz.Zone, layout: mrz.Format) -> set[tuple[int, int]]:
    """Columns under a check digit that is wrong; of those under the composite one, what no right one of their own covers."""
    covered = {
        name: {(r, c) for r, a, b in (*spans, own) for c in range(a, b)} for name, (spans, own) in layout.checks.items()
    }
    right = [covered[name] for name, good in zone.mrz.checks.items() if good]
    wrong = [covered[name] for name, good in zone.mrz.checks.items() if not good]
    borne = set().union(*right) if right else set()
    own = set().union(*(covered[n] for n, good in zone.mrz.checks.items() if not good and n != "composite"))
    return own | (set().union(*wrong) - borne if wrong else set())
