"""An installation behind its own web interface, with people at it: a holder, staff, an issuer's system.

Everything is said through HTTP and done by the real services and steps. Only the eyes are a stand-in: they "read" what the
test says is printed, because reading pictures is tested where it is written and costs seconds.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import numpy as np
from fastapi import FastAPI
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from shiming.accounts import api_keys, staff
from shiming.activation.connectors import open_operator
from shiming.activation.service import Activation
from shiming.audit.work import Workspace
from shiming.intake import cards
from shiming.intake.liveness.frames import Burst
from shiming.notices import Notices
from shiming.notices.channels import open_channels
from shiming.pipeline import steps
from shiming.pipeline.duplicates import Duplicates
from shiming.pipeline.engine import Engine
from shiming.pipeline.house import House
from shiming.pipeline.vision import FaceCodes, PictureRead
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings
from shiming.reading.models import FaceModel, Model, Threshold, WeightFile
from shiming.reading.vision.face_index import quantise
from shiming.registration import store
from shiming.registration.states import RegistrationState
from shiming.registration.values import (
    ActionSeen,
    Actor,
    Document,
    Face,
    FaceComparison,
    Field,
    Liveness,
    Reading,
    Role,
)
from shiming.web.app import create_app
from tests.policies import confirm_all

PASSWORD = "a pass phrase of five words"
SECRET = "4711-0815"
FIRST, SECOND = "8986001234567890120", "8986001234567890138"
STOCK = f"""number,kind,scheme,product,msisdn,secret
{FIRST},sim,iccid,5g,+8613800138000,{SECRET}
{SECOND},sim,iccid,5g,+8613800138001,{SECRET}
"""
DELIVERY = "DELIVERY-77"
IOT_FIRST = "8986099999999999995"
IOT_STOCK = f"number,kind,scheme,product,msisdn,secret\n{IOT_FIRST},iot-sim,iccid,iot,,{DELIVERY}\n"
PRINTED = {
    "name": "样本梅",
    "number": "110101199003078443",
    "address": "样本市样本区样本路1号",
    "sex": "F",
    "date_of_birth": "1990-03-07",
    "ethnicity": "汉",
}
FACE_MEASURES = {
    **dict.fromkeys(("yaw", "pitch", "roll", "offset_x", "offset_y", "cut"), 0.0),
    **dict.fromkeys(("signal_moire", "signal_border", "signal_blocks"), 1.0),
    "inter_eye": 120.0,
    "eyes_open": 0.3,
    "size": 0.5,
    "sharpness": 200.0,
    "brightness": 130.0,
    "contrast": 50.0,
    "dynamic_range": 7.5,
}
SHOWN: dict[str, float] = {
    "frames": 12.0,
    "unreadable": 0.0,
    "faceless": 0.0,
    "duration_ms": 1650.0,
}
"""Measures of a liveness session in which nothing is wrong."""
BACK = {"issuing_authority": "样本市公安局样本分局", "date_of_issue": "2020-01-01", "date_of_expiry": "2040-01-01"}


def picture(text: str = "specimen", shade: int = 120) -> bytes:
    """A small valid JPEG."""
    image = Image.new("RGB", (640, 400), (shade, 140, 150))
    ImageDraw.Draw(image).text((40, 40), text)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


FACE_DIMENSIONS, FACE_CLIP = 256, 0.35


def face_model(name: str) -> Model:
    """A face model that nobody trained. Its weights' digest is its name, repeated."""
    rates = (Threshold(0.34, 1e-3, 0.01), Threshold(0.42, 1e-4, 0.03), Threshold(0.5, 1e-5, 0.07))
    face = FaceModel(
        width=1,
        height=1,
        colour="BGR",
        mean=(0.0, 0.0, 0.0),
        scale=(1.0, 1.0, 1.0),
        dimensions=FACE_DIMENSIONS,
        metric="cosine",
        points=(),
        rates=rates,
        match=rates[1],
        uncertain=rates[0],
        may_reject=True,
        measured_on="nothing",
        command="none",
        clip=FACE_CLIP,
    )
    weights = (WeightFile("none", name * 64),)
    return Model(f"stand-in-{name}", "face-embedding", "A stand-in", "MIT", "", False, "", "onnx", weights, face=face)


def frame(n: int, size: tuple[int, int] = (64, 80)) -> bytes:
    """One frame of a session: a tiny JPEG, no two alike."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (60 + n, 130, 140)).save(buffer, "JPEG", comment=f"frame {n}".encode())
    return buffer.getvalue()


def listed(frames: Sequence[bytes], step: int = 150) -> list[dict[str, Any]]:
    """The list of frames that completes a session: number, time, digest."""
    return [
        {"n": n, "at_ms": n * step, "sha256": hashlib.sha256(data).hexdigest()}
        for n, data in enumerate(frames, start=1)
    ]


def live(person: Person, id: str, first: int = 0) -> str:
    """Goes through a whole liveness session of a registration; gives the evidence."""
    session = person.ok("POST", f"/v1/registrations/{id}/liveness-sessions")
    path = f"/v1/liveness-sessions/{session['id']}"
    frames = [frame(first + n) for n in range(session["frames_least"])]
    for n, data in enumerate(frames, start=1):
        person.ok("PUT", f"{path}/frames/{n}", content=data, headers={"Content-Type": "image/jpeg"})
    done = person.ok("POST", f"{path}/completion", json={"nonce": session["nonce"], "frames": listed(frames)})
    return str(done["evidence_id"])


@dataclass
class Eyes:
    """Sees what it is told to see."""

    front: dict[str, str] = field(default_factory=lambda: dict(PRINTED))
    similarity: float = 0.7
    model: Model = field(default_factory=lambda: face_model("a"))
    shown: dict[str, float] = field(default_factory=lambda: dict(SHOWN))
    """What the frames of a liveness session measure."""
    hashes: tuple[str, ...] = ()
    """What the frames of a session look like; else every burst looks like itself only."""

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        """A sharp, well lit picture of the specimen."""
        face = Face((0.3, 0.2, 0.6, 0.8), 0.99, FACE_MEASURES)
        quality = {"blur": 0.1, "glare": 0.0, "brightness": 0.5, "overexposed": 0.0, "document_width": 1200.0}
        quality |= {"margin": 0.05, "chroma": 12.0, "lean": 0.0, "shadow": 0.0}
        if kind == "paper":
            return PictureRead(data, Reading(quality=quality))
        if kind == "selfie":
            return PictureRead(data, Reading(quality=quality, faces=(face,)))
        values = self.front if side == "front" else BACK
        fields = {name: Field(value, value, 0.97, "ocr") for name, value in values.items()}
        document = Document("cn-resident-id", "back" if side == "back" else "front", "CN", 0.99)
        faces = (face,) if side == "front" else ()
        return PictureRead(data, Reading(document, fields, quality=quality, faces=faces))

    def live(self, burst: Burst) -> PictureRead:
        """Somebody who did everything in turn."""
        face = Face((0.3, 0.2, 0.6, 0.8), 0.99, FACE_MEASURES)
        looks = self.hashes or tuple(hashlib.sha256(frame).hexdigest() for frame in burst.frames[:6])
        wide = burst.at_ms[-1] // len(burst.challenge.actions)
        actions = tuple(
            ActionSeen(action, True, n * wide, (n + 1) * wide, 1.5) for n, action in enumerate(burst.challenge.actions)
        )
        shown = Liveness(actions, dict(self.shown), reference=0, audit=(0, 4, 7), hashes=looks)
        reading = Reading(quality={"blur": 0.1, "brightness": 0.5}, faces=(face,), liveness=shown)
        return PictureRead(burst.frames[0], reading, further=(burst.frames[4], burst.frames[7]))

    def compare(self, portrait: bytes, selfie: bytes, known: Face | None = None) -> FaceComparison:
        """As alike as told."""
        return FaceComparison(self.similarity, 0.42, 0.34, 1e-4, "stand-in", "0" * 64, may_reject=True)

    def template(self, selfie: bytes, model: str) -> FaceCodes:
        """The same picture is the same face; faces of different pictures are strangers, to every model in its own way."""
        drawn = np.random.default_rng(zlib.crc32(model.encode() + selfie)).normal(size=FACE_DIMENSIONS)
        vector = (drawn / np.linalg.norm(drawn)).astype(np.float32)
        return FaceCodes(quantise(vector, FACE_CLIP).tobytes())


@dataclass
class Person:
    """Somebody with a session, speaking to ``/v1``."""

    client: TestClient
    headers: dict[str, str]

    def call(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """Asks; ``how`` as of the client."""
        headers = {**self.headers, **how.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **how)

    def ok(self, method: str, path: str, **how: Any) -> Any:
        """Asks and wants a yes."""
        answer = self.call(method, path, **how)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


@dataclass
class Office:
    """One installation and its door."""

    house: House
    app: FastAPI
    clock: FixedClock
    eyes: Eyes
    lively: bool = False
    """Whether people show the movements, so that the engine may decide, or send one photo, at which a person looks."""

    @property
    def workspace(self) -> Workspace:
        """Its data."""
        return self.house.workspace

    def client(self) -> TestClient:
        """A fresh client without cookies, as from a browser's own page."""
        return TestClient(self.app, base_url="http://testserver", follow_redirects=False)

    def last_code(self) -> str:
        """The newest one-time code on its way to somebody."""
        with self.workspace.read() as work:
            rows = outbox.due(work.conn, work.now, 500)
            posts = [work.read_post(row) for row in rows if row.topic == "notice"]
        codes = [post["params"]["code"] for post in posts if post["template"] == "one-time-code"]
        return str(codes[-1])

    def holder(self, contact: str = "holder@example.org") -> Person:
        """A holder who signed in with a code."""
        client = self.client()
        asked = client.post("/v1/codes", json={"contact": contact})
        assert asked.status_code == 202, asked.text
        opened = client.post("/v1/sessions", json={"contact": contact, "code": self.last_code()})
        assert opened.status_code == 201, opened.text
        return Person(client, {"Authorization": f"Bearer {opened.json()['token']}"})

    def member(self, role: str, name: str = "") -> Person:
        """A member of staff, signed in."""
        name = name or f"a-{role}"
        with self.workspace.write() as work:
            if staff.find(work, name) is None:
                staff.create(work, Actor(Role.ENGINE, "test"), name, PASSWORD, role, role.title())
        client = self.client()
        opened = client.post("/v1/staff/sessions", json={"username": name, "password": PASSWORD})
        assert opened.status_code == 201, opened.text
        return Person(client, {"Authorization": f"Bearer {opened.json()['token']}"})

    def service(self) -> Person:
        """An issuer's system with its key."""
        with self.workspace.write() as work:
            _, key = api_keys.create(work, Actor(Role.ENGINE, "test"), "partner")
        return Person(self.client(), {"X-API-Key": key})

    def begin(self, holder: Person, number: str = FIRST) -> str:
        """A registration with its activation code redeemed."""
        created = holder.ok("POST", "/v1/registrations", json=registration(number))
        path = f"/v1/registrations/{created['id']}"
        holder.ok("POST", f"{path}/activation-code", json={"code": created["activation_code"]})
        return str(created["id"])

    def fill(
        self,
        holder: Person,
        id: str,
        *,
        face: bool = True,
        looked_for: bool = False,
        selfie: bytes | None = None,
        declared: Mapping[str, str] = PRINTED,
    ) -> None:
        """Everything a registration needs, up to submitting. ``looked_for``: the face may be looked for among others."""
        path = f"/v1/registrations/{id}"
        form = {"document": "cn-resident-id", "fields": {k: declared[k] for k in ("name", "number", "address")}}
        holder.ok("PUT", f"{path}/form", json=form)
        holder.ok("PUT", f"{path}/consents/face", json={"given": face})
        if looked_for:
            holder.ok("PUT", f"{path}/consents/face-duplicates", json={"given": True})
        photo = ("selfie",) if face and not self.lively else ()
        if face and self.lively:
            live(holder, id, first=int(id[-4:], 16) % 150)
        for shade, slot in enumerate(("document-front", "document-back", *photo)):
            data = {"slot": slot, "capture_id": f"capture-{slot}-{id[:8]}"}
            shown = selfie if slot == "selfie" and selfie else picture(slot, 100 + shade)
            holder.ok("POST", f"{path}/evidence", data=data, files={"file": shown})
        holder.ok("POST", f"{path}/declaration")

    def work(self) -> None:
        """Does what the engine would do: reads what came and takes submissions to their decision."""
        with self.workspace.read() as work:
            unread = [item.id for item in store.unread_evidence(work)]
        for evidence_id in unread:
            steps.read(self.workspace, evidence_id, self.eyes)
        with self.workspace.read() as work:
            moving = store.in_states(work, (RegistrationState.SUBMITTED, RegistrationState.CHECKING))
        for row in moving:
            house = self.house
            steps.advance(self.workspace, row.id, row.n, self.eyes, house.rosters, house.registers, house.duplicates)

    def handed_in(self, holder: Person, number: str = FIRST, **how: Any) -> dict[str, Any]:
        """A registration taken to its decision by the engine; ``how`` as of ``fill``."""
        id = self.begin(holder, number)
        self.fill(holder, id, **how)
        holder.ok("POST", f"/v1/registrations/{id}/submission")
        self.work()
        found: dict[str, Any] = holder.ok("GET", f"/v1/registrations/{id}")
        return found

    def in_review(self, holder: Person, number: str = FIRST, **how: Any) -> dict[str, Any]:
        """A registration that waits for a person."""
        found = self.handed_in(holder, number, **how)
        assert found["state"] == "in-review", found
        return found


def registration(number: str = FIRST, **changes: Any) -> dict[str, Any]:
    """What starts a registration."""
    return {
        "programme": "carrier-5g",
        "card_number": number,
        "secret": SECRET,
        "name": PRINTED["name"],
        "address": PRINTED["address"],
        "consents": {"privacy": True, "terms": True},
        **changes,
    }


def company_batch(code: str = DELIVERY, cards: Sequence[str] = (IOT_FIRST,), **changes: Any) -> dict[str, Any]:
    """A company's list of cards."""
    return {
        "programme": "iot-sim",
        "company_name": "样本物联有限公司",
        "company_number": "91330106MA2TESTXX0",
        "name": PRINTED["name"],
        "address": PRINTED["address"],
        "delivery_code": code,
        "consents": {"privacy": True, "terms": True},
        "csv": "iccid\n" + "".join(f"{card}\n" for card in cards),
        **changes,
    }


@contextmanager
def open_office(
    workspace: Workspace, settings: Settings, clock: FixedClock, *, confirmed: bool = True
) -> Iterator[Office]:
    """Opens an installation on a workspace. Its engine stands still: tests do its steps when they want them.

    Its officer has found out and confirmed what the shipped programmes rest on, unless told otherwise.
    """
    eyes = Eyes()
    channels = open_channels(settings, workspace)
    operator = open_operator(settings, workspace)
    notices = Notices(workspace, channels, settings.address, settings.issuer_zone)
    engine = Engine(workspace, eyes, notices, Activation(workspace, operator), 1)
    duplicates = Duplicates(workspace, eyes, model=lambda: eyes.model)
    house = House(settings, workspace, operator, channels, eyes, engine, duplicates=duplicates)
    with workspace.write() as work:
        cards.import_stock(work, Actor(Role.ENGINE, "test"), STOCK)
    workspace.demo = settings.demo
    if confirmed:
        confirm_all(workspace)
    yield Office(house, create_app(house), clock, eyes)
