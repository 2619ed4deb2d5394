"""The guard against one person under two names: the index follows the rows, a changed model, faults, other issuers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from shiming.audit.work import Workspace
from shiming.custody import retention
from shiming.custody.store import retaining
from shiming.intake import store as intake
from shiming.pipeline import duplicates, jobs, steps
from shiming.pipeline.duplicates import Duplicates
from shiming.pipeline.vision import FaceCodes, VisionFault
from shiming.reading.documents import portraits
from shiming.reading.models import ModelRefused, find, model
from shiming.registration import store
from shiming.registration.store import candidates, erasing, templates
from shiming.registration.values import RetentionRule
from tests.custody.conftest import Desk, desk, office
from tests.rows.faces import OTHER_FACE, SAME_FACE, SOMEBODY, SOMEBODY_ELSE, registers, turn_on, two
from tests.rows.people import settle
from tests.web.support import FIRST, SECOND, Eyes, face_model

__all__ = ["desk", "office"]
SELFIE = RetentionRule("decision", 30)


@pytest.fixture
def guard(desk: Desk) -> Duplicates:
    turn_on(desk)
    found = desk.office.house.duplicates
    assert found is not None
    return found


def progress(desk: Desk) -> tuple[int, int, int]:
    with desk.workspace.read() as work:
        found = duplicates.progress(work, desk.office.eyes.model)
    return found.current, found.waiting, found.stale


def kept(desk: Desk, id: str) -> list[templates.Template]:
    with desk.workspace.read() as work:
        return templates.of_registration(work, id)


def test_a_changed_model_makes_them_anew_and_may_be_killed_anywhere(
    desk: Desk, guard: Duplicates, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two(desk)
    old = [kept(desk, row["id"])[0] for row in (first, second)]
    desk.office.eyes.model = face_model("b")
    assert progress(desk) == (0, 2, 0)
    with desk.workspace.read() as work:
        assert templates.vectors(work, "b" * 64, 10) == []

    seen: list[str] = []

    def dies_at_the_second(self: Eyes, selfie: bytes, model: str) -> FaceCodes:
        seen.append(model)
        if len(seen) == 2:
            raise VisionFault("ENGINE_TIMEOUT")
        return whole(self, selfie, model)

    whole = Eyes.template
    monkeypatch.setattr(Eyes, "template", dies_at_the_second)
    guard.sweep()
    assert progress(desk) == (1, 1, 0)
    monkeypatch.setattr(Eyes, "template", whole)
    guard.sweep()
    assert progress(desk) == (2, 0, 0)
    assert guard.sweep() == 0, "twice is once"
    for before, row in zip(old, (first, second), strict=True):
        (now,) = kept(desk, row["id"])
        assert (now.model_sha256, now.evidence_id) == ("b" * 64, before.evidence_id)
        assert now.person_blind == before.person_blind
        with desk.workspace.read() as work:
            assert [entry.cause for entry in retaining.deletions(work, before.id)] == ["model-changed"]
    with desk.workspace.read() as work:
        (open_one,) = candidates.of_registration(work, store.get(work, second["id"]))
    assert open_one.similarity == 1.0, "what waits for a reviewer stays"
    found = guard.look(second["id"])
    assert found is not None
    assert [one.registration_id for one in found.alike] == [first["id"]]
    assert found.model_sha256 == "b" * 64


def test_without_its_picture_a_template_is_stale_and_ends_with_its_time(desk: Desk, guard: Duplicates) -> None:
    first, _ = two(desk)
    with desk.workspace.write() as work:
        selfie = next(item for item in store.evidence(work, first["id"]) if item.kind == "selfie")
        erasing.picture(work, selfie)
    desk.office.eyes.model = face_model("b")
    guard.sweep()
    assert progress(desk) == (1, 0, 1)
    assert guard.sweep() == 0
    (row,) = kept(desk, first["id"])
    assert row.stale_at is not None
    settle(desk.office)
    desk.end_binding(first["id"])
    desk.office.clock.advance(timedelta(hours=1))
    retention.sweep(desk.workspace)
    assert kept(desk, first["id"]) == []


def test_the_index_follows_the_rows_without_reading_them_all_again(
    desk: Desk, guard: Duplicates, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    whole = templates.vectors

    def counted(*args: object, **how: object) -> list[templates.Vector]:
        rows = whole(*args, **how)  # type: ignore[arg-type]
        opened.append(len(rows))
        return rows

    monkeypatch.setattr(templates, "vectors", counted)
    first, second = two(desk)
    desk.office.clock.advance(timedelta(hours=1))
    guard.look(second["id"])
    opened.clear()
    desk.office.clock.advance(timedelta(hours=1))
    found = guard.look(second["id"])
    assert found is not None
    assert (found.searched, len(found.alike)) == (2, 1)
    assert sum(opened) == 0, "nothing was new"
    with desk.workspace.write() as work:
        duplicates.erasure.drop_templates(work, first["id"], cause="test")
    found = guard.look(second["id"])
    assert found is not None
    assert (found.searched, found.alike) == (1, ())


def test_another_process_sees_what_this_one_kept(desk: Desk, guard: Duplicates) -> None:
    first, second = two(desk)
    other = Duplicates(desk.workspace, desk.office.eyes, model=lambda: desk.office.eyes.model)
    found = other.look(second["id"])
    assert found is not None
    assert [one.registration_id for one in found.alike] == [first["id"]]


def test_other_issuers_are_never_searched(desk: Desk, guard: Duplicates) -> None:
    two(desk)
    here = desk.workspace
    elsewhere = Workspace(here.db, here.vault, here.clock, "another")
    with elsewhere.read() as work:
        assert templates.vectors(work, "a" * 64, 10) == []
        assert templates.counts(work) == []
    with here.read() as work:
        assert len(templates.vectors(work, "a" * 64, 10)) == 2


def test_a_technical_fault_is_tried_again_and_then_a_person_looks_at_no_cost(
    desk: Desk, guard: Duplicates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Eyes, selfie: bytes, model: str) -> FaceCodes:
        raise VisionFault("ENGINE_TIMEOUT")

    monkeypatch.setattr(Eyes, "template", fails)
    holder = desk.holder()
    id = desk.office.begin(holder)
    desk.office.fill(holder, id, looked_for=True)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    for _ in range(2):
        with pytest.raises(steps.NotYet):
            desk.office.work()
    desk.office.work()
    with desk.workspace.read() as work:
        row = store.get(work, id)
        findings = [f for f in store.findings(work, id, 1) if f.check == "face_duplicates"]
    assert (str(row.state), row.attempts_used) == ("in-review", 0)
    assert [(str(f.outcome), f.details) for f in findings] == [("unable", {"error": "ENGINE_TIMEOUT"})]
    assert kept(desk, id) == []


def test_without_a_model_nothing_is_kept_and_a_person_looks(desk: Desk, guard: Duplicates) -> None:
    def none() -> None:
        raise ModelRefused("no face-embedding model is here")

    desk.office.house.duplicates = Duplicates(desk.workspace, desk.office.eyes, model=none)  # type: ignore[arg-type]
    found = registers(desk, desk.holder(), FIRST, SOMEBODY, SAME_FACE)
    assert found["state"] == "in-review"
    assert kept(desk, found["id"]) == []


def test_a_picture_without_a_face_keeps_nothing_and_is_left_to_the_checks_of_the_selfie(
    desk: Desk, guard: Duplicates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Eyes, "template", lambda *_: FaceCodes(b"", "FACE_NONE"))
    found = registers(desk, desk.holder(), FIRST, SOMEBODY, SAME_FACE)
    with desk.workspace.read() as work:
        (finding,) = [f for f in store.findings(work, found["id"], 1) if f.check == "face_duplicates"]
        assert str(store.decisions(work, found["id"])[-1].verdict) == "approve"
    assert (str(finding.outcome), finding.details) == ("not-run", {"error": "FACE_NONE"})
    assert kept(desk, found["id"]) == []


def test_consent_taken_back_while_the_face_was_read_keeps_nothing(
    desk: Desk, guard: Duplicates, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = registers(desk, desk.holder("first@example.org"), FIRST, SOMEBODY, SAME_FACE)
    holder = desk.holder("second@example.org")
    desk.office.eyes.front = dict(SOMEBODY_ELSE)
    id = desk.office.begin(holder, SECOND)
    desk.office.fill(holder, id, looked_for=True, selfie=SAME_FACE, declared=SOMEBODY_ELSE)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    whole = Eyes.template

    def withdrawn_meanwhile(self: Eyes, selfie: bytes, model: str) -> FaceCodes:
        holder.ok("POST", f"/v1/registrations/{id}/consents/face-duplicates/withdrawal")
        return whole(self, selfie, model)

    monkeypatch.setattr(Eyes, "template", withdrawn_meanwhile)
    desk.office.work()
    assert kept(desk, id) == []
    assert len(kept(desk, first["id"])) == 1
    with desk.workspace.read() as work:
        assert str(store.decisions(work, id)[-1].verdict) == "approve"


def test_the_sweep_is_a_net_below_the_withdrawal(desk: Desk, guard: Duplicates) -> None:
    first, _ = two(desk)
    with desk.workspace.write() as work:
        registration = store.get(work, first["id"])
        intake.add_consent(work, registration, "face-duplicates", "face-duplicates-1", "en", False)
    assert guard.sweep() == 1
    assert kept(desk, first["id"]) == []


def test_strangers_stay_strangers_to_the_index(desk: Desk, guard: Duplicates) -> None:
    registers(desk, desk.holder("first@example.org"), FIRST, SOMEBODY, SAME_FACE)
    second = registers(desk, desk.holder("second@example.org"), SECOND, SOMEBODY_ELSE, OTHER_FACE)
    found = guard.look(second["id"])
    assert found is not None
    assert (found.searched, found.alike) == (2, ())


@pytest.fixture
def real() -> str:
    name = "face-reidentification-retail-0095"
    if find(name) is None or find("face-landmark-468") is None:
        pytest.skip("the face models are not here: set SHIMING_MODELS")
    return name


@pytest.mark.models
def test_the_vision_process_gives_the_template_beside_the_json(real: str) -> None:
    made = {}
    for name, seed in (("collins", 1), ("collins", 2), ("hopper", 1)):
        answer, (codes,) = jobs.run("template", {"model": real}, [portraits.selfie(name, seed=seed)])
        assert answer == {"error": None}, "the numbers are no part of what could be logged"
        made[name, seed] = np.frombuffer(codes, np.int8).astype(np.float32)
        assert len(codes) == 256
    face = model(real).face
    assert face is not None

    def similarity(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert similarity(made["collins", 1], made["collins", 2]) > face.match.similarity
    assert similarity(made["collins", 1], made["hopper", 1]) < face.uncertain.similarity
    assert jobs.run("template", {"model": real}, [SAME_FACE]) == ({"error": "FACE_NONE"}, [])
