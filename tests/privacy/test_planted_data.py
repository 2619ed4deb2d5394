"""Known personal data goes through the real program; then every byte it left behind is searched for them.

The program is ``shiming serve`` as a process of its own, spoken to over HTTP only; its database is SQLite, then PostgreSQL.
"""

from __future__ import annotations

import base64
import io
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx2
import psutil
import pytest
import sqlalchemy as sa
from PIL import Image

from shiming.accounts import api_keys, staff
from shiming.audit.work import Workspace
from shiming.notices import store as notices
from shiming.platform.db import Database
from shiming.platform.settings import Settings
from shiming.reading.documents.sample import sample_person, sample_set
from shiming.registration.values import Actor, Role
from tests.faults.clients import Client, Traffic
from tests.faults.lives import ROOT, free_port
from tests.policies import confirm_all
from tests.privacy.search import Search, of_database, of_folder, of_processes

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

SERVE = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())", "serve"]
SEED = 6
WHO = sample_person(SEED)
NEW_ADDRESS = "浙江省杭州市西湖区植树路77号"
LATIN = f"{WHO.surname} {WHO.given_names}"
PHONE, EMAIL, OTHER_EMAIL = "+8613877665544", "zhuge.lihua@mail.example", "somebody.else@mail.example"
ICCID, MSISDN, SECRET = "8986003344556677889", "+8613911223344", "geheim-47110815"
WRONG_ICCID, WRONG_SECRET, WRONG_NUMBER = "8986009988776655440", "falsch-99887766", "11010119491231002X"
NOTE, MESSAGE = "笔记：住在植树路的诸葛女士", "给诸葛女士的话：请保管好证件"
PASSWORD, STAFF_NAME = "a pass phrase nobody guesses", "审核员欧阳某某"
AUTHOR, PLACE = "PHOTOGRAPHER OUYANG", "GPS-HOME-OF-ZHUGE"
PATTERN = b"\xf0\x0d\xca\xfe" + bytes(range(200, 232)) + b"planted-pattern"


def with_metadata(picture: bytes) -> bytes:
    """The picture as a telephone makes it: author, place and more in EXIF, and a comment."""
    exif = Image.Exif()
    exif[0x013B], exif[0x010E] = AUTHOR, PLACE
    gps = exif.get_ifd(0x8825)
    gps[0x0001], gps[0x0002] = "N", (30.0, 14.0, 33.25)
    gps[0x001D] = "1990:01:02"
    buffer = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(buffer, "JPEG", quality=92, exif=exif, comment=PATTERN)
    return buffer.getvalue()


@dataclass
class House:
    """The running program, what is known of it from outside, and what was planted."""

    settings: Settings
    workspace: Workspace
    server: subprocess.Popen[bytes]
    log: Path
    search: Search = field(default_factory=Search)
    seen: dict[str, bytes] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)

    def client(self, token: str = "") -> Client:
        """A caller that expects the program to live."""
        return Client(self.settings.address, self.traffic, "10.0.0.1", threading.Event(), token)

    def look(self) -> None:
        """Notes what can be seen of the processes from outside right now."""
        self.seen.update(of_processes(psutil.Process(self.server.pid)))

    def code_to(self, contact: str) -> str:
        """The newest code sent to a contact, as the person reads it on the telephone."""

        def sent() -> list[str]:
            with self.workspace.read() as work:
                texts = [message.text for message in notices.sink(work) if message.recipient == contact]
            return [found[0] for text in texts if (found := re.search(r"(?<!\d)\d{6}(?!\d)", text))]

        codes = self.client().until(sent)
        assert codes, f"expected a code to {contact}"
        return str(codes[0])


@contextmanager
def running(tmp_path: Path, database: Database) -> Iterator[House]:
    """The program on an empty database, with folders of its own for data and for temporary files."""
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path / "data", database_url=url, port=free_port())
    temporary, log = tmp_path / "temporary", tmp_path / "server.log"
    temporary.mkdir()
    workspace = Workspace.open(settings)
    confirm_all(workspace)
    env = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "TMPDIR": str(temporary),
        "SHIMING_DATA": str(settings.data),
        "SHIMING_DATABASE_URL": settings.database,
        "SHIMING_PORT": str(settings.port),
        "SHIMING_LOG_LEVEL": "debug",
        "SHIMING_VISION__SECONDS": "120",
    }
    with (
        log.open("wb") as out,
        subprocess.Popen(SERVE, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT) as server,
    ):
        try:
            yield House(settings, workspace, server, log)
        finally:
            server.kill()
            workspace.close()


def plant_known(search: Search) -> None:
    """What is known before anything is done."""
    texts = {
        "name": WHO.name,
        "latin name": LATIN,
        "machine-readable name": f"{WHO.surname}<<{WHO.given_names}",
        "identity number": WHO.number,
        "passport number": WHO.passport_number,
        "address": WHO.address,
        "new address": NEW_ADDRESS,
        "street": NEW_ADDRESS[-8:-3],
        "authority": WHO.issuing_authority,
        "telephone": PHONE,
        "telephone without country": PHONE[3:],
        "e-mail": EMAIL,
        "other e-mail": OTHER_EMAIL,
        "iccid": ICCID,
        "msisdn": MSISDN[3:],
        "card secret": SECRET,
        "wrong iccid": WRONG_ICCID,
        "wrong secret": WRONG_SECRET,
        "wrong number": WRONG_NUMBER,
        "note": NOTE,
        "message": MESSAGE,
        "password": PASSWORD,
        "staff name": STAFF_NAME,
        "picture author": AUTHOR,
        "picture place": PLACE,
    }
    for name, value in texts.items():
        search.plant(name, value)
    search.plant("picture pattern", PATTERN)


def expect(answer: httpx2.Response, status: int, code: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert not code or answer.json()["code"] == code, answer.text


def refused(answer: httpx2.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text


def people_of_the_house(house: House) -> tuple[Client, Client]:
    """The reviewer and the issuer's system."""
    engine = Actor(Role.ENGINE, "test")
    with house.workspace.write() as work:
        staff.create(work, engine, "ouyang.reviewer", PASSWORD, "reviewer", STAFF_NAME)
        _, key = api_keys.create(work, engine, "partner")
    client = house.client()
    sign_in = {"username": "ouyang.reviewer", "password": "not " + PASSWORD}
    expect(client.call("POST", "/v1/staff/sessions", json=sign_in), 401)
    token = client.ok("POST", "/v1/staff/sessions", json={**sign_in, "password": PASSWORD})["token"]
    for name, value in {"api key": key, "staff token": token, "staff user": "ouyang.reviewer"}.items():
        house.search.plant(name, value)
    service = house.client()
    service.http.headers["X-API-Key"] = key
    return house.client(token), service


def sign_in(house: House, contact: str) -> Client:
    """Asks for a code, tries a wrong one, signs in."""
    client = house.client()
    client.ok("POST", "/v1/codes", json={"contact": contact, "language": "zh_CN"})
    code = house.code_to(contact)
    house.search.plant_code(f"code to {contact}", code)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    expect(client.call("POST", "/v1/sessions", json={"contact": contact, "code": wrong}), 422, "CODE_WRONG")
    token = client.ok("POST", "/v1/sessions", json={"contact": contact, "code": code})["token"]
    house.search.plant(f"token of {contact}", token)
    return house.client(token)


def claim(house: House, holder: Client) -> str:
    """Tries cards that are not there and wrong codes, then takes the right one."""
    body = {
        "programme": "carrier-5g",
        "card_number": ICCID,
        "secret": SECRET,
        "name": WHO.name,
        "address": WHO.address,
        "consents": {"privacy": True, "terms": True},
    }
    for wrong in ({"secret": WRONG_SECRET}, {"card_number": WRONG_ICCID}):
        expect(holder.call("POST", "/v1/registrations", json={**body, **wrong}), 422, "CARD_UNKNOWN")
    created = holder.ok("POST", "/v1/registrations", json=body)
    code = created["activation_code"]
    house.search.plant("activation code", code)
    house.search.plant("activation code, not grouped", re.sub(r"\W", "", code))
    path = f"/v1/registrations/{created['id']}/activation-code"
    expect(holder.call("POST", path, json={"code": "AAAAA-AAAAA"}), 422, "CODE_WRONG")
    holder.ok("POST", path, json={"code": code})
    return str(created["id"])


def hand_in(house: House, holder: Client, id: str, slot: str, picture: bytes) -> None:
    """Sends a picture whole and waits until it was read."""
    house.search.plant_picture(slot, picture)
    data = {"slot": slot, "capture_id": secrets.token_hex(8)}
    made = holder.ok("POST", f"/v1/registrations/{id}/evidence", data=data, files={"file": picture})
    house.look()
    path = f"/v1/evidence/{made['id']}"
    assert holder.until(lambda: holder.ok("GET", path)["state"] != "received"), f"expected {slot} to be read"
    house.look()


def refusals(house: House, holder: Client, id: str) -> None:
    """Everything that is refused, with personal data where they do not belong: files, forms, addresses, headers."""
    path = f"/v1/registrations/{id}"
    text = f"{WHO.name} {WHO.number} {PATTERN!r}".encode()
    data = {"slot": "document-front", "capture_id": "capture-no-picture"}
    refused(holder.call("POST", f"{path}/evidence", data=data, files={"file": (f"{WHO.name}.jpg", text)}))
    data = {"slot": WHO.name, "capture_id": "capture-no-slot"}
    refused(holder.call("POST", f"{path}/evidence", data=data, files={"file": (f"{WHO.number}.jpg", PATTERN)}))
    announced = {"slot": "document-front", "capture_id": "capture-in-parts", "size": 4000, "media_type": PLACE}
    upload = holder.ok("POST", f"{path}/uploads", json=announced)
    parts = {"Content-Type": "application/octet-stream"}
    part = f"/v1/uploads/{upload['id']}"
    holder.ok("PATCH", part, content=b"\xff\xd8\xff" + PATTERN * 20, headers={**parts, "Upload-Offset": "0"})
    refused(holder.call("PATCH", part, content=PATTERN, headers={**parts, "Upload-Offset": "3999"}))
    wrong = {"document": "cn-resident-id", "fields": {"number": WRONG_NUMBER, "date_of_birth": NEW_ADDRESS}}
    refused(holder.call("PUT", f"{path}/form", json=wrong))
    refused(holder.call("PUT", f"{path}/form", json={"fields": [WHO.number], WHO.name: EMAIL}))
    refused(holder.call("PUT", f"{path}/form", content=f'{{"name": "{WHO.name}'.encode()))
    refused(holder.call("POST", f"{path}/submission"))
    refused(holder.call("GET", f"/v1/registrations/{WHO.number}?name={WHO.name}"))
    refused(holder.call("GET", f"/v1/{EMAIL}/{PHONE}"))
    refused(holder.call("GET", f"/{WHO.number}", headers={"Referer": f"http://x/{WHO.number}", "Cookie": WHO.number}))
    refused(holder.call("DELETE", f"/v1/programmes/{WHO.number}"))
    refused(house.client(WHO.number).call("GET", "/v1/registrations"))
    refused(house.client().call("POST", "/sign-in", data={"contact": EMAIL, "csrf_token": WHO.number}))
    with socket.create_connection(("127.0.0.1", house.settings.port)) as line:
        line.sendall(f"NONSENSE {WHO.number} {EMAIL}\r\n\r\n".encode())
        assert b"400" in line.recv(1000)


def half_sent(house: House, holder: Client, id: str) -> None:
    """A large file that stops amid the way: looks at what the server keeps of it meanwhile."""
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + PATTERN * 60_000
    head = (
        f"POST /v1/registrations/{id}/evidence HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {holder.token}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body) + 1000}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", house.settings.port)) as line:
        line.sendall(head.encode() + body)
        house.client().ok("GET", "/v1/health")
        house.look()


def submit(holder: Client, id: str) -> None:
    path = f"/v1/registrations/{id}"
    holder.ok("POST", f"{path}/declaration")
    holder.ok("POST", f"{path}/submission")


def approve(house: House, reviewer: Client, id: str) -> None:
    """A reviewer claims, looks at everything, decides with words of their own, lets the result leave."""
    queue = lambda: any(row["id"] == id for row in reviewer.ok("GET", "/v1/review/queue")["cases"])  # noqa: E731
    assert reviewer.until(queue), "expected the case in the queue"
    path = f"/v1/review/cases/{id}"
    unclaimed = {"n": 1, "verdict": "approve", "note": NOTE}
    expect(reviewer.call("POST", f"{path}/decisions", json=unclaimed), 409, "CLAIM_REQUIRED")
    reviewer.ok("POST", f"{path}/claim")
    case = reviewer.ok("GET", path)
    for item in case["evidence"]:
        picture = reviewer.call("GET", f"/v1/review/evidence/{item['id']}/picture").content
        assert AUTHOR.encode() not in picture
        house.search.plant_picture(f"kept {item['slot']}", picture)
    decision = {"n": case["n"], "verdict": "approve", "note": NOTE, "message": MESSAGE}
    taken = reviewer.ok("POST", f"{path}/decisions", json=decision)
    expect(reviewer.call("POST", f"/v1/review/decisions/{taken['id']}/release-result"), 204)


def whole_story(house: House) -> None:
    """A registration to its end and a change of data, with everything that can go wrong on the way."""
    plant_known(house.search)
    pictures = {name: with_metadata(data) for name, data in sample_set(SEED).items()}
    reviewer, service = people_of_the_house(house)
    stock = f"number,kind,scheme,product,msisdn,secret\n{ICCID},sim,iccid,5g,{MSISDN},{SECRET}\n{WHO.number},x,y,z,,"
    assert service.ok("POST", "/v1/stock", json={"csv": stock})["added"] == 1
    sign_in(house, EMAIL)
    house.client().ok("POST", "/v1/codes", json={"contact": OTHER_EMAIL})
    expect(house.client().call("POST", "/v1/codes", json={"contact": f"{WHO.name}@@"}), 422)
    holder = sign_in(house, PHONE)
    id = claim(house, holder)
    path = f"/v1/registrations/{id}"
    refusals(house, holder, id)
    half_sent(house, holder, id)
    hand_in(house, holder, id, "document-front", pictures["front"][: len(pictures["front"]) // 2])
    hand_in(house, holder, id, "document-front", pictures["front"])
    hand_in(house, holder, id, "document-back", pictures["back"])
    holder.ok("PUT", f"/v1/registrations/{id}/consents/face", json={"given": True})
    hand_in(house, holder, id, "selfie", pictures["selfie"])
    fields = {"name": WHO.name, "number": WHO.number, "address": WHO.address}
    holder.ok("PUT", f"{path}/form", json={"document": "cn-resident-id", "fields": fields})
    submit(holder, id)
    approve(house, reviewer, id)
    assert holder.until(lambda: holder.ok("GET", path)["card"]["state"] == "in-service"), "expected a card in service"
    update = holder.ok("POST", f"{path}/updates")["id"]
    at = f"/v1/registrations/{update}"
    for kind in ("privacy", "terms", "face"):
        holder.ok("PUT", f"{at}/consents/{kind}", json={"given": True})
    fields = {"name": LATIN, "number": WHO.passport_number, "address": NEW_ADDRESS}
    holder.ok("PUT", f"{at}/form", json={"document": "passport", "fields": fields})
    hand_in(house, holder, update, "document-front", pictures["passport"])
    hand_in(house, holder, update, "selfie", pictures["selfie"])
    submit(holder, update)
    approve(house, reviewer, update)
    assert holder.until(lambda: holder.ok("GET", at)["state"] == "approved"), "expected the changed data in force"


def test_nothing_personal_is_left_in_clear_anywhere(tmp_path: Path, database: Database) -> None:
    with running(tmp_path, database) as house:
        whole_story(house)
        house.look()
    # Killed, not closed: what lies there now is what a stolen disk shows, write-ahead log and all.
    places = {**house.seen, **of_folder(tmp_path), **of_database(database)}
    log = house.log.read_text("utf-8")
    assert "submission_decided" in log, "expected a log that says something"
    assert "Traceback" not in log
    assert any(place.startswith("evidence.") for place in places)
    assert any(place.startswith("data/files/") for place in places)
    assert any("audit." in place for place in places)
    assert house.search.leaks(places) == {}
    sizes = sum(map(len, places.values()))
    sys.stdout.write(
        f"\n{database.dialect}: {len(house.search.needles) + len(house.search.codes)} forms of planted values looked for in "
        f"{len(places)} places, {sizes / 1e6:.1f} MB; none found\n"
    )


@pytest.fixture
def decoys(tmp_path: Path, empty_database: Database) -> dict[str, bytes]:
    """Places as the search sees them, with planted values in clear: in files, a database, a process."""
    log = tmp_path / "server.log"
    log.write_text(f"2026 warning sent code=470815 {quote(NEW_ADDRESS)}\n", "utf-8")
    (tmp_path / "utf16").write_bytes(b"..." + WHO.name.encode("utf-16-le") + b"...")
    (tmp_path / "gbk").write_bytes(b"..." + WHO.address.encode("gb18030") + b"...")
    (tmp_path / "base64").write_bytes(base64.b64encode(b"xy" + SECRET.encode() + b"z"))
    (tmp_path / "picture").write_bytes((PATTERN * 100)[700:1700])
    (tmp_path / f"{EMAIL}.jpg").touch()
    with empty_database.write() as conn:
        kind = "bytea" if empty_database.dialect == "postgresql" else "blob"
        conn.exec_driver_sql(f"create table decoy (words varchar(40), bytes {kind})")
        decoy = sa.table("decoy", sa.column("words"), sa.column("bytes"))
        conn.execute(sa.insert(decoy).values(words=PHONE, bytes=WHO.passport_number.encode().hex().encode()))
    with subprocess.Popen([sys.executable, "-c", "input()", WHO.number], stdin=subprocess.PIPE) as process:
        places = of_processes(psutil.Process(process.pid))
        process.kill()
    return {**places, **of_folder(tmp_path), **of_database(empty_database)}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("server.log", "code"),
        ("server.log", "new address"),
        ("utf16", "name"),
        ("gbk", "address"),
        ("base64", "card secret"),
        ("picture", "picture"),
        (f"{EMAIL}.jpg", "e-mail"),
        ("decoy.words", "telephone"),
        ("decoy.bytes", "passport number"),
        ("cmdline", "identity number"),
    ],
)
def test_the_search_finds_what_is_there(decoys: dict[str, bytes], place: str, value: str) -> None:
    """The test above could not fail without this one."""
    search = Search()
    plant_known(search)
    search.plant_code("code", "470815")
    search.plant_picture("picture", PATTERN * 100)
    found = {name for where, names in search.leaks(decoys).items() if where.endswith(place) for name in names}
    assert any(name.startswith(value) for name in found), found
