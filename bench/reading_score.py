"""Judging what was read against what is printed, and saying it in tables and a drawing."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SURE = 0.9
"""The confidence from which on a field is held to be sure."""
CLASSES = ("clean", "readable", "beyond")
_BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001)
_DOTS = str.maketrans("•・‧∙", "····")


@dataclass(frozen=True, slots=True)
class Value:
    """A field that is printed: what it is, what was read, how sure. ``outcome``: right, wrong, or missing (nothing was read)."""

    field: str
    printed: str | None
    read: str | None
    confidence: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Side:
    """A picture and what came of it. ``found``: codes of findings that say something is amiss. ``cpu``: milliseconds."""

    name: str
    side: str
    case: str
    klass: str
    values: tuple[Value, ...]
    cpu: float
    found: tuple[str, ...] = ()
    error: str | None = None
    steps: Mapping[str, float] | None = None


def judge(printed: Mapping[str, str | None], fields: Mapping[str, Mapping[str, Any]]) -> tuple[Value, ...]:
    """Every printed field with its outcome. A card without end is printed None: right is a field whose value is None."""
    return tuple(_judged(name, value, fields.get(name)) for name, value in printed.items())


def _judged(name: str, printed: str | None, field: Mapping[str, Any] | None) -> Value:
    if field is None:
        return Value(name, printed, None, 0.0, "missing")
    read, sure = field["value"], float(field["confidence"])
    endless = read is None and field.get("raw", "长期") == "长期" and name == "date_of_expiry"
    if read is None and not endless:
        return Value(name, printed, None, sure, "missing")
    same = (read or "").translate(_DOTS) == (printed or "").translate(_DOTS)
    return Value(name, printed, "长期" if endless else read, sure, "right" if same else "wrong")


def values(sides: Iterable[Side]) -> list[Value]:
    return [value for side in sides for value in side.values]


def surely_wrong(sides: Iterable[Side]) -> list[tuple[Side, Value]]:
    """Values that are wrong, reported as sure, on pictures with no finding at all."""
    return [(s, v) for s in sides for v in s.values if v.outcome == "wrong" and v.confidence >= SURE and not s.found]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _counts(found: Sequence[Value]) -> tuple[str, ...]:
    kinds = Counter(v.outcome for v in found)
    sure = sum(v.outcome == "wrong" and v.confidence >= SURE for v in found)
    return (
        str(len(found)),
        _share(kinds["right"], len(found)),
        _share(kinds["missing"], len(found)),
        _share(kinds["wrong"], len(found)),
        str(sure),
    )


def row(*cells: object) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [row(*head), "|" + "---|" * len(head), *(row(*cells) for cells in rows), ""]


def by_class(readers: Mapping[str, Sequence[Side]]) -> list[str]:
    """A row a class and reader."""
    head = ("class", "reader", "fields", "exact", "missing", "wrong", "wrong at 0.9 or more")
    rows = []
    for klass in CLASSES:
        for reader, sides in readers.items():
            found = values(s for s in sides if s.klass == klass)
            if found:
                rows.append((klass, reader, *_counts(found)))
    return table(head, rows)


def by_field(sides: Sequence[Side]) -> list[str]:
    names = list(dict.fromkeys(v.field for v in values(sides)))
    rows = []
    for name in names:
        cells: list[object] = [name]
        for klass in CLASSES[:2]:
            found = [v for v in values(s for s in sides if s.klass == klass) if v.field == name]
            cells += _counts(found)[1:]
        rows.append(cells)
    head = ["field"]
    for klass in CLASSES[:2]:
        head += [f"{klass}: exact", "missing", "wrong", "at 0.9 or more"]
    return table(head, rows)


def by_case(sides: Sequence[Side], others: Mapping[str, Sequence[Side]]) -> list[str]:
    """A row a case; of the others only the share that is exact."""
    cases = dict.fromkeys((s.klass, s.case) for s in sorted(sides, key=lambda s: CLASSES.index(s.klass)))
    rows = []
    for klass, case in cases:
        here = [s for s in sides if s.case == case]
        cells = [klass, case, len(here), *_counts(values(here))[1:], f"{_median(here):.0f}"]
        for found in others.values():
            kept = values(s for s in found if s.case == case)
            cells.append(_share(sum(v.outcome == "right" for v in kept), len(kept)))
        rows.append(cells)
    head = ["class", "case", "sides", "exact", "missing", "wrong", "wrong at 0.9 or more", "CPU ms (median)"]
    return table([*head, *(f"exact, {name}" for name in others)], rows)


def _median(sides: Sequence[Side]) -> float:
    return statistics.median(s.cpu for s in sides) if sides else 0.0


def cpu(readers: Mapping[str, Sequence[Side]]) -> list[str]:
    """CPU of the readers on the same pictures, and how many times that of the first one it is."""
    rows = []
    first = _mean(next(iter(readers.values())))
    for name, sides in readers.items():
        fronts, backs = ([s for s in sides if s.side == side] for side in ("front", "back"))
        mean = _mean(sides)
        cells = (
            name,
            len(sides),
            f"{_mean(fronts):.0f}",
            f"{_mean(backs):.0f}",
            f"{mean:.0f}",
            f"{_median(sides):.0f}",
        )
        rows.append((*cells, f"{mean / first:.2f}"))
    return table(("reader", "sides", "front", "back", "mean, ms CPU", "median", "times ours"), rows)


def _mean(sides: Sequence[Side]) -> float:
    return statistics.fmean(s.cpu for s in sides) if sides else 0.0


def steps(sides: Sequence[Side]) -> list[str]:
    total: dict[str, float] = defaultdict(float)
    for side in sides:
        for name, spent in (side.steps or {}).items():
            total[name] += spent
    total["rest"] = sum(s.cpu for s in sides) - sum(total.values())
    whole = sum(total.values()) or 1.0
    rows = [
        (name, f"{spent / len(sides):.1f}", f"{100 * spent / whole:.0f} %")
        for name, spent in sorted(total.items(), key=lambda item: -item[1])
    ]
    return table(("step", "ms CPU a side", "share"), rows)


def reliability(found: Sequence[Value]) -> list[tuple[float, float, int, int, float]]:
    """Bins of confidence with fields in them: from, to, how many, how many right, mean confidence."""
    bins = []
    for low, high in itertools.pairwise(_BINS):
        here = [v for v in found if v.outcome != "missing" and low <= v.confidence < high]
        if here:
            right = sum(v.outcome == "right" for v in here)
            bins.append((low, min(high, 1.0), len(here), right, statistics.fmean(v.confidence for v in here)))
    return bins


def reliability_table(found: Sequence[Value]) -> list[str]:
    rows = [
        (f"{low:g}-{high:g}", n, f"{mean:.3f}", _share(right, n)) for low, high, n, right, mean in reliability(found)
    ]
    return table(("confidence", "fields", "mean confidence", "right"), rows)


def sure_share(found: Sequence[Value]) -> str:
    """Of the fields reported as sure, how many are right."""
    sure = [v for v in found if v.outcome != "missing" and v.confidence >= SURE]
    right = sum(v.outcome == "right" for v in sure)
    return f"{right} of {len(sure)} fields reported at {SURE:g} or more are right ({_share_fine(right, len(sure))})"


def _share_fine(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def reliability_svg(found: Sequence[Value]) -> str:
    """Share right over confidence, a dot a bin with its count; on the dashed line confidence is what it says."""
    size, edge = 420, 60

    def at(x: float, y: float) -> tuple[float, float]:
        return edge + x * size, edge + (1 - y) * size

    marks = []
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = at(tick, tick)
        marks.append(f'<text x="{x:.0f}" y="{edge + size + 18}" text-anchor="middle">{tick:g}</text>')
        marks.append(f'<text x="{edge - 8}" y="{y + 4:.0f}" text-anchor="end">{tick:g}</text>')
        marks.append(f'<path d="M{x:.0f} {edge}V{edge + size}M{edge} {y:.0f}H{edge + size}" stroke="#ddd"/>')
    for _, _, n, right, mean in reliability(found):
        x, y = at(mean, right / n)
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#1b5e9b"/>')
        marks.append(f'<text x="{x - 8:.0f}" y="{y + 16:.0f}" text-anchor="end">{n}</text>')
    whole = size + 2 * edge
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" font-family="sans-serif" font-size="12">',
            f'<rect width="{whole}" height="{whole}" fill="#fff"/>',
            *marks,
            f'<path d="M{edge} {edge + size}L{edge + size} {edge}" stroke="#888" stroke-dasharray="5 4"/>',
            f'<text x="{whole / 2}" y="{whole - 18}" text-anchor="middle">confidence reported (mean of the bin)</text>',
            f'<text transform="translate(18 {whole / 2}) rotate(-90)" text-anchor="middle">share of fields that are right</text>',
            f'<text x="{whole / 2}" y="32" text-anchor="middle" font-size="15">Confidence and truth, fields in a bin</text>',
            "</svg>",
            "",
        ]
    )


def worst(sides: Sequence[Side], many: int = 10) -> list[Side]:
    """The worst first: sure and wrong without a finding, then wrong by confidence, then the most that is missing."""
    order: Callable[[Side], tuple[float, ...]] = lambda s: (  # noqa: E731 - a key
        -len(surely_wrong([s])),
        -max((v.confidence for v in s.values if v.outcome == "wrong"), default=0.0),
        -(len([v for v in s.values if v.outcome == "missing"]) / max(1, len(s.values))),
        CLASSES.index(s.klass),
    )
    return sorted((s for s in sides if s.klass != "beyond" or surely_wrong([s])), key=order)[:many]


def worst_table(sides: Sequence[Side]) -> list[str]:
    rows = []
    for side in sides:
        for value in side.values:
            if value.outcome != "right":
                cells = (side.name, value.field, value.printed or "长期", value.read or "(nothing)")
                rows.append((*cells, f"{value.confidence:.2f}", ", ".join(side.found) or "none"))
    return table(("picture", "field", "printed", "read", "confidence", "findings"), rows)
