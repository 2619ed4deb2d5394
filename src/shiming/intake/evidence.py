"""Evidence handed in: whole or in resumable parts, idempotent by capture id, safe before it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shiming.audit.work import Work
from shiming.intake import access, pictures
from shiming.intake import store as intake_store
from shiming.intake.store import Upload
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import captures as kept
from shiming.registration.store import erasing
from shiming.registration.values import FACE_SLOTS, Actor, Role, Rules, SlotRule, evidence_context

FACE_KINDS = ("selfie", "holding", "liveness")
"""Kinds of evidence that show the person's face: asked for only with a separate consent."""
_CAPTURE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def context(work: Work, registration: Registration, document: str | None = None) -> Mapping[str, str | None]:
    """What the conditions of the programme's evidence formula ask of this registration."""
    consents = store.consents(work, registration.id)
    face = consents["face"].given if "face" in consents else None
    return evidence_context(document or registration.document, registration.channel, registration.person, face)


def wanted_slots(work: Work, registration: Registration) -> tuple[SlotRule, ...]:
    """The slots this registration needs, by what the programme's formula makes of its document, channel, person and consent.

    Of several ways to satisfy it, the one that lacks least.
    """
    rules = rules_of(work, registration)
    present = frozenset(item.slot for item in store.evidence(work, registration.id))
    needed = rules.evidence.needed(context(work, registration), present)
    by_name = {slot.slot: slot for slot in rules.slots}
    return tuple(by_name[name] for name in needed if name in by_name)


def _asked_again(rules: Rules, slot: SlotRule, items: Sequence[str]) -> bool:
    """Whether a slot is asked for again, itself or by the other way to show one's face."""
    kinds = {rule.kind for rule in rules.slots if rule.slot in items}
    return slot.slot in items or (slot.kind in FACE_SLOTS and bool(kinds & set(FACE_SLOTS)))


def other_route(work: Work, registration: Registration, slot: SlotRule) -> None:
    """Sets aside what was handed in by the other way to show one's face: the last word counts, what was found stays noted."""
    if slot.kind in FACE_SLOTS:
        for item in store.evidence(work, registration.id):
            if item.kind in FACE_SLOTS and item.kind != slot.kind and item.owner_registration_id == registration.id:
                erasing.set_aside(work, item)


def asked_slot(work: Work, actor: Actor, registration: Registration, name: str) -> SlotRule:
    """The rule of a slot that may be filled now. Raises NOT_ASKED, CONSENT_REQUIRED."""
    rules = rules_of(work, registration)
    slot = next((s for s in rules.slots if s.slot == name), None)
    if slot is None:
        raise Problem("NOT_ASKED", item=name)
    if registration.state == RegistrationState.ACTION_REQUIRED and not _asked_again(rules, slot, registration.items):
        raise Problem("NOT_ASKED", item=name)
    if slot.kind == "photocopy" and registration.channel == "shop" and actor.role != Role.CLERK:
        # The shop's own evidence: nobody else makes it.
        raise Problem("NOT_ASKED", item=name)
    consents = store.consents(work, registration.id)
    if slot.kind in FACE_KINDS and not ("face" in consents and consents["face"].given):
        raise Problem("CONSENT_REQUIRED", item="consent:face")
    if "privacy" in rules.consents and not ("privacy" in consents and consents["privacy"].given):
        raise Problem("CONSENT_REQUIRED", item="consent:privacy")
    return slot


def _picture_slot(work: Work, actor: Actor, registration: Registration, name: str) -> SlotRule:
    """The rule of a slot that a picture may fill."""
    rule = asked_slot(work, actor, registration, name)
    if rule.kind == "liveness":
        raise Problem("LIVENESS_SESSION", item=name)
    return rule


def _check_capture(capture_id: str) -> None:
    if not _CAPTURE_ID.fullmatch(capture_id):
        raise Problem("INVALID_FORM", fields={"capture_id": "INVALID_FORM"})


def accept(work: Work, actor: Actor, registration_id: str, *, slot: str, capture_id: str, data: bytes) -> str:
    """Keeps one picture after its header was found safe; returns the evidence id. The same capture again: the same id.

    Raises ``Problem`` with the picture's reason code, CONSENT_REQUIRED, CODE_REQUIRED, LATE_UPLOAD or NOT_ASKED.
    """
    _check_capture(capture_id)
    registration = access.served(work, actor, registration_id)
    kept.hold(work, registration.id)
    known = kept.by_capture(work, registration.id, capture_id)
    if known is not None:
        return known
    registration = access.own_open(work, actor, registration_id)
    rule = _picture_slot(work, actor, registration, slot)
    try:
        header = pictures.inspect(data)
    except pictures.Refused as refused:
        raise Problem(refused.code, item=slot) from None
    other_route(work, registration, rule)
    return kept.add(
        work,
        actor,
        registration,
        slot=slot,
        kind=rule.kind,
        capture_id=capture_id,
        media_type=header.media_type,
        data=data,
    )


def begin_upload(
    work: Work, actor: Actor, registration_id: str, *, slot: str, capture_id: str, size: int, media_type: str
) -> Upload:
    """Begins, or finds again, the upload of a capture. ``offset`` says where to go on; ``evidence_id`` that it is done."""
    _check_capture(capture_id)
    registration = access.served(work, actor, registration_id)
    kept.hold(work, registration.id)
    known = intake_store.upload_by_capture(work, registration.id, capture_id)
    if known is not None:
        return known
    registration = access.own_open(work, actor, registration_id)
    _picture_slot(work, actor, registration, slot)
    if size <= 0:
        raise Problem("IMG_EMPTY", item=slot)
    if size > pictures.limits()["bytes"]:
        raise Problem("IMG_TOO_LARGE", item=slot)
    announced = pictures.announced_type(media_type)
    return intake_store.add_upload(
        work, registration, slot=slot, capture_id=capture_id, media_type=announced, size=size
    )


def upload(work: Work, actor: Actor, upload_id: str) -> Upload:
    """The state of an own upload."""
    found = intake_store.upload_by_id(work, upload_id)
    access.served(work, actor, found.registration_id)
    return found


def append(work: Work, actor: Actor, upload_id: str, offset: int, chunk: bytes) -> Upload:
    """Appends the bytes from ``offset`` on; the last part makes it evidence.

    Bytes that are there already are skipped, so a repeated part does no harm. Raises UPLOAD_OFFSET when bytes between are
    missing, UPLOAD_SIZE when more come than announced, and the picture's reason code (committed: the upload is forgotten).
    """
    found = upload(work, actor, upload_id)
    if found.evidence_id is not None:
        return found
    if offset > found.offset:
        raise Problem("UPLOAD_OFFSET")
    fresh = chunk[found.offset - offset :]
    if found.offset + len(fresh) > found.size:
        raise Problem("UPLOAD_SIZE")
    if fresh:
        found = intake_store.add_part(work, found, fresh)
    return _finish(work, actor, found) if found.offset == found.size else found


def _finish(work: Work, actor: Actor, whole: Upload) -> Upload:
    data = intake_store.upload_bytes(work, whole)
    try:
        evidence_id = accept(
            work, actor, whole.registration_id, slot=whole.slot, capture_id=whole.capture_id, data=data
        )
    except Problem as problem:
        intake_store.drop_upload(work, whole)
        refuse_kept(work, problem)
        return whole
    return intake_store.finish_upload(work, whole, evidence_id)
