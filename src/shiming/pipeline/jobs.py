"""What a vision process can do, by name. Runs in the pool's processes only; heavy libraries are loaded there alone.

A job takes JSON options and pictures, and gives a JSON answer and pictures. A face's template comes back in a picture's place,
never in the JSON.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from shiming.intake.pictures import Refused
from shiming.registration.serial import challenge_from_json, face_from_json, reading_to_json


def preload() -> None:
    """Loads what every job needs, before the first one waits for it."""
    from shiming import reading
    from shiming.reading.vision import face

    reading.preload()
    face.preload()


def run(name: str, options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Does one job. Raises KeyError for an unknown one."""
    return {"read": _read, "live": _live, "compare": _compare, "template": _template}[name](options, pictures)


def _read(options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    from shiming import reading

    (data,) = pictures
    try:
        kept = reading.normalise(data)
        found = reading.read_picture(kept, kind=options["kind"], documents=options["documents"], side=options["side"])
    except Refused as refused:
        return {"refused": refused.code}, []
    return {"reading": reading_to_json(found)}, [kept]


def _live(options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    from shiming import reading
    from shiming.reading.liveness import judge

    frames = list(zip(options["at_ms"], pictures, strict=True))
    try:
        found, kept = judge(frames, challenge_from_json(options["challenge"]))
        # Without a face that will do a person still needs a picture to look at.
        shown = found.reference if found.reference is not None else next(iter(kept), None)
        picture = reading.normalise(pictures[len(pictures) // 2]) if shown is None else kept[shown]
        read = reading.read_picture(picture, kind="liveness", documents=[], side=None)
    except Refused as refused:
        return {"refused": refused.code}, []
    further = [kept[index] for index in found.audit if index != shown]
    return {"reading": reading_to_json(replace(read, liveness=found))}, [picture, *further]


def _compare(options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    from shiming.reading.vision import face

    portrait, selfie = pictures
    known = face_from_json(options["known"]) if options["known"] else None
    return asdict(face.compare(portrait, selfie, a_face=known)), []


def _template(options: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    from shiming.reading.vision import face

    (selfie,) = pictures
    found = face.stored_template(selfie, options["model"])
    if isinstance(found, str):
        return {"error": found}, []
    return {"error": None}, [found.tobytes()]
