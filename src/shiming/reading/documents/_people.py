"""Made-up people for samples, demo and tests: the same seed gives the same person."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_TODAY = date(2026, 11, 21)
"""Samples are dated around this day, so that they do not change from one day to the next."""


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A person who does not exist, with what stands on their documents.

    ``name`` is in Chinese, ``surname`` and ``given_names`` in Latin capitals. ``number`` is a resident identity number
    (GB 11643) with a right check digit. ``date_of_expiry`` is ``None`` for a card without end (长期).
    """

    name: str
    surname: str
    given_names: str
    sex: Literal["M", "F"]
    ethnicity: str
    date_of_birth: date
    address: str
    number: str
    issuing_authority: str
    date_of_issue: date
    date_of_expiry: date | None
    passport_number: str
    place_of_birth: str = "ZENITH"
    nationality: str = "UTO"


@cache
def _pools() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("_people.toml").read_text("utf-8"))


def ethnicities() -> tuple[str, ...]:
    """The 56 ethnic names as they stand on a resident identity card."""
    return tuple(_pools()["ethnicities"])


def check_digit(first17: str) -> str:
    """The last character of a resident identity number (GB 11643, ISO 7064 MOD 11-2): ``0``-``9`` or ``X``."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def years_later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _number(region: str, born: date, sex: str, rng: random.Random) -> str:
    # 996-999 were set aside for people over a hundred in the old numbering: nobody born since 1930 has one,
    # so that a made-up number is nobody's.
    sequence = rng.choice(("997", "999") if sex == "M" else ("996", "998"))
    first17 = f"{region}{born:%Y%m%d}{sequence}"
    return first17 + check_digit(first17)


def _validity(born: date, rng: random.Random) -> tuple[date, date | None]:
    """An issue date in the last years and the end that goes with the age then: 5, 10 or 20 years, or none from 46."""
    issued = date(rng.randint(2018, 2025), rng.randint(1, 12), rng.randint(1, 28))
    issued = max(issued, min(years_later(born, 16), _TODAY))
    age = issued.year - born.year - ((issued.month, issued.day) < (born.month, born.day))
    if age >= 46:
        return issued, None
    return issued, years_later(issued, 5 if age < 16 else 10 if age < 26 else 20)


def person(seed: int, **overrides: Any) -> SamplePerson:
    """The person of that seed; ``overrides`` replace fields as they are (a number is then not made again)."""
    pools, rng = _pools(), random.Random(seed)  # noqa: S311 - made-up people, not secrets
    sex: Literal["M", "F"] = overrides.get("sex") or rng.choice(("M", "F"))
    surname, given = rng.choice(pools["surnames"]), rng.choice(pools["given_male" if sex == "M" else "given_female"])
    region, place, authority = rng.choice(pools["regions"])
    born = overrides.get("date_of_birth") or date(rng.randint(1955, 2005), rng.randint(1, 12), rng.randint(1, 28))
    estate = rng.choice(pools["estates"]) if rng.random() < 0.5 else ""
    address = (
        f"{place}{rng.choice(pools['streets'])}{rng.randint(1, 299)}号"
        f"{estate}{rng.randint(1, 40)}栋{rng.randint(1, 6)}单元{rng.randint(1, 32)}0{rng.randint(1, 6)}室"
    )
    issued, ends = _validity(born, rng)
    made = SamplePerson(
        name=surname[0] + given[0],
        surname=surname[1],
        given_names=given[1],
        sex=sex,
        ethnicity="汉" if rng.random() < 0.6 else rng.choice(pools["ethnicities"]),
        date_of_birth=born,
        address=address,
        number=_number(region, born, sex, rng),
        issuing_authority=authority,
        date_of_issue=issued,
        date_of_expiry=ends,
        passport_number=f"{rng.choice('EGKL')}{rng.randint(10_000_000, 99_999_999)}",
    )
    return replace(made, **overrides)
