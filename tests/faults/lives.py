"""Lives of a server: started, killed with SIGKILL at a moment of chance, started again."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shiming.audit.work import Workspace
from shiming.platform.settings import Settings
from tests.faults.clients import Traffic

ROOT = Path(__file__).parents[2]
ANSWERS, DEEDS, START_SECONDS = 90, 110, 4.0
"""A life ends after a random number of answers or of deeds, up to these, or within its first seconds: 50 registrations are
some 1800 requests and 2500 deeds, so that the kills spread over the whole work however fast the machine."""
LOOK_SECONDS = 0.02
LIFE_SECONDS = 300


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def partners(log: Path, *, careless: bool) -> Iterator[int]:
    """The operator and the SMS gateway; gives their port."""
    log.touch()
    command = [sys.executable, "-m", "tests.standins.operator_and_sms", str(log), *(["--careless"] if careless else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def environment(settings: Settings, partner: int, *, careless: bool) -> dict[str, str]:
    """The settings of a server process, as an administrator gives them."""
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "SHIMING_DATA": str(settings.data),
        "SHIMING_DATABASE_URL": settings.database,
        "SHIMING_PORT": str(settings.port),
        "SHIMING_SMS__KIND": "http",
        "SHIMING_SMS__URL": f"http://127.0.0.1:{partner}/sms",
        "SHIMING_SMS__HONOURS_KEYS": str(not careless).lower(),
        "SHIMING_OPERATOR__KIND": "http",
        "SHIMING_OPERATOR__URL": f"http://127.0.0.1:{partner}/operator",
        "SHIMING_OPERATOR__HONOURS_KEYS": str(not careless).lower(),
        "SHIMING_LOG_LEVEL": "warning",
    }


def deeds(workspace: Workspace) -> int:
    """How far everything is: what was recorded and what was sent."""
    with workspace.read() as work:
        recorded = work.conn.exec_driver_sql("select count(*) from audit").scalar_one()
        sent = work.conn.exec_driver_sql("select count(*) from outbox where state <> 'pending'").scalar_one()
    return int(recorded) + int(sent)


@dataclass
class Lives:
    """A server that is killed ``kills`` times and then left alone. ``over`` is set when all work is done or has failed."""

    command: list[str]
    env: dict[str, str]
    log: Path
    workspace: Workspace
    traffic: Traffic
    over: threading.Event
    chance: random.Random
    killed: list[str] = field(default_factory=list)

    def run(self, kills: int, finished: Callable[[], bool], seconds: float) -> None:
        """Lives and deaths until the work is done. Raises AssertionError when the last life does not finish it in time."""
        while len(self.killed) < kills and not self.over.is_set():
            moment = self.chance.choices(("answers", "deeds", "start"), (5, 5, 1))[0]
            with self._server() as server:
                if getattr(self, f"_{moment}")(self._going_on(server)):
                    self.killed.append(moment)
        with self._server():
            self._finish(finished, seconds)

    def _finish(self, finished: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not finished():
            assert time.monotonic() < deadline, f"expected everything to be finished in {seconds} s"
            self.over.wait(LOOK_SECONDS * 10)

    @contextmanager
    def _server(self) -> Iterator[subprocess.Popen[bytes]]:
        with (
            self.log.open("ab") as log,
            subprocess.Popen(self.command, cwd=ROOT, env=self.env, stdout=log, stderr=log) as server,
        ):
            try:
                yield server
            finally:
                server.kill()

    def _going_on(self, server: subprocess.Popen[bytes]) -> Callable[[], bool]:
        """Says whether there is still work to be killed in; a server that ended by itself or stands still is a failure."""
        deadline = time.monotonic() + LIFE_SECONDS

        def on() -> bool:
            assert server.poll() is None, f"expected a living server, it ended with {server.returncode}: {self.log}"
            assert time.monotonic() < deadline, f"expected a life to be over in {LIFE_SECONDS} s"
            return not self.over.is_set()

        return on

    def _answers(self, on: Callable[[], bool]) -> bool:
        """Amid a request, after some answers."""
        return self.traffic.in_flight(self.chance.randint(1, ANSWERS), on)

    def _deeds(self, on: Callable[[], bool]) -> bool:
        """After some deeds, whoever did them."""
        target = deeds(self.workspace) + self.chance.randint(1, DEEDS)
        while deeds(self.workspace) < target and on():
            self.over.wait(LOOK_SECONDS)
        return on()

    def _start(self, on: Callable[[], bool]) -> bool:
        """While it starts, or soon after."""
        self.over.wait(self.chance.uniform(0, START_SECONDS))
        return on()
