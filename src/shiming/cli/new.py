"""``shiming new``: scaffolds a drop-in unit in a checkout, complete and working, to be made yours.

What is written stands in ``templates``: a list of files for each kind (``document.toml``, ``check.toml`` ...) and a template
for each file. Nothing is invented: a check's limit comes with its origin, a country's facts are empty, which counts as unknown.
"""

from __future__ import annotations

import argparse
import math
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from zoneinfo import available_timezones

from shiming.cli._output import add_json, emit, error, progress, say
from shiming.countries.vocabulary import VOCABULARY

NAME = "new"
HELP = "scaffolds a document, check, country or programme in a checkout: files and strings that work"
_ROOT_HAS = "src/shiming/cli/new.py"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class _RefusedError(Exception):
    """Nothing was written; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", metavar="document|check|country|programme", required=True)
    document = kinds.add_parser("document", help="a document type that is read by its printed labels")
    document.add_argument("--country", metavar="CC", help="ISO 3166-1 alpha-2; without it the name's first two letters")
    programme = kinds.add_parser("programme", help="a programme that extends carrier-5g")
    programme.add_argument("--country", metavar="CC", required=True, help="whose rules it keeps; ISO 3166-1 alpha-2")
    check = kinds.add_parser("check", help="a check that warns where a measure of a picture is above a limit")
    check.add_argument(
        "--measure", required=True, help="one of `quality` in the answer of `shiming read --json`: blur, raster"
    )
    check.add_argument("--above", metavar="NUMBER", type=float, required=True, help="the limit, in the measure's unit")
    check.add_argument("--unit", required=True, help="the measure's unit, in words: fraction of the document")
    check.add_argument("--origin", metavar="TEXT", required=True, help="where the limit comes from: who measured what")
    country = kinds.add_parser("country", help="a country nothing is known of yet; NAME is its ISO 3166-1 alpha-2")
    country.add_argument("--zone", required=True, help="the zone its dates are promised in: Asia/Colombo")
    for kind in (document, check, country, programme):
        kind.add_argument(
            "name", metavar="NAME", help="small letters, digits and hyphens: ke-national-id, library-card"
        )
        kind.add_argument("--title", metavar="TEXT", help="its name in English; without it made of NAME")
        kind.add_argument("--chinese", metavar="TEXT", help="its name in Chinese; without it English, to be translated")
        kind.add_argument("--into", metavar="FOLDER", type=Path, default=Path(), help="the checkout; else this folder")
        add_json(kind)
    parser.set_defaults(usage=parser.error)


def run(args: argparse.Namespace) -> int:
    if not _NAME.fullmatch(args.name):
        args.usage(f"NAME: expected small letters, digits and hyphens such as ke-national-id, got {args.name!r}")
    words = _words(args)
    try:
        written = _written(args.kind, args.into, words)
    except (_RefusedError, OSError) as failure:
        if args.json:
            emit({"kind": args.kind, "name": args.name, "files": [], "error": error("NOT_WRITTEN", str(failure))})
        else:
            progress(f"error: {failure}")
        return 1
    then = [Template(step).substitute(words) for step in _plan(args.kind)["next"]]
    if args.json:
        emit({"kind": args.kind, "name": args.name, "files": written, "next": then, "error": None})
    else:
        say("\n".join([*(f"wrote {path}" for path in written), "", "Then:", *(f"- {step}" for step in then)]))
    return 0


def _words(args: argparse.Namespace) -> dict[str, str]:
    """What the templates of a kind are filled with. Wrong usage ends the program."""
    country = (getattr(args, "country", None) or args.name[:2]).upper()
    if not re.fullmatch("[A-Z]{2}", country):
        args.usage(f"--country: expected two letters, got {country!r}")
    texts = (args.title, args.chinese, getattr(args, "unit", None), getattr(args, "origin", None))
    if not all(text is None or (text.strip() and text.isprintable()) for text in texts):
        args.usage("--title, --chinese, --unit, --origin: expected one line of text")
    more = {"check": _of_check, "country": _of_country}.get(args.kind, lambda _: {})(args)
    title = args.title or more.get("title") or args.name.replace("-", " ").capitalize()
    return {
        "name": args.name,
        "module": args.name.replace("-", "_"),
        "country": country,
        **more,
        "title": _quoted(title),
        "chinese": _quoted(args.chinese or title),
        "mark": _quoted(title.upper()),
    }


def _of_check(args: argparse.Namespace) -> dict[str, str]:
    if not re.fullmatch("[a-z][a-z0-9_]*", args.measure):
        args.usage(f"--measure: expected the name of a measure such as blur, got {args.measure!r}")
    if not math.isfinite(args.above):
        args.usage(f"--above: expected a number, got {args.above}")
    return {
        "code": args.name.replace("-", "_").upper(),
        "measure": args.measure,
        "above": f"{args.above:g}",
        "unit": _quoted(args.unit),
        "origin": _quoted(args.origin),
        "title": f"{args.name.replace('-', ' ').capitalize()}: this picture is out of the ordinary.",
    }


def _of_country(args: argparse.Namespace) -> dict[str, str]:
    # Only here: every command is imported at each start, and these two cost more than most commands take.
    import holidays
    from babel import Locale

    code = args.name.upper()
    if code not in holidays.list_supported_countries(include_aliases=False):
        args.usage(
            f"NAME: expected a country by ISO 3166-1 alpha-2 whose holidays the library knows, got {args.name!r}"
        )
    if args.zone not in available_timezones():
        args.usage(f"--zone: expected an IANA time zone such as Asia/Colombo, got {args.zone!r}")
    return {
        "country": code,
        "zone": args.zone,
        "today": date.today().isoformat(),
        "weekend": str(sorted(holidays.country_holidays(code).weekend)),
        "facts": "\n\n".join(f"[facts.{key}]" for key in VOCABULARY),
        "title": Locale("en").territories[code],
    }


def _quoted(text: str) -> str:
    """As it stands between quotation marks in TOML, Python and gettext."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _plan(kind: str) -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("templates", f"{kind}.toml").read_text("utf-8"))


def _filled(template: str, words: Mapping[str, str]) -> str:
    return Template(files(__package__).joinpath("templates", template).read_text("utf-8")).substitute(words)


def _written(kind: str, into: Path, words: Mapping[str, str]) -> list[str]:
    """Writes everything or, where something is in the way, nothing. The paths, from the checkout's root."""
    plan = _plan(kind)
    fresh = {Template(row["path"]).substitute(words): _filled(row["template"], words) for row in plan["files"]}
    added = {
        Template(row["path"]).substitute(words): (
            _filled(row["template"], words),
            Template(row["mark"]).substitute(words),
        )
        for row in plan["added"]
    }
    for path in (_ROOT_HAS, *added):
        if not (into / path).is_file():
            raise _RefusedError(f"expected the root of a checkout, got {into.resolve()}: it has no {path}")
    for path, (_, mark) in added.items():
        if mark in (into / path).read_text("utf-8").splitlines():
            raise _RefusedError(f"{path} has {mark} already")
    for path in fresh:
        if (into / path).exists():
            raise _RefusedError(f"{path} is there already")
    for path, text in fresh.items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_text(text, "utf-8")
    for path, (text, _) in added.items():
        before = (into / path).read_text("utf-8").rstrip("\n")
        (into / path).write_text(f"{before}\n{text}", "utf-8")
    return [*fresh, *added]
