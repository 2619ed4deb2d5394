"""Fills an empty installation with demo data: cards of every kind, staff of every role, a shop, made-up people with pictures."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from stdnum import luhn

from shiming.accounts import staff
from shiming.audit.work import Work
from shiming.intake import cards, rosters
from shiming.intake import store as intake_store
from shiming.pipeline.house import House
from shiming.programmes.store import current
from shiming.reading.documents.sample import sample_person, sample_set
from shiming.registration import store
from shiming.registration.store import shops
from shiming.registration.values import Actor, Role
from shiming.web.staff import HOMES

REVIEWER = "reviewer"
_CARDS = 8
_STAFF = {
    REVIEWER: (Role.REVIEWER, "Demo reviewer"),
    "reviewer2": (Role.REVIEWER, "Second demo reviewer"),
    "clerk": (Role.CLERK, "Demo clerk"),
    "agent": (Role.AGENT, "Demo agent"),
    "officer": (Role.OFFICER, "Demo officer"),
    "admin": (Role.ADMIN, "Demo administrator"),
}
_CLERKS_CONTACT = "+8613800139999"
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


@dataclass(frozen=True)
class Sample:
    """The sample cards of one programme: how their numbers begin and how many digits they have, and how many there are.

    ``used``: they work already, for so many days. ``roster``: they are on the issuer's list, held by the made-up people.
    """

    programme: str
    kind: str
    scheme: str
    start: str
    digits: int = 19
    count: int = 2
    lines: bool = False
    used: int = 0
    roster: bool = False

    def number(self, place: int) -> str:
        """The number of the card at a place, with a right check digit where its scheme has one."""
        if self.scheme == "pattern":
            return f"{self.start}{place:0{self.digits - len(self.start)}d}"
        body = f"{self.start}{place:0{self.digits - 1 - len(self.start)}d}"
        return body + str(luhn.calc_check_digit(body))


_SAMPLES = (
    Sample("carrier-prepaid", "sim", "iccid", "898600270", lines=True),
    Sample("data-card", "data-card", "iccid", "898520001", lines=True),
    Sample("mvno-handheld", "sim", "iccid", "898600280", lines=True, used=12),
    Sample("sim", "sim", "iccid", "898600290", lines=True),
    Sample("iot-sim", "iot-sim", "iccid", "898600300", count=5),
    Sample("bank-card", "bank-card", "pan", "622848", digits=16),
    Sample("transit-card", "transit-card", "pattern", "9156", digits=16),
    Sample("electronic-id", "electronic-id", "pattern", "EID", digits=11),
    Sample("member-card", "member-card", "pattern", "M", digits=7, roster=True),
    Sample("campus-card", "campus-card", "pattern", "C", digits=7, roster=True),
    Sample("social-security-card", "social-security-card", "pattern", "S", digits=10, roster=True),
)


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
        for sample in _SAMPLES:
            _sample(work, sample)
        _staff(work, place)
    for seed, portrait in _PEOPLE.items():
        if not (place / str(seed) / "person.json").is_file():
            progress(f"drawing the documents of made-up person {seed}")
            _person(place / str(seed), seed, portrait)


def _stock(work: Work) -> None:
    if store.card_by_number(work, "iccid", card_number(1)) is not None:
        return
    lines = [",".join(cards.STOCK_COLUMNS)]
    for place in range(1, _CARDS + 1):
        lines.append(f"{card_number(place)},sim,iccid,5g,+861380013{8000 + place},{_secret()}")
    cards.import_stock(work, _ENGINE, "\n".join(lines))


def _secret() -> str:
    return f"{secrets.randbelow(10**8):08d}"


def _sample(work: Work, sample: Sample) -> None:
    if sample.roster:
        _roster(work, sample)
        return
    if store.card_by_number(work, sample.scheme, sample.number(1)) is not None:
        return
    since = (work.now - timedelta(days=sample.used)).isoformat() if sample.used else ""
    rows = [",".join((*cards.STOCK_COLUMNS, "used_since", "programme"))]
    for place in range(1, sample.count + 1):
        line = f"+86138{_SAMPLES.index(sample):02d}{place:06d}" if sample.lines else ""
        row = (sample.number(place), sample.kind, sample.scheme, sample.programme, line, _secret(), since)
        rows.append(",".join((*row, sample.programme if since else "")))
    cards.import_stock(work, _ENGINE, "\n".join(rows))


def _roster(work: Work, sample: Sample) -> None:
    """The issuer's list: each made-up person has one number on it."""
    if rosters.lookup(work, sample.programme, sample.number(1)) is not None:
        return
    rows = ["number,name,date_of_birth,document_number"]
    for place, seed in enumerate(_PEOPLE, start=1):
        who = sample_person(seed)
        rows.append(f"{sample.number(place)},{who.name},{who.date_of_birth.isoformat()},{who.number}")
    rosters.upload(work, Actor(Role.ADMIN, "demo"), sample.programme, "\n".join(rows).encode(), replace=False)


def _staff(work: Work, place: Path) -> None:
    """Staff of every role; the clerk works in a shop. Passwords are made here and kept where only this user can read them."""
    file = place / "staff.json"
    known = _passwords(place)
    for username, (role, name) in _STAFF.items():
        if staff.find(work, username) is not None:
            continue
        known[username] = secrets.token_urlsafe(12)
        member = staff.create(work, _ENGINE, username, known[username], str(role), name)
        if role is Role.CLERK:
            shop = shops.create(work, "Demo shop", "shop", None)
            shops.assign(work, shop, member, _CLERKS_CONTACT)
    file.touch(mode=0o600)
    file.write_text(json.dumps(known), "utf-8")


def _passwords(place: Path) -> dict[str, str]:
    """The passwords made before, also by the first version of the demo, which knew a reviewer only."""
    file, first = place / "staff.json", place / "reviewer.json"
    if file.is_file():
        return dict(json.loads(file.read_text("utf-8")))
    return {REVIEWER: json.loads(first.read_text("utf-8"))["password"]} if first.is_file() else {}


def _person(place: Path, seed: int, portrait: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, data in sample_set(seed, portrait=portrait).items():
        (place / f"{name}.jpg").write_bytes(data)
    who = sample_person(seed)
    about = {"name": who.name, "number": who.number, "address": who.address, "passport": who.passport_number}
    (place / "person.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")


@dataclass(frozen=True)
class Login:
    """How to sign in as a member of the demo's staff, and where they work."""

    username: str
    password: str
    role: str
    home: str


def logins(house: House) -> list[Login]:
    """The demo's staff."""
    known = _passwords(folder(house))
    return [
        Login(name, known[name], str(role), HOMES[role]) for name, (role, _title) in _STAFF.items() if name in known
    ]


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


def cards_by_programme(work: Work) -> list[tuple[str, list[SampleCard]]]:
    """The sample cards of the other programmes: title (a message id), and the cards as far as they are in the stock."""
    return [(current(work, sample.programme).title, _cards_of(work, sample)) for sample in _SAMPLES]


def _cards_of(work: Work, sample: Sample) -> list[SampleCard]:
    found = []
    for place in range(1, (len(_PEOPLE) if sample.roster else sample.count) + 1):
        number = sample.number(place)
        card = store.card_by_number(work, sample.scheme, number)
        secret = intake_store.card_secret(work, card.id) if card is not None else ""
        state = str(card.state) if card is not None else "in-stock"
        found.append(SampleCard(number, secret, (card.msisdn or "") if card else "", state))
    return found
