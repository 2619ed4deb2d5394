"""Runs a network file with OpenVINO, one thread, loaded once a process."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Array = np.ndarray[Any, np.dtype[np.float32]]


class Network:
    """A compiled network. Calls from several threads wait for one another."""

    def __init__(self, path: Path) -> None:
        core = _core()
        network = core.read_model(path)
        self.shape = tuple(_length(side) for side in network.inputs[0].partial_shape)
        """Lengths of the first input's sides; 0 where the file leaves one open."""
        self._request = core.compile_model(network, "CPU", _OPTIONS).create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, tensor: Array) -> list[Array]:
        """All outputs, flattened, in the network's order."""
        with self._lock:
            self._request.infer([np.ascontiguousarray(tensor)])
            return [output.data.astype(np.float32).ravel() for output in self._request.output_tensors]


def _length(side: Any) -> int:
    return int(side.get_length()) if side.is_static else 0


_OPTIONS = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}


@cache
def _core() -> Any:
    import openvino  # takes a second to load; only those who look at faces pay for it

    return openvino.Core()
