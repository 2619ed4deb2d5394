"""What a user could pick instead, each with the glue that an integrator would write: one rival a process, its own environment.

``reading_rivals.py NAME`` takes paths of pictures on standard input and prints one JSON line for each: ``fields`` (value and
confidence) or ``zone`` (lines and whether its check digits are right), ``cpu_ms`` of this process and of those it started, and
``error``. Nothing of Shiming is imported here, and one thread is used.

The glue for Chinese cards: lines are put upright by the angle that most of them have and in the quarter turn in which most fields
are found, grouped to rows, and taken apart by the printed labels; the number is the first run of 18 characters of the right form,
address lines follow their label down to the number's; traditional characters are folded (OpenCC). A field is as sure as the least
sure line it comes from.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Fields = dict[str, dict[str, Any]]
Reader = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, how sure, its middle and its height."""

    text: str
    sure: float
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Row:
    """Lines side by side."""

    text: str
    sure: float


# Chinese cards


def card(boxes: Sequence[Any], texts: Sequence[str], sure: Sequence[float]) -> Fields:
    """The fields of a card's side from what a general reader returns."""
    quads = [[(float(x), float(y)) for x, y in box] for box in boxes]
    angle = _angle(quads)
    found: Fields = {}
    for turn in (0, 90, 180, 270):
        fields = _fields(_rows(_lines(quads, texts, sure, math.radians(angle + turn))))
        if len(fields) > len(found):
            found = fields
    return found


def _angle(quads: Sequence[Any]) -> float:
    """The middle one of the angles of the longer lines, in degrees, between -45 and 45."""
    angles = []
    for quad in quads:
        edges = [(quad[(i + 1) % 4][0] - quad[i][0], quad[(i + 1) % 4][1] - quad[i][1]) for i in range(2)]
        dx, dy = max(edges, key=lambda e: math.hypot(*e))
        angles.append((math.degrees(math.atan2(dy, dx)) + 45) % 90 - 45)
    return sorted(angles)[len(angles) // 2] if angles else 0.0


def _lines(quads: Sequence[Any], texts: Sequence[str], sure: Sequence[float], angle: float) -> list[Line]:
    cos, sin = math.cos(-angle), math.sin(-angle)
    lines = []
    for quad, text, score in zip(quads, texts, sure, strict=True):
        points = [(x * cos - y * sin, x * sin + y * cos) for x, y in quad]
        ys = [p[1] for p in points]
        x, y = sum(p[0] for p in points) / 4, sum(ys) / 4
        lines.append(Line(text.replace(" ", ""), float(score), x, y, max(ys) - min(ys)))
    return lines


def _rows(lines: Sequence[Line]) -> list[Row]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda item: item.y):
        if rows and line.y - rows[-1][0].y < 0.5 * line.height:
            rows[-1].append(line)
        else:
            rows.append([line])
    ordered = [sorted(row, key=lambda item: item.x) for row in rows]
    return [Row("".join(i.text for i in row), min(i.sure for i in row)) for row in ordered]


_ONE_ROW = {
    "name": r"姓?名(.+)$",
    "sex": r"别?(男|女)",
    "ethnicity": r"(?:^|[男女])民?族(.{1,6})$",
    "date_of_birth": r"(\d{4})年(\d{1,2})月(\d{1,2})日?",
    "number": r"(\d{17}[\dXx])",
    "issuing_authority": r"签?发机关(.+)$",
    "date_of_issue": r"(\d{4})\.(\d{2})\.(\d{2})-",
    "date_of_expiry": r"-(?:(\d{4})\.(\d{2})\.(\d{2})|(长期))",
}


def _fields(rows: Sequence[Row]) -> Fields:
    found: Fields = {}
    for row in rows:
        text = _simplified(row.text)
        for name, pattern in _ONE_ROW.items():
            match = re.search(pattern, text)
            if match and name not in found and not re.search("有效期|签发机关|公民身份", match[1] or ""):
                found[name] = {"value": _value(name, match), "confidence": row.sure}
    address = _address(rows)
    return {**found, **({"address": address} if address else {})}


def _value(name: str, match: re.Match[str]) -> str | None:
    if name.startswith("date"):
        year, month, day = match.groups()[:3]
        return f"{year}-{int(month):02d}-{int(day):02d}" if year else None
    value = match[1]
    return {"男": "M", "女": "F"}[value] if name == "sex" else value.upper()


def _address(rows: Sequence[Row]) -> dict[str, Any] | None:
    start = next((i for i, row in enumerate(rows) if re.match("住?址", row.text)), None)
    if start is None:
        return None
    taken = [Row(re.sub("^住?址", "", rows[start].text), rows[start].sure)]
    for row in rows[start + 1 :]:
        if "公民" in row.text or re.search(r"\d{15}", row.text):
            break
        taken.append(row)
    value = _simplified("".join(row.text for row in taken))
    return {"value": value, "confidence": min(row.sure for row in taken)} if value else None


def _simplified(text: str) -> str:
    return str(_folding().convert(text))


def _folding(kept: list[Any] = []) -> Any:  # noqa: B006 - loaded once
    if not kept:
        import opencc

        kept.append(opencc.OpenCC("t2s"))
    return kept[0]


# Machine-readable zones

_PLACES = {
    ("TD3", 44): (((0, 9), 9), ((13, 19), 19), ((21, 27), 27)),
    ("TD2", 36): (((0, 9), 9), ((13, 19), 19), ((21, 27), 27)),
}
"""By the length of the second line: what each check digit covers, and where it stands. MRV-A and -B have the same."""


def zone(text: str) -> dict[str, Any] | None:
    """The last two lines (three of 30) that look like a zone, and whether their check digits are right."""
    lines = [re.sub(r"[^A-Z0-9<]", "", line) for line in text.upper().splitlines()]
    lines = [line for line in lines if len(line) >= 28 and "<" in line]
    if len(lines) < 2:
        return None
    lines = lines[-3:] if len(lines) >= 3 and all(len(line) <= 32 for line in lines[-3:]) else lines[-2:]
    return {"lines": lines, "valid": _adds_up(lines)}


def _digit(text: str) -> str:
    return str(sum((0 if c == "<" else int(c, 36)) * (7, 3, 1)[i % 3] for i, c in enumerate(text)) % 10)


def _adds_up(lines: Sequence[str]) -> bool:
    if len(lines) == 3:
        first, second = lines[0], lines[1]
        if any(len(line) != 30 for line in lines):
            return False
        parts = (first[5:14], first[14]), (second[0:6], second[6]), (second[8:14], second[14])
        return all(_digit(covered) == check for covered, check in parts)
    second = lines[1]
    places = next((p for (_, length), p in _PLACES.items() if length == len(second)), None)
    return places is not None and all(_digit(second[a:b]) == second[at] for (a, b), at in places)


# The rivals


def rapidocr() -> Reader:
    """PP-OCR v6 as the package comes, but for one thread."""
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def read(path: str) -> dict[str, Any]:
        out = engine(path)
        if out.boxes is None:
            return {"fields": {}}
        return {"fields": card(out.boxes, out.txts, out.scores)}

    return read


def rapidocr_v4() -> Reader:
    """PP-OCR v4, the package before."""
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def read(path: str) -> dict[str, Any]:
        found, _ = engine(path)
        boxes, texts, sure = zip(*found, strict=True) if found else ((), (), ())
        return {"fields": card(boxes, texts, sure)}

    return read


def passporteye() -> Reader:
    """PassportEye as it comes; ``valid`` is its own word."""
    warnings.filterwarnings("ignore")
    from passporteye import read_mrz

    def read(path: str) -> dict[str, Any]:
        found = read_mrz(path)
        if found is None:
            return {"zone": None}
        lines = str(found.aux.get("text", "")).split("\n")
        return {"zone": {"lines": lines, "valid": bool(found.valid)}}

    return read


def tesseract() -> Reader:
    """Tesseract over the whole picture, letters of a zone only."""
    subprocess.run(["tesseract", "--version"], check=True, capture_output=True)

    def read(path: str) -> dict[str, Any]:
        letters = "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
        done = subprocess.run(
            ["tesseract", path, "stdout", "--psm", "6", "-c", letters], check=True, capture_output=True, text=True
        )
        return {"zone": zone(done.stdout)}

    return read


RIVALS: dict[str, Callable[[], Reader]] = {
    "rapidocr": rapidocr,
    "rapidocr-v4": rapidocr_v4,
    "passporteye": passporteye,
    "tesseract": tesseract,
}


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (time.process_time() + children.ru_utime + children.ru_stime) * 1000


def main() -> int:
    """Loads the rival, says ``ready``, and reads what it is told to until its input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RIVALS)
    name = parser.parse_args().name
    try:
        read = RIVALS[name]()
    except (ImportError, OSError, subprocess.SubprocessError) as missing:
        print(json.dumps({"missing": f"{type(missing).__name__}: {missing}"}), flush=True)
        return 0
    print(json.dumps({"ready": name}), flush=True)
    for line in sys.stdin:
        start = _spent()
        try:
            answer = {**read(line.strip()), "error": None}
        except Exception as failure:
            answer = {"error": f"{type(failure).__name__}: {failure}"}
        print(json.dumps({**answer, "cpu_ms": _spent() - start}, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
