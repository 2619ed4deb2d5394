"""Numbers of Chinese documents: the resident identity number (GB 11643) and those numbered like it, and travel permits.

Sources: GB 11643-1999; Measures for the residence permit of Hong Kong, Macau and Taiwan residents (State Council office, 2018);
Ministry of Public Security, numbers of the mainland travel permit (10 March 2010); National Immigration Administration: permit
of residents of Hong Kong and Macau who are not Chinese citizens (1 July 2024), notes for adapting to the foreigner's permanent
residence card of 2023 (table 1, digits of its number).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.core import get_global
from stdnum import numdb
from stdnum.cn import ric

from shiming.countries.identifiers import Identifier, Reader

RESIDENT_ID = "cn-resident-id"
HMT_RESIDENCE_PERMIT = "cn-hmt-residence-permit"
FOREIGN_PERMANENT_RESIDENCE = "cn-foreign-permanent-residence"
HK_MACAU_TRAVEL_PERMIT = "cn-hk-macau-travel-permit"
TAIWAN_TRAVEL_PERMIT = "cn-taiwan-travel-permit"
_PERMITS = {"81": "香港", "82": "澳门", "83": "台湾"}
"""First digits of residence permits for people of Hong Kong, Macau and Taiwan (2018), numbered by the same standard."""
_SPACES = re.compile(r"[\s\-]")
_EARLIEST = date(1850, 1, 1)
"""No holder of a number was born before: numbers exist since 1984."""


def normalise(text: str) -> str:
    """The number without spaces, with a capital X; full-width digits become plain ones."""
    wide = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
    return _SPACES.sub("", text.translate(wide)).upper()


def resident_id(text: str, today: date) -> Identifier:
    """A resident identity number of 18 places, or of a residence permit for Hong Kong, Macau and Taiwan.

    The old form of 15 places, out of use since 2013, is not valid. A region counts when its code was in force in the year of
    birth or later: numbers were given out from 1984 on, to people born long before.
    """
    value = normalise(text)
    if len(value) != 18:
        old = re.fullmatch(r"\d{15}", value) is not None
        return Identifier(RESIDENT_ID, value, "length", {"old_form": True} if old else {})
    looked = _of_gb_11643(RESIDENT_ID, value, today)
    if looked is not None:
        return looked
    born = birth(value)
    place = region(value[:6], born.year) if born else None
    if born is None or place is None:
        return Identifier(RESIDENT_ID, value, "region")
    details = {
        "date_of_birth": born.isoformat(),
        "sex": sex(value),
        "region": place.name,
        "region_in_force_at_birth": place.at_birth,
        "issued_as": "residence-permit" if value[:2] in _PERMITS else "resident-id",
    }
    return Identifier(RESIDENT_ID, value, None, details)


def hmt_residence_permit(text: str, today: date) -> Identifier:
    """The number of a residence permit for people of Hong Kong (810000), Macau (820000) or Taiwan (830000)."""
    looked = resident_id(text, today)
    resident = looked.valid and looked.value[:2] not in _PERMITS
    details = {} if resident else {k: v for k, v in looked.details.items() if k != "region_in_force_at_birth"}
    return Identifier(HMT_RESIDENCE_PERMIT, looked.value, "region" if resident else looked.fault, details)


def foreign_permanent_residence(text: str, today: date) -> Identifier:
    """The number of a foreigner's permanent residence card.

    18 places since December 2023: 9, province of application, country (ISO 3166-1 numeric, 000 stateless), date of birth,
    sequence (odd for men), check digit as in GB 11643. 15 places before: country (alpha-3), prefecture of application, date of
    birth without its century, sequence, check digit (weights 7 3 1, letters from 10).
    """
    value = normalise(text)
    if len(value) == 15:
        return _permanent_residence_of_2017(value, today)
    if len(value) != 18:
        return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, "length")
    if not value.startswith("9"):
        return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, "format")
    looked = _of_gb_11643(FOREIGN_PERMANENT_RESIDENCE, value, today)
    if looked is not None:
        return looked
    province, country = _province(value[1:3]), _of_number(value[3:6])
    if province is None or country is None:
        return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, "region")
    born = birth(value)
    details = {
        "date_of_birth": born.isoformat() if born else None,
        "sex": sex(value),
        "region": province,
        "nationality": country,
    }
    return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, None, details)


def _permanent_residence_of_2017(value: str, today: date) -> Identifier:
    if not re.fullmatch(r"[A-Z]{3}\d{12}", value):
        return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, "format")
    expected = _weighted(value[:14])
    if value[14] != expected:
        return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, "checksum", {"expected": expected})
    born = _within_a_century(value[7:13], today)
    if born is None:
        return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, "date")
    province = _province(value[3:5])
    if province is None or not _is_country(value[:3]):
        return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, "region")
    details = {"date_of_birth": born.isoformat(), "region": province, "nationality": value[:3]}
    return Identifier(FOREIGN_PERMANENT_RESIDENCE, value, None, details)


def hk_macau_travel_permit(text: str, today: date) -> Identifier:
    """The number of a mainland travel permit for residents of Hong Kong (H) or Macau (M): eight digits for life.

    Cards before 2013 add two digits that count renewals. Permanent residents who are not Chinese citizens have HA or MA and
    seven digits (since July 2024). No check digit.
    """
    value = re.sub(r"[()（）]", "", normalise(text))
    match = re.fullmatch(r"([HM])(\d{8}|A\d{7})(\d{2})?", value)
    if match is None:
        right = re.fullmatch(r"[HM]A?\d+", value) is not None
        return Identifier(HK_MACAU_TRAVEL_PERMIT, value, "length" if right else "format")
    place, lifelong, renewals = match.groups()
    details: dict[str, Any] = {
        "issued_to": _PERMITS["81" if place == "H" else "82"],
        "chinese_citizen": lifelong[0] != "A",
    }
    if renewals is not None:
        details["renewals"] = int(renewals)
    return Identifier(HK_MACAU_TRAVEL_PERMIT, value, None, details)


def taiwan_travel_permit(text: str, today: date) -> Identifier:
    """The number of a mainland travel permit for Taiwan residents: eight digits for life, no check digit.

    The booklets issued until 2015, valid five years, had ten digits and a letter in brackets; they are not valid any more.
    """
    value = re.sub(r"[()（）]", "", normalise(text))
    if re.fullmatch(r"\d{8}", value):
        return Identifier(TAIWAN_TRAVEL_PERMIT, value, None)
    if re.fullmatch(r"\d{10}[A-Z]?", value):
        return Identifier(TAIWAN_TRAVEL_PERMIT, value, "length", {"old_form": True})
    return Identifier(TAIWAN_TRAVEL_PERMIT, value, "length" if value.isdecimal() else "format")


def _of_gb_11643(kind: str, value: str, today: date) -> Identifier | None:
    """What is wrong with the form, the check digit or the date of a number of 18 places; None when nothing is."""
    if not re.fullmatch(r"[1-9]\d{16}[0-9X]", value):
        return Identifier(kind, value, "format")
    if ric.calc_check_digit(value) != value[-1]:
        return Identifier(kind, value, "checksum", {"expected": ric.calc_check_digit(value)})
    born = birth(value)
    if born is None or not _EARLIEST <= born <= today:
        return Identifier(kind, value, "date")
    return None


def _weighted(text: str) -> str:
    """A check digit by the weights 7 3 1, letters counted from 10 (as in ICAO 9303 part 3, 4.9)."""
    return str(sum(int(c, 36) * (7, 3, 1)[i % 3] for i, c in enumerate(text)) % 10)


def _within_a_century(text: str, today: date) -> date | None:
    """A day written YYMMDD: the last such one that is not to come."""
    for year in (today.year // 100 * 100 + int(text[:2]), today.year // 100 * 100 - 100 + int(text[:2])):
        try:
            day = date(year, int(text[2:4]), int(text[4:6]))
        except ValueError:
            continue
        if day <= today:
            return day
    return None


def _province(code: str) -> str | None:
    """A province by its two digits (GB/T 2260)."""
    found = [row.get("province") for part, row in numdb.get("cn/loc").info(code) if part == code]
    return str(found[0]) if found and found[0] else None


def _is_country(alpha3: str) -> bool:
    return len(get_global("territory_aliases").get(alpha3, [])) == 1


def _of_number(numeric: str) -> str | None:
    """ISO 3166-1 alpha-3 of a numeric code; ``XXA`` (ICAO 9303) for 000, a stateless person."""
    if numeric == "000":
        return "XXA"
    aliases = get_global("territory_aliases")
    territory = aliases.get(numeric, [])
    if len(territory) != 1:
        return None
    former = {"BUR", "ZAR", "DDR", "FXX", "TMP", "YMD"}
    return next(
        (k for k, v in aliases.items() if re.fullmatch("[A-Z]{3}", k) and v == territory and k not in former), None
    )


def birth(number: str) -> date | None:
    """The date of birth in a number of 18 places; None when it is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex(number: str) -> str:
    """``M`` or ``F`` of a number of 18 places: the last place of the sequence is odd for men."""
    return "M" if int(number[16]) % 2 else "F"


@dataclass(frozen=True, slots=True)
class Region:
    """A county by its code: province and county as written, and whether the code was in force in the year of birth."""

    province: str
    county: str
    at_birth: bool

    @property
    def name(self) -> str:
        """Province and county in one."""
        return self.province + self.county


def region(code: str, year_of_birth: int) -> Region | None:
    """The county of a code of six digits; None when no county had it in the year of birth or after."""
    if code[:2] in _PERMITS:
        return Region(_PERMITS[code[:2]], "", True) if code[2:] == "0000" else None
    found: Mapping[str, Any] = {key: text for _, row in numdb.get("cn/loc").info(code) for key, text in row.items()}
    if "county" not in found:
        return None
    periods = [_period(text) for text in found["county"].split(",")]
    for start, end, county in periods:
        if start <= year_of_birth <= end:
            return Region(found["province"], county, True)
    for start, _, county in periods:
        if start > year_of_birth:
            return Region(found["province"], county, False)
    return None


def _period(text: str) -> tuple[int, int, str]:
    match = re.fullmatch(r"(?:\[(\d*)-(\d*)\])?(.+)", text)
    if match is None:
        return 0, 0, text
    start, end, county = match.groups()
    return int(start or 0), int(end or 9999), county


KINDS: dict[str, Reader] = {
    RESIDENT_ID: resident_id,
    HMT_RESIDENCE_PERMIT: hmt_residence_permit,
    FOREIGN_PERMANENT_RESIDENCE: foreign_permanent_residence,
    HK_MACAU_TRAVEL_PERMIT: hk_macau_travel_permit,
    TAIWAN_TRAVEL_PERMIT: taiwan_travel_permit,
}
TITLES = {
    RESIDENT_ID: "Resident identity number (公民身份号码)",
    HMT_RESIDENCE_PERMIT: "Number of the residence permit for Hong Kong, Macau and Taiwan residents (港澳台居民居住证)",
    FOREIGN_PERMANENT_RESIDENCE: "Number of the foreigner's permanent residence card (外国人永久居留身份证)",
    HK_MACAU_TRAVEL_PERMIT: "Mainland travel permit for Hong Kong and Macau residents (港澳居民来往内地通行证)",
    TAIWAN_TRAVEL_PERMIT: "Mainland travel permit for Taiwan residents (台湾居民来往大陆通行证)",
}
