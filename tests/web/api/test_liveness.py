"""Liveness sessions through ``/v1``: made by the server, used once, and every fault said with its own code and at no cost."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from shiming.intake.liveness import attestation, seen
from shiming.intake.liveness.store import liveness_band, liveness_mark
from shiming.pipeline import sweep
from shiming.registration import store
from tests.rows.journeys import change
from tests.web.support import SECOND, Office, Person, frame, listed, live

JPEG = {"Content-Type": "image/jpeg"}


class Sitting:
    """One holder with a registration that asks for a session."""

    def __init__(self, office: Office, person: Person | None = None, number: str | None = None) -> None:
        self.office = office
        self.person = person or office.holder()
        self.id = office.begin(self.person, *([number] if number else []))
        self.person.ok("PUT", f"/v1/registrations/{self.id}/consents/face", json={"given": True})
        self.frames = [frame(n) for n in range(12)]
        self.session: dict[str, Any] = {}

    def begin(self, **asked: Any) -> dict[str, Any]:
        self.session = self.person.ok("POST", f"/v1/registrations/{self.id}/liveness-sessions", json=asked)
        return self.session

    @property
    def path(self) -> str:
        return f"/v1/liveness-sessions/{self.session['id']}"

    def put(self, n: int, data: bytes) -> Any:
        return self.person.call("PUT", f"{self.path}/frames/{n}", content=data, headers=JPEG)

    def send(self, *numbers: int) -> None:
        for n in numbers or range(1, len(self.frames) + 1):
            answer = self.put(n, self.frames[n - 1])
            assert answer.status_code == 200, answer.text

    def complete(self, frames: list[dict[str, Any]] | None = None, **changes: Any) -> Any:
        body = {"nonce": self.session["nonce"], "frames": listed(self.frames) if frames is None else frames, **changes}
        return self.person.call("POST", f"{self.path}/completion", json=body)

    def refused(self, answer: Any, status: int, code: str) -> None:
        """The code, and that it cost nothing: the same slot is still missing and no try is used."""
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.json()["title"]
        assert answer.json()["hint"]
        found = self.person.ok("GET", f"/v1/registrations/{self.id}")
        assert found["state"] == "draft"
        with self.office.workspace.read() as work:
            assert [item.kind for item in store.evidence(work, self.id, current=False)] == []


@pytest.fixture
def sitting(office: Office) -> Sitting:
    return Sitting(office)


def test_a_session_becomes_evidence_that_is_read(sitting: Sitting) -> None:
    session = sitting.begin()
    assert len(session["actions"]) == len(set(session["actions"])) == 3
    assert session["colours"] == []
    assert "slot:liveness" in sitting.person.ok("GET", f"/v1/registrations/{sitting.id}")["missing"]
    sitting.send()
    done = sitting.complete().json()
    assert done["state"] == "done"
    assert "slot:liveness" not in sitting.person.ok("GET", f"/v1/registrations/{sitting.id}")["missing"]
    sitting.office.work()
    found = sitting.person.ok("GET", f"/v1/evidence/{done['evidence_id']}")
    assert (found["slot"], found["state"]) == ("liveness", "read")


def test_orders_are_random_with_a_turn_and_never_the_same_twice_in_a_row(sitting: Sitting) -> None:
    orders = [tuple(sitting.begin()["actions"]) for _ in range(15)]
    assert all(one != other for one, other in pairwise(orders))
    assert len(set(orders)) > 4
    assert all({"turn-left", "turn-right"} & set(order) for order in orders)
    assert all("blink" not in order for order in orders), "no frame rate was promised"


def test_a_blink_is_asked_for_only_where_one_can_be_seen(sitting: Sitting) -> None:
    orders = [sitting.begin(frame_rate=15)["actions"] for _ in range(18)]
    assert any("blink" in order for order in orders)


def test_colours_only_where_the_programme_says_so_and_slowly(office: Office, sitting: Sitting) -> None:
    assert sitting.begin()["colours"] == []
    change(office, "carrier-5g", liveness_colours=True)
    other = Sitting(office, office.holder("other@example.org"), SECOND)
    session = other.begin()
    assert len(session["colours"]) == 5
    assert all(a != b for a, b in pairwise(session["colours"]))
    assert 1000 / session["colour_ms"] / 2 < 3, "WCAG 2.3.1: fewer than three flashes a second"


def test_frames_in_any_order_and_twice_do_no_harm(sitting: Sitting) -> None:
    sitting.begin()
    sitting.send(12, 3, 3, *range(1, 13))
    progress = sitting.person.ok("GET", sitting.path)
    assert progress["received"] == list(range(1, 13))
    first = sitting.complete().json()
    again = sitting.complete().json()
    assert first["evidence_id"] == again["evidence_id"]
    sitting.send(5)  # a late repeat of a frame that is in already
    with sitting.office.workspace.read() as work:
        assert len(store.evidence(work, sitting.id)) == 1


def test_a_bad_network_holds_up_frames_for_hours_and_nothing_is_lost(sitting: Sitting) -> None:
    sitting.begin()
    sitting.send(1, 2, 3)
    waiting = sitting.complete().json()
    assert (waiting["state"], waiting["missing"]) == ("waiting", list(range(4, 13)))
    sitting.office.clock.advance(timedelta(hours=8))
    sitting.person = sitting.office.holder()
    sitting.send(*range(4, 13))
    assert sitting.complete().json()["state"] == "done"


def test_what_is_fixed_cannot_be_exchanged_afterwards(sitting: Sitting) -> None:
    sitting.begin()
    sitting.complete()
    sitting.refused(sitting.put(4, frame(99)), 409, "LIVENESS_FRAME_CHANGED")
    sitting.frames[3] = frame(99)
    sitting.refused(sitting.complete(), 422, "LIVENESS_DIGESTS")


def test_an_expired_session(sitting: Sitting) -> None:
    sitting.begin()
    sitting.send(1)
    sitting.office.clock.advance(timedelta(minutes=6))
    sitting.refused(sitting.put(2, sitting.frames[1]), 409, "LIVENESS_EXPIRED")
    sitting.refused(sitting.complete(), 409, "LIVENESS_EXPIRED")
    assert sitting.person.ok("GET", sitting.path)["state"] == "expired"
    sitting.office.clock.advance(timedelta(hours=25))
    sweep.deadlines(sitting.office.workspace)
    sitting.person = sitting.office.holder()
    assert sitting.person.ok("GET", sitting.path)["received"] == [], "frames of a session that ended are thrown away"
    sitting.begin()
    sitting.send()
    assert sitting.complete().json()["state"] == "done"


def test_a_newer_session_ends_the_one_before(sitting: Sitting) -> None:
    sitting.begin()
    sitting.send(1)
    path, nonce = sitting.path, sitting.session["nonce"]
    sitting.begin()
    old = sitting.person.call("POST", f"{path}/completion", json={"nonce": nonce, "frames": listed(sitting.frames)})
    sitting.refused(old, 409, "LIVENESS_REPLACED")


def test_a_nonce_of_another_session_and_one_used_before(sitting: Sitting) -> None:
    nonce = sitting.begin()["nonce"]
    sitting.begin()
    sitting.send()
    sitting.refused(sitting.complete(nonce=nonce), 422, "LIVENESS_NONCE")
    assert sitting.complete().json()["state"] == "done"
    sitting.frames[0] = frame(77)
    answer = sitting.complete()
    assert (answer.status_code, answer.json()["code"]) == (409, "LIVENESS_USED")


def test_wrong_digests(sitting: Sitting) -> None:
    sitting.begin()
    sitting.send()
    rows = listed(sitting.frames)
    rows[5]["sha256"] = hashlib.sha256(b"another").hexdigest()
    sitting.refused(sitting.complete(rows), 422, "LIVENESS_DIGESTS")
    assert sitting.complete().json()["state"] == "done", "the session goes on after a wrong list"


@pytest.mark.parametrize("step", [-1, 0])
def test_a_clock_that_goes_backwards_or_stands_still(sitting: Sitting, step: int) -> None:
    sitting.begin()
    rows = listed(sitting.frames)
    rows[7]["at_ms"] = rows[6]["at_ms"] + step
    sitting.refused(sitting.complete(rows), 422, "LIVENESS_CLOCK")


def test_frames_that_span_longer_than_the_session_was_open(sitting: Sitting) -> None:
    sitting.begin()
    sitting.refused(sitting.complete(listed(sitting.frames, step=2000)), 422, "LIVENESS_CLOCK")
    sitting.office.clock.advance(timedelta(seconds=30))
    assert sitting.complete(listed(sitting.frames, step=2000)).json()["state"] == "waiting"


def test_a_thousand_frames(sitting: Sitting) -> None:
    most = sitting.begin()["frames_most"]
    assert sitting.put(most, frame(1)).status_code == 200
    sitting.refused(sitting.put(most + 1, frame(1)), 422, "LIVENESS_FRAMES")
    many = [{"n": n, "at_ms": n, "sha256": "0" * 64} for n in range(1, 1001)]
    sitting.refused(sitting.complete(many), 422, "LIVENESS_FRAMES")
    assert sitting.complete([*many, *many]).status_code == 422


def test_numbers_with_a_gap(sitting: Sitting) -> None:
    sitting.begin()
    rows = listed(sitting.frames)
    del rows[3]
    sitting.refused(sitting.complete(rows), 422, "LIVENESS_FRAMES")


def test_too_few_frames(sitting: Sitting) -> None:
    sitting.begin()
    sitting.refused(sitting.complete(listed(sitting.frames[:11])), 422, "LIVENESS_FEW")


def _wide() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (8000, 5000)).save(buffer, "JPEG")
    return buffer.getvalue()


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_wide, "IMG_TOO_LARGE IMG_TOO_MANY_PIXELS"),
        (_png, "IMG_FORMAT"),
        (lambda: b"\xff\xd8\xff" + b"\0" * 700_000, "IMG_TOO_LARGE"),
        (lambda: b"\xff\xd8\xff\0\0", "IMG_CORRUPT"),
        (lambda: b"", "IMG_EMPTY INVALID_FORM"),
    ],
)
def test_frames_that_are_no_small_jpeg(sitting: Sitting, data: Any, code: str) -> None:
    sitting.begin()
    answer = sitting.put(1, data())
    assert answer.json()["code"] in code.split()
    sitting.refused(answer, 422, answer.json()["code"])


def test_without_the_face_consent_there_is_no_session(office: Office) -> None:
    person = office.holder()
    id = office.begin(person)
    answer = person.call("POST", f"/v1/registrations/{id}/liveness-sessions")
    assert (answer.status_code, answer.json()["code"]) == (403, "CONSENT_REQUIRED")


def test_a_programme_without_a_session_asks_for_none(office: Office, sitting: Sitting) -> None:
    change(
        office,
        "carrier-5g",
        evidence="document-front and (selfie or face=refused)",
        slots=[
            {"slot": "document-front", "kind": "document-side", "documents": ["cn-resident-id"], "side": "front"},
            {"slot": "selfie", "kind": "selfie"},
        ],
    )
    answer = sitting.person.call("POST", f"/v1/registrations/{sitting.id}/liveness-sessions")
    sitting.refused(answer, 409, "NOT_ASKED")


def test_a_picture_is_no_session(sitting: Sitting) -> None:
    data = {"slot": "liveness", "capture_id": "capture-0001"}
    path = f"/v1/registrations/{sitting.id}"
    answer = sitting.person.call("POST", f"{path}/evidence", data=data, files={"file": frame(1)})
    sitting.refused(answer, 422, "LIVENESS_SESSION")
    begun = {**data, "size": 10, "media_type": "image/jpeg"}
    sitting.refused(sitting.person.call("POST", f"{path}/uploads", json=begun), 422, "LIVENESS_SESSION")


def test_sessions_without_end_are_slowed_down(sitting: Sitting) -> None:
    for _ in range(20):
        sitting.begin()
    answer = sitting.person.call("POST", f"/v1/registrations/{sitting.id}/liveness-sessions")
    sitting.refused(answer, 429, "TOO_MANY_REQUESTS")
    sitting.office.clock.advance(timedelta(minutes=61))
    sitting.person = sitting.office.holder()
    sitting.begin()


def test_another_holder_and_another_device_find_no_session(sitting: Sitting) -> None:
    sitting.begin()
    other = sitting.office.holder("other@example.org")
    assert other.call("GET", sitting.path).status_code == 404
    assert other.call("PUT", f"{sitting.path}/frames/1", content=frame(1), headers=JPEG).status_code == 404
    body = {"nonce": sitting.session["nonce"], "frames": listed(sitting.frames)}
    assert other.call("POST", f"{sitting.path}/completion", json=body).status_code == 404
    sitting.office.clock.advance(timedelta(seconds=61))
    elsewhere = sitting.office.holder()
    assert elsewhere.call("PUT", f"{sitting.path}/frames/1", content=frame(1), headers=JPEG).status_code == 404
    assert elsewhere.call("POST", f"{sitting.path}/completion", json=body).status_code == 404
    sitting.send()
    assert sitting.complete().json()["state"] == "done"


def test_a_photo_instead_is_an_equal_way_that_sets_the_session_aside(sitting: Sitting) -> None:
    live(sitting.person, sitting.id)
    data = {"slot": "selfie", "capture_id": "capture-0001"}
    sitting.person.ok("POST", f"/v1/registrations/{sitting.id}/evidence", data=data, files={"file": frame(1)})
    with sitting.office.workspace.read() as work:
        assert [item.kind for item in store.evidence(work, sitting.id)] == ["selfie"]
        assert len(store.evidence(work, sitting.id, current=False)) == 2
    missing = sitting.person.ok("GET", f"/v1/registrations/{sitting.id}")["missing"]
    assert not {"slot:liveness", "slot:selfie"} & set(missing)


def test_frames_are_sealed_while_they_wait_and_gone_when_they_were_judged(sitting: Sitting) -> None:
    sitting.begin()
    sitting.send()
    with sitting.office.workspace.read() as work:
        rows = work.conn.exec_driver_sql("select frame_sealed from liveness_frame").all()
    assert len(rows) == 12
    assert all(b"\xff\xd8\xff" not in bytes(row[0]) for row in rows)
    evidence_id = sitting.complete().json()["evidence_id"]
    with sitting.office.workspace.read() as work:
        assert work.conn.exec_driver_sql("select count(*) from liveness_frame").scalar() == 0
        assert sitting.frames[8] in store.picture(work, evidence_id), "until it is judged the burst is kept whole"
    sitting.office.work()
    with sitting.office.workspace.read() as work:
        assert store.picture(work, evidence_id) == sitting.frames[0]
        kept = work.conn.exec_driver_sql("select count(*) from evidence_picture").scalar()
    assert kept == 2


def test_a_frame_seen_in_another_session_is_found_for_a_while(office: Office, sitting: Sitting) -> None:
    looks = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(6)]
    office.eyes.hashes = tuple(looks)
    live(sitting.person, sitting.id)
    office.work()
    assert _replayed(office, sitting.id) == 0
    # Saved again some bits of every frame differ; of what is new, all.
    office.eyes.hashes = (*(_differs(look, 30) for look in looks[1:5]), "00" * 32)
    other = Sitting(office, office.holder("other@example.org"), SECOND)
    live(other.person, other.id)
    office.work()
    assert _replayed(office, other.id) == 0.8
    office.clock.advance(timedelta(days=91))
    sweep.deadlines(office.workspace)
    with office.workspace.read() as work:
        for table in (liveness_mark, liveness_band):
            assert not work.conn.execute(sa.select(table)).all()
    office.eyes.hashes = tuple(looks)
    sitting.person = office.holder()
    live(sitting.person, sitting.id, first=40)
    office.work()
    assert _replayed(office, sitting.id) == 0


def test_single_frames_alike_are_an_accident_and_another_issuers_are_not_looked_at(
    office: Office, sitting: Sitting
) -> None:
    looks = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(6)]
    office.eyes.hashes = tuple(looks)
    live(sitting.person, sitting.id)
    office.work()
    fresh = [hashlib.sha256(f"new {n}".encode()).hexdigest() for n in range(3)]
    office.eyes.hashes = (fresh[0], looks[4], fresh[1], looks[1], fresh[2], looks[0])
    other = Sitting(office, office.holder("other@example.org"), SECOND)
    live(other.person, other.id)
    office.work()
    assert _replayed(office, other.id) == 0
    with office.workspace.write() as work:
        for table in (liveness_mark, liveness_band):
            work.conn.execute(sa.update(table).values(issuer="another"))
        assert seen.replayed(work, "nobody's", looks) == 0
        for table in (liveness_mark, liveness_band):
            work.conn.execute(sa.update(table).values(issuer=work.issuer))
        assert seen.replayed(work, "nobody's", looks) == 1


def _differs(look: str, bits: int) -> str:
    """The hash with every so many of its bits turned, a piece or two of it whole."""
    return f"{int(look, 16) ^ sum(1 << (64 + place * 6) for place in range(bits)):064x}"


def test_the_same_bytes_again_in_one_registration_are_found_but_the_same_room_is_not(sitting: Sitting) -> None:
    live(sitting.person, sitting.id)
    sitting.office.work()
    assert _replayed(sitting.office, sitting.id) == 0
    live(sitting.person, sitting.id, first=40)
    sitting.office.work()
    assert _replayed(sitting.office, sitting.id) == 0
    live(sitting.person, sitting.id, first=40)
    sitting.office.work()
    assert _replayed(sitting.office, sitting.id) == 1


def _replayed(office: Office, id: str) -> float | None:
    from shiming.intake import liveness

    with office.workspace.read() as work:
        item = next(e for e in store.evidence(work, id) if e.kind == "liveness")
        found = liveness.facts(work, item.id)
    assert found is not None
    return found.replayed


def test_what_the_camera_says_is_recorded_as_a_weak_sign(office: Office, sitting: Sitting) -> None:
    from shiming.intake import liveness

    sitting.begin()
    sitting.send()
    evidence_id = sitting.complete(signals={"camera": "virtual", "width": 1280, "height": 720}).json()["evidence_id"]
    with office.workspace.read() as work:
        found = liveness.facts(work, evidence_id)
    assert found is not None
    assert (found.camera, found.attested) == ("virtual", None)


def test_an_attestation_without_an_adapter_counts_as_none(sitting: Sitting) -> None:
    assert attestation.held("nobody-knows", {}, b"0" * 32) is None
    sitting.begin()
    sitting.send()
    assert sitting.complete(attestation={"format": "nobody-knows", "statement": {}}).status_code == 200
