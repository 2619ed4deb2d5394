"""Documents with a zone, drawn, photographed and read: every zone exact, or as it is printed and not valid."""

from __future__ import annotations

import importlib
import os
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shiming import reading
from shiming.checks._sightings import compared, of_item
from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photograph
from shiming.reading.documents._people import SamplePerson, person
from shiming.registration.serial import reading_from_json, reading_to_json
from shiming.registration.values import Case, EvidenceItem, Reading, Rules

_UNITS = {
    "passport": ("front", "passport"), "id_card_td1": ("back", "id-card-td1"), "id_card_td2": ("front", "id-card-td2"),
    "visa_mrv_a": ("front", "visa-mrv-a"), "visa_mrv_b": ("front", "visa-mrv-b"),
}  # fmt: skip
_SHOTS: dict[str, dict[str, Any]] = {
    "passport": {"tilt": 25, "skew": 5, "background": "cloth"},
    "id_card_td1": {"rotate": 90, "skew": 3, "tilt": 8},
    "id_card_td2": {"blur": 1.4, "skew": 12, "background": "wood", "scale": 0.7},
    "visa_mrv_a": {"size": (4000, 3000), "scale": 0.65, "blur": 1.2, "skew": 3, "tilt": 6},
    "visa_mrv_b": {"rotate": 180, "noise": 12, "jpeg_quality": 40},
}


def _sample(unit: str) -> ModuleType:
    return importlib.import_module(f"shiming.reading.documents.{unit}.sample")


def _read(unit: str, who: SamplePerson, **shot: Any) -> Reading:
    side, _ = _UNITS[unit]
    page = _sample(unit).draw(who, portraits.portrait("drawn"))[side]
    return reading.read_picture(photograph(page, seed=4, **shot), quality=False)


@pytest.mark.parametrize("unit", _UNITS)
def test_every_format_is_read_exactly_from_a_photograph(unit: str) -> None:
    who = person(211, surname="Björnsdóttir", given_names="Zoë Olivia", passport_number="XO0I15S8B", sex="F")
    read = _read(unit, who, **_SHOTS[unit])
    side, kind = _UNITS[unit]
    assert read.document is not None
    assert (read.document.type, read.document.side) == (kind, side)
    assert read.mrz is not None
    assert read.mrz.lines == _sample(unit).mrz(who), "the letter O is told from 0 in the number"
    assert read.mrz.valid
    values = {name: field.value for name, field in read.fields.items()}
    assert values["number"] == "XO0I15S8B"
    assert values["name"] == "BJOERNSDOTTIR ZOE OLIVIA"


def test_the_front_of_a_td1_card_has_no_zone() -> None:
    page = _sample("id_card_td1").draw(person(5), portraits.portrait("drawn"))["front"]
    assert reading.read_picture(photograph(page, seed=1), quality=False).mrz is None


@pytest.mark.parametrize("wrong", ["L898903C36UTO", "L898902C37UTO"])
def test_what_is_printed_wrong_stays_wrong(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    passport = _sample("passport")
    lines = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", wrong + "7408122F1204159ZE184226B<<<<<10")
    monkeypatch.setattr(passport, "mrz", lambda who: lines)
    read = _read("passport", person(7), skew=2, tilt=6)
    assert read.mrz is not None
    assert (read.mrz.lines, read.mrz.valid) == (lines, False)
    assert read.fields["number"].confidence < 0.9


def test_the_print_beside_the_zone_is_a_second_sighting_and_tells_the_day_of_issue() -> None:
    who = person(9, surname="Müller", given_names="Zoë Olivia", passport_number="K92066112")
    read = _read("passport", who, skew=1, tilt=4)
    assert read.fields["date_of_issue"].value == who.date_of_issue.isoformat()
    assert read.fields["date_of_issue"].source == "ocr"
    assert {"number", "date_of_birth", "date_of_expiry", "surname"} <= read.printed.keys()
    assert read.printed["surname"].value == "Müller"
    assert all(read.printed[name].value == read.fields[name].value for name in ("number", "date_of_birth"))
    assert reading_from_json(reading_to_json(read)) == read


def test_print_that_differs_from_the_zone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    passport = _sample("passport")
    who = person(9, surname="Bogdanova", passport_number="K92066112")
    lines = passport.mrz(who)
    monkeypatch.setattr(passport, "mrz", lambda _: lines)
    altered = replace(
        who, passport_number="K92086112", date_of_birth=who.date_of_birth.replace(day=1 + who.date_of_birth.day % 28)
    )
    read = _read("passport", altered)
    assert read.mrz is not None
    assert read.mrz.lines == lines
    sightings = of_item(_case(), EvidenceItem("e", "document-front", read))
    found = {
        name: compared(_case(), "agreement", "1", name, *sightings[name][:2])
        for name in ("number", "date_of_birth", "surname")
    }
    outcomes = {name: finding.outcome.value for name, finding in found.items() if finding}
    assert outcomes.pop("surname") == "pass"
    assert outcomes.keys() == {"number", "date_of_birth"}
    assert set(outcomes.values()) <= {"warn", "fail"}


def _case() -> Case:
    rules = Rules(
        programme="", programme_version="", policy_version="", country="", zone="UTC", card_kind="", number_scheme="pattern",
        slots=(), documents=(), checks=(), limits={}, routing={}, review_mode="always", promise_working_days=0, attempts=0,
        retakes=0, minimum_age=0, restrictions=(), consents=(), form_fields=(), activation_code_hours=0,
        activation_code_attempts=0, take_back_minutes=0,
    )  # fmt: skip
    return Case(rules=rules, at=date(2026, 11, 21), form={}, document="passport", evidence={})


_FOLDER = os.environ.get("SHIMING_TESTDATA")
_TRUTH = tomllib.loads(Path(__file__).parents[3].joinpath("bench/passports_truth.toml").read_text("utf-8"))
_SOME = (
    "resident_cards/France.png", "resident_cards/Netherland.png", "id_cards/Liechtenstein.png", "id_cards/Malta_BAD.png",
    "passports/Japan.png", "passports/ICAO_Example2.png", "resident_cards/USA.png", "customer-docs/passport_valid.png",
    "id_cards/Serbia.png", "customer-docs/passport_mrz_invalid.png", "visas/USA2.png",
)  # fmt: skip


@pytest.mark.skipif(not _FOLDER, reason="SHIMING_TESTDATA names no folder of specimen pictures")
@pytest.mark.parametrize("name", _SOME)
def test_specimens_that_are_hard_or_printed_wrong(name: str) -> None:
    path = next(p for p in Path(str(_FOLDER), "mrz").rglob("*") if f"{p.parent.name}/{p.name}" == name)
    # With measures: they ask every unit about what else is in the picture (Serbia.png shows both sides).
    read = reading.read_picture(path.read_bytes())
    assert read.mrz is not None
    assert list(read.mrz.lines) == _TRUTH[name]
    right = not any(word in name for word in ("BAD", "Example2", "USA.png", "customer-docs"))
    assert read.mrz.valid == right
