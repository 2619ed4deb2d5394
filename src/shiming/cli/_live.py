"""``shiming face live``: judges the frames of one liveness session that lie in a folder or a ZIP file."""

from __future__ import annotations

import argparse
import json
import time
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli._output import add_json, emit, error, progress, say

if TYPE_CHECKING:
    from shiming.registration.values import Challenge, Finding, Liveness

Frames = list[tuple[int, bytes]]
_PROGRAMME = "carrier-5g"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``face live``."""
    parser.add_argument(
        "frames", metavar="FRAMES", help="a folder or ZIP of <milliseconds>.jpg, as the camera gave them"
    )
    parser.add_argument(
        "--challenge", required=True, metavar="FILE.json", help='{"actions": ["turn-left", "nod", "closer"]}'
    )
    add_json(parser)
    parser.set_defaults(usage=parser.error)


def run(args: argparse.Namespace) -> int:
    """Prints what the session shows and what the check says of it."""
    challenge = _challenge(args)
    start = time.perf_counter()
    try:
        frames = _frames(Path(args.frames))
        line = _judged(frames, challenge)
    except (OSError, zipfile.BadZipFile, ValueError) as failure:
        told = failure.strerror if isinstance(failure, OSError) else str(failure)
        line = _failed("FILE_UNREADABLE", f"expected a folder or ZIP of <milliseconds>.jpg, got: {told}")
    except Exception as failure:
        progress(f"{args.frames}: {type(failure).__name__}: {failure}")
        line = _failed("SERVICE_UNAVAILABLE", f"the reader failed with {type(failure).__name__}")
    line = {"frames": args.frames, **line, "elapsed_ms": round((time.perf_counter() - start) * 1000)}
    emit(line) if args.json else say(_words(line))
    return 1 if line["error"] else 0


def _challenge(args: argparse.Namespace) -> Challenge:
    from shiming.registration.serial import challenge_from_json

    try:
        return challenge_from_json(json.loads(Path(args.challenge).read_text("utf-8")))
    except (OSError, ValueError) as failure:
        args.usage(f"--challenge {args.challenge}: {failure}")
        raise AssertionError from failure  # usage() has ended the program


def _frames(place: Path) -> Frames:
    """The frames in the order of their names' numbers. Of more than a session may have no picture is read."""
    files = _of_folder(place) if place.is_dir() else _of_archive(place)
    if not files:
        raise ValueError("nothing whose name is a number of milliseconds")
    return files


def _most() -> tuple[int, int]:
    from shiming.intake.pictures import limits
    from shiming.reading.liveness import most_frames

    return most_frames(), limits()["bytes"] + 1


def _of_folder(place: Path) -> Frames:
    named = sorted((int(one.stem), one) for one in place.iterdir() if one.stem.isdecimal())
    frames, size = _most()
    if len(named) > frames:
        return [(at, b"") for at, _ in named]
    found = []
    for at, one in named:
        with one.open("rb") as stream:
            found.append((at, stream.read(size)))
    return found


def _of_archive(place: Path) -> Frames:
    frames, size = _most()
    with zipfile.ZipFile(place) as archive:
        named = sorted((int(stem), name) for name in archive.namelist() if (stem := Path(name).stem).isdecimal())
        if len(named) > frames:
            return [(at, b"") for at, _ in named]
        found = []
        for at, name in named:
            # A member may unpack to far more than it says; no more is unpacked than a picture may have.
            with archive.open(name) as stream:
                found.append((at, stream.read(size)))
        return found


def _judged(frames: Frames, challenge: Challenge) -> dict[str, Any]:
    from shiming.reading import liveness
    from shiming.registration.serial import liveness_to_json

    seen, _ = liveness.judge(frames, challenge)
    verdict, findings = _decided(seen)
    names = {index: f"{at}.jpg" for index, (at, _) in enumerate(frames)}
    shown = liveness_to_json(seen)
    return {
        "decision": verdict,
        **shown,
        "reference": None if seen.reference is None else names[seen.reference],
        "audit": [names[index] for index in seen.audit],
        "findings": [_finding(finding) for finding in findings],
        "error": None,
    }


def _decided(seen: Liveness) -> tuple[str, tuple[Finding, ...]]:
    """By the check of liveness alone, at the catalogue's own limits; replays need a store and are not looked for."""
    from datetime import UTC, datetime

    from shiming import checks, decision
    from shiming.programmes import resolve
    from shiming.registration.values import Case, EvidenceItem, Reading, SlotRule

    slots = (SlotRule("liveness", "liveness"),)
    rules = replace(resolve(_PROGRAMME), slots=slots, checks=("liveness",), limits={}, review_mode="on-refer")
    item = EvidenceItem("session", "liveness", Reading(liveness=seen))
    case = Case(rules, datetime.now(UTC).date(), {}, None, {"liveness": item})
    findings = checks.run(case)
    return str(decision.decide(findings, rules, case.evidence).verdict), findings


def _finding(finding: Finding) -> dict[str, Any]:
    from shiming.registration.reasons import reason

    known = reason(finding.code)
    shown = {name: value for name, value in asdict(finding).items() if name in ("code", "measure", "limit", "unit")}
    return {**shown, "outcome": str(finding.outcome), "message": known.text, "hint": known.hint}


def _failed(code: str, message: str) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "decision": None,
        "actions": [],
        "measures": {},
        "reference": None,
        "audit": [],
        "hashes": [],
    }
    return {**empty, "findings": [], "error": error(code, message)}


def _words(line: dict[str, Any]) -> str:
    if line["error"]:
        return f"{line['frames']}: {line['error']['code']}: {line['error']['message']}"
    rows = [f"{line['frames']}: {line['decision']}"]
    for one in line["actions"]:
        when = f"{one['from_ms']} to {one['to_ms']} ms" if one["seen"] else "not seen in its turn"
        rows.append(f"  {one['action']}: {when} ({one['measure']:g})")
    for found in line["findings"]:
        if found["outcome"] in ("fail", "warn", "unable"):
            held = (
                "" if found["measure"] is None else f" ({found['measure']:g} {found['unit']}, limit {found['limit']:g})"
            )
            rows.append(f"  {found['code']} {found['outcome']}: {found['message']} {found['hint']}{held}")
    return "\n".join(rows)
