"""Any programme driven through ``/v1`` by what the interface itself says is missing, so that a new one needs nothing here."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

from PIL import Image
from stdnum import luhn

from shiming.intake import cards
from shiming.intake.rosters.store import Entry
from shiming.intake.rosters.store import put as put_on_roster
from shiming.pipeline import steps
from shiming.pipeline.vision import PictureRead
from shiming.programmes.store import current
from shiming.registration import store
from shiming.registration.store import approval
from shiming.registration.values import Actor, Document, Face, Field, Mrz, Reading, Role, Rules
from tests.rows.journeys import change
from tests.web.support import BACK, FACE_MEASURES, PRINTED, SECRET, Eyes, Office, Person, live

CHILD = {**PRINTED, "name": "样本宝", "number": "110101201507018479", "date_of_birth": "2015-07-01"}
SECOND = {**PRINTED, "name": "样本兰", "number": "110101198503070048", "date_of_birth": "1985-03-07"}
"""Somebody who stands by a person: a guardian, a representative."""
PASSPORT = {
    "name": "YANGBEN MEI",
    "surname": "YANGBEN",
    "given_names": "MEI",
    "number": "E12345678",
    "nationality": "CHN",
    "issuing_country": "CHN",
    "sex": "F",
    "date_of_birth": "1990-03-07",
    "date_of_expiry": "2034-01-01",
}
SOON = "2026-11-30"
_numbers = count(1)


def marked(slot: str) -> bytes:
    """A small valid JPEG, no two alike, whose comment says what it shows."""
    serial = next(_numbers)
    buffer = io.BytesIO()
    Image.new("RGB", (640, 400), (60 + serial % 180, 140, 150)).save(
        buffer, "JPEG", comment=f"{slot} {serial}".encode()
    )
    return buffer.getvalue()


@dataclass
class AllEyes(Eyes):
    """Sees whatever document is held before it, as if it were printed so."""

    document: str = "cn-resident-id"
    back: dict[str, str] = field(default_factory=lambda: dict(BACK))
    second: dict[str, str] = field(default_factory=lambda: dict(SECOND))
    """What the document of a guardian or a representative says."""
    blurred: bool = False

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        """A sharp picture, unless it is told to be blurred."""
        if kind == "paper":
            return PictureRead(data, Reading())
        slot = str(Image.open(io.BytesIO(data)).info.get("comment", b"").decode())
        found = super().read(data, kind=kind, documents=documents, side=side).reading
        assert found is not None
        reading = replace(found, quality={**found.quality, "blur": 1.0 if self.blurred else 0.1})
        if kind in ("document-side", "photocopy"):
            reading = self._document(reading, side, other=slot.startswith(("guardian-", "representative-")))
        if kind == "holding":
            small = Face((0.62, 0.6, 0.7, 0.7), 0.9, FACE_MEASURES)
            held = self._document(reading, "front", other=False)
            reading = replace(held, faces=(Face((0.3, 0.1, 0.6, 0.7), 0.99, FACE_MEASURES), small))
        return PictureRead(data, reading)

    def _document(self, reading: Reading, side: str | None, *, other: bool) -> Reading:
        values = self.back if side == "back" else self.second if other else self.front
        fields = {name: Field(value, value, 0.97, "ocr") for name, value in values.items()}
        type = "cn-resident-id" if other else self.document
        shown = Document(type, "back" if side == "back" else "front", "CN", 0.99)
        mrz = Mrz("TD3", ("P<", "E1"), True, {"number": True}) if type == "passport" else None
        return replace(reading, document=shown, fields=fields, mrz=mrz)


@dataclass
class Journey:
    """One programme in an installation, with somebody who goes through it."""

    office: Office
    name: str
    eyes: AllEyes = field(default_factory=AllEyes)

    def __post_init__(self) -> None:
        self.office.eyes = self.eyes
        if self.rules.documents and "cn-resident-id" not in self.rules.documents:
            self.eyes.document, self.eyes.front = "passport", dict(PASSPORT)
        self.printed = self.listed = self.eyes.front

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        with self.office.workspace.read() as work:
            return current(work, self.name)

    def card(self, *, in_use: bool = False) -> str:
        """The number of a card of the programme's kind in the stock, or of one that works already."""
        rules, serial = self.rules, next(_numbers)
        number = _number(rules.number_scheme, rules.number_pattern, serial)
        header = "number,kind,scheme,product,msisdn,secret,used_since,programme"
        since = f"{self.office.clock.now():%Y-%m-%d},{self.name}" if in_use else ","
        line = f"{number},{rules.card_kind},{rules.number_scheme},p,+8613900{serial:06d},{SECRET},{since}"
        with self.office.workspace.write() as work:
            report = cards.import_stock(work, Actor(Role.ENGINE, "test"), f"{header}\n{line}\n")
            assert not report.errors, report
            if "roster" in rules.checks:
                name, born = self.listed["name"], self.listed["date_of_birth"]
                put_on_roster(work, Entry(self.name, number, name, born, None, source="upload"))
        return number

    def show(self, document: dict[str, str]) -> None:
        """From now on the person has this document, and the roster knows them by it."""
        self.printed = self.listed = self.eyes.front = dict(document)

    def request(self, number: str, **changes: Any) -> dict[str, Any]:
        """What starts a registration of the card."""
        return {
            "programme": self.name,
            "card_number": number,
            "secret": SECRET,
            "name": self.printed["name"],
            "address": PRINTED["address"],
            "consents": {"privacy": True, "terms": True},
            **changes,
        }

    def begin(self, person: Person, number: str | None = None, who: str | None = None) -> str:
        """A registration begun with a card, for a person of class ``who``."""
        made = person.ok("POST", "/v1/registrations", json=self.request(number or self.card()))
        if made["activation_code"]:
            person.ok("POST", f"/v1/registrations/{made['id']}/activation-code", json={"code": made["activation_code"]})
        if who is not None:
            person.ok("PUT", f"/v1/registrations/{made['id']}/person", json={"person": who})
        return str(made["id"])

    def fill(self, person: Person, id: str, *, face: bool = True) -> None:
        """Gives what is missing, in the order the interface asks for it, until nothing is."""
        path = f"/v1/registrations/{id}"
        for _ in range(40):
            found = person.ok("GET", path)
            if not found["missing"]:
                return
            self._give(person, path, found["missing"][0], face=face)
        raise AssertionError(f"still missing: {found['missing']}")

    def _give(self, person: Person, path: str, item: str, *, face: bool) -> None:
        kind, _, name = item.partition(":")
        if kind in ("document", "form"):
            self.write(person, path)
        elif kind == "consent":
            person.ok("PUT", f"{path}/consents/{name}", json={"given": face if name == "face" else True})
        elif kind == "slot":
            self.hand_in(person, path, name)
        elif kind == "declaration":
            person.ok("POST", f"{path}/declaration")
        else:
            raise AssertionError(f"nobody online can give {item}")

    def write(self, person: Person, path: str, **changes: str) -> None:
        """Fills the form in as the documents say it."""
        known = {**PRINTED, **self.printed, "company_name": "样本公司", "company_number": "91110000MA01234567"}
        for role in ("guardian", "representative"):
            known |= {f"{role}_name": SECOND["name"], f"{role}_number": SECOND["number"]}
        missing = person.ok("GET", path)["missing"]
        wanted = {
            *self.rules.form_fields,
            *(item.removeprefix("form:") for item in missing if item.startswith("form:")),
        }
        fields = {name: known[name] for name in sorted(wanted)} | changes
        body: dict[str, Any] = {"fields": fields}
        if self.rules.documents:
            body["document"] = self.eyes.document
        person.ok("PUT", f"{path}/form", json=body)

    def hand_in(self, person: Person, path: str, slot: str) -> None:
        """Hands in one picture, or what is shown in a liveness session."""
        if slot == "liveness":
            live(person, path.rpartition("/")[2], first=next(_numbers) * 13 % 170)
            return
        data = {"slot": slot, "capture_id": f"capture-{next(_numbers):06d}"}
        person.ok("POST", f"{path}/evidence", data=data, files={"file": marked(slot)})

    def submit(self, person: Person, *, face: bool = True, number: str | None = None, who: str | None = None) -> str:
        """A registration from the card to the engine's answer."""
        id = self.begin(person, number, who)
        self.fill(person, id, face=face)
        person.ok("POST", f"/v1/registrations/{id}/submission")
        self.look()
        return id

    def look(self) -> None:
        """The engine does what there is to do, as often as it would try."""
        for _ in range(4):
            try:
                self.office.work()
            except steps.NotYet:
                continue
            return

    def state(self, person: Person, id: str) -> str:
        """Where it stands, as the holder sees it."""
        return str(person.ok("GET", f"/v1/registrations/{id}")["state"])

    def decide(self, id: str, verdict: str, **how: Any) -> None:
        """A reviewer decides, and another one agrees where the programme wants two; then it takes effect."""
        path = f"/v1/review/cases/{id}"
        reviewer = self.office.member("reviewer", "reviewer-a")
        n = reviewer.ok("GET", path)["n"]
        reviewer.ok("POST", f"{path}/claim")
        reviewer.ok("POST", f"{path}/decisions", json={"n": n, "verdict": verdict, **how})
        if self.rules.second_pair:
            second = self.office.member("reviewer", "reviewer-b")
            second.ok("POST", f"{path}/claim")
            second.ok("POST", f"{path}/second-look", json={"n": n, "agree": True})
        self.take_effect()

    def take_effect(self) -> None:
        """The time to take decisions back passes."""
        self.office.clock.advance(timedelta(minutes=self.rules.take_back_minutes + 1))
        with self.office.workspace.write() as work:
            for decision in store.decisions_to_effect(work):
                approval.take_effect(work, decision)

    @property
    def a_person_decides(self) -> bool:
        """Whether somebody looks at a case even when nothing is wrong: the programme says so, or no machine reads a paper."""
        kinds = {slot.slot: slot.kind for slot in self.rules.slots}
        context = {
            "document": self.eyes.document,
            "channel": "online",
            "person": self.rules.persons[0],
            "face": "given",
        }
        papers = [slot for slot in self.rules.evidence.needed(context) if kinds.get(slot) == "paper"]
        return self.rules.review_mode == "always" or bool(papers)

    def doubt(self) -> None:
        """Leaves something in doubt, so that a person must look even where the engine may decide."""
        if self.rules.review_mode == "always":
            return
        if self.eyes.document == "passport":
            # Nothing that such a programme reads is only doubtful: here the programme itself asks for a person.
            change(self.office, self.name, review_mode="always")
        elif "expiry" in self.rules.checks:
            self.eyes.back["date_of_expiry"] = SOON
        else:
            # Another name than the roster's.
            self.printed = self.eyes.front = {**self.printed, "name": "样本另"}

    def reasons(self, id: str) -> tuple[str, ...]:
        """What the last decision rests on."""
        with self.office.workspace.read() as work:
            made = store.decisions(work, id)
            return made[-1].reasons if made else ()


def _number(scheme: str, pattern: str | None, serial: int) -> str:
    if scheme == "iccid":
        body = f"898600{serial:012d}"
        return body + luhn.calc_check_digit(body)
    if scheme == "pan":
        body = f"622202{serial:012d}"
        return body + luhn.calc_check_digit(body)
    if scheme == "eid":
        body = f"8986{serial:026d}00"
        return f"{int(body) - int(body) % 97 + 1:032d}" if int(body) % 97 != 1 else body
    return f"{serial:016d}" if pattern and pattern.startswith("[0-9]") else f"AB{serial:010d}"
