"""``shiming audit``: checks the audit chain, and exports signed checkpoints."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from shiming.cli._installation import NoInstallationError, open_database
from shiming.cli._output import add_json, emit, error, progress, say

NAME = "audit"
HELP = "checks the audit chain, or exports a checkpoint of it"


class _UnreadableError(Exception):
    """A checkpoint file that cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="checks every entry of the chain")
    verify.add_argument(
        "--checkpoint", metavar="FILE", type=Path, help="a checkpoint exported earlier and kept elsewhere"
    )
    verify.add_argument(
        "--any-key",
        action="store_true",
        help="accept a checkpoint of another installation's signing key (a restored copy)",
    )
    checkpoint = actions.add_parser("checkpoint", help="exports the chain's head, signed; keep it outside this machine")
    checkpoint.add_argument("--output", metavar="FILE", type=Path, help="where to write it; none = standard output")
    for sub in (verify, checkpoint):
        sub.add_argument("--issuer", help="whose chain; none = this installation's issuer")
        add_json(sub)


def run(args: argparse.Namespace) -> int:
    from shiming.vault.keys import KeyFolderError

    act = _verify if args.action == "verify" else _checkpoint
    try:
        return act(args)
    except NoInstallationError as failure:
        return _refused(args, "NO_INSTALLATION", str(failure))
    except KeyFolderError as failure:
        return _refused(args, "KEYS", str(failure))
    except _UnreadableError as failure:
        return _refused(args, "CHECKPOINT_UNREADABLE", str(failure))


def _verify(args: argparse.Namespace) -> int:
    from shiming.audit import checkpoints, store
    from shiming.platform.settings import Settings

    settings = Settings()
    issuer = args.issuer or settings.issuer
    checkpoint = _read(args.checkpoint) if args.checkpoint else None
    trusted = None if args.any_key or checkpoint is None else _own_keys(settings.keys)
    with closing(open_database(settings)) as db, db.read() as conn:
        faults = checkpoints.verify(conn, issuer, checkpoint, trusted)
        seq, head = store.head(conn, issuer)
    line = {
        "issuer": issuer,
        "valid": not faults,
        "entries": seq,
        "head": head.hex(),
        "checkpoint": str(args.checkpoint) if args.checkpoint else None,
        "faults": [{"code": fault.code, "seq": fault.seq, "message": fault.message} for fault in faults],
        "error": None,
    }
    if args.json:
        emit(line)
    else:
        for fault in faults:
            say(f"entry {fault.seq}: {fault.code}: {fault.message}" if fault.seq else f"{fault.code}: {fault.message}")
        against = (
            f" against {args.checkpoint}" if args.checkpoint else " (no checkpoint: proves nothing to an outsider)"
        )
        say(f"{seq} entries checked{against}: {'whole' if not faults else f'{len(faults)} faults'}")
    return 1 if faults else 0


def _checkpoint(args: argparse.Namespace) -> int:
    from shiming.audit.checkpoints import export_checkpoint
    from shiming.platform.clock import SystemClock
    from shiming.platform.settings import Settings
    from shiming.vault.keys import KeyFolder

    settings = Settings()
    issuer = args.issuer or settings.issuer
    with closing(open_database(settings)) as db, db.read() as conn:
        checkpoint = export_checkpoint(conn, KeyFolder(settings.keys), issuer, SystemClock().now())
    if args.output:
        args.output.write_text(json.dumps(checkpoint, indent=2) + "\n", encoding="utf-8")
        progress(f"checkpoint of entry {checkpoint['seq']} written to {args.output}; keep it outside this machine")
    if args.json or not args.output:
        emit(checkpoint)
    return 0


def _own_keys(folder: Path) -> frozenset[str]:
    from shiming.audit.checkpoints import public_keys
    from shiming.vault.keys import KeyFolder

    return public_keys(KeyFolder(folder)) if folder.is_dir() else frozenset()


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as failure:
        raise _UnreadableError(
            f"expected a checkpoint file, got {type(failure).__name__} at {path}; export one: shiming audit checkpoint"
        ) from failure
    if not isinstance(value, dict):
        raise _UnreadableError(f"expected a checkpoint file, got other JSON at {path}")
    return value


def _refused(args: argparse.Namespace, code: str, message: str) -> int:
    if args.json:
        emit({"issuer": args.issuer, "valid": False, "faults": [], "error": error(code, message)})
    else:
        progress(message)
    return 1
