"""Fills an empty installation with demo data: sample cards, a reviewer, made-up people with pictures to download."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stdnum import luhn

from shiming.accounts import staff
from shiming.audit.work import Work
from shiming.intake import cards
from shiming.intake import store as intake_store
from shiming.pipeline.house import House
from shiming.reading.documents.sample import sample_person, sample_set
from shiming.registration import store
from shiming.registration.values import Actor, Role

REVIEWER = "reviewer"
_CARDS = 8
_PEOPLE = {1: "collins", 2: "hopper"}
"""Seed of each made-up person, and whose freely usable portrait stands for them."""
_ENGINE = Actor(Role.ENGINE, "demo")


@dataclass(frozen=True)
class SampleCard:
    """A card of the demo's stock, with what is printed with it."""

    number: str
    secret: str
    msisdn: str
    state: str


def card_number(place: int) -> str:
    """The number of a sample card: 19 digits with a right check digit."""
    body = f"898600260000000{place:03d}"
    return body + str(luhn.calc_check_digit(body))


def folder(house: House) -> Path:
    """Where the demo keeps its pictures and the reviewer's password."""
    return house.settings.data / "demo"


def fill(house: House, progress: Callable[[str], None]) -> None:
    """Adds what is missing. A second start changes nothing."""
    place = folder(house)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with house.workspace.write() as work:
        _stock(work)
        _reviewer(work, place / "reviewer.json")
    for seed, portrait in _PEOPLE.items():
        if not (place / str(seed) / "person.json").is_file():
            progress(f"drawing the documents of made-up person {seed}")
            _person(place / str(seed), seed, portrait)


def _stock(work: Work) -> None:
    if store.card_by_number(work, "iccid", card_number(1)) is not None:
        return
    lines = [",".join(cards.STOCK_COLUMNS)]
    for place in range(1, _CARDS + 1):
        secret = f"{secrets.randbelow(10**8):08d}"
        lines.append(f"{card_number(place)},sim,iccid,5g,+861380013{8000 + place},{secret}")
    cards.import_stock(work, _ENGINE, "\n".join(lines))


def _reviewer(work: Work, file: Path) -> None:
    if staff.find(work, REVIEWER) is not None:
        return
    password = secrets.token_urlsafe(12)
    staff.create(work, _ENGINE, REVIEWER, password, str(Role.REVIEWER), "Demo reviewer")
    file.touch(mode=0o600)
    file.write_text(json.dumps({"username": REVIEWER, "password": password}), "utf-8")


def _person(place: Path, seed: int, portrait: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, data in sample_set(seed, portrait=portrait).items():
        (place / f"{name}.jpg").write_bytes(data)
    who = sample_person(seed)
    about = {"name": who.name, "number": who.number, "address": who.address, "passport": who.passport_number}
    (place / "person.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")


def reviewer_login(house: House) -> tuple[str, str]:
    """User name and password of the demo's reviewer."""
    known = json.loads((folder(house) / "reviewer.json").read_text("utf-8"))
    return known["username"], known["password"]


def people(house: House) -> list[tuple[int, dict[str, str], list[str]]]:
    """The made-up people: seed, what stands on their documents, names of their pictures."""
    found = []
    for seed in _PEOPLE:
        place = folder(house) / str(seed)
        if (place / "person.json").is_file():
            about = json.loads((place / "person.json").read_text("utf-8"))
            found.append((seed, about, sorted(path.stem for path in place.glob("*.jpg"))))
    return found


def picture(house: House, seed: int, name: str) -> bytes | None:
    """One sample picture, or None. Only names that are there are opened."""
    known = {(s, n) for s, _about, names in people(house) for n in names}
    return (folder(house) / str(seed) / f"{name}.jpg").read_bytes() if (seed, name) in known else None


def sample_cards(work: Work) -> list[SampleCard]:
    """The sample cards with their secrets and states."""
    found = []
    for place in range(1, _CARDS + 1):
        card = store.card_by_number(work, "iccid", card_number(place))
        if card is not None:
            secret = intake_store.card_secret(work, card.id)
            found.append(SampleCard(card.number, secret, card.msisdn or "", str(card.state)))
    return found
