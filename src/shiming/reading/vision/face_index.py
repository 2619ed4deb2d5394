"""One face against many: stored templates as int8 and the exact search over them.

A stored template is its vector times 127 / clip, rounded and cut to -127..127 (``clip`` stands in the model's manifest): a
quarter of the bytes, and no measurable loss (docs/duplicates.md). Products of two such vectors are whole numbers below 2**24 up
to 1024 dimensions, so float32 sums them exactly.

An :class:`Index` holds the templates of one issuer and one model. :class:`ExactIndex` looks at every one of them, so its answer
takes the same time whatever it finds. Larger engines (pgvector, qdrant) stand in by the entry point group
``shiming.face_indexes``: a function that takes a :class:`Space` and gives an ``Index``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int8]
EXACT = "exact"
_GROUP = "shiming.face_indexes"
_TOP = 127
_CHUNK = 65_536
_BLOCK = 4_096
_MOST_DIMENSIONS = 1_024


@dataclass(frozen=True, slots=True)
class Space:
    """What templates have to share to be comparable: the issuer's own, of one model."""

    issuer: str
    model_sha256: str
    dimensions: int
    metric: str
    """``cosine``, or ``1 - euclidean distance``."""
    clip: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A template that is alike: its id, and the similarity in the model's own metric."""

    id: str
    similarity: float


class Index(Protocol):
    """Templates by id. Safe to use from several threads."""

    def add(self, ids: Sequence[str], codes: Codes) -> None:
        """Takes templates in, one row each. Whoever keeps them by itself beyond this process takes an id again for the same."""
        ...

    def remove(self, ids: Sequence[str]) -> None:
        """Forgets templates; ids that are not there are no fault."""
        ...

    def search(self, codes: Codes, limit: int, least: float) -> list[Hit]:
        """The ``limit`` most alike of at least ``least`` similarity, the most alike first."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...


def quantise(vector: npt.NDArray[np.float32], clip: float) -> Codes:
    """A template as it is stored. Raises ``ValueError`` for a model without a measured ``clip``."""
    if clip <= 0:
        raise ValueError("expected a model whose manifest gives `clip`, got none; its templates cannot be stored")
    codes: Codes = np.clip(np.rint(vector * (_TOP / clip)), -_TOP, _TOP).astype(np.int8)
    return codes


def open_index(name: str, space: Space) -> Index:
    """The named engine on a space. Raises ``ValueError`` naming those there are."""
    if name == EXACT:
        return ExactIndex(space)
    found: dict[str, Callable[[Space], Index]] = {e.name: e.load() for e in entry_points(group=_GROUP, name=name)}
    if name not in found:
        known = ", ".join([EXACT, *sorted(e.name for e in entry_points(group=_GROUP))])
        raise ValueError(f"expected one of the face indexes {known}, got {name!r}; install its package")
    return found[name](space)


class ExactIndex:
    """All templates in memory, compared one by one in blocks. A removed one is overwritten at once and its row used again.

    Memory: one byte a dimension, 16 for the id, 4 for the length: 276 MB for a million templates of 256.
    """

    def __init__(self, space: Space) -> None:
        if not 0 < space.dimensions <= _MOST_DIMENSIONS:
            raise ValueError(f"expected 1 to {_MOST_DIMENSIONS} dimensions, got {space.dimensions}")
        self._space = space
        self._chunks: list[Codes] = []
        self._ids = np.zeros((0, 2), np.uint64)
        self._lengths = np.zeros(0, np.float32)
        self._rows = 0
        self._free: list[int] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many there are."""
        return self._rows - len(self._free)

    def add(self, ids: Sequence[str], codes: Codes) -> None:
        """Takes templates in. Raises ``ValueError`` for vectors of another size."""
        if codes.shape != (len(ids), self._space.dimensions):
            raise ValueError(f"expected {len(ids)} vectors of {self._space.dimensions}, got {codes.shape}")
        with self._lock:
            rows = np.array([self._free.pop() if self._free else self._new_row() for _ in ids], np.int64)
            for chunk in np.unique(rows // _CHUNK):
                mine = rows // _CHUNK == chunk
                self._chunks[chunk][rows[mine] % _CHUNK] = codes[mine]
            self._ids[rows] = np.array([_halves(id) for id in ids], np.uint64).reshape(-1, 2)
            squares = np.square(codes, dtype=np.int32).sum(axis=1)
            # A vector of nothing but zeros is like no other, and must not pass for a free row either.
            self._lengths[rows] = np.maximum(np.sqrt(squares), 1e-3)

    def remove(self, ids: Sequence[str]) -> None:
        """Forgets templates."""
        with self._lock:
            for id in ids:
                row = self._row(id)
                if row is not None:
                    self._chunks[row // _CHUNK][row % _CHUNK] = 0
                    self._ids[row], self._lengths[row] = 0, 0.0
                    self._free.append(row)

    def search(self, codes: Codes, limit: int, least: float) -> list[Hit]:
        """The most alike."""
        with self._lock:
            similarity = self._similarities(codes.astype(np.float32))
            near = np.flatnonzero(similarity >= least)
            if len(near) > limit:
                near = near[np.argpartition(-similarity[near], limit - 1)[:limit]]
            best = near[np.argsort(-similarity[near], kind="stable")]
            return [Hit(self._id(int(n)), float(similarity[n])) for n in best]

    def _similarities(self, query: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """How alike every row is, block by block while a block is in the processor's cache; a free row is like none."""
        found = np.empty(self._rows, np.float32)
        block = np.empty((_BLOCK, self._space.dimensions), np.float32)
        length = float(np.sqrt(query @ query))
        for start in range(0, self._rows, _BLOCK):
            rows = self._chunks[start // _CHUNK][start % _CHUNK :][: min(_BLOCK, self._rows - start)]
            part, lengths = found[start : start + len(rows)], self._lengths[start : start + len(rows)]
            np.copyto(block[: len(rows)], rows)
            np.dot(block[: len(rows)], query, out=part)
            if self._space.metric == "cosine":
                part /= np.maximum(lengths * length, 1.0)
            else:
                squares = np.maximum(lengths**2 + length**2 - 2 * part, 0.0)
                part[:] = 1.0 - np.sqrt(squares) * np.float32(self._space.clip / _TOP)
            part[lengths == 0] = -np.inf
        return found

    def _new_row(self) -> int:
        row = self._rows
        if row % _CHUNK == 0:
            self._chunks.append(np.zeros((_CHUNK, self._space.dimensions), np.int8))
            self._ids = np.concatenate([self._ids, np.zeros((_CHUNK, 2), np.uint64)])
            self._lengths = np.concatenate([self._lengths, np.zeros(_CHUNK, np.float32)])
        self._rows += 1
        return row

    def _row(self, id: str) -> int | None:
        high, low = _halves(id)
        found = np.flatnonzero((self._ids[: self._rows, 0] == high) & (self._ids[: self._rows, 1] == low))
        return int(found[0]) if len(found) else None

    def _id(self, row: int) -> str:
        high, low = (int(half) for half in self._ids[row])
        return str(UUID(int=(high << 64) | low))


def _halves(id: str) -> tuple[Any, Any]:
    value = UUID(id).int
    return np.uint64(value >> 64), np.uint64(value & 0xFFFF_FFFF_FFFF_FFFF)
