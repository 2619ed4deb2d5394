"""The other Chinese documents: drawn, photographed, read; and what tells them from one another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PIL import Image

from shiming import reading
from shiming.reading import documents
from shiming.reading.documents import _permit_drawing, _permits, portraits
from shiming.reading.documents._drawing import photograph
from shiming.reading.documents._minority_drawing import SCRIPTS, Script
from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents.cn_resident_id import sample as resident
from shiming.reading.documents.cn_resident_id import unit as resident_unit
from shiming.reading.documents.foreign_permanent_residence import sample as residence_card
from shiming.reading.documents.hk_macau_travel_permit import sample as hk_permit
from shiming.reading.documents.hmt_residence_permit import sample as residence_permit
from shiming.reading.documents.taiwan_travel_permit import sample as taiwan_permit
from shiming.reading.documents.temporary_resident_id import sample as temporary
from shiming.reading.vision import mrz
from shiming.registration.values import Reading
from tests.reading.documents.lines import line, text

_WHO = person(12)
_PORTRAIT = portraits.portrait("hopper")
TODAY = date(2026, 11, 21)
Values = dict[str, str | None]


def _read(side: Image.Image, **how: float) -> Reading:
    return reading.read_picture(photograph(side, background="wood", seed=7, **{"skew": 4, "tilt": 9, **how}))  # type: ignore[arg-type]


def _values(read: Reading) -> Values:
    return {name: field.value for name, field in read.fields.items()}


def _kind(read: Reading) -> tuple[str, str] | None:
    return (read.document.type, read.document.side) if read.document else None


def _period(who: SamplePerson) -> Values:
    assert who.date_of_expiry is not None
    return {"date_of_issue": who.date_of_issue.isoformat(), "date_of_expiry": who.date_of_expiry.isoformat()}


def _personal(who: SamplePerson) -> Values:
    return {
        "name": who.name,
        "sex": who.sex,
        "date_of_birth": who.date_of_birth.isoformat(),
        "address": who.address,
        "number": who.number,
    }


def test_a_temporary_card_says_all_on_one_side() -> None:
    who, sides = temporary.issued(_WHO), temporary.draw(_WHO, _PORTRAIT)
    read = _read(sides["front"])
    assert _kind(read) == ("temporary-resident-id", "front")
    expected = {"ethnicity": who.ethnicity, "issuing_authority": who.issuing_authority}
    assert _values(read) == _personal(who) | _period(who) | expected
    back = _read(sides["back"], skew=-3)
    assert (_kind(back), back.fields) == (("temporary-resident-id", "back"), {})


def test_a_residence_permit_is_told_by_its_number_and_names_the_travel_permit() -> None:
    who, sides = residence_permit.issued(_WHO), residence_permit.draw(_WHO, _PORTRAIT)
    read = _read(sides["front"])
    assert _kind(read) == ("hmt-residence-permit", "front")
    assert _values(read) == _personal(who)
    back = _read(sides["back"], tilt=4)
    assert _kind(back) == ("hmt-residence-permit", "back")
    expected = {"issuing_authority": who.issuing_authority, "personal_number": residence_permit.travel_permit(who)}
    assert _values(back) == _period(who) | expected


@pytest.mark.parametrize("year", [2023, 2017])
def test_a_permanent_residence_card_of_either_kind(year: residence_card.Year) -> None:
    sides = residence_card.draw(_WHO, _PORTRAIT, year=year)
    read = _read(sides["front"])
    assert _kind(read) == ("foreign-permanent-residence", "front")
    expected: Values = {
        "name": f"{_WHO.surname} {_WHO.given_names}",
        "sex": _WHO.sex,
        "date_of_birth": _WHO.date_of_birth.isoformat(),
        "nationality": residence_card.nationality(_WHO)[1],
        "date_of_issue": _WHO.date_of_issue.isoformat(),
        "date_of_expiry": residence_card.expiry(_WHO).isoformat(),
        "number": residence_card.number(_WHO, year),
    }
    assert _values(read) == expected | ({"issuing_authority": residence_card.AUTHORITY} if year == 2017 else {})
    assert read.fields["number"].confidence >= 0.99
    assert _kind(_read(sides["back"])) == ("foreign-permanent-residence", "back")


def _printed(permit: _permit_drawing.Permit) -> Values:
    who = permit.person
    name = {"name": who.name} if permit.nationality is None else {"nationality": permit.nationality[1]}
    return name | {
        "surname": who.surname,
        "given_names": who.given_names,
        "sex": who.sex,
        "date_of_birth": who.date_of_birth.isoformat(),
        "date_of_issue": who.date_of_issue.isoformat(),
        "date_of_expiry": permit.ends.isoformat(),
        "issuing_authority": permit.authority,
        "number": permit.number,
    }


@pytest.mark.parametrize(
    ("kind", "draw", "permit"),
    [
        ("hk-macau-travel-permit", hk_permit.draw, hk_permit.permit(_WHO)),
        (
            "hk-macau-travel-permit",
            lambda w, p: hk_permit.draw(w, p, foreign=True),
            hk_permit.permit(_WHO, foreign=True),
        ),
        ("taiwan-travel-permit", taiwan_permit.draw, taiwan_permit.permit(_WHO)),
    ],
    ids=["hk-macau", "not a Chinese citizen", "taiwan"],
)
def test_a_travel_permit(
    kind: str, draw: Callable[[SamplePerson, Image.Image], dict[str, Image.Image]], permit: _permit_drawing.Permit
) -> None:
    sides = draw(_WHO, _PORTRAIT)
    read = _read(sides["front"])
    assert _kind(read) == (kind, "front")
    assert _values(read) == _printed(permit)
    assert read.faces
    back = _read(sides["back"], skew=-4)
    assert (_kind(back), back.mrz) == ((kind, "back"), None)
    same = ("number", "date_of_birth", "date_of_expiry", "sex")
    assert _values(back) == {name: _printed(permit)[name] for name in same} | {"personal_number": permit.own_card}
    assert {back.fields[name].source for name in same} == {"mrz"}


def test_a_zone_column_is_believed_only_with_its_check_digit() -> None:
    first, _, _ = _permit_drawing.zone(hk_permit.permit(_WHO))
    assert len(first) == 30
    page = text()
    assert {name for name, field in _permits.zone(page, line(first, 50, 430), TODAY).items() if field} == {
        "number", "date_of_expiry", "date_of_birth", "sex",
    }  # fmt: skip
    wrong = first[:20] + str((int(first[20]) + 1) % 10) + first[21:]
    assert "date_of_expiry" not in _permits.zone(page, line(wrong, 50, 430), TODAY)


def test_the_check_digits_of_the_line_for_mainland_residents_are_icaos() -> None:
    """The published example of the one line on the back of 往来港澳通行证, whose columns the three lines share."""
    example = "CSC531580954<2612199<9712087<2"
    assert mrz.check_digit(example[2:11]) == example[11]
    assert mrz.check_digit(example[13:19]) == example[19]
    assert mrz.check_digit(example[21:27]) == example[27]


def test_a_sex_that_two_scripts_contradict_and_a_country_that_two_names_contradict_are_in_doubt() -> None:
    page = text(
        line("姓名/Name", 80, 60), line("LUO ANNA", 80, 90), line("性别/Sex", 80, 200), line("出生日期/Date of Birth", 300, 200),
        line("男/F", 80, 230), line("1980.08.05", 300, 230), line("国籍/Nationality", 80, 280), line("法国/CAN", 80, 310),
        line("有效期限/Period of Validity", 80, 360), line("2023.05.25-2033.05.24", 80, 390),
        line("证件号码/ID NO.", 80, 540), line("911124198108030024", 300, 540),
    )  # fmt: skip
    unit = documents.available()["foreign-permanent-residence"]
    fields = unit.parse(page, "front")
    assert (fields["sex"].value, fields["sex"].confidence) == ("M", 0.5)
    assert (fields["nationality"].value, fields["nationality"].confidence) == ("CAN", 0.5)
    assert fields["name"].value == "LUO ANNA"
    assert fields["date_of_birth"].value == "1980-08-05"


def test_the_resident_identity_card_keeps_out_of_the_others_way_and_they_of_its() -> None:
    read = _read(resident.draw(_WHO, _PORTRAIT)["front"])
    assert _kind(read) == ("cn-resident-id", "front")
    # Both sides of a card on one sheet have all the labels of a temporary card.
    sheet = text(
        line("姓名", 70, 40), line("性别", 70, 80), line("民族", 200, 80), line("出生", 70, 120), line("住址", 70, 160),
        line("公民身份号码", 70, 250), line("11010519491231002X", 300, 250), line("中华人民共和国", 100, 320),
        line("居民身份证", 100, 380), line("签发机关", 100, 480), line("有效期限", 100, 540),
    )  # fmt: skip
    assert resident_unit.recognise(sheet) is not None
    assert documents.available()["temporary-resident-id"].recognise(sheet) is None


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_second_script_does_not_disturb_the_chinese_one(script: Script) -> None:
    """Cards from autonomous regions; the scripts of the samples look like them (but for Zhuang, which is Latin)."""
    sides = resident.draw(_WHO, _PORTRAIT, script=script)
    read = _read(sides["front"], skew=-3, tilt=6)
    assert _kind(read) == ("cn-resident-id", "front")
    assert _values(read) == _personal(_WHO) | {"ethnicity": _WHO.ethnicity}
    if script in ("zhuang", "mongolian"):
        assert _values(_read(sides["back"])) == _period(_WHO) | {"issuing_authority": _WHO.issuing_authority}


def test_a_resident_card_asks_for_no_line_beyond_its_edges() -> None:
    """Known by its number alone, it tells where the card ends."""
    known = text(line("110101199003070011", 334, 530, 33))
    inside, beside = line("某某", 230, 330).quad, line("minutes of the meeting", 1400, 330).quad
    asked = documents.wanted(resident_unit, known, [inside, beside], "front")
    assert [id(quad) for quad in asked] == [id(inside)]
    assert len(documents.wanted(resident_unit, text(), [inside, beside], "front")) == 2
