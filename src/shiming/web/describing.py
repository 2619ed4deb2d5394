"""Writes the description of ``/v1`` to a file: ``python -m shiming.web.describing docs/openapi.json`` (``make docs``)."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from shiming.pipeline.house import House
from shiming.platform.settings import Settings
from shiming.web.app import create_app


def description() -> str:
    """The description as text, from an installation that lives for this moment only."""
    with tempfile.TemporaryDirectory() as folder:
        house = House.open(Settings(data=Path(folder)))
        try:
            return json.dumps(create_app(house).openapi(), indent=1, ensure_ascii=False) + "\n"
        finally:
            house.close()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(description(), "utf-8")
