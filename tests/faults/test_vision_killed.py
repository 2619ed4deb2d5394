"""Kill the product's own ``shiming serve`` while its vision processes work on real pictures: none of them stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from shiming.audit.work import Workspace
from shiming.platform.db import Database
from shiming.platform.settings import Settings
from shiming.registration.states import EvidenceState
from tests.faults.clients import Traffic
from tests.faults.crowd import Crowd, finished, hire
from tests.faults.lives import ROOT, environment, free_port, partners
from tests.faults.people import drawn_holders
from tests.policies import confirm_all

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

COUNT = 2
PATIENCE_SECONDS = 400
LOOK_SECONDS = 0.05
GONE_SECONDS = 15
SERVE = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())", "serve"]


def at_work(workspace: Workspace, read_before: int) -> bool:
    """Whether a picture is being read by a pool that has read one already since its start."""
    with workspace.read() as work:
        rows = work.conn.exec_driver_sql("select state, work_attempts from evidence").all()
    read = sum(state != EvidenceState.RECEIVED for state, _ in rows)
    return read > read_before and any(state == EvidenceState.RECEIVED and attempts for state, attempts in rows)


def count_read(workspace: Workspace) -> int:
    with workspace.read() as work:
        return int(work.conn.exec_driver_sql("select count(*) from evidence where state <> 'received'").scalar_one())


def vision_processes(server: psutil.Process) -> list[psutil.Process]:
    return [child for child in server.children(recursive=True) if "spawn_main" in " ".join(child.cmdline())]


def left(processes: list[psutil.Process]) -> list[psutil.Process]:
    """The processes that live on after a while; who is dead and waits to be buried does not live."""
    _, alive = psutil.wait_procs(processes, GONE_SECONDS)
    return [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def wait_for(look: Callable[[], bool], server: subprocess.Popen[bytes], over: threading.Event) -> None:
    """Waits until something is to be seen. Raises AssertionError when the server ends, the people fail or time is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert server.poll() is None, f"expected a living server, it ended with {server.returncode}"
        assert time.monotonic() < deadline, f"expected to see it in {PATIENCE_SECONDS} s"
        assert not over.wait(LOOK_SECONDS), "expected people who reach their end"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_vision_process_outlives_its_server_and_all_is_finished(tmp_path: Path, database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path / "data", database_url=url, port=free_port())
    workspace = Workspace.open(settings)
    hire(workspace)
    confirm_all(workspace)
    log, traffic, over = tmp_path / "done.jsonl", Traffic(), threading.Event()
    people = drawn_holders(COUNT)
    with partners(log, careless=False) as partner, ThreadPoolExecutor(1) as pool:
        env = {**environment(settings, partner, careless=False), "SHIMING_VISION__SECONDS": "120"}
        crowd = pool.submit(Crowd(settings.address, log, traffic, over, people, part=100_000).run)
        try:
            for number, stop in enumerate((os.kill, os.kill, os.killpg)):
                before = count_read(workspace) if number else -1
                with subprocess.Popen([*SERVE], cwd=ROOT, env=env, start_new_session=True) as server:
                    try:
                        wait_for(lambda before=before: at_work(workspace, before), server, over)  # type: ignore[misc]
                        busy = vision_processes(psutil.Process(server.pid))
                        assert busy, "expected a vision process at work"
                    finally:
                        stop(server.pid, signal.SIGKILL)
                assert left(busy) == [], "expected no vision process to outlive its server"
            with subprocess.Popen([*SERVE], cwd=ROOT, env=env) as server:
                try:
                    wait_for(lambda: crowd.done() and finished(workspace), server, over)
                    last = vision_processes(psutil.Process(server.pid))
                finally:
                    server.terminate()
            assert server.returncode == 0, "expected a server that ends when it is asked to"
            assert left(last) == []
        finally:
            over.set()
            crowd.result()
