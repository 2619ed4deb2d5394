"""The agents' inbox where no page shows it: contacts without an account, who may not answer, what is erased."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shiming.audit.work import Workspace
from shiming.custody import retention
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.review import inbox
from shiming.review import store as threads
from shiming.review.store import Thread
from shiming.vault.vault import KeyShreddedError

NOBODY, AGENT = Actor(Role.ANONYMOUS, "-"), Actor(Role.AGENT, "agent-1")


def asked(workspace: Workspace, **how: object) -> Thread:
    with workspace.write() as work:
        return inbox.open_thread(work, NOBODY, "question", "Where is it?", **how)  # type: ignore[arg-type]


def test_answers_go_to_a_proven_contact_where_there_is_no_account(workspace: Workspace) -> None:
    thread = asked(workspace, contact="+8613800138000")
    with workspace.write() as work:
        inbox.answer(work, AGENT, thread.reference, "On its way.")
    with workspace.read() as work:
        posts = [work.read_post(row) for row in work.conn.execute(outbox.outbox.select()).all()]
        kept = work.conn.execute(threads.thread.select()).one()
    assert {(post["channel"], post["to"]) for post in posts} == {("sms", "+8613800138000")}
    assert b"13800138000" not in bytes(kept.contact_sealed)


def test_who_is_barred_neither_sees_nor_answers(workspace: Workspace) -> None:
    thread = asked(workspace, contact="a@example.org", barred=(AGENT.id,))
    with workspace.write() as work:
        assert inbox.queue(work, AGENT) == []
        for act in (inbox.read, inbox.take):
            with pytest.raises(Problem, match="OTHER_PERSON"):
                act(work, AGENT, thread.reference)
    with workspace.write() as work, pytest.raises(Problem, match="NOT_ALLOWED"):
        inbox.queue(work, Actor(Role.CLERK, "clerk"))


def test_a_quiet_thread_is_erased_with_its_key_and_an_open_one_is_not(workspace: Workspace, clock: FixedClock) -> None:
    quiet, waits = asked(workspace, contact="a@example.org"), asked(workspace, contact="b@example.org")
    with workspace.write() as work:
        inbox.answer(work, AGENT, quiet.reference, "Here.")
    clock.advance(timedelta(days=366))
    retention.sweep(workspace)
    retention.sweep(workspace)
    with workspace.read() as work:
        assert threads.messages(work, threads.get(work, quiet.id)) == []
        assert threads.contact(work, threads.get(work, quiet.id)) is None
        assert len(threads.messages(work, threads.get(work, waits.id))) == 1
        with pytest.raises(KeyShreddedError):
            threads.open_json(work, quiet.key_id, "thread", "contact_sealed", quiet.id, b"anything")
