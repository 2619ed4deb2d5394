"""A register's program, started for a test and spoken to as its operator would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from shiming.pipeline.registers import Registers, open_registers
from shiming.platform.settings import RegisterSettings, Settings

ROOT = Path(__file__).parents[2]
TOKEN = "a register's token"
PATIENCE = 0.5
"""Seconds in which the register must answer in these tests."""


@dataclass
class Program:
    """The running register."""

    process: subprocess.Popen[str]
    url: str

    def tell(self, **what: Any) -> None:
        """Says whom it knows and how it is to behave."""
        httpx2.post(f"{self.url}/tell", json=what).raise_for_status()

    def asked(self) -> list[dict[str, Any]]:
        """What it was asked, oldest first."""
        found: list[dict[str, Any]] = httpx2.post(f"{self.url}/asked", json={}).json()["asked"]
        return found

    def kill(self) -> None:
        """Ends the program: from now on nobody listens."""
        self.process.kill()
        self.process.wait()

    def registers(self, *names: str, seconds: float = PATIENCE) -> Registers:
        """The registers of an installation whose settings name this one."""
        row = RegisterSettings(url=self.url, token=SecretStr(TOKEN), seconds=seconds)
        return open_registers(Settings(registers=dict.fromkeys(names, row)))


@contextmanager
def register_program() -> Iterator[Program]:
    """A register in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.standins.register"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield Program(process, f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
