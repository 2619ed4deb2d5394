"""``shiming verify``: one whole registration on files, evidence in, decision out; no server and no store."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli._output import add_json, emit, error, progress, say

if TYPE_CHECKING:
    from shiming.registration.values import Decision, Finding, Rules

NAME = "verify"
HELP = "runs one whole registration on files: evidence in, decision out, no server"
_NOTES = """
The decision is the engine's own answer. In a programme with review mode "always" (shown as "review") a person would decide
on it, and a reject of a person's identity is always a person's to make. Giving a face says that its owner consented to
the face comparison. Form fields that are not given are not compared; checks that need the store are "not-run".
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _NOTES
    parser.add_argument("--programme", required=True, metavar="ID", help="e.g. carrier-5g")
    parser.add_argument(
        "--evidence",
        action="append",
        default=[],
        type=_pair,
        metavar="SLOT=FILE",
        help="document-front=F, selfie=S ...",
    )
    parser.add_argument(
        "--form",
        action="append",
        default=[],
        type=_pair,
        metavar="FIELD=VALUE",
        help="what was declared: name=李梅 ...",
    )
    parser.add_argument("--at", type=_day, metavar="DATE", help="the day of submission, YYYY-MM-DD; without it today")
    parser.add_argument("--card", metavar="NUMBER", help="the card's number")
    parser.add_argument("--document", metavar="TYPE", help="the declared document type, e.g. cn-resident-id")
    parser.add_argument("--demo", action="store_true", help="made-up documents: that they are specimens is no finding")
    parser.add_argument(
        "--timing",
        action="store_true",
        help='CPU milliseconds by step, as "cpu_ms"; models are loaded first and counted apart',
    )
    add_json(parser)
    parser.set_defaults(usage=parser.error)


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator or not value:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, got {text!r}")
    return key, value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date as YYYY-MM-DD, got {text!r}") from None


def run(args: argparse.Namespace) -> int:
    rules = _rules(args)
    evidence, form = _unique(args, "evidence"), _unique(args, "form")
    slots = [rule.slot for rule in rules.slots]
    if not evidence or set(evidence) - set(slots):
        args.usage(f"--evidence: expected one or more of {', '.join(slots)}, got {', '.join(evidence) or 'none'}")
    if args.document and args.document not in rules.documents:
        args.usage(f"--document {args.document}: expected one of {', '.join(rules.documents)}")
    if args.card:
        form["card"] = args.card
    try:
        pictures = {slot: Path(name).read_bytes() for slot, name in evidence.items()}
    except OSError as failure:
        line = _failed(rules, error("FILE_UNREADABLE", f"{failure.filename}: {failure.strerror}; give a readable file"))
    else:
        line = _verified(args, rules, pictures, form)
    emit(line) if args.json else say(_words(line))
    if args.timing and not args.json:
        for step, spent in line.get("cpu_ms", {}).items():
            progress(f"{spent:8.1f} ms CPU  {step}")
    return 1 if line["error"] else 0


def _rules(args: argparse.Namespace) -> Rules:
    from shiming.programmes import for_demo, names, resolve

    if args.programme not in names():
        args.usage(f"--programme {args.programme}: expected one of {', '.join(names())}")
    rules = resolve(args.programme)
    return for_demo(rules) if args.demo else rules


def _unique(args: argparse.Namespace, option: str) -> dict[str, str]:
    pairs: Sequence[tuple[str, str]] = getattr(args, option)
    found = dict(pairs)
    if len(found) < len(pairs):
        args.usage(f"--{option}: expected each key once, got {', '.join(key for key, _ in pairs)}")
    return found


def _verified(
    args: argparse.Namespace, rules: Rules, pictures: dict[str, bytes], form: dict[str, str]
) -> dict[str, Any]:
    from shiming.cli._verifying import verify

    start = time.perf_counter()
    done = verify(rules, pictures, form, at=args.at, document=args.document, warm=args.timing)
    line = {
        **_decided(rules, done.decision),
        "findings": [_finding(found) for found in done.findings],
        "fields": {name: asdict(field) for name, field in done.fields.items()},
        **_about(rules),
        "error": None,
        "elapsed_ms": round((time.perf_counter() - start) * 1000),
    }
    if args.timing:
        line["cpu_ms"] = {step: round(spent, 1) for step, spent in done.cpu_ms.items()}
    return line


def _about(rules: Rules) -> dict[str, Any]:
    return {
        "programme": rules.programme,
        "programme_version": rules.programme_version,
        "policy_version": rules.policy_version,
        "review": rules.review_mode,
        "demo": rules.demo,
    }


def _failed(rules: Rules, fault: dict[str, str]) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "decision": None,
        "reasons": [],
        "items": [],
        "explanation": [],
        "findings": [],
        "fields": {},
    }
    return {**nothing, **_about(rules), "error": fault, "elapsed_ms": 0}


def _decided(rules: Rules, decision: Decision) -> dict[str, Any]:
    from shiming.registration.values import Verdict

    verdict = decision.verdict
    if verdict is Verdict.REFER and decision.proposal is not None:
        verdict = decision.proposal
    return {
        "decision": str(verdict),
        "reasons": list(decision.reasons),
        "items": list(decision.items),
        "explanation": list(decision.explanation),
    }


def _finding(found: Finding) -> dict[str, Any]:
    from shiming.registration.reasons import reason

    return {
        "check": found.check,
        "code": found.code,
        "outcome": str(found.outcome),
        "item": found.item,
        "measure": found.measure,
        "limit": found.limit,
        "unit": found.unit,
        "details": dict(found.details),
        "message": reason(found.code).text,
    }


def _words(line: dict[str, Any]) -> str:
    if line["error"]:
        return f"{line['error']['code']}: {line['error']['message']}"
    rows = [line["decision"] + (" (review mode always: a person decides)" if line["review"] == "always" else "")]
    rows += [f"  {step}" for step in line["explanation"]]
    rows += [f"  {name}: {f['value'] if f['value'] is not None else f['raw']}" for name, f in line["fields"].items()]
    for found in line["findings"]:
        if found["outcome"] in ("fail", "warn", "unable"):
            measured = (
                f" ({found['measure']:g}, limit {found['limit']:g})"
                if None not in (found["measure"], found["limit"])
                else ""
            )
            rows.append(f"  {found['outcome']} {found['code']} {found['item'] or ''}: {found['message']}{measured}")
    return "\n".join(rows)
