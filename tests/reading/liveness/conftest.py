"""Sessions made of the repository's own portraits, by the bench's maker of sessions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from shiming.reading.documents import portraits
from shiming.reading.models import find
from shiming.registration.values import Challenge

_BENCH = Path(__file__).resolve().parents[3] / "bench"
ASKED = Challenge(("turn-left", "nod", "closer"))


@pytest.fixture(scope="session")
def bench() -> Iterator[Any]:
    """The bench's modules ``attacks_pictures`` and ``attacks_species``."""
    if find("face-landmark-468") is None:
        pytest.skip("the face weights are not built: run `python build_weights.py`")
    sys.path.insert(0, str(_BENCH))
    import attacks_pictures
    import attacks_species

    yield attacks_pictures, attacks_species
    sys.path.remove(str(_BENCH))
    for name in ("attacks_pictures", "attacks_species"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="session")
def heads(bench: Any) -> tuple[Any, Any]:
    """Two people."""
    pictures, _ = bench
    stills = [cv2.imdecode(np.frombuffer(portraits.selfie(n, seed=1), np.uint8), 1) for n in ("collins", "hopper")]
    made = [pictures.head(still) for still in stills]
    assert all(made)
    return made[0], made[1]


@pytest.fixture(scope="session")
def played(bench: Any, heads: Any) -> Callable[..., Any]:
    """A session of the species of that name of ``attacks_species``, the same each time."""
    _, species = bench

    def play(name: str, asked: Challenge = ASKED, seed: int = 3) -> Any:
        return getattr(species, name)(np.random.default_rng(seed), *heads, asked)

    return play
