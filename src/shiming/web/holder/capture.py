"""Document kind, pictures with answers at once, face consent and selfie (rows A5, A7, A10)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from shiming.audit.work import Work
from shiming.intake import consents, evidence, forms
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Evidence
from shiming.registration.states import EvidenceState
from shiming.registration.values import Actor, Finding, Outcome
from shiming.web import deps
from shiming.web.deps import Form, Holder, house
from shiming.web.holder import labels
from shiming.web.holder.common import Place, open_place, place
from shiming.web.holder.island_texts import camera_texts, queue_texts
from shiming.web.pages import page, see

router = APIRouter(prefix="/r/{reference}")

_CARD_RATIO = 85.6 / 53.98
"""Width to height of a card (ISO/IEC 7810 ID-1)."""
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


@router.get("/document")
def ask_document(request: Request, reference: str, holder: Holder) -> Response:
    """Which document will be photographed."""
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
    return page(request, "holder/document.html", place=found, documents=labels.DOCUMENTS, faults={})


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
    return page(request, "holder/document.html", 422, place=found, documents=labels.DOCUMENTS, faults=faults)


def _capture_page(
    request: Request, found: Place, slot: str, shot: Shot | None, *, again: bool, problem: Problem | None = None
) -> Response:
    face = slot == "selfie"
    retakes = shot.evidence.retakes + (0 if shot.usable or shot.waiting else 1) if shot else 0
    island = {
        "registration": found.registration.id,
        "slot": slot,
        "here": f"{found.base}/{'selfie' if face else f'photo/{slot}'}",
        "ratio": _RATIO.get(found.registration.document or "", _CARD_RATIO),
        "texts": camera_texts(deps.texts(request), face=face),
    }
    return page(
        request,
        "holder/capture.html",
        problem.status if problem else 200,
        place=found,
        slot=slot,
        face=face,
        title=labels.SLOTS[slot][0],
        hint=labels.SLOTS[slot][1],
        shot=None if again or problem else shot,
        retakes=retakes,
        allowed=found.rules.retakes,
        problem=problem,
        capture=island,
        island_name="camera-face" if face else "camera-doc",
        queue={"texts": queue_texts(deps.texts(request))},
        poll=int(limit("shiming.web", "poll.seconds")),
    )


def _known_slot(found: Place, slot: str) -> None:
    if slot not in {rule.slot for rule in found.rules.slots} or slot not in labels.SLOTS:
        raise Problem("NOT_FOUND")


def _show(request: Request, reference: str, slot: str, holder: Actor, again: str) -> Response:
    with house(request).workspace.read() as work:
        found = open_place(work, holder, reference)
        _known_slot(found, slot)
        shot = newest(work, found.registration.id, slot)
    if "consent:face" in found.missing and slot == "selfie":
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
    return see(f"{found.base}/{'selfie' if slot == 'selfie' else f'photo/{slot}'}")


@router.get("/photo/{slot}")
def show_photo(request: Request, reference: str, slot: str, holder: Holder, again: str = "") -> Response:
    """The camera for a side of the document, or what was found in the picture."""
    return _show(request, reference, slot, holder, again)


@router.post("/photo/{slot}")
def take_photo(request: Request, reference: str, slot: str, form: Form, holder: Holder) -> Response:
    """Takes a picture without scripts: an ordinary file field."""
    return _take(request, reference, slot, holder, form)


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
        given = store.consents(work, found.registration.id).get("face")
    return page(request, "holder/face.html", place=found, text=consents.text("face"), given=given)


@router.post("/face")
def choose_face(request: Request, reference: str, form: Form, holder: Holder) -> Response:
    """Records the choice. Refusing leads to a person, and costs nothing else."""
    with house(request).workspace.write() as work:
        found = open_place(work, holder, reference)
        if form.get("choice") not in ("yes", "no"):
            raise Problem("INVALID_FORM")
        given = form.get("choice") == "yes"
        consents.record(work, holder, found.registration.id, "face", given, deps.language(request))
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
