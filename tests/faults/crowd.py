"""Everybody who asks the server for something, each in a thread of their own, and what they leave to be done."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from shiming.accounts import staff
from shiming.audit.work import Workspace
from shiming.registration import store
from shiming.registration.states import CardState
from shiming.registration.values import Actor, Role
from tests.faults.clients import PART_BYTES, Client, Phone, Traffic, register, review, sign_in
from tests.faults.people import Holder, stock

AT_ONCE = 8
"""Holders that register at the same time."""
PASSWORD = "a pass phrase of five words"


def hire(workspace: Workspace) -> None:
    """A reviewer and an officer, as an administrator adds them."""
    with workspace.write() as work:
        for role in ("reviewer", "officer"):
            staff.create(work, Actor(Role.ENGINE, "test"), role, PASSWORD, role, role.title())


def of_staff(base: str, role: str, traffic: Traffic, over: threading.Event) -> Client:
    """A member of staff, signed in; a session whose answer was lost is simply opened again."""
    client = Client(base, traffic, "10.1.0.1", over)
    client.token = client.ok("POST", "/v1/staff/sessions", json={"username": role, "password": PASSWORD})["token"]
    return client


@dataclass
class Crowd:
    """Holders with their pictures by slot, the officer who brings the cards, the reviewer."""

    base: str
    log: Path
    traffic: Traffic
    over: threading.Event
    people: list[tuple[Holder, dict[str, bytes]]]
    part: int = PART_BYTES

    def run(self) -> None:
        """Lets everybody do what they came for. The first that fails ends it for all, and raises."""
        officer = of_staff(self.base, "officer", self.traffic, self.over)
        report = officer.ok("POST", "/v1/stock", json={"csv": stock([holder for holder, _ in self.people])})
        assert report["errors"] == []
        with ThreadPoolExecutor(AT_ONCE + 1) as pool:
            begun = [pool.submit(self._review), *(pool.submit(self._register, *who) for who in self.people)]
            for future in begun:
                try:
                    future.result()
                except BaseException:
                    self.over.set()
                    raise

    def _register(self, holder: Holder, pictures: dict[str, bytes]) -> None:
        client = Client(self.base, self.traffic, f"10.0.0.{holder.index + 1}", self.over)
        sign_in(client, holder.phone, Phone(self.log, holder.phone))
        register(client, holder, pictures, "carrier-5g", self.part)

    def _review(self) -> None:
        reviewer = of_staff(self.base, "reviewer", self.traffic, self.over)
        assert review(reviewer, len(self.people)) == len(self.people)


def finished(workspace: Workspace) -> bool:
    """Whether nothing is left to be done: all approved, every message sent, in doubt or given up, every line open that was
    ordered without doubt."""
    with workspace.read() as work:
        states = work.conn.exec_driver_sql("select topic, state, count(*) from outbox group by topic, state").all()
        waiting = len(store.cards_in_state(work, CardState.ACTIVATING))
    open_messages = sum(n for _, state, n in states if state in ("pending", "sending"))
    doubtful_orders = sum(n for topic, state, n in states if topic == "operator" and state in ("uncertain", "failed"))
    return open_messages == 0 and waiting <= doubtful_orders
