"""Evidence: resumable uploads, whole files, and what was found in them."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Body, File, Form, Header, Path, Response

from shiming.audit.work import Work
from shiming.intake import evidence
from shiming.intake.store import Upload
from shiming.registration import store
from shiming.web.api import schemas, views
from shiming.web.api.identity import Holder, HouseWorkspace
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Id, Say

router = APIRouter(route_class=ProblemRoute, tags=["evidence"])

UploadId = Annotated[str, Path(alias="id", description="The upload's id.", pattern=r"^[0-9a-f-]{36}$")]
EvidenceId = Annotated[str, Path(alias="id", description="The evidence's id.", pattern=r"^[0-9a-f-]{36}$")]


def _upload(found: Upload) -> schemas.Upload:
    return schemas.Upload(id=found.id, offset=found.offset, evidence_id=found.evidence_id)


@router.post("/registrations/{id}/uploads", status_code=201, response_model=schemas.Upload, summary="Announce a file")
def begin(id: Id, body: schemas.UploadRequest, holder: Holder, once: OnceOnly) -> Response:
    """Begins a resumable upload, or finds it again by its `capture_id`."""

    def announce(work: Work) -> schemas.Upload:
        return _upload(
            evidence.begin_upload(
                work,
                holder,
                id,
                slot=body.slot,
                capture_id=body.capture_id,
                size=body.size,
                media_type=body.media_type,
            )
        )

    return once.run(holder, body.model_dump(), announce)


@router.get("/uploads/{id}", summary="How far an upload is")
def get_upload(id: UploadId, holder: Holder, house: HouseWorkspace) -> schemas.Upload:
    """Go on from `offset`; `evidence_id` is set when the file is complete."""
    with house.read() as work:
        return _upload(evidence.upload(work, holder, id))


@router.patch("/uploads/{id}", summary="Send the next part")
def append(
    id: UploadId,
    holder: Holder,
    house: HouseWorkspace,
    offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=1 << 31, description="Where this part begins.")],
    chunk: Annotated[bytes, Body(media_type="application/octet-stream", description="The bytes from there on.")] = b"",
) -> schemas.Upload:
    """Bytes that arrived before are skipped, so a part may be sent twice. The last part makes the file evidence."""
    with house.write() as work:
        return _upload(evidence.append(work, holder, id, offset, chunk))


@router.post(
    "/registrations/{id}/evidence",
    status_code=201,
    response_model=schemas.EvidenceCreated,
    summary="Send a whole file at once",
)
def accept(
    id: Id,
    slot: Annotated[str, Form(max_length=64)],
    capture_id: Annotated[str, Form(max_length=64)],
    file: Annotated[bytes, File(description="JPEG, PNG, WebP, HEIC or AVIF.")],
    holder: Holder,
    once: OnceOnly,
) -> Response:
    """Idempotent by `capture_id` too: the same capture again gives the same evidence."""
    sent = {"slot": slot, "capture_id": capture_id, "sha256": hashlib.sha256(file).hexdigest()}

    def take(work: Work) -> schemas.EvidenceCreated:
        return schemas.EvidenceCreated(
            id=evidence.accept(work, holder, id, slot=slot, capture_id=capture_id, data=file)
        )

    return once.run(holder, sent, take)


@router.get("/evidence/{id}", summary="What was found in a file")
def get(id: EvidenceId, holder: Holder, house: HouseWorkspace, say: Say) -> schemas.Evidence:
    """`state` is `received` until it was read; then the findings tell whether it will do, and `fields` what was read."""
    with house.read() as work:
        item = store.evidence_by_id(work, id)
        views.owned(work, holder, item.owner_registration_id)
        return views.evidence(work, item, say)
