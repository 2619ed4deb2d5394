"""How much slower this machine reads than the one on which bounds in CPU seconds were set. Machines differ threefold."""

from __future__ import annotations

import statistics
import time

import numpy as np

from shiming.reading.vision import networks

_COLUMNS = 960
_SET_AT = 42e-6
"""CPU seconds that the recogniser took for a column of a line where the bounds were set; a quiet one of that kind takes 30e-6,
an older processor, without 16-bit floats, 110e-6."""


def slowness() -> float:
    """1, or how many times as long a column takes here; the median of some, for a shared core is not always as fast."""
    line = np.zeros((1, 3, 48, _COLUMNS), np.float32)
    spent = []
    for _ in range(7):
        start = time.process_time()
        networks.recogniser()(line)
        spent.append(time.process_time() - start)
    return max(1.0, statistics.median(spent) / _COLUMNS / _SET_AT)
