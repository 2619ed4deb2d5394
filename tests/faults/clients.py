"""Holders and a reviewer as programs of their own: they speak ``/v1`` over a network that may fail at any moment.

Each behaves as a careful partner's program does: one ``Idempotency-Key`` a request and the same again after a lost answer,
uploads gone on where the server says, ``Retry-After`` obeyed. What they know, they know from answers and text messages.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.faults.people import Holder, form

AGAIN_SECONDS = 0.2
LOOK_SECONDS = 0.2
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 400
PART_BYTES = 2000
CODE_SECONDS = 65
"""How long a holder waits for a code by text message before asking for another, which may be asked for once a minute."""


class Lost(Exception):  # noqa: N818 - what happened, not a fault of the client
    """The connection broke before the answer came: the request was done or not."""


@dataclass
class Traffic:
    """What goes over the wire, counted, so that a killer can choose its moment."""

    answered: int = 0
    cut: int = 0
    unreachable: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _begun: int = 0

    def note(self, what: str) -> None:
        with self._changed:
            setattr(self, what, getattr(self, what) + 1)
            self._changed.notify_all()

    def in_flight(self, answers: int, on: Callable[[], bool]) -> bool:
        """Waits for so many more answers and then for a request to be under way; False when ``on`` says so before."""
        with self._changed:
            target = self.answered + answers
            while self.answered < target and on():
                self._changed.wait(LOOK_SECONDS)
            begun = self._begun
            self._changed.wait_for(lambda: self._begun > begun, LOOK_SECONDS)
        return on()


@dataclass
class Client:
    """One caller, with a network address of its own. ``over`` is set when the test has failed or ended."""

    base: str
    traffic: Traffic
    address: str
    over: threading.Event
    token: str = ""
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=60, trust_env=False))

    def once(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """Asks one time. Raises ``Lost`` when no answer comes."""
        headers = {"X-Forwarded-For": self.address, **how.pop("headers", {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self.traffic.note("_begun")
        try:
            answer = self.http.request(method, self.base + path, headers=headers, **how)
        except httpx2.ConnectError:
            self.traffic.note("unreachable")
            raise Lost from None
        except httpx2.HTTPError:
            self.traffic.note("cut")
            raise Lost from None
        self.traffic.note("answered")
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def call(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """Asks until there is an answer: the same request, with the same key."""
        if method == "POST":
            how["headers"] = {"Idempotency-Key": secrets.token_hex(16), **how.get("headers", {})}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and not self.over.is_set():
            try:
                answer = self.once(method, path, **how)
            except Lost:
                self.over.wait(AGAIN_SECONDS)
                continue
            if answer.status_code != 429:
                return answer
            self.over.wait(float(answer.headers["Retry-After"]))
        raise AssertionError(f"{method} {path}: expected an answer in {PATIENCE_SECONDS} s and before all is over")

    def ok(self, method: str, path: str, **how: Any) -> Any:
        """Asks until there is an answer, which must be a yes."""
        answer = self.call(method, path, **how)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def until(self, look: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
        """Looks again and again until there is something to be seen; None when the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.over.is_set():
            seen = look()
            if seen:
                return seen
            self.over.wait(POLL_SECONDS)
        return None


@dataclass
class Phone:
    """A holder's telephone: what the gateway delivered to it."""

    log: Path
    number: str

    def codes(self) -> list[str]:
        """The codes to sign in with, oldest first. The last line may be half written."""
        lines = [line for line in self.log.read_text("utf-8").splitlines() if line.endswith("}")]
        texts = [deed["text"] for deed in map(json.loads, lines) if deed.get("to") == self.number]
        return [code for text in texts for code in re.findall(r"验证码 (\d{6})", text)]


def sign_in(client: Client, contact: str, phone: Phone) -> None:
    """Signs in by code. A code whose answer was lost is used up: then another is asked for."""
    while not client.over.is_set():
        known = phone.codes()
        client.ok("POST", "/v1/codes", json={"contact": contact})
        fresh = client.until(lambda known=known: phone.codes()[len(known) :], CODE_SECONDS)  # type: ignore[misc]
        if not fresh:
            continue
        answer = client.call("POST", "/v1/sessions", json={"contact": contact, "code": fresh[-1]})
        if answer.is_success:
            client.token = answer.json()["token"]
            return
        assert answer.json()["code"] == "CODE_WRONG", answer.text


def upload(client: Client, id: str, slot: str, capture: str, data: bytes, part: int = PART_BYTES) -> str:
    """Hands in a picture in parts; after a lost answer it asks where to go on. Returns the evidence's id."""
    about = {"slot": slot, "capture_id": capture, "size": len(data), "media_type": "image/jpeg"}
    state = client.ok("POST", f"/v1/registrations/{id}/uploads", json=about)
    path = f"/v1/uploads/{state['id']}"
    while state["evidence_id"] is None:
        offset = state["offset"]
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
        try:
            answer = client.once("PATCH", path, content=data[offset : offset + part], headers=headers)
        except Lost:
            state = client.ok("GET", path)
            continue
        assert answer.is_success, answer.text
        state = answer.json()
    return str(state["evidence_id"])


def register(client: Client, holder: Holder, pictures: dict[str, bytes], programme: str, part: int = PART_BYTES) -> str:
    """All that a signed-in holder does, up to the receipt. Returns the registration's id."""
    start = {
        "programme": programme,
        "card_number": holder.number,
        "secret": holder.secret,
        "name": holder.who.name,
        "address": holder.who.address,
        "consents": {"privacy": True, "terms": True},
    }
    created = client.ok("POST", "/v1/registrations", json=start)
    path = f"/v1/registrations/{created['id']}"
    client.ok("POST", f"{path}/activation-code", json={"code": created["activation_code"]})
    client.ok("PUT", f"{path}/consents/face", json={"given": True})
    for slot, data in pictures.items():
        evidence = upload(client, created["id"], slot, f"capture-{holder.index}-{slot}", data, part)
        if holder.index % 2:  # every other holder waits for the answer about each picture
            read = client.until(lambda at=evidence: client.ok("GET", f"/v1/evidence/{at}")["state"] != "received")  # type: ignore[misc]
            assert read, f"expected {slot} to be read in {PATIENCE_SECONDS} s"
    client.ok("PUT", f"{path}/form", json={"document": "cn-resident-id", "fields": form(holder)})
    client.ok("POST", f"{path}/declaration")
    receipt = client.ok("POST", f"{path}/submission")
    assert receipt["n"] == 1
    return str(created["id"])


def review(client: Client, count: int) -> int:
    """A reviewer at work until ``count`` cases are approved: claims, looks, decides, lets the result leave."""
    done: set[str] = set()
    while len(done) < count:
        waiting = client.until(lambda: client.ok("GET", "/v1/review/queue")["cases"])
        assert waiting, f"expected a case in {PATIENCE_SECONDS} s, {len(done)} of {count} done"
        for row in waiting:
            done.add(_decide(client, row["id"]))
    return len(done)


def _decide(client: Client, id: str) -> str:
    path = f"/v1/review/cases/{id}"
    client.ok("POST", f"{path}/claim")
    case = client.ok("GET", path)
    assert len(case["evidence"]) == 3
    picture = client.call("GET", f"/v1/review/evidence/{case['evidence'][0]['id']}/picture")
    assert picture.content.startswith(b"\xff\xd8\xff")
    taken = client.ok("POST", f"{path}/decisions", json={"n": case["n"], "verdict": "approve"})
    left = client.call("POST", f"/v1/review/decisions/{taken['id']}/release-result")
    # A second time it has taken effect already: the first answer was lost.
    assert left.status_code in (204, 409), left.text
    return id
