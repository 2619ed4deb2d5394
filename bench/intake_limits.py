"""What looking at a picture costs before and while it is decoded: ``intake_limits.py``. Time and memory near the size limits.

Each picture is decoded in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import io
import multiprocessing as mp
import resource
import time

import numpy as np
from PIL import Image

from shiming.intake import pictures

_SIZES = ((1600, 1200), (4000, 3000), (7300, 5475))


def picture(size: tuple[int, int], kind: str) -> bytes:
    """A picture with texture, encoded."""
    rough = np.random.default_rng(1).integers(0, 255, (size[1] // 16 + 1, size[0] // 16 + 1, 3), np.uint8)
    image = Image.fromarray(rough).resize(size, Image.Resampling.BILINEAR)
    out = io.BytesIO()
    image.save(out, kind, quality=85)
    return out.getvalue()


def _decode(data: bytes, answer: mp.SimpleQueue[tuple[str, float, float]]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.process_time()
    try:
        shape = pictures.decode(data).shape
        what = f"{shape[1]}x{shape[0]}"
    except pictures.Refused as refused:
        what = refused.code
    spent = (time.process_time() - start) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss
    answer.put((what, spent, peak / 1024))


def table() -> list[str]:
    """A row a picture, as Markdown."""
    lines = ["| picture | bytes | decoded to, or refused | CPU ms | memory above rest, MB |", "|---|---|---|---|---|"]
    context = mp.get_context("spawn")
    for kind in ("JPEG", "PNG", "WEBP"):
        for size in _SIZES:
            data = picture(size, kind)
            answer: mp.SimpleQueue[tuple[str, float, float]] = context.SimpleQueue()
            process = context.Process(target=_decode, args=(data, answer))
            process.start()
            process.join()
            what, spent, peak = answer.get() if not answer.empty() else (f"exit {process.exitcode}", 0.0, 0.0)
            lines.append(f"| {kind} {size[0]}x{size[1]} | {len(data)} | {what} | {spent:.0f} | {peak:.0f} |")
    return lines


if __name__ == "__main__":
    print("\n".join(table()))
