"""``shiming face compare``: compares the faces of two pictures, or of many pairs. ``shiming face live``: ``_live.py``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli import _live
from shiming.cli._output import add_json, emit, error, progress, say

if TYPE_CHECKING:
    from shiming.registration.values import FaceComparison

NAME = "face"
HELP = "compares faces; judges the frames of a liveness session"


@dataclass(frozen=True, slots=True)
class _Side:
    """One picture of a pair: its path as given, where it lies, and whether it shows a document."""

    path: str
    place: Path
    document: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    compare = actions.add_parser("compare", help="compares two pictures, or the pairs of a file")
    compare.add_argument("pictures", nargs="*", metavar="A B", help="two pictures")
    compare.add_argument(
        "--pairs", metavar="FILE.tsv", help="two paths a line, separated by a tab; more columns are ignored"
    )
    compare.add_argument(
        "--document", action="store_true", help="A shows an identity document: its portrait may be small"
    )
    compare.add_argument("--model", help="a model of `shiming models list`; without it the best that is here")
    add_json(compare)
    compare.set_defaults(usage=compare.error)
    _live.add_arguments(actions.add_parser("live", help="judges the frames of one liveness session"))


def run(args: argparse.Namespace) -> int:
    if args.action == "live":
        return _live.run(args)
    if bool(args.pairs) == bool(args.pictures) or (args.pictures and len(args.pictures) != 2):
        args.usage("give two pictures, or --pairs FILE.tsv")
    try:
        pairs = _pairs(args)
    except (OSError, UnicodeDecodeError) as failure:
        args.usage(f"--pairs {args.pairs}: expected a readable UTF-8 text file, got {type(failure).__name__}")
    status = 0
    for line in _answers(pairs, args.model):
        status = max(status, 1 if line["error"] else 0)
        emit(line) if args.json else say(_words(line))
    return status


def _pairs(args: argparse.Namespace) -> list[tuple[_Side, _Side]]:
    if not args.pairs:
        a, b = args.pictures
        return [(_Side(a, Path(a), args.document), _Side(b, Path(b), False))]
    folder = Path(args.pairs).parent
    pairs = []
    for line in Path(args.pairs).read_text("utf-8-sig").splitlines():
        if line.strip():
            a, b = [*line.split("\t"), ""][:2]
            pairs.append((_side(a, folder, args.document), _side(b, folder, False)))
    return pairs


def _side(path: str, folder: Path, document: bool) -> _Side:
    """Paths count from the working folder, or where there is no such file, from the folder of the TSV."""
    here = Path(path)
    return _Side(path, here if here.exists() or here.is_absolute() else folder / here, document)


def _answers(pairs: list[tuple[_Side, _Side]], name: str | None) -> Iterator[dict[str, Any]]:
    from shiming.intake.pictures import Refused, limits
    from shiming.reading.models import ModelRefused
    from shiming.reading.vision.face import Picture, compare_many

    def load(side: _Side) -> tuple[Picture, bool]:
        try:
            with side.place.open("rb") as stream:
                # One byte more than allowed is enough for the refusal; a huge file is never read whole.
                return stream.read(limits()["bytes"] + 1), side.document
        except OSError as failure:
            raise Refused("FILE_UNREADABLE") from failure

    compared = compare_many(pairs, load, name=name)
    refusal: dict[str, Any] | None = None
    for a, b in pairs:
        start = time.perf_counter()
        try:
            answer = refusal or _answer(next(compared))
        except ModelRefused as refused:
            progress(str(refused))
            answer = refusal = _refused(str(refused))
        yield {"a": a.path, "b": b.path, **answer, "elapsed_ms": round((time.perf_counter() - start) * 1000)}


def _refused(message: str) -> dict[str, Any]:
    empty = dict.fromkeys(("similarity", "outcome", "threshold", "thresholds", "false_match_rate", "model"))
    return {**empty, "error": error("MODEL_REFUSED", message)}


def _answer(c: FaceComparison) -> dict[str, Any]:
    return {
        "similarity": None if c.similarity is None else round(c.similarity, 6),
        "outcome": None if c.similarity is None else _outcome(c.similarity, c),
        "threshold": c.match,
        "thresholds": {"match": c.match, "uncertain": c.uncertain},
        "false_match_rate": c.false_match_rate,
        "model": {"name": c.model, "sha256": c.model_sha256},
        "error": error(c.error, _message(c.error)) if c.error else None,
    }


def _outcome(similarity: float, c: FaceComparison) -> str:
    if similarity >= c.match:
        return "match"
    return "uncertain" if similarity >= c.uncertain else "no-match"


def _message(code: str) -> str:
    from shiming.registration.reasons import catalogue

    if code == "FILE_UNREADABLE":
        return "The file cannot be opened; check its path and rights."
    known = catalogue().get(code)
    return known.text if known else code


def _words(line: dict[str, Any]) -> str:
    if line["error"]:
        return f"{line['a']}  {line['b']}: {line['error']['code']}: {line['error']['message']}"
    return f"{line['a']}  {line['b']}: {line['outcome']} (similarity {line['similarity']:.3f}, match from {line['threshold']})"
