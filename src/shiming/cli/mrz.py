"""``shiming mrz``: parses machine-readable-zone text, one document a block of lines between blank lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shiming.cli._output import add_json, emit, error, say

NAME = "mrz"
HELP = "parses machine-readable-zone text"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="text; without it, standard input")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    try:
        text = Path(args.file).read_bytes() if args.file else sys.stdin.buffer.read()
    except OSError as failure:
        return _print(_failed("FILE_UNREADABLE", f"expected a readable file, got: {failure.strerror}"), args.json)
    blocks = list(_blocks(text.decode("utf-8-sig", errors="replace")))
    if not blocks:
        return _print(_failed("MRZ_FORMAT", "expected the lines of a machine-readable zone, got no text"), args.json)
    return max(_print(_line(block), args.json) for block in blocks)


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.strip():
            block.append(line.strip())
        elif block:
            yield block
            block = []


def _line(lines: list[str]) -> dict[str, Any]:
    from shiming.reading.vision import mrz

    zone = mrz.parse(lines, datetime.now(UTC).date())
    if zone is None:
        return _failed("MRZ_FORMAT", mrz.misfit(lines))
    fields = {
        name: {"value": v.value, "raw": v.raw, "confidence": 1.0, "source": "mrz", "box": None}
        for name, v in zone.values.items()
    }
    found = zone.mrz
    return {"format": found.format, "valid": found.valid, "checks": dict(found.checks), "fields": fields, "error": None}


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"format": None, "valid": False, "checks": {}, "fields": {}, "error": error(code, message)}


def _print(line: dict[str, Any], as_json: bool) -> int:
    if as_json:
        emit(line)
    elif line["error"]:
        say(f"{line['error']['code']}: {line['error']['message']}")
    else:
        wrong = [name for name, right in line["checks"].items() if not right]
        say(
            f"{line['format']}: {'valid' if line['valid'] else 'not valid'}"
            + (f" ({', '.join(wrong)})" if wrong else "")
        )
        for name, field in line["fields"].items():
            say(f"  {name}: {field['value'] if field['value'] is not None else field['raw']}")
    return 1 if line["error"] else 0
