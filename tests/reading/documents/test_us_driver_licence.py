"""Licences of a state that does not exist, photographed: the back by its barcode, the front by its print, both agreeing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
import zxingcpp

from shiming import reading
from shiming.checks import sides_agree
from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photograph
from shiming.reading.documents._people import person
from shiming.reading.documents.us_driver_licence import sample, unit
from shiming.registration.serial import reading_from_json, reading_to_json
from shiming.registration.values import Case, EvidenceItem, Outcome, Reading
from tests.checks.cases import case
from tests.reading.documents.lines import line, text


def made_case(front: Reading, back: Reading) -> Case:
    items = {
        slot: EvidenceItem(f"id-{slot}", slot, read)
        for slot, read in (("document-front", front), ("document-back", back))
    }
    return replace(case(), evidence=items, document="us-driver-licence")


def _expected(seed: int) -> dict[str, str]:
    who = person(seed)
    street, city, state, postal = sample.address(who)
    return {
        "surname": who.surname,
        "given_names": who.given_names,
        "sex": who.sex,
        "date_of_birth": who.date_of_birth.isoformat(),
        "number": sample.number(who),
        "date_of_issue": who.date_of_issue.isoformat(),
        "date_of_expiry": sample.expiry(who).isoformat(),
        "address": f"{street}, {city}, {state} {postal[:5]}-{postal[5:]}",
    }


@cache
def _read(seed: int, side: str, version: int = 10, skew: float = 8, expected: tuple[str, ...] | None = None) -> Reading:
    drawn = sample.draw(person(seed), portraits.portrait("drawn"), version)[side]
    return reading.read_picture(photograph(drawn, background="wood", skew=skew, tilt=6, seed=seed), documents=expected)


def _values(read: Reading) -> dict[str, str | None]:
    return {name: field.value for name, field in read.fields.items()}


@pytest.mark.parametrize(("seed", "version", "skew"), [(11, 10, 8), (12, 1, -20), (13, 3, 95), (14, 8, 170)])
def test_a_back_is_read_by_its_barcode(seed, version, skew):
    read = _read(seed, "back", version, skew)
    assert read.document is not None
    assert (read.document.type, read.document.side) == ("us-driver-licence", "back")
    assert read.document.country == ("US" if version > 1 else None)
    found = _values(read)
    assert found.pop("issuing_country", "USA") == "USA"
    assert found == _expected(seed)
    assert {field.source for field in read.fields.values()} == {"barcode"}
    assert read.barcode is not None
    assert (read.barcode.symbology, read.barcode.standard, read.barcode.version) == ("PDF417", "aamva", version)
    assert read.barcode.elements > 10
    assert read.barcode.fault is None
    assert read.versions["barcode"].startswith("zxing-cpp 3")


@pytest.mark.parametrize(("seed", "skew"), [(11, 8), (12, -15), (13, 90)])
def test_a_front_is_read_by_its_print(seed, skew):
    read = _read(seed, "front", 10, skew)
    assert read.document is not None
    assert (read.document.type, read.document.side, read.document.country) == ("us-driver-licence", "front", "US")
    assert _values(read) == _expected(seed)
    assert {field.source for field in read.fields.values()} == {"ocr"}
    assert read.fields["number"].confidence < 0.9, "no check digit: O and 0 look alike"
    assert read.barcode is None


def test_a_reading_with_a_barcode_is_kept_and_old_ones_are_still_read():
    read = _read(11, "back")
    assert reading_from_json(reading_to_json(read)) == read
    old = reading_to_json(read)
    del old["barcode"]
    assert reading_from_json(old).barcode is None


def test_nothing_of_the_person_is_kept_beside_the_fields():
    barcode = _read(11, "back").barcode
    assert barcode is not None
    assert not any(value in repr(barcode) for value in _expected(11).values() if len(value) > 2)


def _picture(bars: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.pad(bars, 40, constant_values=235))[1].tobytes()


def test_a_picture_with_nothing_but_the_barcode_is_a_back():
    content = sample.text(person(15)).encode()
    bars = np.asarray(zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.PDF417).to_image(scale=3))
    read = reading.read_picture(_picture(bars))
    assert read.document is not None
    assert (read.document.type, read.document.side) == ("us-driver-licence", "back")
    assert _values(read)["number"] == sample.number(person(15))


def test_a_barcode_that_stops_being_a_licences_says_where():
    content = sample.text(person(15)).split("DLDAQ")[0].encode()
    bars = np.asarray(zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.PDF417).to_image(scale=4))
    read = reading.read_picture(_picture(bars))
    assert read.barcode is not None
    assert (read.barcode.standard, read.barcode.fault) == ("aamva", "character 41")
    assert read.document is not None
    assert read.document.confidence < 0.7
    assert read.fields == {}


def test_another_code_is_told_and_makes_no_document():
    bars = np.asarray(zxingcpp.create_barcode("https://example.org", zxingcpp.BarcodeFormat.QRCode).to_image(scale=8))
    read = reading.read_picture(_picture(bars))
    assert read.document is None
    assert read.barcode is not None
    assert (read.barcode.symbology, read.barcode.standard) == ("QR Code", None)


_CALIFORNIA = (
    line("CALIFORNIA", 40, 20, 50), line("DRIVER LICENSE", 400, 30, 40),
    line("DL I1234562", 350, 100, 30), line("EXP 08/31/2030", 350, 140), line("LN CARDHOLDER", 350, 180, 30),
    line("FN IMA", 350, 220, 30), line("2570 24TH STREET", 350, 260), line("ANYTOWN, CA 95818", 350, 290),
    line("DOB 08/31/1977", 350, 330), line("SEX F", 350, 380), line("ISS 08/31/2025", 350, 420),
)  # fmt: skip
_ONTARIO = (
    line("Ontario", 40, 20, 50), line("DRIVER'S LICENCE", 400, 20, 30), line("PERMIS DE CONDUIRE", 400, 60, 30),
    line("4d NUMBER S9244-43879-65702", 350, 120), line("1 TESTER", 350, 160), line("2 MARY ANN", 350, 190),
    line("3 DOB/DDN 1996/06/03", 350, 230), line("4a ISS/DEL 2017/06/07", 350, 270), line("4b EXP/EXP 2030/06/03", 350, 310),
    line("15 SEX/SEXE F", 350, 350),
)  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "country", "expected"),
    [
        (
            _CALIFORNIA,
            "US",
            {
                "number": "I1234562", "surname": "CARDHOLDER", "given_names": "IMA", "sex": "F", "date_of_birth": "1977-08-31",
                "date_of_issue": "2025-08-31", "date_of_expiry": "2030-08-31", "issuing_authority": "California",
                "issuing_country": "USA",
            },
        ),
        (
            _ONTARIO,
            "CA",
            {
                "number": "S9244-43879-65702", "surname": "TESTER", "given_names": "MARY ANN", "sex": "F",
                "date_of_birth": "1996-06-03", "date_of_issue": "2017-06-07", "date_of_expiry": "2030-06-03",
                "issuing_authority": "Ontario", "issuing_country": "CAN",
            },
        ),
    ],
)  # fmt: skip
def test_what_states_and_provinces_print(lines, country, expected):
    seen = unit.recognise(text(*lines))
    assert seen is not None
    assert (seen.side, seen.country) == ("front", country)
    assert {name: field.value for name, field in unit.parse(text(*lines), "front").items()} == expected


def test_a_date_whose_end_is_gone_is_none_and_an_odd_one_is_in_doubt():
    def dates(**changed):
        lines = [line(changed.get(o.text[:3], o.text), o.quad[0][0], o.quad[0][1], 30) for o in _CALIFORNIA]
        found = unit.parse(text(*lines), "front")
        return {name: (f.value, f.confidence) for name, f in found.items() if name.startswith("date_of")}

    assert "date_of_expiry" not in dates(EXP="EXP 08/31/20")
    assert dates(EXP="EXP 8/31/2030")["date_of_expiry"] == ("2030-08-31", 0.5)
    assert {sure for _, sure in dates(EXP="EXP 08/31/2020").values()} == {0.5}, "an end before its beginning"
    assert min(sure for _, sure in dates().values()) > 0.9


def test_what_stands_beside_a_number_that_was_not_seen_is_none():
    lines = [other for other in _CALIFORNIA if not other.text.startswith("DL")]
    found = unit.parse(text(*lines, line("4d DLN", 350, 100), line("9 CLASS D", 500, 100)), "front")
    assert "number" not in found


def test_front_and_back_are_held_against_each_other():
    case = made_case(_read(11, "front"), _read(11, "back"))
    assert {f.outcome for f in sides_agree.run(case)} == {Outcome.PASS}
    assert len(list(sides_agree.run(case))) >= 7
    other = made_case(_read(12, "front"), _read(11, "back"))
    assert {f.code for f in sides_agree.run(other) if f.outcome is not Outcome.PASS} >= {
        "MISMATCH_DOC_BIRTH",
        "MISMATCH_DOC_NUMBER",
        "MISMATCH_DOC_NAME",
    }


def test_a_state_in_an_address_is_no_issuer():
    lines = [other for other in _CALIFORNIA if other.text != "CALIFORNIA"]
    assert "issuing_authority" not in unit.parse(text(*lines, line("NEW YORK, NY 10001", 350, 500)), "front")
