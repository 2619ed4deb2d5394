"""Policies: every fact has a source, an unknown stays unknown."""

import pytest

from shiming.countries import names, policy
from shiming.countries.policy import _fact


def test_china():
    found = policy("CN")
    assert found.facts["required"].value is True
    assert found.facts["cap_per_person"].value == 5
    assert found.facts["minimum_age"].value is None
    assert found.version.startswith("CN-2026-11-21-")


@pytest.mark.parametrize("country", names())
def test_every_known_fact_names_its_sources(country):
    for fact in policy(country).facts.values():
        assert fact.value is None or fact.source


def test_a_fact_without_a_source_is_refused():
    with pytest.raises(ValueError, match=r"'cap'.*source"):
        _fact("CN", "cap", {"value": 5}, {})
    with pytest.raises(ValueError, match="nowhere"):
        _fact("CN", "cap", {"value": 5, "source": ["nowhere"]}, {"there": "https://example.org"})


def test_an_unknown_country_is_named():
    with pytest.raises(KeyError, match=r"XX.*CN"):
        policy("XX")
