from dataclasses import dataclass
from datetime import timedelta

import pytest

from shiming.audit import store
from shiming.audit.actions import Action
from shiming.audit.work import Workspace
from shiming.platform import outbox
from shiming.vault import KeyShreddedError


@dataclass(frozen=True)
class Doer:
    role: str = "engine"
    id: str = "engine"


def test_deeds_messages_and_callbacks_come_with_the_commit(workspace):
    called = []
    with workspace.write() as work:
        work.record(Doer(), Action.STAFF_CREATE, "staff", "s1", role="reviewer")
        work.post("notice", {"to": "+8613800138000"}, key="k", about="r1")
        work.after_commit(lambda: called.append("now"))
        assert called == []
        assert store.head(work.conn, "default")[0] == 0, "the chain's head is locked last"
    assert called == ["now"]
    with workspace.read() as work:
        assert store.head(work.conn, "default")[0] == 1
        [row] = outbox.due(work.conn, work.now, 10)
        assert work.read_post(row) == {"to": "+8613800138000"}
        assert b"138" not in row.payload


def test_nothing_comes_of_a_unit_that_fails(workspace):
    called = []

    def fails():
        with workspace.write() as work:
            work.record(Doer(), Action.STAFF_CREATE, "staff", "s1")
            work.post("notice", {}, key="k")
            work.after_commit(lambda: called.append("now"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fails()
    with workspace.read() as work:
        assert (store.head(work.conn, "default")[0], outbox.due(work.conn, work.now, 10), called) == (0, [], [])


def test_the_same_key_posts_once(workspace):
    with workspace.write() as work:
        first = work.post("notice", {"n": 1}, key="k")
    with workspace.write() as work:
        assert work.post("notice", {"n": 2}, key="k") == first
        [row] = outbox.due(work.conn, work.now, 10)
        assert work.read_post(row) == {"n": 1}


def test_a_messages_key_can_be_shredded(workspace):
    with workspace.write() as work:
        id = work.post("notice", {"n": 1}, key="k")
        work.vault.shred(work.conn, id)
        [row] = outbox.due(work.conn, work.now, 10)
        with pytest.raises(KeyShreddedError):
            work.read_post(row)


def test_now_stands_still_in_a_unit(workspace, clock):
    with workspace.read() as work:
        before = work.now
        clock.advance(timedelta(hours=1))
        assert work.now == before
    with workspace.read() as work:
        assert work.now == before + timedelta(hours=1)


def test_a_reading_unit_refuses_deeds(workspace):
    with workspace.read() as work:
        with pytest.raises(RuntimeError, match=r"write\(\)"):
            work.record(Doer(), Action.STAFF_CREATE, "staff", "s1")
        with pytest.raises(RuntimeError, match=r"write\(\)"):
            work.post("notice", {}, key="k")


def test_what_json_cannot_hold_is_refused_at_once(workspace):
    with workspace.write() as work, pytest.raises(TypeError):
        work.record(Doer(), Action.STAFF_CREATE, "staff", "s1", at=work.now)


def test_open_makes_an_installation_and_opens_it_again(settings, clock):
    first = Workspace.open(settings, clock)
    with first.write() as work:
        id = work.post("notice", {"n": 1}, key="k")
    first.close()
    second = Workspace.open(settings)
    with second.read() as work:
        assert outbox.find(work.conn, "default", "k") == id
    second.close()
