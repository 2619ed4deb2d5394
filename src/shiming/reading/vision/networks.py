"""The text networks, run by OpenVINO on one thread (``docs/decisions/0009``, ``0020``).

Only the network files of rapidocr's wheel are used: its own steps around them took a fifth of a picture's CPU.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import numpy as np

from shiming.platform import memory
from shiming.reading import models

Array = np.ndarray[Any, Any]
_OPTIONS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
"""Precision is left to OpenVINO: 16-bit floats where the processor multiplies them, which changed no text (ADR 0020)."""
_FORGETS = 256
"""Entries of each kind in the detector's cache of compiled layers: enough for seven sizes of input, and a day's pictures have no
more. Each further size kept 4.5 MB, and keeps 2.9 now; to come back to a forgotten one costs 50 ms."""
_FINE = 250_000
"""Pixels of an input from which the memory that a network took for it is not kept for the next picture: of a fine look at a
document or a deep one at the picture, which take 50 to 150 MB. What smaller ones took is given back first: 45 MB less at once."""
_LARGE = 760_000
"""Pixels of an input (of a deep look, up to 1248 by 1248) from which the network is compiled for its shape alone: its memory is
planned then, 60 MB instead of 150. That takes 0.25 s, and what is compiled keeps 20 MB: only the last shape stays."""


class Network:
    """One compiled network. Calls from several threads wait for one another."""

    def __init__(self, name: str, **options: Any) -> None:
        """Loads the model of that name in the registry; raises ``ModelRefused`` where its file is nowhere or not the one.

        ``options`` are the engine's, beside those that all networks have.
        """
        path = models.find(name)
        if path is None:
            carrier = models.model(name).package or "the weights folder"
            raise models.ModelRefused(
                f"the file of model {name!r} is nowhere; expected it in {carrier}: install it again"
            )
        self._path = path
        self._options = {**_OPTIONS, **options}
        self._lock = threading.Lock()
        self._large: tuple[tuple[int, ...], Any] | None = None
        """The last large shape, and what is compiled for it."""
        self.strained = False
        """Whether it holds the memory of an input that was not small."""
        self.characters: tuple[str, ...] = ()
        """What a recogniser's columns stand for, without the blank that is first and the space that is last."""
        self._request = self._compiled(None)

    def __call__(self, tensor: Array) -> Array:
        """The network's only output for one input, float32."""
        size = tensor.shape[-2] * tensor.shape[-1]
        with self._lock:
            if size >= _FINE:
                self._release()
                memory.give_back()
                self.strained = True
            return self._output(self._request, tensor) if size < _LARGE else self._of_large(tensor)

    def _output(self, request: Any, tensor: Array) -> Array:
        request.infer([tensor], share_inputs=True, share_outputs=True)
        return np.array(request.get_output_tensor(0).data, np.float32)

    def _of_large(self, tensor: Array) -> Array:
        request = self._for_shape(tensor.shape)
        output = self._output(request, tensor)
        request.get_compiled_model().release_memory()
        return output

    def release(self) -> None:
        """Frees the memory between its layers; the next input takes it anew."""
        with self._lock:
            self._release()

    def _release(self) -> None:
        for request in (self._request, self._large and self._large[1]):
            if request:
                request.get_compiled_model().release_memory()
        self.strained = False

    def _for_shape(self, shape: tuple[int, ...]) -> Any:
        if self._large is None or self._large[0] != shape:
            self._large = None  # before the next one takes memory
            self._large = shape, self._compiled(shape)
        return self._large[1]

    def _compiled(self, shape: tuple[int, ...] | None) -> Any:
        """For inputs of one shape, or of any."""
        import openvino  # takes a second to load; only those who read pictures pay for it

        core = openvino.Core()
        network = core.read_model(self._path)
        info: Any = network.get_rt_info()
        if "framework" in info and "character" in info["framework"]:
            self.characters = tuple(info["framework"]["character"].value.splitlines())
        if shape is not None:
            network.reshape(list(shape))
        return core.compile_model(network, "CPU", self._options).create_infer_request()


def strained() -> bool:
    """Whether a picture was looked at so closely that :func:`relax` pays."""
    return detector().strained


def relax() -> None:
    """Gives back what the networks and the allocator keep for the next picture. Costs it 30 ms."""
    for network in (detector(), recogniser(), second_recogniser()):
        network.release()
    memory.give_back()


@cache
def detector() -> Network:
    """Probability that a pixel is text: (1, 3, height, width) in -1..1, sides multiples of 32, to (1, 1, height, width)."""
    return Network("ppocr-v6-detection-small", CPU_RUNTIME_CACHE_CAPACITY=_FORGETS)


@cache
def recogniser() -> Network:
    """Probability of each character a step of eight pixels: (1, 3, 48, width) in -1..1 to (1, width / 8, characters)."""
    return Network("ppocr-v6-recognition-small")


@cache
def second_recogniser() -> Network:
    """As :func:`recogniser`, of an older make with another dictionary (6,623 characters): what both say, is hardly wrong."""
    return Network("ppocr-v4-recognition-mobile")


@cache
def classifier() -> Network:
    """Probability that a line stands upright, and that it stands on its head: (n, 3, 48, 192) in -1..1 to (n, 2)."""
    return Network("ppocr-v2-direction")
