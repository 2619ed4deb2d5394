"""The real pool on real pictures: what the server does with an upload."""

from __future__ import annotations

import pytest

from shiming.pipeline.vision import VisionPool
from shiming.platform.settings import VisionSettings
from shiming.reading.documents.sample import sample_person, sample_set


@pytest.mark.slow
def test_a_card_is_read_and_compared_in_the_pool() -> None:
    pictures, who = sample_set(3), sample_person(3)
    wanted = ["cn-resident-id", "passport"]
    with VisionPool(VisionSettings(processes=1, seconds=120)) as pool:
        pool.preload()
        front = pool.read(pictures["front"], kind="document-side", documents=wanted, side="front")
        selfie = pool.read(pictures["selfie"], kind="selfie", documents=(), side=None)
        broken = pool.read(pictures["front"][:3000], kind="document-side", documents=wanted, side="front")
        assert front.picture is not None
        assert selfie.picture is not None
        comparison = pool.compare(front.picture, selfie.picture)
    assert front.reading.fields["number"].value == who.number
    assert (broken.refused, broken.picture) == ("IMG_CORRUPT", None)
    assert comparison.error is None
    assert comparison.similarity is not None
    assert comparison.similarity > comparison.match
