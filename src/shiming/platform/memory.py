"""Memory that a process has freed, back to the system."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any


def give_back() -> None:
    """Returns what this process freed and its allocator keeps: after large pictures that is most of what they took.

    Costs some milliseconds. A C library other than glibc keeps less, and there nothing is done.
    """
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Any:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
