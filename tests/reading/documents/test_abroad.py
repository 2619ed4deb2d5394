"""Driving licences of the European model, Hong Kong and Singapore identity cards: drawn, photographed as phones do, read."""

from importlib import import_module

import pytest

from shiming import reading
from shiming.reading import documents
from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photograph
from shiming.reading.documents.eu_driving_licence import sample as licence
from shiming.reading.documents.hk_id import sample as hong_kong
from shiming.reading.documents.sg_nric import sample as singapore
from tests.reading.documents.lines import line, text

_PORTRAIT = portraits.portrait("drawn")


def _read(image, **how):
    return reading.read_picture(photograph(image, **how))


def _assert_read(read, kind, side, country, expected, missing=0):
    """All as printed but ``missing`` fields, and none of them wrong and sure."""
    assert read.document is not None
    assert (read.document.type, read.document.side, read.document.country) == (kind, side, country)
    fields = {name: read.fields.get(name) for name in expected}
    wrong = {name: field for name, field in fields.items() if field is None or field.value != expected[name]}
    assert len(wrong) <= missing, wrong
    assert not [field for field in wrong.values() if field is not None and field.confidence >= 0.9]


@pytest.mark.parametrize(
    ("country", "seed", "how"),
    [
        ("DE", 9, {"background": "wood", "skew": 3, "tilt": 8}),
        ("FR", 2, {"background": "cloth", "rotate": 90, "skew": -3}),
        ("PL", 5, {"blur": 1.8, "skew": 2}),
        ("IE", 7, {"background": "wood", "tilt": 25, "skew": -5}),
        ("NL", 4, {"scale": 0.45, "skew": 2, "tilt": 6}),
    ],
)
def test_a_european_driving_licence(country, seed, how):
    person = licence.person(seed)
    read = _read(licence.draw(person, _PORTRAIT, country)["front"], seed=seed, **how)
    _assert_read(read, "eu-driving-licence", "front", country, licence.expected(person, country), missing=1)
    assert read.faces is not None


def test_the_back_of_a_licence_is_known_by_its_table():
    read = _read(licence.draw(licence.person(1), _PORTRAIT)["back"], skew=2, tilt=5)
    assert (read.document.type, read.document.side) == ("eu-driving-licence", "back")


@pytest.mark.parametrize(
    ("layout", "seed", "how"),
    [
        (2018, 1, {"background": "wood", "skew": 3, "tilt": 8}),
        (2003, 4, {"background": "cloth", "rotate": 270, "skew": 4}),
        (2018, 6, {"blur": 1.8, "tilt": 20}),
    ],
)
def test_a_hong_kong_identity_card(layout, seed, how):
    person = hong_kong.person(seed)
    read = _read(hong_kong.draw(person, _PORTRAIT, layout)["front"], seed=seed, **how)
    _assert_read(read, "hk-id", "front", "HK", hong_kong.expected(person)["front"], missing=1)


@pytest.mark.parametrize("how", [{"background": "wood", "skew": 3, "tilt": 8}, {"rotate": 180, "blur": 1.8}])
@pytest.mark.parametrize("side", ["front", "back"])
def test_a_singapore_identity_card(side, how):
    person = singapore.person(3)
    read = _read(singapore.draw(person, _PORTRAIT)[side], **how)
    _assert_read(read, "sg-nric", side, "SG", singapore.expected(person)[side])


def _licence(*rows, title="FÜHRERSCHEIN", sign="D"):
    flag = [line(sign, 40, 40, 40)] if sign else []
    return text(*flag, line(title, 200, 40, 40), *(line(said, x, y) for said, x, y in rows))


_ROWS = [
    ("1. MEIER", 360, 140), ("2. ANNA MARIA", 360, 180), ("3. 12.08.1983 HAMBURG", 360, 220),
    ("4a. 19.01.2013", 360, 260), ("4c. STADT MUSTER", 640, 260), ("4b. 18.01.2028", 360, 300),
    ("5. B072RRE2I55", 360, 340), ("9. AM/B/L", 360, 420),
]  # fmt: skip
_SAID = {
    "surname": "MEIER", "given_names": "ANNA MARIA", "date_of_birth": "1983-08-12", "place_of_birth": "HAMBURG",
    "date_of_issue": "2013-01-19", "issuing_authority": "STADT MUSTER", "date_of_expiry": "2028-01-18",
    "number": "B072RRE2I55", "categories": "AM/B/L",
}  # fmt: skip


def _said(*rows, **more):
    unit = documents.available()["eu-driving-licence"]
    page = _licence(*rows, **more)
    assert unit.recognise(page) is not None
    return {name: field.value for name, field in unit.parse(page, "front").items()}


def test_numbers_joined_to_their_values_and_apart():
    apart = [(part, x + i * 60, y) for said, x, y in _ROWS for i, part in enumerate(said.split(" ", 1))]
    assert _said(*_ROWS) == _said(*apart) == _SAID
    one = [row for row in _ROWS if row[0][:2] != "4c" and row[0][:3] != "4a."]
    assert _said(*one, ("4a. 19.01.2013 4c. STADT MUSTER", 360, 260)) == _SAID


@pytest.mark.parametrize(("a", "b"), [("4a", "4b"), ("4 a.", "4 b."), ("4à.", "48."), ("4a,", "46."), ("4e.", "4h.")])
def test_numbers_as_they_are_misread(a, b):
    rows = [(said.replace("4a.", a).replace("4b.", b), x, y) for said, x, y in _ROWS]
    assert _said(*rows) == _SAID


def test_numbers_that_were_not_read_follow_from_their_place_and_leave_a_doubt():
    rows = [(said.removeprefix("3. ").removeprefix("4b. "), x, y) for said, x, y in _ROWS]
    unit = documents.available()["eu-driving-licence"]
    fields = unit.parse(_licence(*rows), "front")
    assert {name: field.value for name, field in fields.items()} == _SAID
    assert fields["date_of_expiry"].confidence < 0.9
    assert fields["date_of_issue"].confidence >= 0.9


def test_names_and_number_whose_numbers_were_not_read_are_found_beside_those_that_were():
    apart = [(part, x + i * 60, y) for said, x, y in _ROWS for i, part in enumerate(said.split(" ", 1))]
    rows = [row for row in apart if row[0] not in ("1.", "5.")]
    fields = documents.available()["eu-driving-licence"].parse(_licence(*rows), "front")
    assert {name: field.value for name, field in fields.items()} == _SAID
    assert max(fields["surname"].confidence, fields["number"].confidence) < 0.9


def test_a_name_of_two_lines():
    rows = [(said, x, y if y < 180 else y + 40) for said, x, y in _ROWS]
    assert _said(*rows, ("VON DER HEIDE", 400, 180))["surname"] == "MEIER VON DER HEIDE"


def test_a_number_with_letters_that_look_like_digits_is_sure_only_with_a_right_check_digit():
    unit = documents.available()["eu-driving-licence"]
    wrong = [(said.replace("B072RRE2I55", "B072RRE2155"), x, y) for said, x, y in _ROWS]
    assert unit.parse(_licence(*_ROWS), "front")["number"].confidence >= 0.8
    assert unit.parse(_licence(*wrong), "front")["number"].confidence <= 0.5
    other = _licence(*_ROWS, title="RIJBEWIJS", sign="NL")
    assert unit.parse(other, "front")["number"].confidence <= 0.8


@pytest.mark.parametrize(
    ("title", "sign", "country"),
    [
        ("FÜHRERSCHEIN", "D", "DE"), ("FÜHRERSCHEIN", "A", "AT"), ("FÜHRERSCHEIN", "", None), ("PRAWO JAZDY", "", "PL"),
        ("PERMIS DE CONDUIRE", "L", "LU"), ("DRIVING LICENCE", "UK", "GB"), ("KØREKORT", "DK", "DK"),
    ],
)  # fmt: skip
def test_the_state_by_title_and_sign(title, sign, country):
    unit = documents.available()["eu-driving-licence"]
    assert unit.recognise(_licence(*_ROWS, title=title, sign=sign)).country == country


def test_an_american_licence_is_none_of_this_model():
    rows = [
        ("1 SAMPLE", 360, 140),
        ("2 ANDREW", 360, 180),
        ("3 DOB 01/07/1973", 360, 220),
        ("4a ISS 03/14/2019", 360, 260),
        ("4b EXP 01/07/2027", 360, 300),
    ]
    page = _licence(*rows, title="DRIVER LICENSE", sign="VA")
    assert documents.available()["eu-driving-licence"].recognise(page) is None


def test_a_hong_kong_number_with_a_wrong_check_digit_stays_as_printed_and_in_doubt(monkeypatch):
    from shiming.reading.documents import _labelled

    monkeypatch.setattr(_labelled.ocr, "recognise", lambda image, quads, alphabet: [line("Z683365(6)", 600, 400)])
    page = text(
        line("HONG KONG PERMANENT IDENTITY CARD", 300, 40), line("CHAN, Tai Man", 360, 160),
        line("出生日期 Date of Birth", 360, 260),
        line("03-06-1985 女 F", 360, 290), line("Z683365(6)", 600, 400),
    )  # fmt: skip
    unit = documents.available()["hk-id"]
    assert unit.recognise(page) is not None
    fields = unit.parse(page, "front")
    assert fields["number"].value == "Z683365(6)"
    assert fields["number"].confidence <= 0.5
    assert (fields["sex"].value, fields["date_of_birth"].value) == ("F", "1985-06-03")
    assert fields["name"].value == "CHAN, Tai Man", "there is no Chinese name"


@pytest.mark.parametrize("name", ["eu_driving_licence", "hk_id", "sg_nric"])
def test_samples_are_what_is_expected_of_samples(name):
    sample = import_module(f"shiming.reading.documents.{name}.sample")
    assert sample.person(4) == sample.person(4)
    for image in sample.draw(sample.person(4), _PORTRAIT).values():
        assert image.size == sample.SIZE
