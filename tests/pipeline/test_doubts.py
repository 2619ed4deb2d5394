"""What a person must look at: messages and orders in doubt or given up, and no others."""

from __future__ import annotations

from shiming.audit.work import Workspace
from shiming.pipeline import store as pipeline_store
from shiming.platform import outbox


def test_doubts_are_what_is_uncertain_or_failed_oldest_first(workspace: Workspace) -> None:
    with workspace.write() as work:
        ids = {state: work.post("notice", {"to": "+8613800138000"}, key=state, about="r1") for state in outbox.STATES}
        order = work.post("operator", {"card": "c1"}, key="order", about="r2")
        for state, id in ids.items():
            outbox.mark(work.conn, id, state, error="SENDER_DIED" if state in ("uncertain", "failed") else None)
        outbox.mark(work.conn, order, "uncertain", error="NO_ANSWER", at=work.now)
    with workspace.read() as work:
        rows = pipeline_store.doubts(work)
    assert [(row.id, row.topic, row.about, row.state, row.last_error) for row in rows] == [
        (ids["failed"], "notice", "r1", "failed", "SENDER_DIED"),
        (ids["uncertain"], "notice", "r1", "uncertain", "SENDER_DIED"),
        (order, "operator", "r2", "uncertain", "NO_ANSWER"),
    ]
    assert not any("payload" in row._fields for row in rows), "expected no recipient in the list of doubts"


def test_doubts_of_another_issuer_are_not_seen(workspace: Workspace) -> None:
    other = Workspace(workspace.db, workspace.vault, workspace.clock, "another")
    with other.write() as work:
        outbox.mark(work.conn, work.post("notice", {}, key="k"), "uncertain")
    with workspace.read() as work:
        assert pipeline_store.doubts(work) == []


def test_what_is_sent_again_and_arrives_is_no_doubt_any_more(workspace: Workspace) -> None:
    with workspace.write() as work:
        id = work.post("notice", {}, key="k")
        outbox.mark(work.conn, id, "failed", error="HTTP_500")
    with workspace.write() as work:
        assert len(pipeline_store.doubts(work)) == 1
        outbox.mark(work.conn, id, "sent", at=work.now)
        assert pipeline_store.doubts(work) == []
