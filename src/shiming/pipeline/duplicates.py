"""One face among many: keeps the templates of those who agreed, looks for others like them, makes them anew by another model.

Nothing is loaded where no programme has it. The rows are the truth: an index in memory is filled from them and follows them,
and whatever it finds is held against them once more, so that what was erased is never shown. Templates live in memory and
sealed in their rows; they are no job's argument and are never logged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import structlog

from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.countries import store as countries
from shiming.custody import erasure
from shiming.custody.store import retaining
from shiming.intake.consents import DUPLICATES
from shiming.pipeline.vision import Vision, VisionFault
from shiming.platform.limits import limit
from shiming.programmes import keeping
from shiming.programmes import store as programmes
from shiming.programmes.store import rules_of
from shiming.reading.models import FaceModel, Model, ModelRefused, Threshold, best_face_model
from shiming.reading.vision.face_index import EXACT, Codes, Hit, Index, Space, open_index
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Evidence, Registration
from shiming.registration.store import candidates, caps, moves, templates
from shiming.registration.store.templates import Template
from shiming.registration.values import FACE_SLOTS, Alike, DuplicatesRule, Finding, Lookalikes, Outcome

_CONSENTS = ("face", DUPLICATES)
_NO_MODEL = "SERVICE_UNAVAILABLE"
_log = structlog.get_logger(__name__)


def best() -> Model:
    """The face model in use. Raises ``ModelRefused``."""
    return best_face_model()[0]


def threshold(face: FaceModel, false_match_rate: float) -> Threshold:
    """The least strict threshold measured for at most that rate; the strictest there is where none is."""
    return next((one for one in face.rates if one.false_match_rate <= false_match_rate * (1 + 1e-9)), face.rates[-1])


def allowed(work: Work, programme: str) -> bool:
    """Whether the programme as it is now has faces looked for, and the policy in force is known to allow it. Unknown is no."""
    try:
        now = programmes.programme(work, programme)
    except Problem:
        return False
    return keeping.may_look_for_duplicates(now, countries.in_force(work, now.country), work.now.date())


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One search that may be made: the selfie whose face it is, and the indexes of the person's own documents."""

    rule: DuplicatesRule
    selfie: Evidence
    own: tuple[bytes, ...]


def _wanted(work: Work, registration: Registration) -> _Wanted | None:
    """None where the programme or the policy has none, or the holder did not agree to both, or it is not known who it is."""
    rule = rules_of(work, registration).duplicates
    given = store.consents(work, registration.id)
    if rule is None or any(kind not in given or not given[kind].given for kind in _CONSENTS):
        return None
    selfies = [item for item in store.evidence(work, registration.id) if item.kind in FACE_SLOTS]
    person = caps.subject(work, registration)
    if not selfies or selfies[-1].picture_erased_at or person is None or not allowed(work, registration.programme):
        return None
    return _Wanted(rule, selfies[-1], person.own)


@dataclass(slots=True)
class _Memory:
    """An index and how far it follows the rows."""

    space: Space
    index: Index
    seen: datetime | None = None
    recent: dict[str, datetime] = field(default_factory=dict)
    """The newest ids in it: rows are read again as far back as a transaction may last."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the templates are those of the model in use.

    ``waiting``: of another model, to be made anew. ``stale``: of another model, and their picture is gone.
    """

    model: str
    model_sha256: str
    current: int
    waiting: int
    stale: int


def progress(work: Work, model: Model) -> Progress:
    """How far the templates of an issuer are."""
    rows = templates.counts(work)
    others = [row for row in rows if row.model_sha256 != model.sha256]
    stale = sum(row.stale for row in others)
    current = sum(row.living for row in rows) - sum(row.living for row in others)
    return Progress(model.name, model.sha256, current, sum(row.living for row in others) - stale, stale)


class Duplicates:
    """The guard against one person under two names, of one issuer. ``index`` names the engine that searches."""

    def __init__(
        self, workspace: Workspace, vision: Vision, index: str = EXACT, model: Callable[[], Model] = best
    ) -> None:
        self._workspace, self._vision, self._engine, self._model = workspace, vision, index, model
        self._memory: _Memory | None = None
        self._lock = threading.Lock()

    def look(self, registration_id: str) -> Lookalikes | None:
        """Keeps the face of a registration and looks for others like it.

        None where it may not be looked for: then nothing is kept either. Raises ``VisionFault``.
        """
        with self._workspace.read() as work:
            registration = store.get(work, registration_id)
            wanted = _wanted(work, registration)
            kept = templates.of_registration(work, registration_id)
        if wanted is None:
            if kept:
                with self._workspace.write() as work:
                    erasure.drop_templates(work, registration_id, cause="consent-withdrawn")
            return None
        try:
            model = self._model()
        except ModelRefused:
            return _not_searched(None, _NO_MODEL)
        face = model.face
        if face is None or face.clip <= 0:
            return _not_searched(model, _NO_MODEL)
        codes, error = self._codes(registration_id, wanted.selfie, model)
        if codes is None or not self._keep(registration_id, wanted.selfie, model, codes):
            return _not_searched(model, error) if error else None
        point = threshold(face, wanted.rule.false_match_rate)
        index = self._followed(model, face)
        hits = index.search(codes, wanted.rule.most + int(_limit("own")), point.similarity)
        return Lookalikes(
            model.name,
            model.sha256,
            point.similarity,
            point.false_match_rate,
            len(index),
            self._others(registration_id, wanted, hits)[: wanted.rule.most],
        )

    def _codes(self, registration_id: str, selfie: Evidence, model: Model) -> tuple[Codes | None, str | None]:
        """The face's vector: kept already, or made now; else why there is none."""
        with self._workspace.read() as work:
            for row in templates.of_registration(work, registration_id):
                if (row.evidence_id, row.model_sha256) == (selfie.id, model.sha256):
                    return np.frombuffer(templates.vector(work, row), np.int8), None
            picture = store.picture(work, selfie.id)
        made = self._vision.template(picture, model.name)
        return (None, made.error) if made.error else (np.frombuffer(made.codes, np.int8), None)

    def _keep(self, registration_id: str, selfie: Evidence, model: Model, codes: Codes) -> bool:
        """Keeps the template, if it still may be; those of an earlier selfie or another model go."""
        with self._workspace.write() as work:
            retaining.lock(work, registration_id)
            registration = store.get(work, registration_id)
            wanted = _wanted(work, registration)
            if wanted is None or wanted.selfie.id != selfie.id:
                return False
            kept = _kept(work, registration, selfie.id, wanted.own[0], model, codes)
            for row in templates.of_registration(work, registration_id):
                if row.id != kept.id:
                    erasure.drop_template(work, row.id, cause="replaced")
        return True

    def _others(self, registration_id: str, wanted: _Wanted, hits: list[Hit]) -> tuple[Alike, ...]:
        """The hits that are other persons', one a registration, of what is not erased by now."""
        with self._workspace.read() as work:
            living = templates.living(work, [hit.id for hit in hits])
            apart = candidates.told_apart(work, registration_id) | {registration_id}
        found: dict[str, Alike] = {}
        for hit in hits:
            row = living.get(hit.id)
            if row is None or row.registration_id in apart or bytes(row.person_blind) in wanted.own:
                continue
            found.setdefault(row.registration_id, Alike(row.registration_id, round(hit.similarity, 4)))
        return tuple(found.values())

    def _followed(self, model: Model, face: FaceModel) -> Index:
        """The index, with everything in it that is in the rows now."""
        space = Space(self._workspace.issuer, model.sha256, face.dimensions, face.metric, face.clip)
        with self._lock:
            if self._memory is None or self._memory.space != space:
                self._memory = _Memory(space, open_index(self._engine, space))
            self._follow(self._memory)
            return self._memory.index

    def _follow(self, memory: _Memory) -> None:
        now = self._workspace.clock.now()
        overlap, size = timedelta(minutes=_limit("overlap_minutes")), int(_limit("load_batch"))
        since = None if memory.seen is None else memory.seen - overlap
        after = ""
        while True:
            with self._workspace.read() as work:
                rows = templates.vectors(work, memory.space.model_sha256, size, after=after, since=since)
            fresh = [row for row in rows if row.id not in memory.recent]
            if fresh:
                codes = np.frombuffer(b"".join(row.codes for row in fresh), np.int8)
                memory.index.add([row.id for row in fresh], codes.reshape(len(fresh), memory.space.dimensions))
            memory.recent.update((row.id, row.created_at) for row in fresh if row.created_at >= now - 2 * overlap)
            if len(rows) < size:
                break
            after = rows[-1].id
        with self._workspace.read() as work:
            memory.index.remove(templates.erased_since(work, (memory.seen or now) - overlap))
        memory.recent = {id: at for id, at in memory.recent.items() if at >= now - 2 * overlap}
        memory.seen = now

    def sweep(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Lets go what may not be kept, makes anew what another model made, has the index follow; gives how many it dealt with.

        One template is one transaction: it may be killed anywhere and run twice.
        """
        size = int(_limit("sweep_batch"))
        done = self._let_go(size)
        try:
            model = self._model()
        except ModelRefused:
            return done
        with self._workspace.read() as work:
            others = templates.of_other_models(work, model.sha256, size)
        for row in others:
            if stopping():
                return done
            done += self._again(row, model)
        if self._memory is not None and model.face is not None:
            self._followed(model, model.face)
        return done

    def _let_go(self, size: int) -> int:
        """A net below the withdrawal, which erases by itself: and for programmes and policies that have it no longer."""
        with self._workspace.read() as work:
            gone = templates.refused_since(work, _CONSENTS, size)
            ended = [name for name in templates.programmes(work) if not allowed(work, name)]
            over = [row for name in ended for row in templates.of_programme(work, name, size)]
        for rows, cause in ((gone, "consent-withdrawn"), (over, "not-allowed")):
            for row in rows:
                with self._workspace.write() as work:
                    erasure.drop_template(work, row.id, cause=cause)
        return len(gone) + len(over)

    def _again(self, row: Template, model: Model) -> bool:
        """Makes one template anew by the model in use, from the picture where it is still kept."""
        with self._workspace.read() as work:
            item = store.evidence_by_id(work, row.evidence_id)
            picture = None if item.picture_erased_at else store.picture(work, item.id)
        try:
            made = self._vision.template(picture, model.name) if picture is not None else None
        except VisionFault as fault:
            _log.info("face_not_made_anew", template=row.id, fault=fault.code)
            return False
        with self._workspace.write() as work:
            retaining.lock(work, row.registration_id)
            living = templates.living(work, [row.id]).get(row.id)
            if living is None:
                return False
            if made is None or made.error:
                templates.mark_stale(work, row.id)
                return True
            codes = np.frombuffer(made.codes, np.int8)
            _kept(work, store.get(work, row.registration_id), row.evidence_id, living.person_blind, model, codes)
            erasure.drop_template(work, row.id, cause="model-changed")
        return True


def _limit(name: str) -> float:
    return limit("shiming.pipeline", f"faces.{name}")


def _kept(
    work: Work, registration: Registration, evidence_id: str, person_blind: bytes, model: Model, codes: Codes
) -> Template:
    return templates.keep(
        work,
        registration,
        evidence_id=evidence_id,
        person_blind=person_blind,
        model=model.name,
        model_sha256=model.sha256,
        codes=codes.tobytes(),
    )


def _not_searched(model: Model | None, error: str | None) -> Lookalikes:
    return Lookalikes(model.name if model else "", model.sha256 if model else "", 0.0, 0.0, 0, error=error)


def conclude(work: Work, registration: Registration, found: Lookalikes | None) -> tuple[Finding, ...]:
    """Keeps the candidates and gives the finding that has a reviewer look. Part of the transaction that decides."""
    if found is None:
        return ()
    faces = [item for item in store.evidence(work, registration.id) if item.kind in FACE_SLOTS]
    selfie, slot = tuple(item.id for item in faces), faces[-1].slot if faces else "selfie"
    if found.error is not None:
        technical = found.error == _NO_MODEL or found.error.startswith("ENGINE")
        # A face that was not found is for the checks of the selfie to tell.
        outcome = Outcome.UNABLE if technical else Outcome.NOT_RUN
        return (
            Finding(
                "face_duplicates",
                "1",
                outcome,
                "FACE_DUPLICATE_CANDIDATE",
                slot,
                evidence=selfie,
                details={"error": found.error},
            ),
        )
    candidates.record(work, registration, found)
    details = {
        "model": found.model,
        "model_sha256": found.model_sha256,
        "false_match_rate": found.false_match_rate,
        "searched": found.searched,
        "expected_false": found.searched * found.false_match_rate,
        "candidates": len(found.alike),
    }
    work.record(
        moves.engine(work.issuer),
        Action.FACE_SEARCHED,
        "registration",
        registration.id,
        searched=found.searched,
        candidates=len(found.alike),
    )
    outcome = Outcome.WARN if found.alike else Outcome.PASS
    nearest = found.alike[0].similarity if found.alike else None
    return (
        Finding(
            "face_duplicates",
            "1",
            outcome,
            "FACE_DUPLICATE_CANDIDATE",
            slot,
            nearest,
            found.limit,
            "similarity",
            selfie,
            details,
        ),
    )
