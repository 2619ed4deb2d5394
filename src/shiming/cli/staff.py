"""``shiming staff``: the first members of staff of an installation. The password is made here and shown once."""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from shiming.cli._output import add_json, emit, error, progress, say

if TYPE_CHECKING:
    from shiming.audit.work import Workspace

NAME = "staff"
HELP = "adds a member of staff, lists them, or ends one's access"
_BYTES = 15
"""Twenty letters: 120 random bits."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from shiming.accounts.subjects import STAFF_ROLES

    actions = parser.add_subparsers(dest="action", metavar="add|list|end", required=True)
    add = actions.add_parser("add", help="adds a member; prints the password, once")
    add.add_argument("username")
    add.add_argument("--role", required=True, choices=STAFF_ROLES)
    add.add_argument("--name", default="", help="as colleagues read it; without it the user name")
    listing = actions.add_parser("list", help="everybody, with role")
    end = actions.add_parser("end", help="takes a member's access away at once")
    end.add_argument("username")
    for sub in (add, listing, end):
        sub.add_argument("--data", type=Path, help="folder of database, keys and files (SHIMING_DATA, ./var)")
        add_json(sub)


def run(args: argparse.Namespace) -> int:
    from shiming.audit.work import Workspace
    from shiming.platform.settings import Settings

    settings = Settings()
    if args.data is not None:
        settings = settings.model_copy(update={"data": args.data})
    workspace = Workspace.open(settings)
    try:
        return {"add": _add, "list": _list, "end": _end}[args.action](args, workspace)
    finally:
        workspace.close()


def _refused(args: argparse.Namespace, message: str) -> int:
    if args.json:
        emit({"username": args.username, "error": error("STAFF", message)})
    else:
        progress(message)
    return 1


def _add(args: argparse.Namespace, workspace: Workspace) -> int:
    from shiming.accounts import staff
    from shiming.registration.values import Actor, Role

    password = secrets.token_urlsafe(_BYTES)
    try:
        with workspace.write() as work:
            actor = Actor(Role.ENGINE, "command-line")
            staff.create(work, actor, args.username, password, args.role, args.name or args.username)
    except ValueError as refusal:
        return _refused(args, str(refusal))
    if args.json:
        emit({"username": args.username, "role": args.role, "password": password, "error": None})
    else:
        say(f"{args.username} ({args.role}): {password}")
        progress("The password is shown this once and stored nowhere.")
    return 0


def _list(args: argparse.Namespace, workspace: Workspace) -> int:
    from shiming.accounts import staff

    with workspace.read() as work:
        members = staff.all_of(work)
    for member in members:
        line = {"username": member.username, "role": member.role, "active": member.active}
        emit(line) if args.json else say(f"{member.username:24} {member.role:10} {'' if member.active else 'ended'}")
    return 0


def _end(args: argparse.Namespace, workspace: Workspace) -> int:
    from shiming.accounts import staff
    from shiming.registration.values import Actor, Role

    with workspace.write() as work:
        member = staff.find(work, args.username)
        if member is None:
            return _refused(args, f"expected a member of staff, got {args.username!r}; see: shiming staff list")
        staff.deactivate(work, Actor(Role.ENGINE, "command-line"), member.id)
    emit({"username": args.username, "active": False, "error": None}) if args.json else say(f"{args.username}: ended")
    return 0
