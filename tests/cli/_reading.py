"""Runs in a process of its own: reads each file as ``shiming read --json FILE`` would, and says on standard error what it took.

One JSON object a file: CPU seconds, the most memory while it was read and the memory of the worker at rest before it, in MiB;
and ``slowness`` (:mod:`._pace`).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from shiming import reading
from shiming.cli import main
from tests.cli._pace import slowness


def _memory(row: str) -> float:
    text = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(f"{row}:"))


reading.preload()
told = []
for name in sys.argv[1:]:
    # 5 sets the high-water mark back to what is resident now (proc(5)).
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    resting, start = _memory("VmRSS"), time.process_time()
    main(["read", "--json", name])
    told.append({"file": name, "cpu": time.process_time() - start, "peak": _memory("VmHWM"), "resting": resting})
slow = slowness()
for row in told:
    sys.stderr.write(json.dumps({**row, "slowness": slow}) + "\n")
