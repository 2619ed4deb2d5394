"""How live a face looks to the passive nets that are here (role ``spoof-signal`` in the model registry): a weak signal.

They were made to tell printed photos and screens by one picture. They know nothing of a picture that was injected instead of
taken, and they doubt honest ones: nobody is refused for what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from shiming.reading.models import SpoofModel, find, models
from shiming.reading.vision.face_runtime import Array, Network, Pixels

if TYPE_CHECKING:
    from shiming.reading.vision.face import Located


@dataclass(frozen=True, slots=True)
class _Net:
    sees: SpoofModel
    network: Network


def live_score(image: Pixels, located: Located) -> float | None:
    """How sure the nets are, 0..1 and averaged over them, that the face is a live one; None where none of them is here.

    ``image`` is the whole BGR picture that ``located`` was found in: the nets look at what is around the face too. Raises
    ``ModelRefused`` for a file of another digest.
    """
    nets = _nets()
    if not nets:
        return None
    flat = located.mesh.points[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    return float(np.mean([_live(image, low, high, net) for net in nets]))


@cache
def _nets() -> tuple[_Net, ...]:
    """The nets whose files are here, loaded once a process."""
    signals = [(m, m.spoof) for m in models().values() if m.spoof and m.usable]
    return tuple(_Net(sees, Network(path)) for m, sees in signals if (path := find(m.name)) is not None)


def _live(image: Pixels, low: Array, high: Array, net: _Net) -> float:
    left, top, right, bottom = _around(image, low, high, net.sees.crop)
    side = net.sees.size
    crop = cv2.resize(image[top:bottom, left:right], (side, side), interpolation=cv2.INTER_LINEAR)
    raw = net.network(crop.astype(np.float32).transpose(2, 0, 1)[None])[0].astype(np.float64)
    likely = np.exp(raw - raw.max())
    return float(likely[net.sees.live] / likely.sum())


def _around(image: Pixels, low: Array, high: Array, crop: float) -> tuple[int, int, int, int]:
    """The box made ``crop`` times as large, or as large as the picture allows, and shifted to lie inside it; never empty."""
    size = np.array([image.shape[1], image.shape[0]], np.float64)
    box = np.maximum(np.asarray(high - low, np.float64), 1.0)
    wanted = box * min(crop, float(((size - 1) / box).min()))
    first = np.clip((low + high) / 2 - wanted / 2, 0, np.maximum(size - 1 - wanted, 0))
    left, top = (int(v) for v in np.minimum(first, size - 1))
    right, bottom = (int(v) for v in np.minimum(first + wanted + 1, size))
    return left, top, max(right, left + 1), max(bottom, top + 1)
