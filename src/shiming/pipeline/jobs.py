"""What a vision process can do, by name. Runs in the pool's processes only; heavy libraries are loaded there alone.

A job takes JSON options and pictures, and gives a JSON answer and one picture (empty where there is none).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from shiming.intake.pictures import Refused
from shiming.registration.serial import reading_to_json


def preload() -> None:
    """Loads what every job needs, before the first one waits for it."""
    from shiming import reading
    from shiming.reading.vision import face

    reading.preload()
    face.preload()


def run(name: str, options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], bytes]:
    """Does one job. Raises KeyError for an unknown one."""
    return {"read": _read, "compare": _compare}[name](options, pictures)


def _read(options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], bytes]:
    from shiming import reading

    (data,) = pictures
    try:
        kept = reading.normalise(data)
        found = reading.read_picture(kept, kind=options["kind"], documents=options["documents"], side=options["side"])
    except Refused as refused:
        return {"refused": refused.code}, b""
    return {"reading": reading_to_json(found)}, kept


def _compare(options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], bytes]:
    from shiming.reading.vision import face

    portrait, selfie = pictures
    return asdict(face.compare(portrait, selfie)), b""
