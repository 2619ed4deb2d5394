"""JSON Lines on standard output, flushed line by line; words for people otherwise; progress on standard error."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json``."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line, nothing else on standard output")


def emit(value: dict[str, Any]) -> None:
    """Prints one JSON object as one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Prints a line for people on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def progress(text: str) -> None:
    """Prints a line for people on standard error."""
    print(text, file=sys.stderr, flush=True)


def error(code: str, message: str) -> dict[str, str]:
    """The ``error`` object of every command's JSON line."""
    return {"code": code, "message": message}
