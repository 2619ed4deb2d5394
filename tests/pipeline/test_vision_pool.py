"""The vision pool: jobs that go too far are ended and answered, and the next one finds a fresh process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from shiming.pipeline.vision import VisionFault, VisionPool
from shiming.platform.settings import VisionSettings

SECONDS = 1.5


@pytest.fixture
def pool() -> Iterator[VisionPool]:
    with VisionPool(
        VisionSettings(processes=1, seconds=SECONDS, memory_mb=300), jobs="tests.pipeline.hostile_jobs"
    ) as pool:
        yield pool


def test_pictures_go_through_the_pipe_and_back(pool: VisionPool) -> None:
    picture = bytes(range(256)) * 4000
    answer, back = pool.call("echo", {}, [picture])
    assert answer["size"] == len(picture)
    assert back == [picture[::-1]]
    assert pool.call("echo", {}, [b"x"])[0]["pid"] == answer["pid"]


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ("hang", "ENGINE_TIMEOUT"),
        ("spin", "ENGINE_TIMEOUT"),
        ("swell", "ENGINE_MEMORY"),
        ("grab", "ENGINE_MEMORY"),
        ("crash", "SERVICE_UNAVAILABLE"),
        ("secretive", "SERVICE_UNAVAILABLE"),
    ],
)
def test_a_job_that_goes_too_far_is_answered_and_the_next_one_works(pool: VisionPool, job: str, code: str) -> None:
    before = pool.call("echo", {}, [b"x"])[0]["pid"]
    started = time.monotonic()
    with pytest.raises(VisionFault) as caught:
        pool.call(job, {}, [b""])
    assert caught.value.code == code
    assert time.monotonic() - started < SECONDS + 5
    assert pool.call("echo", {}, [b"x"])[1] == [b"x"]
    if code.startswith("ENGINE_"):
        assert not psutil.pid_exists(before)


def test_the_cpu_limit_holds_without_the_pool(pool: VisionPool) -> None:
    """A process whose pool is gone still ends: SIGXCPU, not an endless loop."""
    process = psutil.Process(pool.call("echo", {}, [b"x"])[0]["pid"])
    soft, _hard = process.rlimit(psutil.RLIMIT_CPU)
    assert soft <= sum(process.cpu_times()[:2]) + SECONDS + 3


def test_closing_ends_the_processes_and_answers_who_waits(pool: VisionPool) -> None:
    pid = pool.call("echo", {}, [b"x"])[0]["pid"]
    codes: list[str] = []

    def hang() -> None:
        try:
            pool.call("hang", {}, [b""])
        except VisionFault as fault:
            codes.append(fault.code)

    waiting = threading.Thread(target=hang)
    waiting.start()
    pool.close()
    waiting.join(timeout=30)
    assert not waiting.is_alive()
    assert len(codes) == 1
    assert not psutil.pid_exists(pid)
    with pytest.raises(VisionFault):
        pool.call("echo", {}, [b"x"])
