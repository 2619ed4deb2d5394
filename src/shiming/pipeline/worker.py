"""One vision process: takes jobs from its pipe until the pipe ends, under limits of time and memory.

Jobs and answers are JSON and raw picture bytes, never pickles: what decodes hostile pictures is not believed more than it
needs to be. Pictures go through the pipe only, never through files or arguments.
"""

from __future__ import annotations

import importlib
import json
import math
import multiprocessing as mp
import os
import resource
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ORT_NUM_THREADS")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def send(pipe: Connection[Any, Any], head: dict[str, Any], pictures: Sequence[bytes]) -> None:
    """Writes one message: a JSON head that says how many pictures follow, and these."""
    pipe.send_bytes(json.dumps({**head, "pictures": len(pictures)}, ensure_ascii=False).encode())
    for picture in pictures:
        pipe.send_bytes(picture)


def receive(pipe: Connection[Any, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """Reads one message. Raises EOFError when the other side is gone."""
    head: dict[str, Any] = json.loads(pipe.recv_bytes())
    return head, [pipe.recv_bytes() for _ in range(head.pop("pictures"))]


def main(pipe: Connection[Any, Any], module: str, seconds: float, memory_mb: int) -> None:
    """The life of a process. ``module`` has ``preload()`` and ``run(name, options, pictures) -> (answer, pictures)``."""
    _end_with_parent()
    for name in _ONE_THREAD:
        os.environ[name] = "1"
    jobs = importlib.import_module(module)
    jobs.preload()
    _limit_memory(memory_mb)
    send(pipe, {"ready": True}, ())
    while True:
        try:
            head, pictures = receive(pipe)
        except EOFError:
            return
        _limit_time(seconds)
        send(pipe, *_done(jobs, head, pictures))


def _end_with_parent() -> None:
    """Ends this process when the program that started it was killed, also amid a job that nobody waits for any more.

    By the parent's sentinel, not by PR_SET_PDEATHSIG: that goes by the thread that started us, which may end at any time.
    """
    parent = mp.parent_process()
    if parent is None:
        return

    def watch(sentinel: int) -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, args=(parent.sentinel,), name="shiming-parent", daemon=True).start()


def _done(jobs: Any, head: dict[str, Any], pictures: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    try:
        answer, answered = jobs.run(head["name"], head["options"], pictures)
    except MemoryError:
        return {"fault": "ENGINE_MEMORY"}, []
    except Exception as failure:
        # The type only: a message could quote what was read.
        memory = "bad_alloc" in str(failure) or "OutOfMemory" in str(failure) or "Insufficient memory" in str(failure)
        return {"fault": "ENGINE_MEMORY" if memory else "SERVICE_UNAVAILABLE", "error": type(failure).__name__}, []
    return {"answer": answer}, answered


def _limit_memory(memory_mb: int) -> None:
    """Refuses at once an allocation far over the limit, which the pool's look at resident memory would see too late.

    Counted from the address space at rest: libraries map much that they never touch.
    """
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
        mapped = int(file.read().split()[0]) * _PAGE
    limit = mapped + memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _limit_time(seconds: float) -> None:
    """Ends the process by SIGXCPU when one job burns more CPU than its wall-clock limit, even if the pool is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
