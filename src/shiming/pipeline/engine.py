"""The embedded engine: looks for what is to be done and does it in threads of this process.

The database is the truth: an engine that is killed leaves nothing that the next one does not find. ``start``, ``wake`` and
``stop`` are all that others see of it, so that another engine can stand in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from shiming.activation import service as activation_service
from shiming.activation.service import Activation
from shiming.audit.work import Workspace
from shiming.custody import retention
from shiming.intake import lists
from shiming.intake.rosters import RosterService
from shiming.notices.service import Notices
from shiming.pipeline import deadlines, steps, sweep
from shiming.pipeline import store as pipeline_store
from shiming.pipeline.duplicates import Duplicates
from shiming.pipeline.lists import LIST_KINDS
from shiming.pipeline.registers import Registers
from shiming.pipeline.sweep import Job
from shiming.pipeline.vision import Vision
from shiming.platform.ids import uuid7
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.store import approval

_SWEEP = "sweep"
_BEATS_A_LEASE = 3
"""Two beats may fail before a living engine is taken for dead."""
_THREADS_OF = {
    "evidence": "evidence",
    "registration": "registration",
    "decision": "registration",
    "message": "message",
    "card": "message",
    "order": "message",
    "list": "list",
}
_log = structlog.get_logger(__name__)


def _limit(name: str) -> float:
    return limit("shiming.pipeline", name)


class Engine:
    """Runs steps, messages, confirmations and deadlines of one issuer."""

    def __init__(
        self,
        workspace: Workspace,
        vision: Vision,
        notices: Notices,
        activation: Activation,
        vision_threads: int,
        rosters: RosterService | None = None,
        registers: Registers | None = None,
        duplicates: Duplicates | None = None,
    ) -> None:
        self.owner = uuid7()
        self._workspace, self._vision, self._notices, self._activation = workspace, vision, notices, activation
        self._rosters, self._registers, self._duplicates = rosters, registers or {}, duplicates
        self._threads = {
            "evidence": ThreadPoolExecutor(vision_threads, "shiming-vision"),
            "registration": ThreadPoolExecutor(1, "shiming-steps"),
            "message": ThreadPoolExecutor(int(_limit("engine.outbox_threads")), "shiming-outbox"),
            "list": ThreadPoolExecutor(1, "shiming-lists"),
            "files": ThreadPoolExecutor(1, "shiming-files"),
            "deadlines": ThreadPoolExecutor(1, "shiming-deadlines"),
            "faces": ThreadPoolExecutor(1, "shiming-faces"),
        }
        self._deeds: dict[str, Callable[[Job], bool]] = {
            "evidence": self._read,
            "registration": self._advance,
            "decision": self._take_effect,
            "message": self._send,
            "card": lambda job: activation.ask_confirmation(job.id),
            "order": lambda job: activation.ask_order(job.id),
            "list": lambda job: lists.advance(workspace, job.id, LIST_KINDS),
        }
        self._deadlines: Future[None] | None = None
        self._faces: Future[None] | None = None
        self._taken: set[tuple[str, str]] = set()
        self._failures: dict[tuple[str, str], tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._cards_after = ""
        self._looker = threading.Thread(target=self._run, name="shiming-engine", daemon=True)
        self._next_beat = self._next_sweep = self._next_files = self._next_retention = 0.0

    def start(self) -> None:
        """Begins to look and to work."""
        self._workspace.listeners.append(self.wake)
        self._looker.start()

    def wake(self) -> None:
        """Says that something was written. Called after every commit of this process; cheap."""
        self._woken.set()

    def stop(self) -> None:
        """Finishes what is under way, begins nothing new, gives the leases back. Never started: nothing to do."""
        if self._looker.ident is None:
            return
        self._stopping.set()
        self._woken.set()
        self._looker.join()
        for threads in self._threads.values():
            threads.shutdown(wait=True, cancel_futures=True)
        self._workspace.listeners.remove(self.wake)
        with self._workspace.write() as work:
            pipeline_store.drop_leases(work, self.owner)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                if time.monotonic() >= self._next_beat:
                    self._beat()
                self._look()
            except Exception as failure:
                _log.error("engine_look_failed", error=type(failure).__name__)
            self._woken.wait(_limit("engine.look_seconds"))

    def _beat(self) -> None:
        """Says that this engine lives; under the lease of the sweep, decides about what dead ones left, and deadlines."""
        seconds = _limit("engine.lease_seconds")
        with self._workspace.write() as work:
            pipeline_store.take_lease(work, f"engine:{self.owner}", self.owner, seconds)
            sweeping = pipeline_store.take_lease(work, _SWEEP, self.owner, seconds)
            orphans = pipeline_store.orphans(work, _limit("engine.stuck_seconds")) if sweeping else []
        for row in orphans:
            (self._activation if row.topic == activation_service.TOPIC else self._notices).recover(row)
        if sweeping and time.monotonic() >= self._next_sweep:
            sweep.deadlines(self._workspace)
            if self._deadlines is None or self._deadlines.done():
                self._deadlines = self._threads["deadlines"].submit(self._sweep_deadlines)
            if self._duplicates is not None and (self._faces is None or self._faces.done()):
                self._faces = self._threads["faces"].submit(self._sweep_faces, self._duplicates)
            self._next_sweep = time.monotonic() + _limit("engine.sweep_seconds")
        if sweeping and time.monotonic() >= self._next_files:
            # In a thread of its own: listing a large store takes minutes, and the next beat must not wait.
            self._threads["files"].submit(self._sweep_files)
            self._next_files = time.monotonic() + _limit("files.sweep_seconds")
        if sweeping and time.monotonic() >= self._next_retention:
            self._threads["files"].submit(self._let_go)
            self._next_retention = time.monotonic() + limit(retention.ROOM, "sweep.seconds")
        self._next_beat = time.monotonic() + seconds / _BEATS_A_LEASE

    def _sweep_deadlines(self) -> None:
        """In a thread of its own: after a long standstill many steps are due, and the next beat must not wait."""
        try:
            deadlines.sweep(self._workspace, self._stopping.is_set)
        except Exception as failure:
            _log.error("deadlines_not_swept", error=type(failure).__name__)

    def _sweep_files(self) -> None:
        try:
            sweep.forgotten_files(self._workspace)
        except Exception as failure:
            _log.error("files_not_swept", error=type(failure).__name__)

    def _sweep_faces(self, duplicates: Duplicates) -> None:
        """In a thread of its own: a changed model has many faces to make anew."""
        try:
            duplicates.sweep(self._stopping.is_set)
        except Exception as failure:
            _log.error("faces_not_swept", error=type(failure).__name__)

    def _let_go(self) -> None:
        try:
            retention.sweep(self._workspace)
        except Exception as failure:
            _log.error("retention_not_swept", error=type(failure).__name__)

    def _look(self) -> None:
        with self._workspace.read() as work:
            found = sweep.moving(work, cards_after=self._cards_after)
        cards = [job.id for job in found if job.kind == "card"]
        self._cards_after = cards[-1] if len(cards) == sweep.CARDS_A_LOOK else ""
        for job in found:
            self._take(job)

    def _take(self, job: Job) -> None:
        key = (job.kind, job.id)
        with self._lock:
            _, not_before = self._failures.get(key, (0, 0.0))
            if key in self._taken or time.monotonic() < not_before or self._stopping.is_set():
                return
            self._taken.add(key)
        self._threads[_THREADS_OF[job.kind]].submit(self._do, job)

    def _do(self, job: Job) -> None:
        key = (job.kind, job.id)
        try:
            done = self._deeds[job.kind](job)
        except (steps.NotYet, Problem) as later:
            done = False
            _log.info("job_later", kind=job.kind, id=job.id, why=later.code)
        except Exception as failure:
            # The type only: a message could quote a person's data.
            done = False
            _log.error("job_failed", kind=job.kind, id=job.id, error=type(failure).__name__)
        with self._lock:
            self._taken.discard(key)
            self._note(key, done)
        self.wake()

    def _note(self, key: tuple[str, str], done: bool) -> None:
        """A job that failed waits, each time longer, up to a sweep."""
        if done:
            self._failures.pop(key, None)
            return
        times = self._failures.get(key, (0, 0.0))[0]
        wait = min(_limit("work.first_wait_seconds") * 2**times, _limit("engine.sweep_seconds"))
        self._failures[key] = (times + 1, time.monotonic() + wait)

    def _read(self, job: Job) -> bool:
        steps.read(self._workspace, job.id, self._vision)
        return True

    def _advance(self, job: Job) -> bool:
        steps.advance(self._workspace, job.id, job.n, self._vision, self._rosters, self._registers, self._duplicates)
        retention.settle(self._workspace, job.id)
        return True

    def _take_effect(self, job: Job) -> bool:
        with self._workspace.write() as work:
            approval.take_effect(work, job.id)
            registration_id = store.decision_by_id(work, job.id).registration_id
        retention.settle(self._workspace, registration_id)
        return True

    def _send(self, job: Job) -> bool:
        if job.topic == activation_service.TOPIC:
            self._activation.carry_out(job.id, self.owner)
        else:
            self._notices.deliver(job.id, self.owner)
        return True
