"""The command line. One file a command; each has ``NAME``, ``HELP``, ``add_arguments(parser)`` and ``run(args) -> int``.

Commands are found by place: every module in this folder that is not underscored is one.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import pkgutil
import sys
from functools import cache
from typing import Protocol, cast

import shiming


class Command(Protocol):
    """What a module of this folder offers."""

    NAME: str
    HELP: str

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Declares options."""

    @staticmethod
    def run(args: argparse.Namespace) -> int:
        """Does the work and returns the exit status of ``docs``' contract: 0, 1 or 2."""


@cache
def _commands() -> tuple[Command, ...]:
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(cast(Command, importlib.import_module(f"{__name__}.{name}")) for name in names)


def _names() -> frozenset[str]:
    return frozenset(command.NAME for command in _commands())


@cache
def _parser(named: frozenset[str]) -> argparse.ArgumentParser:
    """Only a command that is named gets its options: declaring those of all takes 30 ms of every start."""
    parser = argparse.ArgumentParser(prog="shiming", description=shiming.__doc__)
    parser.add_argument("--version", action="version", version=f"shiming {shiming.__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _commands():
        sub = subparsers.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        if command.NAME in named:
            command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main(argv: list[str] | None = None) -> int:
    """The ``shiming`` program. Wrong usage exits with 2."""
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(_names() & frozenset(argv)).parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Chinese comes out under any locale; a file name that is no UTF-8 comes out as JSON's own escape.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return int(args.run(args))
    except BrokenPipeError:
        # Whoever read our lines (``| head``) has enough: nothing more to say, not even when Python flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
