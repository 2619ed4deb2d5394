"""CPU time of the steps of a reading, for whoever asks (``shiming verify``, benches). Costs nothing when nobody does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_steps: ContextVar[dict[str, float] | None] = ContextVar("reading_steps", default=None)


@contextmanager
def collect() -> Iterator[dict[str, float]]:
    """Collects CPU milliseconds of this thread by step name (``decode``, ``detect``, ``recognise``...) while open."""
    steps: dict[str, float] = {}
    token = _steps.set(steps)
    try:
        yield steps
    finally:
        _steps.reset(token)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Adds the CPU milliseconds of its block to ``name``. Blocks are not nested."""
    steps = _steps.get()
    if steps is None:
        yield
        return
    start = time.thread_time()
    try:
        yield
    finally:
        steps[name] = steps.get(name, 0.0) + (time.thread_time() - start) * 1000
