"""Retention per artefact, with proof: what is due goes, what is not stays, twice is once, and the keys are shredded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.audit import store as audit
from shiming.audit.work import Workspace
from shiming.custody import retention
from shiming.custody.store import retaining
from shiming.custody.store.tables import deletion
from shiming.intake.liveness.store import liveness_band, liveness_mark
from shiming.platform import outbox
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Evidence
from shiming.registration.store import further_pictures
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import RetentionRule
from shiming.review import store as reviews
from shiming.vault import KeyShreddedError
from shiming.vault import store as keys
from tests.custody.conftest import Desk


def of(workspace: Workspace, id: str, slot: str) -> Evidence:
    with workspace.read() as work:
        return next(item for item in store.evidence(work, id, current=False) if item.slot == slot)


def shredded(workspace: Workspace, key_id: str) -> bool:
    with workspace.read() as work:
        row = keys.get(work.conn, key_id)
    return row is not None and row.wrapped is None


def log(workspace: Workspace, object_id: str) -> list[tuple[str, str, str]]:
    with workspace.read() as work:
        return [(row.kind, row.artefact, row.cause) for row in retaining.deletions(work, object_id)]


def test_none_goes_once_the_decision_took_effect_and_not_before(desk: Desk) -> None:
    desk.keep(selfie=RetentionRule("none"), reading=RetentionRule("none"))
    holder = desk.holder()
    waiting = desk.office.in_review(holder)["id"]
    retention.sweep(desk.workspace)
    before = of(desk.workspace, waiting, "selfie")
    assert before.picture_erased_at is None

    reviewer = desk.office.member("reviewer")
    reviewer.ok("POST", f"/v1/review/cases/{waiting}/claim")
    decision = reviewer.ok("POST", f"/v1/review/cases/{waiting}/decisions", json={"n": 1, "verdict": "approve"})
    retention.sweep(desk.workspace)
    assert of(desk.workspace, waiting, "selfie").picture_erased_at is None, "it can still be taken back"

    reviewer.ok("POST", f"/v1/review/decisions/{decision['id']}/release-result")
    retention.sweep(desk.workspace)
    selfie, front = of(desk.workspace, waiting, "selfie"), of(desk.workspace, waiting, "document-front")
    assert selfie.picture_erased_at is not None
    assert shredded(desk.workspace, before.key_id)
    assert front.picture_erased_at is None
    assert front.reading_erased_at is not None
    with desk.workspace.read() as work:
        assert store.reading(work, front.id) is None
        assert store.picture(work, front.id)[:2] == b"\xff\xd8", "the picture stays, under a new key"
        with pytest.raises(Problem, match="ERASED"):
            store.picture(work, selfie.id)
        with pytest.raises(FileNotFoundError):
            work.vault.get_file(work.conn, before.key_id, issuer=work.issuer, row=selfie.id, file_id=before.file_id)
        with pytest.raises(KeyShreddedError):
            work.vault.seal(work.conn, before.key_id, issuer="default", table="x", column="x", row="x", value=b"")
    assert log(desk.workspace, selfie.id) == [("picture", "selfie", "retention"), ("reading", "reading", "retention")]


def test_end_waits_for_the_binding_and_then_for_its_days(desk: Desk) -> None:
    desk.keep(
        document_picture=RetentionRule("decision", 10),
        selfie=RetentionRule("decision", 10),
        reading=RetentionRule("end", 20),
        form=RetentionRule("end", 20),
        registration=RetentionRule("end", 731),
    )
    holder = desk.holder()
    id = desk.decided(holder)
    desk.office.clock.advance(timedelta(days=9))
    retention.sweep(desk.workspace)
    assert of(desk.workspace, id, "document-front").picture_erased_at is None
    desk.office.clock.advance(timedelta(days=2))
    retention.sweep(desk.workspace)
    assert of(desk.workspace, id, "document-front").picture_erased_at is not None
    desk.office.clock.advance(timedelta(days=3000))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert store.form(work, store.get(work, id))["name"], "the card is still held"

    desk.end_binding(id)
    desk.office.clock.advance(timedelta(days=21))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        registration = store.get(work, id)
        assert store.form(work, registration) == {}
        assert registration.erased_at is None
        assert store.decisions(work, id)[-1].note == "", "what a decision says is still readable"
    desk.office.clock.advance(timedelta(days=711))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        registration = store.get(work, id)
        assert registration.erased_at is not None
        assert store.parties.party_history(work, str(registration.party_id)) == []
    assert shredded(desk.workspace, registration.key_id)
    assert [kind for kind, _, _ in log(desk.workspace, id)] == ["form", "registration"]
    assert log(desk.workspace, str(registration.party_id)) == [("party", "registration", "retention")]
    with desk.workspace.read() as work:
        entries = audit.about(work.conn, work.issuer, "registration", id)
    assert "engine:data:erase" in {row.action for row in entries}


def test_drafts_refused_and_stopped_have_their_own_short_periods(desk: Desk) -> None:
    desk.keep(draft=RetentionRule("start", 5), refused=RetentionRule("decision", 7), expired=RetentionRule("end", 3))
    draft = desk.office.begin(desk.holder())
    desk.office.clock.advance(timedelta(days=4))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert store.get(work, draft).state == "draft"
    desk.office.clock.advance(timedelta(days=2))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        gone = store.get(work, draft)
        assert (gone.state, gone.erased_at is not None) == ("expired", True)
        assert store.card(work, gone.card_id).state == "in-stock", "its card is free again"

    refused = desk.refused(desk.holder("second@example.org"))
    desk.office.clock.advance(timedelta(days=29))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert store.get(work, refused).erased_at is None, "it can still be appealed"
    desk.office.clock.advance(timedelta(days=2))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert store.get(work, refused).erased_at is not None
        assert all(item.picture_erased_at for item in store.evidence(work, refused, current=False))


def test_killed_anywhere_and_run_twice_it_erases_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.keep(draft=RetentionRule("start", 1))
    id = desk.office.begin(desk.holder())
    desk.office.clock.advance(timedelta(days=2))

    def die(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as death:
        death.setattr(retaining, "plan", die)
        with pytest.raises(MemoryError):
            retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert store.get(work, id).erased_at is None
    assert log(desk.workspace, id) == []
    assert retention.sweep(desk.workspace) > 0
    first = log(desk.workspace, id)
    assert retention.sweep(desk.workspace) == 0
    assert log(desk.workspace, id) == first


def test_the_log_cannot_be_changed(desk: Desk) -> None:
    desk.keep(draft=RetentionRule("start", 1))
    desk.office.begin(desk.holder())
    desk.office.clock.advance(timedelta(days=2))
    retention.sweep(desk.workspace)
    with pytest.raises(Exception, match="append-only"), desk.workspace.write() as work:
        work.conn.execute(deletion.update().values(cause="nothing"))


def test_messages_and_idle_accounts_go_too(desk: Desk) -> None:
    holder = desk.holder()
    account = holder.ok("GET", "/v1/sessions/current")["id"]
    for message in messages(desk.workspace):
        desk.office.house.engine._notices.deliver(message)
    desk.office.clock.advance(timedelta(days=91))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert {bytes(row.payload) for row in work.conn.execute(outbox.outbox.select())} == {b""}
    desk.office.clock.advance(timedelta(days=300))
    retention.sweep(desk.workspace)
    assert log(desk.workspace, account) == [("account", "account", "retention")]
    again = desk.holder()
    assert again.ok("GET", "/v1/sessions/current")["id"] != account, "the contact is free for a new account"


def messages(workspace: Workspace) -> list[str]:
    with workspace.read() as work:
        return [row.id for row in outbox.due(work.conn, work.now, 100)]


def test_what_other_floors_say_of_a_registration_stays_readable_and_goes_with_it(desk: Desk) -> None:
    desk.keep(
        form=RetentionRule("decision", 5), reading=RetentionRule("decision", 5), registration=RetentionRule("end", 731)
    )
    id = desk.decided(desk.holder())
    with desk.workspace.write() as work:
        registration = store.get(work, id)
        sealed = seal_json(work, registration.key_id, "second_look", "note_sealed", "look-1", "looks right")
        look = {"id": "look-1", "issuer": work.issuer, "registration_id": id, "n": 1, "verdict": "approve"}
        more = {"reasons": [], "note_sealed": sealed, "first_id": "r", "at": work.now, "state": "agreed"}
        work.conn.execute(reviews.second_look.insert().values(**look, **more))
    desk.office.clock.advance(timedelta(days=6))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        registration = store.get(work, id)
        assert registration.form_erased_at is not None
        assert [found.note for found in reviews.looks(work, registration)] == ["looks right"]
    desk.end_binding(id)
    desk.office.clock.advance(timedelta(days=732))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        assert [found.note for found in reviews.looks(work, store.get(work, id))] == [""]


def test_swept_from_several_places_at_once_it_erases_once(desk: Desk) -> None:
    desk.keep(form=RetentionRule("decision", 5), reading=RetentionRule("decision", 5))
    id = desk.decided(desk.holder())
    desk.office.clock.advance(timedelta(days=6))
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: retention.settle(desk.workspace, id), range(4)))
    assert sorted(counts)[:3] == [0, 0, 0]
    assert log(desk.workspace, id) == [("form", "form", "retention")]
    with desk.workspace.read() as work:
        assert store.decisions(work, id)[-1].verdict == "approve", "what stays opens under the one new key"


def test_pictures_of_a_liveness_session_go_with_the_selfies_rule_with_proof(desk: Desk) -> None:
    desk.office.lively = True
    desk.change(review_mode="always", retention={"selfie": {"after": "decision", "days": 5, "origin": "test"}})
    id = desk.decided(desk.holder())
    with desk.workspace.read() as work:
        item = next(e for e in store.evidence(work, id) if e.kind == "liveness")
        assert further_pictures.count(work, item.id) == 2
        assert work.conn.execute(sa.select(liveness_mark)).all()
        assert work.conn.execute(sa.select(liveness_band)).all()
    desk.office.clock.advance(timedelta(days=6))
    retention.sweep(desk.workspace)
    with desk.workspace.read() as work:
        item = store.evidence_by_id(work, item.id)
        assert item.picture_erased_at is not None
        assert further_pictures.count(work, item.id) == 0
        assert not work.conn.execute(sa.select(liveness_mark)).all()
        assert not work.conn.execute(sa.select(liveness_band)).all()
        with pytest.raises(Problem, match="ERASED"):
            further_pictures.picture(work, item, 1)
    assert ("picture", "selfie", "retention") in log(desk.workspace, item.id)


def test_what_was_read_is_erased_and_every_picture_of_a_session_stays_readable(desk: Desk) -> None:
    desk.office.lively = True
    holder = desk.holder()
    id = desk.office.begin(holder)
    desk.office.fill(holder, id)
    desk.office.work()
    with desk.workspace.write() as work:
        item = next(e for e in store.evidence(work, id) if e.kind == "liveness")
        before = [store.picture(work, item.id), *(further_pictures.picture(work, item, n) for n in (1, 2))]
        assert retention.erase_one(work, "reading", item.id) is not None
    with desk.workspace.read() as work:
        item = store.evidence_by_id(work, item.id)
        after = [store.picture(work, item.id), *(further_pictures.picture(work, item, n) for n in (1, 2))]
        assert after == before
        assert store.reading(work, item.id) is None
