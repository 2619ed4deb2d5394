"""``shiming policy``: what registration needs in a country, and what a draft policy would change."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli._installation import NoInstallationError, open_database
from shiming.cli._output import add_json, emit, error, progress, say

if TYPE_CHECKING:
    from shiming.audit.work import Workspace
    from shiming.countries import Policy
    from shiming.countries.explaining import Explanation
    from shiming.pipeline.replaying import Changed, Draft, Tally

NAME = "policy"
HELP = "says what registration needs, and what a draft policy would change"
_EXPLAIN_NOTES = """
Where an installation is found (--data, SHIMING_DATA), its policy in force answers, with what its officer supplied and
confirmed; else the policy of this package, confirmed by nobody. Exit status 0: not required and unknown are answers.
"""
_REPLAY_NOTES = """
Decides again from recorded findings and measures alone, and writes nothing. One line a registration that would be decided
differently, and a last line with the totals. What was erased cannot be replayed and is counted; a measure that was never
recorded is unknown, and then a person would look.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from shiming.countries import names
    from shiming.countries.explaining import CHANNELS, PERSONS, PLANS, PRODUCTS

    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    explain = actions.add_parser("explain", help="says what registration needs", epilog=_EXPLAIN_NOTES)
    explain.add_argument(
        "--country", required=True, type=_country, choices=names(), metavar="US", help="country of sale"
    )
    explain.add_argument("--product", required=True, choices=PRODUCTS, help="what is sold")
    explain.add_argument("--channel", required=True, choices=CHANNELS, help="how it is sold and registered")
    explain.add_argument("--person-class", choices=PERSONS, default="adult", help="who registers")
    explain.add_argument("--age", type=_age, metavar="YEARS", help="how old they are")
    explain.add_argument("--number-country", type=_country, metavar="US", help="the country of the card's number")
    explain.add_argument("--plan", choices=PLANS, help="kind of plan; without it what holds for any")
    explain.add_argument("--data", type=Path, help="folder of the installation (SHIMING_DATA, ./var)")
    add_json(explain)
    replay = actions.add_parser("replay", help="re-decides past registrations under a draft", epilog=_REPLAY_NOTES)
    replay.add_argument(
        "draft", nargs="?", type=Path, metavar="DRAFT", help="a draft policy, as countries/*/policy.toml"
    )
    replay.add_argument(
        "--programme",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a draft programme, named by its file",
    )
    replay.add_argument("--data", type=Path, help="folder of the installation (SHIMING_DATA, ./var)")
    add_json(replay)
    replay.set_defaults(usage=replay.error)


def _country(text: str) -> str:
    code = text.strip().upper()
    if len(code) != 2 or not code.isalpha():
        raise argparse.ArgumentTypeError(f"expected two letters such as US, got {text!r}")
    return code


def _age(text: str) -> int:
    if not text.isdigit() or int(text) > 150:
        raise argparse.ArgumentTypeError(f"expected whole years, got {text!r}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    return _explain(args) if args.action == "explain" else _replay(args)


def _explain(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from shiming.countries.explaining import Question, as_json, explain

    policy, confirmed = _policy(args)
    today = datetime.now(UTC).astimezone(ZoneInfo(policy.zone)).date()
    question = Question(args.product, args.channel, args.person_class, args.age, args.number_country, args.plan, today)
    found = explain(policy, question, confirmed=confirmed)
    if args.json:
        emit({**as_json(found), "error": None})
    else:
        for line in _words(found):
            say(line)
    return 0


def _policy(args: argparse.Namespace) -> tuple[Policy, bool]:
    """The policy that answers, and whether an officer confirmed it."""
    from shiming import countries
    from shiming.countries import store

    try:
        with _workspace(args) as workspace, workspace.read() as work:
            return store.in_force(work, args.country), store.confirmation(work, args.country) is not None
    except NoInstallationError:
        return countries.policy(args.country), False


@contextmanager
def _workspace(args: argparse.Namespace) -> Iterator[Workspace]:
    """The installation, opened to read. Raises NoInstallationError; makes nothing."""
    from shiming.audit.work import Workspace
    from shiming.platform.clock import SystemClock
    from shiming.platform.settings import Settings
    from shiming.vault import KeyFolder
    from shiming.vault.files import FileStore
    from shiming.vault.vault import Vault

    settings = Settings() if args.data is None else Settings(data=args.data)
    if not settings.keys.is_dir():
        raise NoInstallationError(f"expected an installation in {settings.data}, got no keys; run: shiming serve")
    db = open_database(settings)
    files = FileStore(settings.data / "files", settings.files_url)
    vault = Vault(KeyFolder(settings.keys), files, SystemClock())
    try:
        yield Workspace(db, vault, SystemClock(), settings.issuer, demo=settings.demo)
    finally:
        db.close()


def _words(found: Explanation) -> Iterator[str]:
    from shiming.countries.explaining import as_json

    for line in found.why():
        yield line.english()
    told: dict[str, Any] = as_json(found)
    for key in ("documents", "caps", "retention", "biometric", "document_copy", "face_storage"):
        yield f"  {key}: {_plain(told[key])}"
    yield f"  methods: {_plain(told['methods']['any_of'])}; refused: {_plain(told['methods']['refused'])}"
    yield f"  least age to register alone: {told['age']['least_alone']}"
    if found.to_find_out:
        yield f"  an officer must find out: {', '.join(found.to_find_out)}"
    yield f"  {found.policy.version}, {'confirmed' if found.confirmed else 'not confirmed'}; with --json each fact and its source"


def _plain(rows: Any) -> str:
    if not isinstance(rows, list):
        return str(rows)
    return " | ".join("; ".join(f"{key} {_value(value)}" for key, value in row.items()) or "no limit" for row in rows)


def _value(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _replay(args: argparse.Namespace) -> int:
    from shiming.countries import PolicyError
    from shiming.pipeline.replaying import Tally, replay
    from shiming.programmes import ProgrammeError

    if args.draft is None and not args.programme:
        args.usage("expected a draft policy, or --programme FILE")
    try:
        draft = _draft(args)
        tally = Tally()
        with _workspace(args) as workspace:
            for changed in replay(workspace, draft, tally):
                emit(_case(changed)) if args.json else _tell(changed)
    except OSError as failure:
        return _refused(args, "FILE_UNREADABLE", f"{failure.filename}: {failure.strerror}; give a readable file")
    except (PolicyError, ProgrammeError) as failure:
        return _refused(args, "DRAFT_FAULTY", str(failure))
    except NoInstallationError as failure:
        return _refused(args, "NO_INSTALLATION", str(failure))
    _total(args, tally)
    return 0


def _draft(args: argparse.Namespace) -> Draft:
    from shiming import countries
    from shiming.pipeline.replaying import Draft
    from shiming.programmes import read_programme

    policy = None if args.draft is None else countries.parse(str(args.draft), args.draft.read_text("utf-8"))
    return Draft(policy, {file.stem: read_programme(file.stem, file.read_text("utf-8")) for file in args.programme})


def _refused(args: argparse.Namespace, code: str, message: str) -> int:
    if args.json:
        emit({"reference": None, "error": error(code, message)})
    else:
        progress(message)
    return 1


def _case(changed: Changed) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "reference": changed.reference,
        "id": changed.id,
        "programme": changed.programme,
        "n": changed.n,
        "decided_at": changed.decided_at.isoformat(),
        "from": asdict(changed.before),
        "to": asdict(changed.after),
        "decided": changed.decided,
        "unknown": list(changed.unknown),
        "why": [{**asdict(why), "text": why.text} for why in changed.why],
        "policy_version": changed.policy_version,
        "programme_version": changed.programme_version,
        "error": None,
    }


def _tell(changed: Changed) -> None:
    say(f"{changed.reference} ({changed.programme}): {changed.before.verdict} -> {changed.after.verdict}")
    for why in changed.why:
        measured = (
            "" if why.measure is None else f" (measured {why.measure:g}, limit {why.limit_before} -> {why.limit_after})"
        )
        say(f"  {why.code} {why.item or ''}: {why.before or 'absent'} -> {why.after or 'absent'}{measured}")
    if changed.unknown:
        say(f"  unknown: {', '.join(changed.unknown)}")


def _total(args: argparse.Namespace, tally: Tally) -> None:
    faults = {name: [str(fault) for fault in found] for name, found in tally.contradictions.items() if found}
    total = {
        "looked_at": tally.looked,
        "changed": tally.changed,
        "erased": tally.erased,
        "not_under_the_draft": tally.apart,
        "contradictions": faults,
    }
    if args.json:
        emit({"total": total, "error": None})
        return
    say(f"{tally.changed} of {tally.looked} would change; {tally.erased} erased; {tally.apart} not under the draft")
    for name, found in faults.items():
        say(f"  {name} would contradict the draft and begin nothing new: {'; '.join(found)}")
