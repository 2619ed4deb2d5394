"""People who do not exist, for the bench of reading: wider and rarer than the samples that the product carries.

Names run from the most usual to characters of GB 2312's second level, all 56 ethnic groups come up, counties and their codes are
real (python-stdnum's copy of GB/T 2260, a county that was there when the person was born), numbers end in 996-999, which
nobody born since 1930 has.
"""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from shiming.reading.documents._people import SamplePerson, check_digit, ethnicities, years_later

_TODAY = date(2026, 11, 21)
_MUNICIPALITIES = ("北京市", "天津市", "上海市", "重庆市")
_RARE, _ANY = 0.06, 0.15
"""Shares of given characters drawn from GB 2312's second level and from all of its first level; the rest is usual in names."""


@dataclass(frozen=True, slots=True)
class _County:
    code: str
    province: str
    city: str
    name: str
    since: int


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("reading_people.toml").read_text("utf-8"))


@cache
def _level(first: int, last: int) -> str:
    """The characters of these rows of GB 2312 (16-55: first level, by sound; 56-87: second level, by radical)."""
    found = []
    for row in range(first, last + 1):
        for cell in range(1, 95):
            try:
                found.append(bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return "".join(found)


def second_level() -> str:
    """The characters of GB 2312's second level: rare ones, most in names of people and places."""
    return _level(56, 87)


@cache
def _counties() -> tuple[_County, ...]:
    """Counties of today, each with its prefecture and the year since which its code is."""
    text = files("stdnum").joinpath("cn/loc.dat").read_text("utf-8")
    found: list[_County] = []
    province, names, cities = "", {}, {}
    for line in text.splitlines():
        if match := re.match(r'(\d\d) province="(.+)"', line):
            names[match[1]] = province = match[2]
            head = match[1]
        elif match := re.match(r'\s+(\d{4}) county="(?:\[(\d*)-(\d*)\])?([^"\[]+)"', line):
            rest, since, until, name = match.groups()
            if until or name.endswith(("直辖县级行政区划", "行政单位")):
                continue
            if rest.endswith("00"):
                cities[head + rest[:2]] = name
            elif name not in ("市辖区", "县", "省直辖县") and not name.startswith("省"):
                found.append(_County(head + rest, province, cities.get(head + rest[:2], ""), name, int(since or 0)))
    return tuple(c for c in found if c.province not in ("台湾省", "香港特别行政区", "澳门特别行政区"))


@cache
def _weighted() -> tuple[_County, ...]:
    """Counties that people were born in, districts and cities twice: more live there."""
    return tuple(c for c in _counties() if c.since <= 2010 for _ in range(2 if c.name.endswith(("区", "市")) else 1))


def person(seed: int) -> SamplePerson:
    """The person of that seed."""
    rng = random.Random(seed * 7919 + 17)
    group = _ethnicity(seed, rng)
    sex = rng.choice(("M", "F"))
    home = rng.choice(_weighted())
    born = date(rng.randint(max(1945, home.since), 2016), rng.randint(1, 12), rng.randint(1, 28))
    lives = home if rng.random() < 0.75 else rng.choice(_weighted())
    sequence = rng.choice(("997", "999") if sex == "M" else ("996", "998"))
    first17 = f"{home.code}{born:%Y%m%d}{sequence}"
    issued, ends = _validity(born, rng)
    return SamplePerson(
        name=_name(group, rng),
        surname=rng.choice(
            ("ZHANG", "OUYANG", "LI", "MUELLER", "OCONNOR", "NGUYEN", "GARCIA", "XU", "SILVA", "KOVACS")
        ),
        given_names=rng.choice(("WEI", "XIAOMING", "ANNA MARIA", "THI HOA", "JOAO PEDRO", "LUCIA", "YU", "IMRE")),
        sex=sex,
        ethnicity=group,
        date_of_birth=born,
        address=_address(lives, rng),
        number=first17 + check_digit(first17),
        issuing_authority=_authority(lives),
        date_of_issue=issued,
        date_of_expiry=ends,
        passport_number=f"{rng.choice('EGKLPX')}{rng.randint(1_000_000, 99_999_999):08d}",
        place_of_birth=home.province,
    )


def _ethnicity(seed: int, rng: random.Random) -> str:
    """Each of the 56 comes up once in every 112 seeds; the others are Han."""
    groups = ethnicities()
    return groups[seed // 2 % len(groups)] if seed % 2 else "汉" if rng.random() < 0.9 else rng.choice(groups)


def _name(group: str, rng: random.Random) -> str:
    data = _data()
    if group in data["uyghur_like"]:
        return str(rng.choice(data["minority"]))
    if group in ("藏", "门巴", "珞巴"):
        return "".join(rng.sample(data["tibetan"], 2))
    if group == "蒙古":
        return str(rng.choice(data["mongol"]))
    two = data["two_surnames"].split()
    single = "".join(data["surnames"].split())
    surname = rng.choice(two) if rng.random() < 0.06 else single[min(int(rng.expovariate(1 / 90)), len(single) - 1)]
    return surname + "".join(_given(rng) for _ in range(rng.choice((1, 2, 2, 2))))


def _given(rng: random.Random) -> str:
    draw = rng.random()
    if draw < _RARE:
        return rng.choice(second_level())
    if draw < _RARE + _ANY:
        return rng.choice(_level(16, 55))
    return rng.choice("".join(_data()["given"].split()))


def _seat(county: _County) -> str:
    city = "" if county.province in _MUNICIPALITIES or county.name.startswith(county.city) else county.city
    return county.province + city + county.name


def wrapped(text: str, places: int = 11) -> list[str]:
    """Text in lines of so many Chinese characters; Latin letters and digits take half a place."""
    lines, line, taken = [], "", 0.0
    for character in text:
        width = 0.55 if character.isascii() else 1.0
        if taken + width > places:
            lines.append(line)
            line, taken = "", 0.0
        line, taken = line + character, taken + width
    return [*lines, line] if line else lines


def _address(county: _County, rng: random.Random) -> str:
    """One that fits on the card's three lines."""
    while len(wrapped(made := _some_address(county, rng))) > 3:
        pass
    return made


def _some_address(county: _County, rng: random.Random) -> str:
    data = _data()
    seat = _seat(county)
    kind = rng.random()
    if kind < 0.35:
        village = rng.choice(data["towns"].split()) + rng.choice(data["villages"].split())
        return f"{seat}{village}{rng.choice((f'{rng.randint(1, 18)}组', f'{rng.randint(1, 12)}社', ''))}{rng.randint(1, 399)}号"
    street = f"{seat}{rng.choice(data['streets'].split())}{rng.randint(1, 1999)}号"
    if kind < 0.5:
        return street
    estate = rng.choice(data["estates"].split()) if rng.random() < 0.6 else ""
    floor = f"{rng.randint(1, 32)}{rng.randint(0, 12):02d}"
    flat = rng.choice(
        (
            f"{rng.randint(1, 48)}栋{rng.randint(1, 6)}单元{floor}室",
            f"{rng.randint(1, 30)}幢{floor}室",
            f"{rng.choice('ABCDE')}座{floor}号",
            f"{rng.randint(1, 20)}-{rng.randint(1, 4)}-{floor}",
            f"{rng.randint(1, 60)}号楼{rng.randint(1, 8)}门{floor}号",
        )
    )
    return street + estate + flat


def _authority(county: _County) -> str:
    """As such offices are called: a county's own bureau, or a branch of its city's."""
    city = county.province if county.province in _MUNICIPALITIES else county.city
    if county.name.endswith("区") and city:
        return f"{city}公安局{county.name[:-1] if len(county.name) > 2 else county.name}分局"
    return f"{county.name}公安局"


def _validity(born: date, rng: random.Random) -> tuple[date, date | None]:
    issued = date(rng.randint(2013, 2026), rng.randint(1, 12), rng.randint(1, 28))
    issued = min(max(issued, years_later(born, 1)), _TODAY)
    age = issued.year - born.year - ((issued.month, issued.day) < (born.month, born.day))
    if age >= 46:
        return issued, None
    return issued, years_later(issued, 5 if age < 16 else 10 if age < 26 else 20)
