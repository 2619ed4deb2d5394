"""Runs in a process of its own: reads each file as ``shiming read --json FILE`` would, and says on standard error what it took.

One JSON object a file: CPU seconds, the most memory while it was read and the memory of the worker at rest before it, in MiB.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from shiming import reading
from shiming.cli import main


def _memory(row: str) -> float:
    text = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(f"{row}:"))


reading.preload()
for name in sys.argv[1:]:
    # 5 sets the high-water mark back to what is resident now (proc(5)).
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    resting, start = _memory("VmRSS"), time.process_time()
    main(["read", "--json", name])
    spent = time.process_time() - start
    told = {"file": name, "cpu": spent, "peak": _memory("VmHWM"), "resting": resting}
    sys.stderr.write(json.dumps(told) + "\n")
