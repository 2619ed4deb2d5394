"""One registration through ``/v1``, printed as it happens: a holder, a reviewer, the operator's stand-in, the messages.

    make run                                             # in one window
    python bench/one_registration.py http://127.0.0.1:8000 var   # in another: address and data folder

Only for a demo: the pictures and codes come from its sample folder and its outbox page.
"""

from __future__ import annotations

import json
import re
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx2


class Caller:
    """Speaks ``/v1`` and prints what was asked and answered."""

    def __init__(self, base: str) -> None:
        self.http = httpx2.Client(base_url=base, timeout=60, headers={"Accept-Language": "en"})

    def call(self, method: str, path: str, shown: tuple[str, ...] = (), **request: Any) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        answer = self.http.request(method, path, headers=headers, **request)
        body = answer.json() if answer.content else {}
        told = {name: body[name] for name in shown if name in body}
        place = re.sub(r"[0-9a-f-]{36}", "{id}", path)
        print(f"{method:6} {place:52} {answer.status_code} {json.dumps(told, ensure_ascii=False)}")
        answer.raise_for_status()
        return body

    def sign_in(self, path: str, **body: str) -> None:
        token = self.call("POST", path, ("role",), json=body)["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"


def demo_page(base: str, path: str) -> str:
    """A demo page's words."""
    html = httpx2.get(base + path, headers={"Accept-Language": "en"}).text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def until(look: Any, seconds: float = 90) -> Any:
    """Asks until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise SystemExit(f"expected an answer within {seconds} s, got none; is the demo running?")


def hand_in(holder: Caller, case: str, slot: str, picture: Path) -> None:
    """One picture, and what was found in it."""
    files = {"file": (picture.name, picture.read_bytes(), "image/jpeg")}
    form = {"slot": slot, "capture_id": uuid.uuid4().hex}
    evidence = holder.call("POST", f"/v1/registrations/{case}/evidence", ("slot", "state"), data=form, files=files)[
        "id"
    ]
    begun = time.monotonic()

    def read() -> dict[str, Any] | None:
        body: dict[str, Any] = holder.http.get(f"/v1/evidence/{evidence}").json()
        return None if body["state"] == "received" else body

    seen = until(read)
    faults = [f["code"] for f in seen["findings"] if f["outcome"] in ("fail", "warn")]
    print(
        f"       {slot}: {seen['state']} after {time.monotonic() - begun:.1f} s, findings {faults or 'none against it'}"
    )


def main(base: str, data: Path) -> None:
    """The whole way."""
    sample = data / "demo" / "1"
    person = json.loads((sample / "person.json").read_text("utf-8"))
    stock = re.findall(r"(89\d{17})\s+Secret\s+(\d{8})\s+·\s+Not registered", demo_page(base, "/demo"))
    number, secret = stock[0]
    contact = f"+86139{int(time.time()) % 100_000_000:08d}"
    holder, reviewer = Caller(base), Caller(base)

    holder.call("POST", "/v1/codes", json={"contact": contact, "language": "en"})
    code = until(
        lambda: re.search(contact.replace("+", r"\+") + r".{0,200}?\b(\d{6})\b", demo_page(base, "/demo/outbox"))
    )
    holder.sign_in("/v1/sessions", contact=contact, code=code[1], language="en")
    begun = holder.call(
        "POST",
        "/v1/registrations",
        ("reference", "activation_code", "expires_at"),
        json={
            "programme": "carrier-5g",
            "card_number": number,
            "secret": secret,
            "name": person["name"],
            "address": person["address"],
            "consents": {"privacy": True, "terms": True},
        },
    )
    case = begun["id"]
    own = f"/v1/registrations/{case}"
    holder.call("POST", f"{own}/activation-code", json={"code": begun["activation_code"]})
    fields = {"name": person["name"], "number": person["number"], "address": person["address"]}
    holder.call("PUT", f"{own}/form", json={"document": "cn-resident-id", "fields": fields})
    hand_in(holder, case, "document-front", sample / "front.jpg")
    hand_in(holder, case, "document-back", sample / "back.jpg")
    holder.call("POST", f"{own}/declaration")
    holder.call("PUT", f"{own}/consents/face", json={"given": True})
    hand_in(holder, case, "selfie", sample / "selfie.jpg")
    holder.call("POST", f"{own}/submission", ("reference", "due_at", "unpublished_year"))

    passwords = json.loads((data / "demo" / "staff.json").read_text("utf-8"))
    reviewer.sign_in("/v1/staff/sessions", username="reviewer", password=passwords["reviewer"])

    def waiting() -> bool:
        return any(row["id"] == case for row in reviewer.http.get("/v1/review/queue").json()["cases"])

    until(waiting)
    reviewer.call("POST", f"/v1/review/cases/{case}/claim")
    seen = reviewer.call("GET", f"/v1/review/cases/{case}", ("reference", "state", "n"))
    outcomes = [finding["outcome"] for finding in seen["findings"]]
    print("       findings:", {name: outcomes.count(name) for name in sorted(set(outcomes))})
    decision = reviewer.call(
        "POST", f"/v1/review/cases/{case}/decisions", ("effective_at",), json={"n": 1, "verdict": "approve"}
    )
    reviewer.call("POST", f"/v1/review/decisions/{decision['id']}/release-result")

    def served() -> dict[str, Any] | None:
        body: dict[str, Any] = holder.http.get(own).json()
        return body if body["card"]["state"] == "in-service" else None

    until(served)
    holder.call("GET", own, ("state", "card"))
    for entry in holder.http.get(f"{own}/timeline").json()["entries"]:
        print(f"       {entry['at']}  {entry['event']}")
    print("outbox:", demo_page(base, "/demo/outbox")[:1200])


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
