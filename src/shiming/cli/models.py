"""``shiming models``: lists the model registry, fetches a model, adds an operator's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli._output import add_json, emit, error, progress, say

if TYPE_CHECKING:
    from shiming.reading.models import Model, Threshold

NAME = "models"
HELP = "the model registry: digests, licences, measured error rates"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every model: licence, digests, measured error, whether it is here")
    fetch = actions.add_parser("fetch", help="downloads a model from its official address and checks its digest")
    fetch.add_argument("name")
    add = actions.add_parser("add", help="takes a model of your own")
    add.add_argument("file", help="its first file; further files of the manifest lie beside it")
    add.add_argument("--manifest", required=True, help="one entry in the form of reading/models/registry.toml")
    add.add_argument(
        "--accept-non-commercial",
        metavar="WORDS",
        help="that your use is not commercial, in your words; kept with the model, with time and name",
    )
    add.add_argument("--accepted-by", metavar="NAME", help="who accepts terms that bar commercial use")
    for action in (listing, fetch, add):
        add_json(action)


def run(args: argparse.Namespace) -> int:
    from shiming.reading.models import ModelRefused

    try:
        return {"list": _list, "fetch": _fetch, "add": _add}[args.action](args)
    except (ModelRefused, OSError, UnicodeDecodeError) as failure:
        if args.json:
            emit({"name": getattr(args, "name", None), "error": error("MODEL_REFUSED", str(failure))})
        else:
            progress(f"error: {failure}")
        return 1


def _list(args: argparse.Namespace) -> int:
    from shiming.reading.models import models

    lines = [_line(entry) for entry in models().values()]
    for line in lines:
        emit(line) if args.json else say(_words(line))
    return 1 if any(line["error"] for line in lines) else 0


def _fetch(args: argparse.Namespace) -> int:
    from shiming.reading.models import model
    from shiming.reading.models.keeping import fetch

    path = fetch(args.name, progress)
    emit(_line(model(args.name))) if args.json else say(f"{args.name}: {path}")
    return 0


def _add(args: argparse.Namespace) -> int:
    from shiming.reading.models.keeping import acceptance, add
    from shiming.reading.vision.face_template import try_out

    written = args.accept_non_commercial is not None or args.accepted_by is not None
    accepted = acceptance(args.accepted_by or "", args.accept_non_commercial or "") if written else None
    entry = add(Path(args.file), Path(args.manifest), accepted=accepted, trial=try_out)
    emit(_line(entry)) if args.json else say(f"{entry.name}: added")
    return 0


def _line(entry: Model) -> dict[str, Any]:
    from shiming.reading.models import ModelRefused, find
    from shiming.reading.models.manifest import ROLES

    fault, path = None, None
    try:
        path = find(entry.name)
    except ModelRefused as refused:
        fault = error("MODEL_REFUSED", str(refused))
    return {
        "name": entry.name,
        "role": entry.role,
        "used_for": ROLES[entry.role],
        "title": entry.title,
        "licence": entry.licence,
        "training_data": entry.training_data,
        "non_commercial": entry.non_commercial,
        "origin": entry.origin,
        "format": entry.format,
        "files": [{"name": file.name, "sha256": file.sha256, "url": file.url} for file in entry.files],
        "obtained": entry.obtained,
        "acceptance": _acceptance(entry),
        "path": str(path) if path else None,
        "measured": _measured(entry),
        "error": fault,
    }


def _acceptance(entry: Model) -> dict[str, str] | None:
    said = entry.acceptance
    return {"by": said.by, "at": said.at, "text": said.text} if said else None


def _measured(entry: Model) -> dict[str, Any] | None:
    if entry.face is None:
        return None
    face = entry.face
    return {
        "set": face.measured_on,
        "command": face.command,
        "may_reject": face.may_reject,
        "match": _point(face.match),
        "uncertain": _point(face.uncertain),
        "rates": [_point(point) for point in face.rates],
    }


def _point(point: Threshold) -> dict[str, Any]:
    idlike = point.idlike
    return {
        "similarity": point.similarity,
        "false_match_rate": point.false_match_rate,
        "false_non_match_rate": point.false_non_match_rate,
        "idlike": {
            "false_match_rate": idlike.false_match_rate,
            "false_non_match_rate": idlike.false_non_match_rate,
        }
        if idlike
        else None,
    }


def _words(line: dict[str, Any]) -> str:
    where = line["error"]["message"] if line["error"] else line["path"] or f"not here{_how(line)}"
    text = [
        f"{line['name']}  ({line['role']}: {line['used_for']})",
        f"  {line['title']}",
        f"  licence {line['licence']}{', non-commercial' if line['non_commercial'] else ''}; data: {line['training_data']}",
        f"  from {line['origin']}",
    ]
    if line["acceptance"]:
        text.append("  non-commercial terms accepted by {by}, {at}: {text}".format(**line["acceptance"]))
    text += [f"  {file['name']}  sha256 {file['sha256']}" for file in line["files"]]
    if line["measured"]:
        text += _measured_words(line["measured"])
    return "\n".join([*text, f"  {where}"])


def _how(line: dict[str, Any]) -> str:
    if line["obtained"]:
        return f": {line['obtained']}"
    return f"; `shiming models fetch {line['name']}` gets it" if all(file["url"] for file in line["files"]) else ""


def _measured_words(measured: dict[str, Any]) -> list[str]:
    """A line of what it decides, and a line for each measured threshold."""
    at = measured["match"]
    lines = [
        f"  misses {at['false_non_match_rate']:.1%} of genuine faces at a false-match rate of {at['false_match_rate']:g} "
        f"({measured['set']}); {'may reject' if measured['may_reject'] else 'refers, never rejects'}"
    ]
    for point in measured["rates"]:
        idlike = point["idlike"]
        with_portrait = (
            f"; against an ID portrait {idlike['false_non_match_rate']:.1%} at {idlike['false_match_rate']:.1g}"
            if idlike
            else ""
        )
        lines.append(
            f"    false-match rate {point['false_match_rate']:g}: similarity {point['similarity']:.4f}, misses "
            f"{point['false_non_match_rate']:.1%}{with_portrait}"
        )
    return lines
