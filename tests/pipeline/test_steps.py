"""The steps: idempotent, attempts counted before the work, face comparison only with consent, technical faults refer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from shiming.audit.work import Workspace
from shiming.intake import cards, consents, evidence, forms, submission
from shiming.pipeline import steps
from shiming.pipeline.vision import FaceCodes, PictureRead, VisionFault
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.states import EvidenceState, RegistrationState
from shiming.registration.values import Actor, Face, FaceComparison, Outcome, Role
from tests.faults.people import SLOTS, Holder, form, holders, marked_picture, stock
from tests.faults.server import PaperVision


@dataclass
class Eyes:
    """Paper vision that counts, and fails as told."""

    faults: list[str] = field(default_factory=list)
    refused: str | None = None
    quality: dict[str, float] = field(default_factory=dict)
    reads: int = 0
    comparisons: int = 0

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        self.reads += 1
        if self.faults:
            raise VisionFault(self.faults.pop())
        found = PaperVision().read(data, kind=kind, documents=documents, side=side)
        if self.refused:
            return replace(found, picture=None, refused=self.refused)
        return replace(found, reading=replace(found.reading, quality={**found.reading.quality, **self.quality}))

    def compare(self, portrait: bytes, selfie: bytes, known: Face | None = None) -> FaceComparison:
        self.comparisons += 1
        return PaperVision().compare(portrait, selfie)

    def template(self, selfie: bytes, model: str) -> FaceCodes:
        return PaperVision().template(selfie, model)


@dataclass
class Case:
    workspace: Workspace
    actor: Actor
    holder: Holder
    id: str

    def hand_in(self, slot: str) -> str:
        with self.workspace.write() as work:
            return evidence.accept(
                work, self.actor, self.id, slot=slot, capture_id=uuid7(), data=marked_picture(self.holder, slot)
            )

    def submit(self) -> None:
        with self.workspace.write() as work:
            forms.save(work, self.actor, self.id, form(self.holder), "cn-resident-id")
            forms.declare(work, self.actor, self.id)
            submission.submit(work, self.actor, self.id)

    def consent(self, kind: str, given: bool = True) -> None:
        with self.workspace.write() as work:
            consents.record(work, self.actor, self.id, kind, given, "zh_CN")

    def state(self) -> RegistrationState:
        with self.workspace.read() as work:
            return store.get(work, self.id).state


@pytest.fixture
def case(workspace: Workspace) -> Case:
    (holder,) = holders(1)
    actor = Actor(Role.HOLDER, uuid7())
    with workspace.write() as work:
        cards.import_stock(work, Actor(Role.OFFICER, "o"), stock([holder]))
        claim = cards.claim(
            work,
            actor,
            programme="carrier-5g-auto",
            demo=True,
            number=holder.number,
            secret=holder.secret,
            name=holder.who.name,
            address=holder.who.address,
            language="zh_CN",
        )
        assert claim is not None
        cards.redeem(work, actor, claim.registration_id, claim.code)
    made = Case(workspace, actor, holder, claim.registration_id)
    made.consent("privacy")
    made.consent("terms")
    return made


@pytest.fixture
def submitted(case: Case) -> Case:
    case.consent("face")
    for slot in SLOTS:
        case.hand_in(slot)
    case.submit()
    return case


def test_a_submission_is_read_compared_and_decided_once(submitted: Case) -> None:
    eyes = Eyes()
    steps.advance(submitted.workspace, submitted.id, 1, eyes)
    steps.advance(submitted.workspace, submitted.id, 1, eyes)
    assert (eyes.reads, eyes.comparisons) == (3, 1)
    assert submitted.state() == RegistrationState.APPROVED
    with submitted.workspace.read() as work:
        (decision,) = store.decisions(work, submitted.id)
        assert decision.effect_at is not None
        topics = work.conn.exec_driver_sql("select topic, idempotency_key from outbox where topic = 'operator'").all()
    assert len(topics) == 1


def test_another_submission_is_not_touched(submitted: Case) -> None:
    eyes = Eyes()
    steps.advance(submitted.workspace, submitted.id, 2, eyes)
    assert eyes.reads == 0
    assert submitted.state() == RegistrationState.SUBMITTED


def test_faces_are_compared_only_with_consent_and_its_refusal_leads_to_a_person(case: Case) -> None:
    case.consent("face", given=False)
    for slot in ("document-front", "document-back"):
        case.hand_in(slot)
    case.submit()
    eyes = Eyes()
    steps.advance(case.workspace, case.id, 1, eyes)
    assert eyes.comparisons == 0
    assert case.state() == RegistrationState.IN_REVIEW


def test_the_third_technical_failure_is_kept_and_refers(submitted: Case) -> None:
    eyes = Eyes(faults=["ENGINE_TIMEOUT"] * 3)
    with submitted.workspace.read() as work:
        front = next(e for e in store.evidence(work, submitted.id) if e.slot == "document-front")
    for _ in range(2):
        with pytest.raises(steps.NotYet, match="ENGINE_TIMEOUT"):
            steps.read(submitted.workspace, front.id, eyes)
    steps.read(submitted.workspace, front.id, eyes)
    with submitted.workspace.read() as work:
        reading = store.reading(work, front.id)
        assert store.evidence_by_id(work, front.id).state == EvidenceState.READ
    assert reading is not None
    assert reading.technical == "ENGINE_TIMEOUT"
    steps.advance(submitted.workspace, submitted.id, 1, eyes)
    assert submitted.state() == RegistrationState.IN_REVIEW
    with submitted.workspace.read() as work:
        assert store.get(work, submitted.id).attempts_used == 0
        found = store.findings(work, submitted.id, 1)
    assert any(f.outcome == Outcome.UNABLE and f.code == "ENGINE_TIMEOUT" for f in found)


def test_a_picture_that_kills_the_program_each_time_is_not_tried_a_fourth_time(submitted: Case) -> None:
    class Killed(BaseException):
        pass

    class Deadly(Eyes):
        def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
            self.reads += 1
            raise Killed

    eyes = Deadly()
    with submitted.workspace.read() as work:
        front = next(e for e in store.evidence(work, submitted.id) if e.slot == "document-front")
    for _ in range(3):
        with pytest.raises(Killed):
            steps.read(submitted.workspace, front.id, eyes)
    steps.read(submitted.workspace, front.id, eyes)
    assert eyes.reads == 3
    with submitted.workspace.read() as work:
        reading = store.reading(work, front.id)
    assert reading is not None
    assert reading.technical == "SERVICE_UNAVAILABLE"


def test_a_bad_picture_is_unusable_at_once_and_the_third_is_taken_for_a_person(case: Case) -> None:
    eyes = Eyes(quality={"blur": 1.0})
    states = []
    for _ in range(3):
        id = case.hand_in("document-front")
        steps.read(case.workspace, id, eyes)
        with case.workspace.read() as work:
            item = store.evidence_by_id(work, id)
            states.append((item.state, item.refused_code))
            assert any(f.code == "IMG_BLUR" and f.outcome == Outcome.FAIL for f in store.evidence_findings(work, id))
    unusable = (EvidenceState.UNUSABLE, "IMG_BLUR")
    assert states == [unusable, unusable, (EvidenceState.READ, None)]


def test_a_file_that_is_no_picture_is_unusable_whatever_the_retakes(case: Case) -> None:
    eyes = Eyes(refused="IMG_CORRUPT")
    for _ in range(4):
        id = case.hand_in("document-front")
        steps.read(case.workspace, id, eyes)
        with case.workspace.read() as work:
            assert store.evidence_by_id(work, id).refused_code == "IMG_CORRUPT"


def test_what_was_handed_in_is_asked_for_again_by_a_decision_not_dropped(submitted: Case) -> None:
    eyes = Eyes(quality={"blur": 1.0})
    steps.advance(submitted.workspace, submitted.id, 1, eyes)
    assert submitted.state() == RegistrationState.ACTION_REQUIRED
    with submitted.workspace.read() as work:
        assert set(store.get(work, submitted.id).items) >= {"document-front"}
        assert len(store.evidence(work, submitted.id)) == 3
