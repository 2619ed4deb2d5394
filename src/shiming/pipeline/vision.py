"""The vision pool: a bounded number of processes that read pictures, each killed and replaced when it goes too far.

A job over its time or memory is answered with a technical code (``ENGINE_TIMEOUT``, ``ENGINE_MEMORY``), a process that
died otherwise with ``SERVICE_UNAVAILABLE``. None of these costs the person anything.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import queue
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import structlog

from shiming.intake.liveness.frames import Burst
from shiming.pipeline import worker
from shiming.platform.limits import limit
from shiming.platform.settings import VisionSettings
from shiming.registration.serial import challenge_to_json, reading_from_json
from shiming.registration.values import Face, FaceComparison, Reading

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MB = 1024 * 1024
_log = structlog.get_logger(__name__)


class VisionFault(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A job was not done, for a technical reason. ``code`` is a reason code of class T."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PictureRead:
    """What became of one picture: its normalised JPEG and what was read, or the code it was refused with.

    ``further`` are pictures that stay beside it, for a person to look at.
    """

    picture: bytes | None = field(repr=False)
    reading: Reading
    refused: str | None = None
    further: tuple[bytes, ...] = field(default=(), repr=False)


def _read(answer: dict[str, Any], pictures: list[bytes]) -> PictureRead:
    if "refused" in answer:
        return PictureRead(None, Reading(), answer["refused"])
    picture, *further = pictures
    return PictureRead(picture, reading_from_json(answer["reading"]), further=tuple(further))


@dataclass(frozen=True, slots=True)
class FaceCodes:
    """A face as it is stored (``face_index.quantise``), or the code why there is none."""

    codes: bytes = field(repr=False)
    error: str | None = None


class Vision(Protocol):
    """What the steps need of the vision floor."""

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        """Normalises and reads one picture. Raises ``VisionFault``."""
        ...

    def live(self, burst: Burst) -> PictureRead:
        """Judges the frames of a liveness session; the picture is the one that stands for it. Raises ``VisionFault``."""
        ...

    def compare(self, portrait: bytes, selfie: bytes, known: Face | None = None) -> FaceComparison:
        """Compares the faces of a document and of a selfie. Raises ``VisionFault``."""
        ...

    def template(self, selfie: bytes, model: str) -> FaceCodes:
        """The template of a selfie's face by the named model. Raises ``VisionFault``."""
        ...


class _Process:
    """One process and its end of the pipe."""

    def __init__(self, module: str, settings: VisionSettings) -> None:
        context = mp.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._settings = settings
        self.done = 0
        self.process = context.Process(
            target=worker.main,
            args=(theirs, module, settings.seconds, settings.memory_mb),
            name="shiming-vision",
            daemon=True,
        )
        self.process.start()
        theirs.close()

    def wait_ready(self) -> None:
        """Waits until the process has loaded its models. Raises ``VisionFault``."""
        self._answer(limit("shiming.pipeline", "vision.start_seconds"))

    def call(self, name: str, options: dict[str, Any], pictures: Sequence[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """Does one job. Raises ``VisionFault``; the process may be dead then."""
        self.done += 1
        try:
            worker.send(self.pipe, {"name": name, "options": options}, pictures)
            head, answered = self._answer(self._settings.seconds)
        except OSError:
            raise VisionFault(self._death()) from None
        if "fault" in head:
            _log.warning("vision_job_failed", job=name, fault=head["fault"], error=head.get("error"))
            if head["fault"] == "ENGINE_MEMORY":
                self.kill()  # what it holds may never be given back
            raise VisionFault(head["fault"])
        return head["answer"], answered

    def _answer(self, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
        deadline = time.monotonic() + seconds
        look = limit("shiming.pipeline", "vision.look_seconds")
        while not self.pipe.poll(look):
            if self._resident_mb() > self._settings.memory_mb:
                self.kill()
                raise VisionFault("ENGINE_MEMORY")
            if time.monotonic() > deadline:
                self.kill()
                raise VisionFault("ENGINE_TIMEOUT")
        try:
            return worker.receive(self.pipe)
        except (EOFError, ValueError):
            raise VisionFault(self._death()) from None

    def _resident_mb(self) -> float:
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        except (OSError, IndexError):
            return 0.0
        return int(pages) * _PAGE / _MB

    def _death(self) -> str:
        """Why the process died: over its CPU time, killed (by the system, for memory), or by a fault of its own."""
        self.process.join(limit("shiming.pipeline", "vision.start_seconds"))
        code = self.process.exitcode
        _log.error("vision_process_died", exit=code)
        return {-signal.SIGXCPU: "ENGINE_TIMEOUT", -signal.SIGKILL: "ENGINE_MEMORY"}.get(
            code if code is not None else 0, "SERVICE_UNAVAILABLE"
        )

    @property
    def alive(self) -> bool:
        """Whether it can take another job."""
        return self.process.is_alive() and not self.pipe.closed

    def kill(self) -> None:
        """Ends it now."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class VisionPool:
    """The processes. ``jobs`` names the module they run; safe to use from many threads."""

    def __init__(self, settings: VisionSettings, jobs: str = "shiming.pipeline.jobs") -> None:
        self._settings = settings
        self._jobs = jobs
        self._idle: queue.LifoQueue[_Process | None] = queue.LifoQueue()
        self._all: set[_Process] = set()
        self._lock = threading.Lock()
        self._closed = False
        for _ in range(settings.processes):
            self._idle.put(None)

    def preload(self) -> None:
        """Starts one process and waits until it is ready, so that the first picture does not wait for models."""
        self._give_back(self._take())

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        """Normalises and reads one picture. Raises ``VisionFault``."""
        return _read(*self.call("read", {"kind": kind, "documents": list(documents), "side": side}, [data]))

    def live(self, burst: Burst) -> PictureRead:
        """Judges the frames of a liveness session. Raises ``VisionFault``."""
        options = {"challenge": challenge_to_json(burst.challenge), "at_ms": list(burst.at_ms)}
        return _read(*self.call("live", options, burst.frames))

    def compare(self, portrait: bytes, selfie: bytes, known: Face | None = None) -> FaceComparison:
        """Compares two faces. ``known`` is the portrait's, where its reading found it. Raises ``VisionFault``."""
        answer, _ = self.call("compare", {"known": asdict(known) if known else None}, [portrait, selfie])
        return FaceComparison(**answer)

    def template(self, selfie: bytes, model: str) -> FaceCodes:
        """The template of a selfie's face. Raises ``VisionFault``."""
        answer, codes = self.call("template", {"model": model}, [selfie])
        return FaceCodes(codes[0] if codes else b"", answer["error"])

    def call(self, name: str, options: dict[str, Any], pictures: Sequence[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """Does one job in a process that is free, waiting for one. Raises ``VisionFault``."""
        process = self._take()
        try:
            return process.call(name, options, pictures)
        finally:
            self._give_back(process)

    def _take(self) -> _Process:
        process = self._idle.get()
        if process is not None and process.alive:
            return process
        try:
            return self._started()
        except BaseException:
            self._idle.put(None)
            raise

    def _started(self) -> _Process:
        with self._lock:
            if self._closed:
                raise VisionFault("SERVICE_UNAVAILABLE")
            process = _Process(self._jobs, self._settings)
            self._all.add(process)
        try:
            process.wait_ready()
        except VisionFault:
            self._forget(process)
            raise
        return process

    def _forget(self, process: _Process) -> None:
        process.kill()
        with self._lock:
            self._all.discard(process)

    def _give_back(self, process: _Process) -> None:
        worn = process.done >= limit("shiming.pipeline", "vision.jobs_per_process")
        if worn or not process.alive:
            self._forget(process)
            self._idle.put(None)
        else:
            self._idle.put(process)

    def close(self) -> None:
        """Ends all processes; jobs under way are answered ``SERVICE_UNAVAILABLE`` or the like."""
        with self._lock:
            self._closed = True
            processes = list(self._all)
            self._all.clear()
        for process in processes:
            process.process.kill()
            process.process.join()

    def __enter__(self) -> VisionPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
