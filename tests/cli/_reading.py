"""Runs in a process of its own: reads each file as ``shiming read --json FILE`` would, and says on standard error what it took.

One JSON object a file: CPU seconds, the most memory while it was read and the memory of the worker at rest before it, in MiB;
and ``column``, the CPU seconds that the recogniser takes here for a column of a line: machines differ threefold in it.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from shiming import reading
from shiming.cli import main
from shiming.reading.vision import networks

_COLUMNS = 960


def _memory(row: str) -> float:
    text = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(f"{row}:"))


def _column() -> float:
    """CPU seconds of a column; the median of some, for a shared core is not always as fast."""
    line = np.zeros((1, 3, 48, _COLUMNS), np.float32)
    spent = []
    for _ in range(7):
        start = time.process_time()
        networks.recogniser()(line)
        spent.append(time.process_time() - start)
    return statistics.median(spent) / _COLUMNS


reading.preload()
told = []
for name in sys.argv[1:]:
    # 5 sets the high-water mark back to what is resident now (proc(5)).
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    resting, start = _memory("VmRSS"), time.process_time()
    main(["read", "--json", name])
    told.append({"file": name, "cpu": time.process_time() - start, "peak": _memory("VmHWM"), "resting": resting})
column = _column()
for row in told:
    sys.stderr.write(json.dumps({**row, "column": column}) + "\n")
