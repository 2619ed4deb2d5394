"""The description in ``docs/`` is the one that is served."""

from pathlib import Path

from shiming.web.describing import description


def test_the_file_is_up_to_date() -> None:
    kept = Path(__file__).parents[2] / "docs" / "openapi.json"
    assert kept.read_text("utf-8") == description(), "docs/openapi.json is old; run: make docs"
