"""``shiming number``: checks identifiers of cards, devices, lines and people."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from typing import Any

from shiming.cli._output import add_json, emit, say

NAME = "number"
HELP = "checks an identifier: form, check digit, and what it tells"


class _List(argparse.Action):
    """``--list``: with it no KIND and VALUE are needed."""

    def __init__(self, option_strings: Sequence[str], dest: str, needed: list[argparse.Action], **kwargs: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=False, **kwargs)
        self._needed = needed

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        setattr(namespace, self.dest, True)
        for action in self._needed:
            action.required = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    # One or more, not any number: only so may options stand between KIND and the values.
    needed = [
        parser.add_argument("kind", metavar="KIND", help="iccid, imei, msisdn, cn-resident-id ... (see --list)"),
        parser.add_argument("values", nargs="+", metavar="VALUE", help="the numbers; spaces and hyphens do not matter"),
    ]
    parser.add_argument("--list", action=_List, needed=needed, help="names every kind, its country and what it is")
    parser.add_argument("--country", metavar="CC", help="country of telephone numbers written without a country code")
    add_json(parser)
    parser.set_defaults(usage=parser.error)


def run(args: argparse.Namespace) -> int:
    from shiming.cli._numbers import kinds, listed

    if args.list:
        for row in listed():
            emit(row) if args.json else say(f"{row['kind']:28} {row['country'] or '-':3} {row['title']}")
        return 0
    known = kinds()
    if args.kind not in known:
        near = difflib.get_close_matches(args.kind, known, 4) or sorted(known)[:4]
        args.usage(
            f"no kind {args.kind!r}; did you mean {', '.join(near)}? `shiming number --list` names all {len(known)}"
        )
    for text in args.values:
        looked = known[args.kind](text, args.country)
        line = {
            "kind": args.kind,
            "value": looked.value,
            "valid": looked.reason is None,
            "reason": looked.reason,
            "details": dict(looked.details),
        }
        emit(line) if args.json else say(_words(line))
    return 0


def _words(line: dict[str, object]) -> str:
    answer = "valid" if line["valid"] else f"not valid ({line['reason']})"
    details = line["details"]
    told = ", ".join(f"{key}: {value}" for key, value in details.items()) if isinstance(details, dict) else ""
    return f"{line['value']}: {answer}" + (f" ({told})" if told else "")
