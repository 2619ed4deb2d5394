"""``shiming faces``: how many faces are kept to be looked for, by which model, and how far a changed model is."""

from __future__ import annotations

import argparse
from pathlib import Path

from shiming.cli._installation import NoInstallationError, open_database
from shiming.cli._output import add_json, emit, error, progress, say

NAME = "faces"
HELP = "how many faces are kept to be looked for among others, and how far they are made anew by a changed model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder of database, keys and files (SHIMING_DATA, ./var)")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    from shiming.audit.work import Workspace
    from shiming.pipeline import duplicates
    from shiming.platform.settings import Settings
    from shiming.programmes import store as programmes
    from shiming.reading.models import ModelRefused

    settings = Settings()
    if args.data is not None:
        settings = settings.model_copy(update={"data": args.data})
    try:
        open_database(settings).close()
        model = duplicates.best()
    except (NoInstallationError, ModelRefused) as failure:
        code = "NO_INSTALLATION" if isinstance(failure, NoInstallationError) else "NO_MODEL"
        emit({"error": error(code, str(failure))}) if args.json else progress(str(failure))
        return 1
    workspace = Workspace.open(settings)
    try:
        with workspace.read() as work:
            found = duplicates.progress(work, model)
            used_by = [name for name in programmes.known(work) if duplicates.allowed(work, name)]
    finally:
        workspace.close()
    line = {
        "model": found.model,
        "model_sha256": found.model_sha256,
        "current": found.current,
        "waiting": found.waiting,
        "stale": found.stale,
        "programmes": used_by,
        "error": None,
    }
    if args.json:
        emit(line)
        return 0
    say(f"model in use       {found.model} ({found.model_sha256[:12]})")
    say(f"faces of it        {found.current}")
    say(f"to be made anew    {found.waiting}")
    say(f"stale              {found.stale}  (of another model, their pictures are gone; they end with their time)")
    say(f"looked for by      {', '.join(used_by) or 'no programme: off'}")
    return 0
