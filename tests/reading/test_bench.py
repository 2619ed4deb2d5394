"""The bench of reading measures honestly: its pictures are what its grid says, and its score misses nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import ric

_BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture(autouse=True)
def _bench_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(_BENCH))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("reading_"):
            del sys.modules[name]


@pytest.fixture
def drawing() -> Any:
    import reading_pictures

    if not reading_pictures.fonts()[0]:
        pytest.skip("no Chinese font of the system here: apt install fonts-noto-cjk fonts-wqy-zenhei")
    return reading_pictures


def test_the_reports_cases_come_up_alike_and_its_people_are_not_the_tuning_ones(drawing: Any) -> None:
    planned = drawing.for_report(1000)
    first, last = drawing.GRID["seeds"]["tuning"]
    assert len(set(planned)) == 1000
    assert not [seed for seed, _, _ in planned if first <= seed <= last]
    for side in ("front", "back"):
        counts = Counter(case for _, of, case in planned if of == side)
        assert set(counts) == set(drawing.CASES)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_people_are_nobody_and_their_numbers_add_up(drawing: Any) -> None:
    from reading_people import person

    people = [person(seed) for seed in range(1, 300)]
    assert all(ric.is_valid(p.number) and p.number[14:17] in ("996", "997", "998", "999") for p in people)
    assert all(p.number[6:14] == f"{p.date_of_birth:%Y%m%d}" for p in people)
    assert all((int(p.number[16]) % 2 == 1) == (p.sex == "M") for p in people)
    assert len({p.ethnicity for p in people}) == 56
    assert any("·" in p.name for p in people)
    assert {len(p.name) for p in people} >= {2, 3, 4}


@pytest.mark.parametrize("case", ["scan", "photocopy", "glare over the text", "all at once"])
def test_the_same_seed_gives_the_same_picture(drawing: Any, case: str) -> None:
    first, again = (next(drawing.draw([(7, "front", case)])) for _ in range(2))
    (other,) = drawing.draw([(8, "front", case)])
    assert first == again
    assert first.jpeg != other.jpeg
    assert first.klass == drawing.case(case)["class"]


@pytest.mark.parametrize(("seed", "side"), [(401, "front"), (412, "back"), (418, "back")])
def test_a_small_card_among_sheets_full_of_larger_print_is_found(drawing: Any, seed: int, side: str) -> None:
    """On a sheet that lies on its head; of one block with a sheet that lies as it does; sixth of the blocks of print."""
    from shiming import reading

    (picture,) = drawing.draw([(seed, side, "small in 12 MP")])
    read = reading.read_picture(picture.jpeg, side=side, quality=False)
    assert read.document is not None
    assert (read.document.type, read.document.side) == ("cn-resident-id", side)
    exact = [name for name, value in picture.truth.items() if name in read.fields and read.fields[name].value == value]
    assert len(exact) >= len(picture.truth) - 1


def test_the_score_tells_right_from_wrong_missing_and_sure() -> None:
    import reading_score as score

    printed = {"name": "李梅", "sex": "F", "number": "1", "address": "甲", "date_of_expiry": None}
    fields = {
        "name": {"value": "李悔", "confidence": 0.95},
        "sex": {"value": "F", "confidence": 0.5},
        "number": {"value": None, "raw": "l", "confidence": 0.4},
        "date_of_expiry": {"value": None, "raw": "长期", "confidence": 0.99},
    }
    judged = score.judge(printed, fields)
    assert [v.outcome for v in judged] == ["wrong", "right", "missing", "missing", "right"]
    side = score.Side("a.jpg", "front", "scan", "clean", judged, 100.0)
    flagged = score.Side("b.jpg", "front", "scan", "clean", judged, 100.0, ("IMG_BLUR",))
    assert [(s.name, v.field) for s, v in score.surely_wrong([side, flagged])] == [("a.jpg", "name")]
    assert score.sure_share(judged).startswith("1 of 2 fields")
    assert score.worst([flagged, side])[0] is side


def test_a_card_that_ends_is_not_right_without_end() -> None:
    import reading_score as score

    endless = {"date_of_expiry": {"value": None, "raw": "长期", "confidence": 0.99}}
    assert score.judge({"date_of_expiry": "2030-01-02"}, endless)[0].outcome == "wrong"
    ending = {"date_of_expiry": {"value": "2030-01-02", "raw": "2030.01.02", "confidence": 0.99}}
    assert score.judge({"date_of_expiry": None}, ending)[0].outcome == "wrong"
    unread = {"date_of_expiry": {"value": None, "raw": "2030.13.02", "confidence": 0.3}}
    assert score.judge({"date_of_expiry": None}, unread)[0].outcome == "missing"


def test_a_zone_called_valid_though_a_letter_differs_is_counted() -> None:
    import reading_zones as zones

    printed = ["P<UTOAB<<C<<<", "1234"]
    assert zones.judge("a", {"lines": printed, "valid": True}, printed, 1).outcome == "right"
    assert zones.judge("a", {"lines": printed, "valid": False}, printed, 1).outcome == "printed wrong"
    assert zones.judge("a", {"lines": ["P<UTOAB<<C<<", "1234"], "valid": True}, printed, 1).outcome == "but for fillers"
    assert (
        zones.judge("a", {"lines": ["P<UTOAB<<O<<<", "1234"], "valid": True}, printed, 1).outcome
        == "wrong, called valid"
    )
    assert zones.judge("a", {"lines": printed, "valid": True}, None, 1).outcome == "wrong, called valid"
