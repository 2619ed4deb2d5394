"""Document kind, pictures with answers at once, face consent and selfie (rows A5, A7, A10)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from shiming.audit.work import Work
from shiming.custody import erasure
from shiming.intake import consents, evidence, forms
from shiming.pipeline import duplicates
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Evidence
from shiming.registration.states import EvidenceState
from shiming.registration.values import FACE_SLOTS, Actor, Finding, Outcome
from shiming.web import deps
from shiming.web.deps import Form, Holder, house
from shiming.web.holder import labels
from shiming.web.holder.common import Place, open_place, place
from shiming.web.holder.island_texts import camera_texts, liveness_texts, queue_texts
from shiming.web.holder.steps import step_for
from shiming.web.pages import page, see

router = APIRouter(prefix="/r/{reference}")

_CARD_RATIO = 85.6 / 53.98
"""Width to height of a card (ISO/IEC 7810 ID-1)."""
_ISLANDS = {"document-side": "camera-doc", "photocopy": "camera-doc", "selfie": "camera-face", "liveness": "liveness"}
"""The guided camera of a kind of evidence; for others the phone's own camera does better."""
_RATIO = {"passport": 125 / 88}
"""The same of documents that are no cards (a passport's page, ISO/IEC 7810 ID-3)."""


@dataclass(frozen=True)
class Shot:
    """The newest picture of a slot and what was found in it."""

    evidence: Evidence
    faults: tuple[Finding, ...]

    @property
    def waiting(self) -> bool:
        """Whether it is still being read."""
        return self.evidence.state == EvidenceState.RECEIVED

    @property
    def usable(self) -> bool:
        """Whether it will do, even if something was found."""
        return self.evidence.state == EvidenceState.READ


def newest(work: Work, registration_id: str, slot: str) -> Shot | None:
    """The newest picture of a slot, if any."""
    items = [e for e in store.evidence(work, registration_id, current=False) if e.slot == slot]
    if not items:
        return None
    last = items[-1]
    found = store.evidence_findings(work, last.id)
    return Shot(last, tuple(f for f in found if f.outcome in (Outcome.FAIL, Outcome.WARN)))


def _documents(found: Place) -> dict[str, tuple[str, str]]:
    """The documents the programme takes, with title and hint."""
    return {kind: labels.document(kind) for kind in found.rules.documents}


@router.get("/document")
def ask_document(request: Request, reference: str, holder: Holder) -> Response:
    """Which document will be photographed."""
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
    return page(request, "holder/document.html", place=found, documents=_documents(found), faults={})


@router.post("/document")
def choose_document(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Keeps the choice."""
    with house(request).workspace.write() as work:
        found = open_place(work, holder, reference)
        kind = form.get("document")
        if kind in found.rules.documents:
            forms.save(work, holder, found.registration.id, {}, kind)
            return place(work, holder, reference).go_on()
    say = deps.texts(request)
    faults = {f"document-{found.rules.documents[0]}": say.gettext("Choose the document you have with you.")}
    return page(request, "holder/document.html", 422, place=found, documents=_documents(found), faults=faults)


def _capture_page(
    request: Request, found: Place, slot: str, shot: Shot | None, *, again: bool, problem: Problem | None = None
) -> Response:
    kind = next(rule.kind for rule in found.rules.slots if rule.slot == slot)
    say = deps.texts(request)
    retakes = shot.evidence.retakes + (0 if shot.usable or shot.waiting else 1) if shot else 0
    island = {
        "registration": found.registration.id,
        "slot": slot,
        "here": f"{found.base}/{step_for(f'slot:{slot}')}",
        "ratio": _RATIO.get(found.registration.document or "", _CARD_RATIO),
        "texts": liveness_texts(say) if kind == "liveness" else camera_texts(say, face=kind == "selfie"),
    }
    return page(
        request,
        "holder/capture.html",
        problem.status if problem else 200,
        place=found,
        slot=slot,
        kind=kind,
        session=_session(found) if kind == "liveness" else None,
        routes={rule.kind for rule in found.rules.slots} & set(FACE_SLOTS),
        title=labels.slots(found.rules)[slot][0],
        hint=labels.slots(found.rules)[slot][1],
        shot=None if again or problem else shot,
        retakes=retakes,
        allowed=found.rules.retakes,
        problem=problem,
        capture=island,
        island_name=_ISLANDS.get(kind, ""),
        queue={"texts": queue_texts(say)},
        poll=int(limit("shiming.web", "poll.seconds")),
    )


def _session(found: Place) -> dict[str, int | bool]:
    """What is said of a session before it begins: how many movements, about how long, and whether the screen's colour changes."""
    actions = int(limit("shiming.intake", "liveness.actions"))
    seconds = limit("shiming.intake", "liveness.ready_seconds") + actions * limit(
        "shiming.intake", "liveness.action_seconds"
    )
    return {"actions": actions, "seconds": round(seconds), "colours": found.rules.liveness_colours}


def _known_slot(found: Place, slot: str) -> None:
    if slot not in {rule.slot for rule in found.rules.slots}:
        raise Problem("NOT_FOUND")


def _shows_face(found: Place, slot: str) -> bool:
    return any(rule.slot == slot and rule.kind in evidence.FACE_KINDS for rule in found.rules.slots)


def _show(request: Request, reference: str, slot: str, holder: Actor, again: str) -> Response:
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
        _known_slot(found, slot)
        shot = newest(work, found.registration.id, slot)
    if "consent:face" in found.missing and _shows_face(found, slot):
        return see(f"{found.base}/face")
    # A picture of an earlier submission is not the one that is asked for now.
    asked = f"slot:{slot}" in found.missing
    old = shot is not None and asked and shot.usable
    return _capture_page(request, found, slot, None if old else shot, again=again == "1")


def _take(request: Request, reference: str, slot: str, holder: Actor, form: deps.FormData) -> Response:
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
        _known_slot(found, slot)
    data = form.files.get("picture", b"")
    capture = form.get("capture_id") or secrets.token_urlsafe(16)
    try:
        with house(request).workspace.write() as work:
            evidence.accept(work, holder, found.registration.id, slot=slot, capture_id=capture, data=data)
    except Problem as problem:
        if problem.code == "CONSENT_REQUIRED":
            return see(f"{found.base}/face")
        return _capture_page(request, found, slot, None, again=True, problem=problem)
    return see(f"{found.base}/{step_for(f'slot:{slot}')}")


@router.get("/photo/{slot}")
def show_photo(request: Request, reference: str, slot: str, holder: Holder, again: str = "") -> Response:
    """The camera for a side of the document, or what was found in the picture."""
    return _show(request, reference, slot, holder, again)


@router.post("/photo/{slot}")
def take_photo(request: Request, reference: str, slot: str, form: Form, holder: Holder) -> Response:
    """Takes a picture without scripts: an ordinary file field."""
    return _take(request, reference, slot, holder, form)


@router.get("/liveness")
def show_liveness(request: Request, reference: str, holder: Holder, again: str = "") -> Response:
    """The movements in front of the camera, or what was found in them. Without scripts: one photo instead."""
    return _show(request, reference, "liveness", holder, again)


@router.get("/selfie")
def show_selfie(request: Request, reference: str, holder: Holder, again: str = "") -> Response:
    """The camera for the face, or what was found in the picture."""
    return _show(request, reference, "selfie", holder, again)


@router.post("/selfie")
def take_selfie(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Takes a selfie without scripts."""
    return _take(request, reference, "selfie", holder, form)


@router.get("/face")
def ask_face(request: Request, reference: str, holder: Holder) -> Response:
    """The separate consent to comparing faces: purpose, keeping time, the alternative."""
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
        known = store.consents(work, found.registration.id)
        asked = _looked_for(work, found)
    return page(
        request,
        "holder/face.html",
        place=found,
        text=consents.text("face"),
        given=known.get("face"),
        looked_for=consents.text(consents.DUPLICATES) if asked else None,
    )


def _looked_for(work: Work, found: Place) -> bool:
    """Whether the separate question is asked: programme and policy must allow what is agreed to."""
    optional = rules_of(work, found.registration).optional_consents
    return consents.DUPLICATES in optional and duplicates.allowed(work, found.registration.programme)


@router.post("/face")
def choose_face(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Records the choice. Refusing leads to a person, and costs nothing else; why a face cannot be shown nobody keeps."""
    with house(request).workspace.write() as work:
        found = open_place(work, holder, reference)
        if form.get("choice") not in ("yes", "no", "cannot"):
            raise Problem("INVALID_FORM")
        given = form.get("choice") == "yes"
        consents.record(work, holder, found.registration.id, "face", given, deps.language(request))
        if _looked_for(work, found):
            agreed = given and form.on(consents.DUPLICATES)
            consents.record(work, holder, found.registration.id, consents.DUPLICATES, agreed, deps.language(request))
            if not agreed:
                erasure.face_templates(work, holder, found.registration.id)
        return place(work, holder, reference).go_on()


@router.get("/evidence/{evidence_id}/picture")
def own_picture(request: Request, reference: str, evidence_id: str, holder: Holder) -> Response:
    """The holder's own picture, never kept by browser or proxy."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        items = store.evidence(work, found.registration.id, current=False)
        if all(item.id != evidence_id for item in items):
            raise Problem("NOT_FOUND")
        data = store.picture(work, evidence_id)
        kind = store.evidence_by_id(work, evidence_id).media_type
    headers = {"Cache-Control": "no-store", "Content-Disposition": "inline"}
    return Response(data, media_type=kind, headers=headers)
