"""What tests of the duplicate guard need: it is switched on by officer and administrator, and two persons register."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shiming.countries import store as countries
from shiming.programmes import resolving
from tests.custody.conftest import Desk
from tests.policies import OFFICER
from tests.web.support import FIRST, PRINTED, SECOND, Person, picture

SAME_FACE = picture("one face", 60)
OTHER_FACE = picture("another face", 90)
SOMEBODY = dict(PRINTED)
SOMEBODY_ELSE = {**PRINTED, "name": "样本兰", "number": "110101198503070048", "date_of_birth": "1985-03-07"}


def says(desk: Desk, word: str) -> None:
    """The officer finds out whether faces may be looked for, and confirms it."""
    with desk.workspace.write() as work:
        countries.supply(
            work, OFFICER, "CN", "face_duplicates", word, reference="asked for the tests", dated=work.now.date()
        )
        countries.confirm(work, OFFICER, "CN", countries.proposed(work, "CN").version)


def turn_on(desk: Desk, **changes: Any) -> None:
    """Programme and policy have faces looked for; what is found to be in order is approved without a person."""
    says(desk, "allowed")
    own = resolving.load("carrier-5g").model_dump(exclude_defaults=True)
    desk.change(
        review_mode="on-refer",
        # These persons send one photo; what is tried here is not that a person looks at those.
        checks=[name for name in own["checks"] if name != "photo_only"],
        optional_consents=["face-duplicates"],
        duplicates={"false_match_rate": 1e-5, "most": 10, "purpose": "one person, one card"},
        retention={**own["retention"], "face-template": {"after": "end", "days": 0, "origin": "test"}},
        **changes,
    )


def registers(
    desk: Desk, holder: Person, number: str, printed: dict[str, str], selfie: bytes, *, looked_for: bool = True
) -> dict[str, Any]:
    """Somebody hands in a registration, and the engine decides."""
    desk.office.eyes.front = dict(printed)
    return desk.office.handed_in(holder, number, looked_for=looked_for, selfie=selfie, declared=printed)


def two(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """One face under two names: the first is approved, the second waits for a person."""
    first = registers(desk, desk.holder("first@example.org"), FIRST, SOMEBODY, SAME_FACE)
    second = registers(desk, desk.holder("second@example.org"), SECOND, SOMEBODY_ELSE, SAME_FACE)
    desk.office.clock.advance(timedelta(minutes=2))  # so that either may sign in again
    return first, second
