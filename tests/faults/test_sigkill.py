"""Kill the server with SIGKILL at random moments, start it again: every registration is finished once.

The partners are processes of their own that write down what they did, so nobody's word is taken but theirs.
"""

from __future__ import annotations

import json
import os
import random
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shiming.accounts import codes
from shiming.accounts import holders as accounts
from shiming.audit import checkpoints
from shiming.audit.work import Workspace
from shiming.intake import cards
from shiming.platform.settings import Settings
from shiming.registration import store
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.values import Actor, Outcome, Role
from tests.faults.people import holders, stock

ROOT = Path(__file__).parents[2]
COUNT = 50
KILLS = 15
STEPS = 140
"""A server is killed after a random number of deeds, up to this, so that the kills spread over the whole work, however fast
the machine; 50 registrations are some 1500 deeds."""
LOOK_SECONDS = 0.02
FINISH_SECONDS = 240
MOST_REFERRED = 3
"""Three attempts a row are counted: with 15 kills only what was under way at four of them can be referred."""
DECIDED = (RegistrationState.APPROVED, RegistrationState.IN_REVIEW)


@dataclass(frozen=True)
class Run:
    """What one run of the test left behind."""

    workspace: Workspace
    done: list[dict[str, str]]
    kills: int
    decided_before_last: int


@contextmanager
def partners(log: Path, *, careless: bool) -> Iterator[int]:
    command = [sys.executable, "-m", "tests.standins.operator_and_sms", str(log), *(["--careless"] if careless else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


def environment(data: Path, port: int, *, careless: bool) -> dict[str, str]:
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "SHIMING_DATA": str(data),
        "SHIMING_SMS__KIND": "http",
        "SHIMING_SMS__URL": f"http://127.0.0.1:{port}/sms",
        "SHIMING_SMS__HONOURS_KEYS": str(not careless).lower(),
        "SHIMING_OPERATOR__KIND": "http",
        "SHIMING_OPERATOR__URL": f"http://127.0.0.1:{port}/operator",
        "SHIMING_OPERATOR__HONOURS_KEYS": str(not careless).lower(),
        "SHIMING_LOG_LEVEL": "error",
    }


def prepare(workspace: Workspace, count: int) -> None:
    """Cards in stock, and an account for each holder, opened by a code as any other."""
    people = holders(count)
    with workspace.write() as work:
        report = cards.import_stock(work, Actor(Role.OFFICER, "officer"), stock(people))
        assert report.errors == ()
    for holder in people:
        contact = accounts.normalise_contact(holder.phone)
        with workspace.write() as work:
            codes.issue(work, accounts.SIGN_IN, contact.value)
            row = work.conn.exec_driver_sql("select * from outbox order by id desc limit 1").one()
            code = work.read_post(row)["params"]["code"]
        with workspace.write() as work:
            assert accounts.sign_in(work, contact, code) is not None


def lives(process: subprocess.Popen[str], word: str, seconds: float) -> bool:
    """Whether the server said ``word`` within the time; False when the time is over."""
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], seconds)[0]:
        return False
    said = process.stdout.readline().strip()
    assert said == word, f"expected the server to say {word!r}, it said {said!r} and ended with {process.poll()}"
    return True


def deeds(workspace: Workspace) -> int:
    """How far everything is: what was recorded and what was sent."""
    with workspace.read() as work:
        recorded = work.conn.exec_driver_sql("select count(*) from audit").scalar_one()
        sent = work.conn.exec_driver_sql("select count(*) from outbox where state <> 'pending'").scalar_one()
    return int(recorded) + int(sent)


def one_life(command: list[str], env: dict[str, str], workspace: Workspace, steps: int | None) -> bool:
    """Starts a server and kills it after so many deeds; True when it was done before that. None lets it finish."""
    begun = deeds(workspace)
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert lives(server, "ready", FINISH_SECONDS), "expected the server to be ready in time"
            if steps is None:
                assert lives(server, "done", FINISH_SECONDS), "expected the last server to finish everything"
                return True
            while deeds(workspace) < begun + steps:
                if lives(server, "done", LOOK_SECONDS):
                    return True
            return False
        finally:
            server.kill()


def run(tmp_path: Path, *, careless: bool, count: int, kills: int, vision: str) -> Run:
    """The whole story: servers killed at random moments until enough, then one that may finish."""
    chance = random.Random(20261121)
    settings = Settings(data=tmp_path / "data")
    workspace = Workspace.open(settings)
    prepare(workspace, count)
    log = tmp_path / "done.jsonl"
    log.touch()
    killed = decided = 0
    with partners(log, careless=careless) as port:
        command = [sys.executable, "-m", "tests.faults.server", str(count), vision]
        env = environment(settings.data, port, careless=careless)
        while not one_life(command, env, workspace, chance.randint(1, STEPS) if killed < kills else None):
            killed += 1
            with workspace.read() as work:
                decided = len(store.in_states(work, DECIDED))
    return Run(workspace, [json.loads(line) for line in log.read_text("utf-8").splitlines()], killed, decided)


def check_registrations(found: Run, count: int) -> int:
    """Every registration finished, by one decision that took effect once. Returns how many were approved.

    What was interrupted more often than the program tries refers to a person, for a technical reason and no other.
    """
    with found.workspace.read() as work:
        registrations = store.in_states(work, list(RegistrationState))
        assert len(registrations) == count
        for registration in registrations:
            (decision,) = store.decisions(work, registration.id)
            assert decision.effect_at is not None
            findings = store.findings(work, registration.id, 1)
            places = [(f.check, f.code, f.item, str(f.details)) for f in findings]
            assert len(places) == len(set(places)), "expected the findings of one run of the checks"
            moves = Counter(entry.event for entry in store.timeline(work, registration.id))
            assert (moves["submit"], moves["begin-checking"], moves["evidence-read"]) == (1, 1, 3)
            if registration.state == RegistrationState.APPROVED:
                assert moves["approve"] == 1
            else:
                assert registration.state == RegistrationState.IN_REVIEW
                assert "SERVICE_UNAVAILABLE" in {f.code for f in findings if f.outcome == Outcome.UNABLE}
        approved = sum(registration.state == RegistrationState.APPROVED for registration in registrations)
        bindings = work.conn.exec_driver_sql("select count(*), count(distinct card_id) from binding").one()
        assert tuple(bindings) == (approved, approved)
    return approved


def outbox_states(workspace: Workspace) -> Counter[tuple[str, str]]:
    with workspace.read() as work:
        rows = work.conn.exec_driver_sql("select topic, state, count(*) from outbox group by topic, state").all()
    return Counter({(topic, state): n for topic, state, n in rows})


def show(found: Run, name: str, count: int, doubles: int) -> None:
    states = {f"{topic} {state}": n for (topic, state), n in sorted(outbox_states(found.workspace).items())}
    sys.stdout.write(
        f"\n{name}: {count} registrations, {found.kills} kills, {count - found.decided_before_last} resumed by the last "
        f"server, {len(found.done)} deeds at partners, {doubles} doubles, outbox {states}\n"
    )


def doubles_of(done: list[dict[str, str]]) -> int:
    """How many deeds were done more often than once: by key, and as people would see it."""
    by_key = Counter((deed["what"], deed["key"]) for deed in done)
    seen = Counter(deed.get("number") or f"{deed['to']} {deed['text']}" for deed in done)
    return sum(n - 1 for n in by_key.values()) + sum(n - 1 for n in seen.values())


@pytest.mark.slow
def test_every_registration_is_finished_once_at_partners_that_honour_keys(tmp_path: Path) -> None:
    found = run(tmp_path, careless=False, count=COUNT, kills=KILLS, vision="paper")
    doubles = doubles_of(found.done)
    show(found, "partners that honour keys", COUNT, doubles)
    approved = check_registrations(found, COUNT)
    assert approved >= COUNT - MOST_REFERRED
    assert found.kills >= KILLS / 2, "expected the servers to be killed while there was work"
    assert doubles == 0
    texts = Counter(deed["what"] for deed in found.done)
    assert texts["line"] == approved
    # A code to sign in, the activation code, the receipt; then the approval and the card in service.
    assert texts["sms"] == 3 * COUNT + 2 * approved
    assert set(outbox_states(found.workspace)) == {("notice", "sent"), ("operator", "sent")}
    with found.workspace.read() as work:
        assert len(store.cards_in_state(work, CardState.IN_SERVICE)) == approved
        assert checkpoints.verify(work.conn, work.issuer) == []
    found.workspace.close()


@pytest.mark.slow
def test_nothing_is_sent_twice_at_partners_that_do_not(tmp_path: Path) -> None:
    found = run(tmp_path, careless=True, count=COUNT, kills=KILLS, vision="paper")
    doubles = doubles_of(found.done)
    show(found, "partners that do not honour keys", COUNT, doubles)
    approved = check_registrations(found, COUNT)
    assert approved >= COUNT - MOST_REFERRED
    assert doubles == 0
    states = outbox_states(found.workspace)
    assert {state for _, state in states} <= {"sent", "uncertain"}
    done = {deed["key"] for deed in found.done}
    with found.workspace.read() as work:
        rows = work.conn.exec_driver_sql("select idempotency_key, state from outbox").all()
    # What says "sent" was done; what was not done says so, and waits for a person.
    assert all(key in done for key, state in rows if state == "sent")
    assert all(state == "uncertain" for key, state in rows if key not in done)
    found.workspace.close()
