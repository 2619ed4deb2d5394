"""``shiming programme``: the programmes there are; a journey drawn; every mistake in a file with line and cure."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli._output import add_json, emit, error, say

if TYPE_CHECKING:
    from shiming.programmes import Fault

NAME = "programme"
HELP = "lists programmes, draws one's journey, or explains every mistake in a programme file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="act", metavar="list|show|check", required=True)
    listing = commands.add_parser("list", help="the programmes that are shipped or installed")
    add_json(listing)
    show = commands.add_parser("show", help="draws a programme's journey, from what to bring to every end")
    show.add_argument("programme", metavar="ID")
    show.add_argument("--svg", type=Path, metavar="FILE", help="writes the drawing as a picture instead")
    show.add_argument("--language", default="en", metavar="LANG", help="e.g. zh_CN; without it English")
    add_json(show)
    check = commands.add_parser("check", help="every mistake in programme files, each with line and cure")
    check.add_argument("files", nargs="+", metavar="FILE")
    add_json(check)
    parser.set_defaults(usage=parser.error)


def run(args: argparse.Namespace) -> int:
    return {"list": _list, "show": _show, "check": _check}[args.act](args)


def _list(args: argparse.Namespace) -> int:
    from shiming import programmes

    for name in programmes.names():
        rules = programmes.resolve(name)
        line = {
            "programme": name,
            "title": rules.title,
            "card_kind": rules.card_kind,
            "country": rules.country,
            "channels": list(rules.channels),
            "version": rules.programme_version,
            "demo": rules.demo,
        }
        emit(line) if args.json else say(f"{name:22} {rules.title} ({', '.join(rules.channels)}; {rules.country})")
    return 0


def _show(args: argparse.Namespace) -> int:
    from shiming import programmes
    from shiming.platform.i18n import translator
    from shiming.programmes import journey

    if args.programme not in programmes.names():
        args.usage(f"no programme {args.programme!r}; there are {', '.join(programmes.names())}")
    rules = programmes.resolve(args.programme)
    texts = translator(args.language).gettext
    if args.svg:
        args.svg.write_text(journey.as_svg(rules, texts, alone=True), "utf-8")
        return 0
    if args.json:
        stops = [
            {
                "title": texts(stop.title),
                "kind": stop.kind,
                "lines": [journey.written(line, texts) for line in stop.lines],
            }
            for stop in journey.journey(rules)
        ]
        emit({"programme": args.programme, "version": rules.programme_version, "stops": stops})
        return 0
    say(f"{args.programme}: {texts(rules.title)} ({rules.country}, version {rules.programme_version})\n")
    say(journey.as_text(rules, texts))
    return 0


def _check(args: argparse.Namespace) -> int:
    wrong = False
    for name in args.files:
        line = _checked(name)
        wrong = wrong or not line["valid"]
        if args.json:
            emit(line)
        elif line["error"]:
            say(f"{name}: {line['error']['message']}")
        else:
            for fault in line["faults"]:
                say(f"{name}:{fault['line']}: {fault['key']}: {fault['message']}; {fault['cure']}")
            say(f"{name}: " + (f"{len(line['faults'])} mistakes" if line["faults"] else "no mistake found"))
    return 1 if wrong else 0


def _checked(name: str) -> dict[str, Any]:
    from shiming.checks import faults_of

    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        fault = error("FILE_UNREADABLE", f"{type(failure).__name__}: give a readable TOML file in UTF-8")
        return {"file": name, "valid": False, "faults": [], "error": fault}
    found: tuple[Fault, ...] = faults_of(Path(name).stem, text)
    return {"file": name, "valid": not found, "faults": [asdict(fault) for fault in found], "error": None}
