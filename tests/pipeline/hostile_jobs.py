"""Jobs that misbehave, run by the real pool in place of reading pictures."""

from __future__ import annotations

import os
import time
from typing import Any

_LEAK: list[bytearray] = []


def preload() -> None:
    """Nothing to load."""


def run(name: str, options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    return _JOBS[name](pictures)


def _echo(pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    return {"pid": os.getpid(), "size": len(pictures[0])}, [pictures[0][::-1]]


def _spin(pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    while True:
        pass


def _hang(pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    time.sleep(3600)
    return {}, []


def _swell(pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Grows by touched pages, as a decoder that unpacks a bomb bit by bit."""
    while True:
        _LEAK.append(bytearray(os.urandom(1) * 8_000_000))


def _grab(pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Asks for far too much at once."""
    _LEAK.append(bytearray(50_000_000_000))
    return {}, []


def _crash(pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    os.abort()


def _secretive(pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    raise ValueError("11010519491231002X could not be read")


_JOBS = {
    "echo": _echo,
    "spin": _spin,
    "hang": _hang,
    "swell": _swell,
    "grab": _grab,
    "crash": _crash,
    "secretive": _secretive,
}
