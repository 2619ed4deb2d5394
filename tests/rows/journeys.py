"""Programmes changed for one test, and the engine's own way of looking for work, for the tests of requirement rows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from shiming.pipeline import steps, sweep
from shiming.programmes import load
from shiming.programmes.model import Programme
from shiming.programmes.store import publish
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.store import approval
from shiming.registration.values import Actor, Role
from tests.web.support import Office, Person

TAKE_BACK_MINUTES = 11
"""A little more than the programmes give."""
ADMIN = Actor(Role.ADMIN, "admin-1")


def change(office: Office, name: str = "carrier-5g", *, immediate: bool = False, **changes: Any) -> None:
    """Publishes a version of a programme with some of its keys changed, as an administrator would. Where the engine may decide,
    people show the movements from now on."""
    office.lively = office.lively or changes.get("review_mode") == "on-refer"
    written = load(name).model_dump(exclude_defaults=True)
    programme = Programme.model_validate({**written, **changes})
    with office.workspace.write() as work:
        publish(work, ADMIN, name, programme, immediate=immediate)


def tells(page: str, text: str) -> bool:
    """Whether a page holds ``text`` as a thing of its own: a token's random letters may hold four digits by chance."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])", page) is not None


def look(office: Office) -> list[str]:
    """One look of the engine: starts what is to be done, and says why something could not be finished yet."""
    later = []
    with office.workspace.read() as work:
        jobs = [job for job in sweep.moving(work) if job.kind in ("evidence", "registration")]
    for job in jobs:
        try:
            if job.kind == "evidence":
                steps.read(office.workspace, job.id, office.eyes)
            else:
                steps.advance(
                    office.workspace, job.id, job.n, office.eyes, office.house.rosters, office.house.registers
                )
        except (steps.NotYet, Problem) as wait:
            later.append(wait.code)
    return later


def hand_in(office: Office, holder: Person, number: str, *, face: bool = True) -> str:
    """A registration with all that it needs, submitted; nobody looked at it yet."""
    id = office.begin(holder, number)
    office.fill(holder, id, face=face)
    holder.ok("POST", f"/v1/registrations/{id}/submission")
    return id


def state(holder: Person, id: str) -> str:
    """Where a registration stands, as its holder sees it."""
    return str(holder.ok("GET", f"/v1/registrations/{id}")["state"])


def reasons(holder: Person, id: str) -> list[str]:
    """The codes of the decision in force, as its holder sees them."""
    decision = holder.ok("GET", f"/v1/registrations/{id}")["decision"]
    return [reason["code"] for reason in decision["reasons"]] if decision else []


def decide(reviewer: Person, id: str, verdict: str, **how: Any) -> Any:
    """A reviewer claims the case and decides it; the answer, whatever it is."""
    case = reviewer.ok("GET", f"/v1/review/cases/{id}")
    reviewer.ok("POST", f"/v1/review/cases/{id}/claim")
    return reviewer.call("POST", f"/v1/review/cases/{id}/decisions", json={"n": case["n"], "verdict": verdict, **how})


def take_effect(office: Office) -> None:
    """The time to take decisions back passes, and they take effect."""
    office.clock.advance(timedelta(minutes=TAKE_BACK_MINUTES))
    with office.workspace.write() as work:
        for decision in store.decisions_to_effect(work):
            approval.take_effect(work, decision)
