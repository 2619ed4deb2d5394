"""Handing in: nothing before its consent, nothing twice, nothing lost when the network drops."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shiming.intake import consents, evidence, forms, submission, updates
from shiming.intake.store import Upload
from shiming.platform.clock import FixedClock
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import approval, deciding, moves
from shiming.registration.values import Actor, Decision, Role, Verdict

from .conftest import Counter, picture


def registration(counter: Counter, registration_id: str) -> Registration:
    with counter.workspace.read() as work:
        return store.get(work, registration_id)


def missing(counter: Counter, registration_id: str) -> list[str]:
    with counter.workspace.read() as work:
        return submission.missing(work, store.get(work, registration_id))


def consent(counter: Counter, registration_id: str, kind: str, given: bool) -> None:
    with counter.workspace.write() as work:
        consents.record(work, counter.actor, registration_id, kind, given, "zh_CN")


def fill(counter: Counter, registration_id: str) -> None:
    with counter.workspace.write() as work:
        forms.save(work, counter.actor, registration_id, {"number": "11010519491231002X"}, "cn-resident-id")
    with counter.workspace.write() as work:
        forms.declare(work, counter.actor, registration_id)


def submit(counter: Counter, registration_id: str) -> submission.Receipt:
    with counter.workspace.write() as work:
        return submission.submit(work, counter.actor, registration_id)


def complete(counter: Counter) -> str:
    registration_id = counter.begin()
    fill(counter, registration_id)
    counter.hand_in(registration_id, "document-front")
    counter.hand_in(registration_id, "document-back")
    consent(counter, registration_id, "face", True)
    counter.hand_in(registration_id, "selfie")
    return registration_id


def test_no_face_before_the_face_consent_and_none_after_a_refusal(counter: Counter) -> None:
    registration_id = counter.begin()
    for decided in (None, False):
        if decided is not None:
            consent(counter, registration_id, "face", decided)
        with pytest.raises(Problem, match="CONSENT_REQUIRED"):
            counter.hand_in(registration_id, "selfie")
    assert "slot:liveness" not in missing(counter, registration_id)
    consent(counter, registration_id, "face", True)
    counter.hand_in(registration_id, "selfie")


def test_nothing_is_taken_before_the_activation_code(counter: Counter) -> None:
    claim = counter.claim()
    with pytest.raises(Problem, match="CODE_REQUIRED"):
        counter.hand_in(claim.registration_id, "document-front")


def test_one_capture_is_one_piece_of_evidence(counter: Counter) -> None:
    registration_id = counter.begin()
    first = counter.hand_in(registration_id, "document-front", "capture-0001")
    assert counter.hand_in(registration_id, "document-front", "capture-0001") == first
    second = counter.hand_in(registration_id, "document-front", "capture-0002")
    with counter.workspace.read() as work:
        assert [item.id for item in store.evidence(work, registration_id)] == [second]
        assert len(store.evidence(work, registration_id, current=False)) == 2


def test_an_upload_goes_on_where_it_stopped(counter: Counter) -> None:
    registration_id = counter.begin()
    data = picture()

    def begin() -> Upload:
        with counter.workspace.write() as work:
            return evidence.begin_upload(
                work,
                counter.actor,
                registration_id,
                slot="document-front",
                capture_id="capture-0001",
                size=len(data),
                media_type="image/jpeg",
            )

    def send(upload_id: str, offset: int, chunk: bytes) -> Upload:
        with counter.workspace.write() as work:
            return evidence.append(work, counter.actor, upload_id, offset, chunk)

    upload = begin()
    assert send(upload.id, 0, data[:500]).offset == 500
    assert begin().offset == 500
    with pytest.raises(Problem, match="UPLOAD_OFFSET"):
        send(upload.id, 900, data[900:])
    assert send(upload.id, 100, data[100:700]).offset == 700
    done = send(upload.id, 700, data[700:])
    assert done.evidence_id is not None
    assert begin().evidence_id == done.evidence_id
    assert send(upload.id, 700, data[700:]).evidence_id == done.evidence_id
    with counter.workspace.read() as work:
        assert store.picture(work, done.evidence_id) == data
        assert work.conn.exec_driver_sql("select count(*) from upload_part").scalar() == 0


def test_a_refused_upload_is_forgotten_and_says_why(counter: Counter) -> None:
    registration_id = counter.begin()
    with counter.workspace.write() as work:
        upload = evidence.begin_upload(
            work,
            counter.actor,
            registration_id,
            slot="document-front",
            capture_id="capture-0001",
            size=4,
            media_type="image/jpeg",
        )
    with pytest.raises(Problem, match="IMG_"), counter.workspace.write() as work:
        evidence.append(work, counter.actor, upload.id, 0, b"%PDF")
    with pytest.raises(Problem, match="NOT_FOUND"), counter.workspace.read() as work:
        evidence.upload(work, counter.actor, upload.id)


def test_submitting_names_what_is_missing_in_order(counter: Counter) -> None:
    registration_id = counter.begin()
    assert missing(counter, registration_id) == [
        "document",
        "slot:document-front",
        "form:number",
        "consent:face",
        "slot:liveness",
    ]
    with pytest.raises(Problem, match="EVIDENCE_MISSING"):
        submit(counter, registration_id)


def test_a_submission_is_frozen_and_promised(counter: Counter) -> None:
    registration_id = complete(counter)
    assert missing(counter, registration_id) == []
    receipt = submit(counter, registration_id)
    # Saturday 21 November 2026; the third working day after it is Wednesday, close of business in Shanghai.
    assert receipt.due_at.isoformat() == "2026-11-25T10:00:00+00:00"
    assert not receipt.unpublished_year
    frozen = registration(counter, registration_id)
    assert frozen.state == RegistrationState.SUBMITTED
    assert frozen.programme_version
    with pytest.raises(Problem, match="LATE_UPLOAD"):
        counter.hand_in(registration_id, "document-front")
    with pytest.raises(Problem, match="LATE_UPLOAD"):
        submit(counter, registration_id)


def test_only_what_is_asked_for_again_is_taken_again(counter: Counter) -> None:
    registration_id = complete(counter)
    submit(counter, registration_id)
    with counter.workspace.write() as work:
        checking = moves.begin_checking(work, registration_id, 1)
        assert checking is not None
        deciding.conclude(
            work,
            checking,
            Decision(Verdict.RETRY, ("IMG_BLUR",), ("document-front",)),
            moves.engine(work.issuer),
            rules=resolve("carrier-5g"),
        )
    assert missing(counter, registration_id) == ["slot:document-front"]
    with pytest.raises(Problem, match="NOT_ASKED"):
        counter.hand_in(registration_id, "document-back")
    counter.hand_in(registration_id, "document-front")
    assert submit(counter, registration_id).n == 2


def test_a_decision_that_can_be_taken_back_opens_nothing(counter: Counter, clock: FixedClock) -> None:
    registration_id = complete(counter)
    submit(counter, registration_id)
    with counter.workspace.write() as work:
        checking = moves.begin_checking(work, registration_id, 1)
        assert checking is not None
        decision = deciding.conclude(
            work,
            checking,
            Decision(Verdict.RETRY, ("IMG_BLUR",), ("document-front",)),
            Actor(Role.REVIEWER, "reviewer-1"),
            rules=resolve("carrier-5g"),
            effective_at=work.now + timedelta(minutes=10),
        )
    with pytest.raises(Problem, match="LATE_UPLOAD"):
        counter.hand_in(registration_id, "document-front")
    clock.advance(timedelta(minutes=11))
    with counter.workspace.write() as work:
        approval.take_effect(work, decision.id)
    counter.hand_in(registration_id, "document-front")


def test_an_update_needs_a_proven_registration_and_keeps_history(counter: Counter) -> None:
    registration_id = complete(counter)
    with counter.workspace.write() as work, pytest.raises(Problem, match="WRONG_STATE"):
        updates.start(work, counter.actor, registration_id)
    submit(counter, registration_id)
    approve(counter, registration_id, 1)
    with counter.workspace.write() as work:
        update = updates.start(work, counter.actor, registration_id)
        assert updates.start(work, counter.actor, registration_id).id == update.id
    consent(counter, update.id, "privacy", True)
    consent(counter, update.id, "terms", True)
    consent(counter, update.id, "face", False)
    with counter.workspace.write() as work:
        new = {"address": "上海市黄浦区", "number": "11010519491231002X"}
        forms.save(work, counter.actor, update.id, new, "cn-resident-id")
    with counter.workspace.write() as work:
        forms.declare(work, counter.actor, update.id)
    counter.hand_in(update.id, "document-front")
    counter.hand_in(update.id, "document-back")
    submit(counter, update.id)
    approve(counter, update.id, 1)
    with counter.workspace.read() as work:
        history = updates.history(work, counter.actor, registration_id)
    assert [d.detail["address"] for d in history.details] == ["北京市东城区", "上海市黄浦区"]
    assert history.details[0].until is not None
    assert history.details[1].until is None
    assert len(history.documents) == 2


def approve(counter: Counter, registration_id: str, n: int) -> None:
    with counter.workspace.write() as work:
        checking = moves.begin_checking(work, registration_id, n)
        assert checking is not None
        deciding.conclude(
            work, checking, Decision(Verdict.APPROVE, ()), moves.engine(work.issuer), rules=resolve("carrier-5g")
        )
