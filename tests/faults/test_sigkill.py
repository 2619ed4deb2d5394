"""Kill the server with SIGKILL at random moments, start it again: every registration is finished once.

Holders and a reviewer speak to the real server over HTTP and know nothing of its deaths but broken connections. The partners
are processes of their own that write down what they did, so nobody's word is taken but theirs.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from shiming.audit import checkpoints
from shiming.audit.work import Workspace
from shiming.pipeline import store as pipeline_store
from shiming.platform.db import Database
from shiming.platform.settings import Settings
from shiming.registration import store
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.values import Outcome
from tests.faults.clients import Traffic
from tests.faults.crowd import Crowd, finished, hire
from tests.faults.lives import Lives, environment, free_port, partners
from tests.faults.people import SLOTS, holders, marked_picture

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

COUNT = 50
KILLS = 18
ENOUGH_KILLS = 15
FINISH_SECONDS = 400
TEMPLATES = ("activation-code", "submitted", "decision-approved", "in-service")


@dataclass(frozen=True)
class Run:
    """What one run of the test left behind."""

    workspace: Workspace
    done: list[dict[str, str]]
    killed: Counter[str]
    traffic: Traffic
    seconds: float


def run(tmp_path: Path, database: Database, *, careless: bool) -> Run:
    """The whole story: people at work, and a server killed at random moments until enough, then one that may finish."""
    seed = random.SystemRandom().getrandbits(32)
    sys.stdout.write(f"\nseed of the moments: {seed}\n")
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path / "data", database_url=url, port=free_port())
    workspace = Workspace.open(settings)
    hire(workspace)
    log, traffic, over = tmp_path / "done.jsonl", Traffic(), threading.Event()
    begun = time.monotonic()
    people = [(who, {slot: marked_picture(who, slot) for slot in SLOTS}) for who in holders(COUNT)]
    with partners(log, careless=careless) as partner, ThreadPoolExecutor(1) as pool:
        env = environment(settings, partner, careless=careless)
        command = [sys.executable, "-m", "tests.faults.server"]
        lives = Lives(command, env, tmp_path / "server.log", workspace, traffic, over, random.Random(seed))
        crowd = pool.submit(Crowd(settings.address, log, traffic, over, people).run)
        try:
            lives.run(KILLS, lambda: crowd.done() and finished(workspace), FINISH_SECONDS)
        finally:
            over.set()
            crowd.result()  # what went wrong for the people says more than that the server's lives did not end
    done = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return Run(workspace, done, Counter(lives.killed), traffic, time.monotonic() - begun)


def check_registrations(found: Run) -> None:
    """Every registration approved, by one decision in force that took effect once. What was interrupted more often than the
    program tries was proposed to the reviewer for a technical reason and no other."""
    with found.workspace.read() as work:
        registrations = store.in_states(work, list(RegistrationState))
        assert len(registrations) == COUNT
        for registration in registrations:
            assert registration.state == RegistrationState.APPROVED
            decisions = store.decisions(work, registration.id)
            in_force = [d for d in decisions if d.verdict == "approve" and d.taken_back_at is None]
            assert [(d.actor_role, d.effect_at is not None) for d in in_force] == [("reviewer", True)]
            (proposal,) = [d for d in decisions if d.actor_role == "engine"]
            findings = store.findings(work, registration.id, 1)
            places = [(f.check, f.code, f.item, f.unit, str(f.details)) for f in findings]
            assert len(places) == len(set(places)), "expected the findings of one run of the checks"
            if set(proposal.reasons) != {"LIVE_NOT_SHOWN"}:
                assert "SERVICE_UNAVAILABLE" in {f.code for f in findings if f.outcome == Outcome.UNABLE}
            moves = Counter(entry.event for entry in store.timeline(work, registration.id))
            once = ("submit", "begin-checking", "refer", "approve")
            assert [moves[event] for event in once] == [1] * len(once), moves
            assert (moves["evidence-received"], moves["evidence-read"]) == (3, 3)
        bindings = work.conn.exec_driver_sql("select count(*), count(distinct card_id) from binding").one()
        assert tuple(bindings) == (COUNT, COUNT)
        assert checkpoints.verify(work.conn, work.issuer) == []


def outbox_states(workspace: Workspace) -> Counter[tuple[str, str]]:
    with workspace.read() as work:
        rows = work.conn.exec_driver_sql("select topic, state, count(*) from outbox group by topic, state").all()
    return Counter({(topic, state): n for topic, state, n in rows})


def doubles_of(done: list[dict[str, str]]) -> int:
    """How many deeds were done more often than once: by key, and as people would see it."""
    by_key = Counter((deed["what"], deed["key"]) for deed in done)
    seen = Counter(deed.get("number") or f"{deed['to']} {deed['text']}" for deed in done)
    return sum(n - 1 for n in by_key.values()) + sum(n - 1 for n in seen.values())


def show(found: Run, name: str) -> None:
    states = {f"{topic} {state}": n for (topic, state), n in sorted(outbox_states(found.workspace).items())}
    traffic = found.traffic
    sys.stdout.write(
        f"{name}: {COUNT} registrations in {found.seconds:.0f} s, kills {dict(found.killed)}, "
        f"requests answered {traffic.answered}, cut off {traffic.cut}, unreachable {traffic.unreachable}, "
        f"deeds at partners {len(found.done)}, doubles {doubles_of(found.done)}, outbox {states}\n"
    )


def templates_done(found: Run) -> Counter[tuple[str, str]]:
    """What the gateway sent, by registration and kind of message."""
    done = {deed["key"] for deed in found.done if deed["what"] == "sms"}
    with found.workspace.read() as work:
        rows = work.conn.exec_driver_sql(
            "select o.idempotency_key, n.about, n.template from outbox o join notice n on n.id = o.id"
        ).all()
    return Counter((about, template) for key, about, template in rows if key in done)


def test_every_registration_is_finished_once_at_partners_that_honour_keys(tmp_path: Path, database: Database) -> None:
    found = run(tmp_path, database, careless=False)
    show(found, f"partners that honour keys, {database.dialect}")
    check_registrations(found)
    assert found.killed.total() >= ENOUGH_KILLS, "expected the servers to be killed while there was work"
    assert found.traffic.cut > 0, "expected kills amid requests"
    assert doubles_of(found.done) == 0
    lines = Counter(deed["number"] for deed in found.done if deed["what"] == "line")
    assert lines == Counter(holder.number for holder in holders(COUNT))
    sent = templates_done(found)
    with found.workspace.read() as work:
        ids = [registration.id for registration in store.in_states(work, [RegistrationState.APPROVED])]
        assert len(store.cards_in_state(work, CardState.IN_SERVICE)) == COUNT
    assert {key: n for key, n in sent.items() if key[1] in TEMPLATES} == {(id, t): 1 for id in ids for t in TEMPLATES}
    assert set(outbox_states(found.workspace)) == {("notice", "sent"), ("operator", "sent")}
    found.workspace.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nothing_is_sent_twice_at_partners_that_do_not(tmp_path: Path, database: Database) -> None:
    found = run(tmp_path, database, careless=True)
    show(found, "partners that do not honour keys")
    check_registrations(found)
    assert found.killed.total() >= ENOUGH_KILLS, "expected the servers to be killed while there was work"
    assert doubles_of(found.done) == 0
    sent = templates_done(found)
    assert [n for (about, _), n in sent.items() if about is not None and n > 1] == []
    states = outbox_states(found.workspace)
    assert {state for _, state in states} <= {"sent", "uncertain"}
    done = {deed["key"] for deed in found.done}
    with found.workspace.read() as work:
        rows = work.conn.exec_driver_sql("select idempotency_key, state from outbox").all()
        doubted = len(pipeline_store.doubts(work))
    # What says "sent" was done; what was not done says so, and waits for a person.
    assert all(key in done for key, state in rows if state == "sent")
    assert all(state == "uncertain" for key, state in rows if key not in done)
    assert doubted == sum(n for (_, state), n in states.items() if state == "uncertain")
    found.workspace.close()
