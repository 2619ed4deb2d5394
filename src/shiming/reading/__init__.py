"""Floor 2: evidence -> fields and measures. It never judges, and computes no face template.

``read_picture`` reads one picture, ``preload`` readies a process, ``normalise`` gives the form in which a picture is kept.
CPU time by step: :mod:`shiming.reading.timing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from shiming.intake.pictures import normalise
from shiming.registration.values import Reading

__all__ = ["Kind", "normalise", "preload", "read_picture"]

Kind = Literal["document-side", "photocopy", "selfie", "holding", "paper", "liveness"]
"""``liveness``: the reference picture of a liveness session, read as a selfie; its frames are judged by ``reading.liveness``."""


def read_picture(
    data: bytes,
    *,
    kind: Kind = "document-side",
    documents: Sequence[str] | None = None,
    side: str | None = None,
    quality: bool = True,
) -> Reading:
    """Reads one picture of evidence.

    ``documents`` and ``side`` say what is expected; they only settle doubts: another document or side that is clearly there
    is reported as what it is. Without ``quality`` no picture measures are taken. Raises
    :class:`shiming.intake.pictures.Refused` for a file that is no picture we take.
    """
    # The libraries behind take seconds to import: a page that only names this floor must not pay for them.
    from shiming.reading import _picture

    return _picture.read(data, kind, documents, side, quality)


def preload() -> None:
    """Loads every model and runs it once. Costs seconds; call it once a process."""
    from shiming.reading import _picture

    _picture.preload()
