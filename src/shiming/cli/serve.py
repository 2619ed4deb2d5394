"""``shiming serve``: web pages, API and an embedded worker, on an embedded database."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shiming.cli._output import progress

if TYPE_CHECKING:
    from shiming.pipeline.house import House

NAME = "serve"
HELP = "web pages, API and an embedded worker, on an embedded database; --demo fills in sample data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--demo", action="store_true", help="sample cards, a reviewer and made-up people; stand-ins only"
    )
    parser.add_argument("--host", help="address to listen on (SHIMING_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (SHIMING_PORT, 8000)")
    parser.add_argument("--data", type=Path, help="folder of database, keys and files (SHIMING_DATA, ./var)")


def run(args: argparse.Namespace) -> int:
    import uvicorn

    from shiming.pipeline.house import House
    from shiming.platform.logging import configure
    from shiming.platform.settings import Settings
    from shiming.web.app import create_app

    settings = Settings()
    given = {name: getattr(args, name) for name in ("host", "port", "data") if getattr(args, name) is not None}
    settings = settings.model_copy(update={**given, "demo": args.demo or settings.demo})
    configure(settings.log_format, settings.log_level)
    progress(f"opening {settings.data}")
    house = House.open(settings)
    if settings.demo:
        from shiming.web import demo

        demo.fill(house, progress)
    app = create_app(house)
    # uvicorn raises the signal again once it has closed its connections; by default that would end us before the house is closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    house.start()
    try:
        _tell(house)
        uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)
    finally:
        house.close()
    return 0


def _tell(house: House) -> None:
    address = house.settings.address
    progress(f"\n  registration   {address}/\n  review         {address}/review")
    if house.settings.demo:
        from shiming.web import demo

        progress(f"  what to try    {address}/demo  (sample cards and pictures, text messages, logins of staff)")
        for login in demo.logins(house):
            progress(f"  {login.role:14} {login.username} / {login.password}  at {login.home}")
    _tell_policies(house)
    progress("\n  Ctrl+C stops.\n")


def _tell_policies(house: House) -> None:
    """Which countries nobody answers for yet: a warning in a demonstration; elsewhere nothing begins under their rules."""
    from shiming.programmes import store

    waiting: dict[str, set[str]] = {}
    with house.workspace.read() as work:
        for name in store.offered(work, demo=house.settings.demo):
            stands = store.standing(work, name)
            if not stands.may_run:
                waiting.setdefault(store.programme(work, name).country, set()).update(stands.missing)
    for country, missing in sorted(waiting.items()):
        what = f"; unknown: {', '.join(sorted(missing))}" if missing else ""
        then = "this demonstration goes on" if house.settings.demo else "nobody can register under its rules"
        progress(
            f"  {country}: an officer has not confirmed it{what}; {then}. {house.settings.address}/officer/policy/{country}"
        )
