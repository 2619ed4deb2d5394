"""Face templates that are kept to be looked for: sealed one by one, so that each can be erased alone and for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, insert, or_, select, update

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.db import for_update
from shiming.platform.ids import uuid7
from shiming.registration.records import Registration
from shiming.registration.store import moves
from shiming.registration.store import tables as t

_T = t.face_template
_C = _T.c


@dataclass(frozen=True, slots=True)
class Template:
    """A template's row, without its vector. ``erased_at``: only the fact is left."""

    id: str
    key_id: str
    registration_id: str
    evidence_id: str
    person_blind: bytes = field(repr=False)
    model: str
    model_sha256: str
    created_at: datetime
    stale_at: datetime | None
    erased_at: datetime | None


_COLUMNS = tuple(_C[name] for name in Template.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Vector:
    """A template as it is compared: its id, when it was made, and the vector's bytes."""

    id: str
    created_at: datetime
    codes: bytes = field(repr=False)


def _of_issuer(work: Work) -> Select[Any]:
    return select(*_COLUMNS).where(_C.issuer == work.issuer)


def _template(row: Row[Any]) -> Template:
    return Template(**row._mapping)


def of_registration(work: Work, registration_id: str, *, living: bool = True) -> list[Template]:
    """The templates made for a registration, oldest first."""
    query = _of_issuer(work).where(_C.registration_id == registration_id).order_by(_C.id)
    if living:
        query = query.where(_C.erased_at.is_(None))
    return [_template(row) for row in work.conn.execute(query)]


def living(work: Work, ids: list[str]) -> dict[str, Template]:
    """Those of these templates that are not erased, by id."""
    query = _of_issuer(work).where(_C.id.in_(ids), _C.erased_at.is_(None))
    return {row.id: _template(row) for row in work.conn.execute(query)}


def keep(
    work: Work,
    registration: Registration,
    *,
    evidence_id: str,
    person_blind: bytes,
    model: str,
    model_sha256: str,
    codes: bytes,
) -> Template:
    """Keeps a template. One of the same picture by the same model is kept once. ``person_blind``: the index of the document."""
    work.conn.execute(for_update(select(t.registration.c.id).where(t.registration.c.id == registration.id)))
    for known in of_registration(work, registration.id):
        if (known.evidence_id, known.model_sha256) == (evidence_id, model_sha256):
            return known
    id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "face-template")
    sealed = work.vault.seal(
        work.conn, key_id, issuer=work.issuer, table=_T.name, column="vector_sealed", row=id, value=codes
    )
    values = {
        "id": id,
        "key_id": key_id,
        "registration_id": registration.id,
        "evidence_id": evidence_id,
        "person_blind": person_blind,
        "model": model,
        "model_sha256": model_sha256,
        "created_at": work.now,
        "stale_at": None,
        "erased_at": None,
    }
    work.conn.execute(insert(_T).values(issuer=work.issuer, vector_sealed=sealed, **values))
    work.record(moves.engine(work.issuer), Action.FACE_ENROLLED, "face-template", id, registration=registration.id)
    return Template(**values)  # type: ignore[arg-type]


def vector(work: Work, template: Template) -> bytes:
    """The vector of a living template. Raises KeyShreddedError."""
    sealed = work.conn.execute(
        select(_C.vector_sealed).where(_C.issuer == work.issuer, _C.id == template.id)
    ).scalar_one()
    return work.vault.open_sealed(
        work.conn,
        template.key_id,
        issuer=work.issuer,
        table=_T.name,
        column="vector_sealed",
        row=template.id,
        sealed=sealed,
    )


def vectors(
    work: Work, model_sha256: str, size: int, *, after: str = "", since: datetime | None = None
) -> list[Vector]:
    """A part of the living templates of a model, in the order of their ids, those after ``after``; only those made since."""
    query = (
        select(_C.id, _C.key_id, _C.created_at, _C.vector_sealed)
        .where(_C.issuer == work.issuer, _C.model_sha256 == model_sha256, _C.erased_at.is_(None), _C.id > after)
        .order_by(_C.id)
        .limit(size)
    )
    if since is not None:
        query = query.where(_C.created_at >= since)
    rows = work.conn.execute(query).all()
    cells = [(row.id, row.key_id, bytes(row.vector_sealed)) for row in rows]
    opened = work.vault.open_many(work.conn, issuer=work.issuer, table=_T.name, column="vector_sealed", cells=cells)
    return [Vector(row.id, row.created_at, opened[row.id]) for row in rows if row.id in opened]


def erased_since(work: Work, since: datetime) -> list[str]:
    """The ids of templates erased since a moment."""
    query = select(_C.id).where(_C.issuer == work.issuer, _C.erased_at >= since)
    return list(work.conn.execute(query).scalars())


def erase(work: Work, template_id: str) -> str | None:
    """Erases a template; gives the id of the key that was shredded.

    With the last one of a registration goes how alike its face is to any other, and what nobody answered yet.
    """
    found = living(work, [template_id]).get(template_id)
    if found is None:
        return None
    blank = {"vector_sealed": b"", "person_blind": b"", "erased_at": work.now}
    work.conn.execute(update(_T).where(_C.issuer == work.issuer, _C.id == template_id).values(**blank))
    work.vault.shred(work.conn, found.key_id)
    if not of_registration(work, found.registration_id):
        _forget_likeness(work, found.registration_id)
    return found.key_id


def _forget_likeness(work: Work, registration_id: str) -> None:
    c = t.face_candidate.c
    of_it = or_(c.registration_id == registration_id, c.other_registration_id == registration_id)
    work.conn.execute(t.face_candidate.delete().where(c.issuer == work.issuer, of_it, c.answer.is_(None)))
    work.conn.execute(update(t.face_candidate).where(c.issuer == work.issuer, of_it).values(similarity=None))


def of_other_models(work: Work, model_sha256: str, size: int) -> list[Template]:
    """Living templates that another model made and that are not known to be stale, in the order of their ids."""
    query = _of_issuer(work).where(_C.erased_at.is_(None), _C.stale_at.is_(None), _C.model_sha256 != model_sha256)
    return [_template(row) for row in work.conn.execute(query.order_by(_C.id).limit(size))]


def refused_since(work: Work, kinds: tuple[str, ...], size: int) -> list[Template]:
    """Living templates of registrations in which one of these consents was refused or withdrawn after they were made."""
    c = t.consent.c
    no = exists().where(
        c.registration_id == _C.registration_id, c.kind.in_(kinds), c.given.is_(False), c.at >= _C.created_at
    )
    query = _of_issuer(work).where(_C.erased_at.is_(None), no).order_by(_C.id).limit(size)
    return [_template(row) for row in work.conn.execute(query)]


def programmes(work: Work) -> list[str]:
    """The programmes whose registrations have living templates."""
    r = t.registration.c
    query = (
        select(r.programme)
        .distinct()
        .join(_T, _C.registration_id == r.id)
        .where(_C.issuer == work.issuer, _C.erased_at.is_(None))
    )
    return sorted(work.conn.execute(query).scalars())


def of_programme(work: Work, programme: str, size: int) -> list[Template]:
    """Living templates of a programme's registrations."""
    r = t.registration.c
    query = (
        _of_issuer(work)
        .join(t.registration, _C.registration_id == r.id)
        .where(_C.erased_at.is_(None), r.programme == programme)
        .order_by(_C.id)
        .limit(size)
    )
    return [_template(row) for row in work.conn.execute(query)]


def mark_stale(work: Work, template_id: str) -> None:
    """The picture of a template is gone: no other model can make it anew, and it ends when its time is over."""
    work.conn.execute(
        update(_T)
        .where(_C.issuer == work.issuer, _C.id == template_id, _C.stale_at.is_(None))
        .values(stale_at=work.now)
    )


@dataclass(frozen=True, slots=True)
class Count:
    """How many living templates there are of one model."""

    model: str
    model_sha256: str
    living: int
    stale: int


def counts(work: Work) -> list[Count]:
    """The living templates by model."""
    query = (
        select(_C.model, _C.model_sha256, func.count(), func.count(_C.stale_at))
        .where(_C.issuer == work.issuer, _C.erased_at.is_(None))
        .group_by(_C.model, _C.model_sha256)
        .order_by(_C.model, _C.model_sha256)
    )
    return [Count(*row) for row in work.conn.execute(query)]
