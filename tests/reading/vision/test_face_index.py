"""One face among many: the search is exact, in both metrics, whatever was taken out and put in meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint
from uuid import uuid4

import numpy as np
import pytest

from shiming.pipeline.duplicates import threshold
from shiming.reading.models import models
from shiming.reading.vision import face_index
from shiming.reading.vision.face_index import ExactIndex, Hit, Index, Space, open_index, quantise

SPACE = Space("default", "a" * 64, 64, "cosine", 0.35)
EUCLIDEAN = replace(SPACE, metric="1 - euclidean distance")


class Naive:
    """The simplest thing that keeps the contract: another engine in the tests below."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.rows: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, ids, codes):
        self.rows.update(zip(ids, codes.astype(np.float64), strict=True))

    def remove(self, ids):
        for id in ids:
            self.rows.pop(id, None)

    def search(self, codes, limit, least):
        query = codes.astype(np.float64)
        found = [Hit(id, self._similarity(row, query)) for id, row in self.rows.items()]
        return sorted((hit for hit in found if hit.similarity >= least), key=lambda hit: -hit.similarity)[:limit]

    def _similarity(self, a, b):
        if self.space.metric == "cosine":
            return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-9))
        return 1.0 - float(np.linalg.norm(a - b)) * self.space.clip / 127


@pytest.fixture(params=["exact", "naive"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[Space], Index]:
    """Every engine, opened by its name; the second as another package would bring it."""
    point = EntryPoint("naive", f"{__name__}:Naive", "shiming.face_indexes")
    monkeypatch.setattr(face_index, "entry_points", lambda **_: [point])
    return lambda space: open_index(request.param, space)


def some(count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    codes = np.random.default_rng(seed).integers(-127, 128, (count, SPACE.dimensions), dtype=np.int8)
    return [str(uuid4()) for _ in range(count)], codes


@pytest.mark.parametrize("space", [SPACE, EUCLIDEAN], ids=["cosine", "euclidean"])
def test_every_engine_finds_the_same_in_the_same_order(engine, space):
    ids, codes = some(5_000)
    index, plain = engine(space), Naive(space)
    for start in range(0, 5_000, 700):
        index.add(ids[start : start + 700], codes[start : start + 700])
        plain.add(ids[start : start + 700], codes[start : start + 700])
    for query in some(5, seed=9)[1]:
        got, wanted = index.search(query, 20, -9.0), plain.search(query, 20, -9.0)
        assert [hit.id for hit in got] == [hit.id for hit in wanted]
        assert np.allclose([hit.similarity for hit in got], [hit.similarity for hit in wanted], atol=1e-5)
    assert index.search(codes[17], 1, 0.999)[0].id == ids[17]


def test_what_is_removed_is_not_found_and_its_place_is_used_again(engine):
    ids, codes = some(300)
    index = engine(SPACE)
    index.add(ids, codes)
    index.remove([*ids[:100], str(uuid4())])
    index.remove(ids[:1])
    assert len(index) == 200
    assert index.search(codes[5], 300, 0.99) == []
    assert {hit.id for hit in index.search(codes[5], 300, -9.0)} == set(ids[100:])
    fresh, more = some(150, seed=4)
    index.add(fresh, more)
    assert len(index) == 350
    assert all(index.search(code, 1, 0.99)[0].id == id for id, code in zip(fresh, more, strict=True))


def test_an_empty_index_and_a_blank_vector_are_no_fault(engine):
    index = engine(SPACE)
    blank = np.zeros(SPACE.dimensions, np.int8)
    assert index.search(blank, 10, -9.0) == []
    index.add([str(uuid4())], blank[None])
    assert len(index) == 1
    assert all(abs(hit.similarity) < 1e-6 for hit in index.search(some(1)[1][0], 10, -9.0))


def test_a_removed_vector_is_overwritten_in_memory():
    ids, codes = some(3)
    index = ExactIndex(SPACE)
    index.add(ids, codes)
    index.remove([ids[1]])
    held = b"".join(chunk.tobytes() for chunk in index._chunks)
    assert codes[1].tobytes() not in held
    assert codes[0].tobytes() in held


def test_memory_is_a_byte_a_dimension_and_twenty_a_face():
    index = ExactIndex(SPACE)
    ids, codes = some(70_000)
    index.add(ids, codes)
    held = sum(chunk.nbytes for chunk in index._chunks) + index._ids.nbytes + index._lengths.nbytes
    assert held == 2 * 65_536 * (SPACE.dimensions + 20)


def test_int8_loses_next_to_nothing_of_likeness():
    drawn = np.random.default_rng(2).normal(size=(200, 256)).astype(np.float32)
    faces = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    stored = np.stack([quantise(face, 0.35) for face in faces]).astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    assert np.abs(stored @ stored.T - faces @ faces.T).max() < 0.01


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="gives `clip`, got none"):
        quantise(np.zeros(4, np.float32), 0.0)
    with pytest.raises(ValueError, match="expected one of the face indexes exact"):
        open_index("somewhere", SPACE)
    with pytest.raises(ValueError, match="expected 1 to 1024 dimensions"):
        ExactIndex(replace(SPACE, dimensions=4_096))
    with pytest.raises(ValueError, match="expected 2 vectors of 64"):
        ExactIndex(SPACE).add(["a", "b"], np.zeros((2, 3), np.int8))


def test_the_threshold_is_the_loosest_that_keeps_the_rate_asked_for():
    face = models()["face-reidentification-retail-0095"].face
    assert face is not None
    assert threshold(face, 1e-5).false_match_rate == 1e-5
    assert threshold(face, 5e-5).false_match_rate == 1e-5
    assert threshold(face, 1e-4).similarity == face.match.similarity
    assert threshold(face, 1e-9) == face.rates[-1], "nothing stricter was measured"
