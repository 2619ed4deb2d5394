"""What an approval brings about: a place under the cap, the party, its document, the binding, the card's activation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card, DecisionRow, Registration
from shiming.registration.store import moves, parties
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor, Rules, Verdict

_PARTY_FIELDS = ("name", "address")


def identity(work: Work, registration: Registration) -> tuple[str, str, str] | None:
    """(document type, country, normalised number) as read, else as declared; None when neither is there."""
    fields: dict[str, str | None] = dict(store.form(work, registration))
    country = ""
    for item in store.evidence(work, registration.id):
        read = store.reading(work, item.id)
        if item.slot == "document-front" and read is not None and read.document is not None:
            country = read.document.country or ""
            if "number" in read.fields:
                fields["number"] = read.fields["number"].value
    number = (fields.get("number") or "").upper().replace(" ", "")
    if not number or registration.document is None:
        return None
    return registration.document, country, number


def subject(work: Work, registration: Registration) -> bytes | None:
    """The blind index a cap is counted by: the first document the person was ever proven with, else this one."""
    known = identity(work, registration)
    if known is None:
        return None
    blind = parties.document_blind(work, *known)
    party_id = parties.party_by_document(work, blind)
    if party_id is None:
        return blind
    first = (
        select(t.identity_document.c.number_blind)
        .where(t.identity_document.c.party_id == party_id)
        .order_by(t.identity_document.c.id)
    )
    return bytes(work.conn.execute(first.limit(1)).scalar_one())


def cap_scope(rules: Rules) -> str:
    """The scope a cap is counted in: the programme alone, or all of the issuer."""
    return f"programme:{rules.programme}" if rules.cap_scope == "programme" else f"issuer:{rules.card_kind}"


def _insert_once(work: Work, values: dict[str, Any]) -> bool:
    dialect = sqlite if work.conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(t.cap_place).values(**values).on_conflict_do_nothing()
    # RETURNING, because psycopg does not report a row count for every INSERT.
    return work.conn.execute(statement.returning(t.cap_place.c.id)).first() is not None


def take_place(work: Work, registration: Registration, rules: Rules) -> None:
    """Takes a place under the cap: a row unique on (scope, subject, slot). Raises CAP_REACHED_OPERATOR."""
    person = subject(work, registration)
    if person is None:
        raise Problem("FIELD_MISSING", item="number")
    for slot in range(rules.cap_limit):
        values = {
            "id": uuid7(),
            "issuer": work.issuer,
            "scope": cap_scope(rules),
            "subject_blind": person,
            "slot": slot,
            "registration_id": registration.id,
            "taken_at": work.now,
        }
        if _insert_once(work, values):
            return
    raise Problem("CAP_REACHED_OPERATOR")


def take_effect(work: Work, decision_id: str) -> None:
    """Lets a decision take effect, once: the marker and everything that follows are one transaction."""
    d = t.decision
    done = work.conn.execute(
        update(d)
        .where(d.c.issuer == work.issuer, d.c.id == decision_id, d.c.effect_at.is_(None), d.c.taken_back_at.is_(None))
        .values(effect_at=work.now)
    )
    if done.rowcount != 1:
        return
    decision = store.decision_by_id(work, decision_id)
    registration = store.get(work, decision.registration_id)
    actor = moves.engine(work.issuer)
    effect = {Verdict.APPROVE: _approved, Verdict.RETRY: _retry, Verdict.REJECT: _rejected, Verdict.REFER: _referred}
    effect[Verdict(decision.verdict)](work, actor, registration, decision)
    work.record(actor, Action.DECISION_TOOK_EFFECT, "decision", decision_id, registration=registration.id)


def _approved(work: Work, actor: Actor, registration: Registration, decision: DecisionRow) -> None:
    party_id = _party(work, registration)
    _keep_document(work, registration, party_id)
    _keep_details(work, registration, party_id)
    work.conn.execute(update(t.registration).where(t.registration.c.id == registration.id).values(party_id=party_id))
    if registration.purpose == "update":
        moves.post_notice(work, registration, "update-approved", key=f"decision:{decision.id}")
        return
    work.conn.execute(
        insert(t.binding).values(
            id=uuid7(),
            issuer=work.issuer,
            party_id=party_id,
            card_id=registration.card_id,
            role="holder",
            registration_id=registration.id,
            since=work.now,
        )
    )
    card = moves.move_card(work, actor, store.card(work, registration.card_id), "activate")
    _assign(work, card)
    work.post(
        "operator",
        {"act": "open", "card": card.id, "registration": registration.id},
        key=f"open:{card.id}:{decision.id}",
        about=registration.id,
    )
    moves.post_notice(work, registration, "decision-approved", key=f"decision:{decision.id}")


def _retry(work: Work, actor: Actor, registration: Registration, decision: DecisionRow) -> None:
    moves.post_notice(
        work,
        registration,
        "decision-retry",
        key=f"decision:{decision.id}",
        reasons=list(decision.reasons),
        items=list(decision.items),
    )


def _rejected(work: Work, actor: Actor, registration: Registration, decision: DecisionRow) -> None:
    moves.free_card(work, actor, registration)
    moves.post_notice(
        work, registration, "decision-rejected", key=f"decision:{decision.id}", reasons=list(decision.reasons)
    )


def _referred(work: Work, actor: Actor, registration: Registration, decision: DecisionRow) -> None:
    """A person looks at it now; the holder was promised a date at submission and hears nothing new."""


def _party(work: Work, registration: Registration) -> str:
    known = identity(work, registration)
    found = parties.party_by_document(work, parties.document_blind(work, *known)) if known else None
    if registration.party_id or found:
        return str(registration.party_id or found)
    party_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "party")
    work.conn.execute(
        insert(t.party).values(id=party_id, issuer=work.issuer, key_id=key_id, kind="person", created_at=work.now)
    )
    return party_id


def _keep_document(work: Work, registration: Registration, party_id: str) -> None:
    known = identity(work, registration)
    if known is None:
        raise Problem("FIELD_MISSING", item="number")
    fields: dict[str, str | None] = {}
    for item in store.evidence(work, registration.id):
        read = store.reading(work, item.id)
        if read is not None and item.slot.startswith("document-"):
            fields.update({name: field.value for name, field in read.fields.items()})
    document_id = uuid7()
    d = t.identity_document
    work.conn.execute(
        update(d).where(d.c.party_id == party_id, d.c.type == known[0], d.c.until.is_(None)).values(until=work.now)
    )
    work.conn.execute(
        insert(d).values(
            id=document_id,
            issuer=work.issuer,
            party_id=party_id,
            registration_id=registration.id,
            type=known[0],
            country=known[1],
            number_blind=parties.document_blind(work, *known),
            fields_sealed=seal_json(
                work, parties.party_key(work, party_id), "identity_document", "fields_sealed", document_id, fields
            ),
            since=work.now,
        )
    )


def _keep_details(work: Work, registration: Registration, party_id: str) -> None:
    declared = store.form(work, registration)
    detail = {name: declared[name] for name in _PARTY_FIELDS if declared.get(name)}
    p = t.party_detail
    work.conn.execute(update(p).where(p.c.party_id == party_id, p.c.until.is_(None)).values(until=work.now))
    detail_id = uuid7()
    work.conn.execute(
        insert(p).values(
            id=detail_id,
            issuer=work.issuer,
            party_id=party_id,
            registration_id=registration.id,
            detail_sealed=seal_json(
                work, parties.party_key(work, party_id), "party_detail", "detail_sealed", detail_id, detail
            ),
            since=work.now,
        )
    )


def _assign(work: Work, card: Card) -> None:
    if card.msisdn is None:
        return
    assignment_id = uuid7()
    work.conn.execute(
        insert(t.assignment).values(
            id=assignment_id,
            issuer=work.issuer,
            card_id=card.id,
            number_blind=work.vault.blind("msisdn", card.msisdn),
            number_sealed=seal_json(work, card.key_id, "assignment", "number_sealed", assignment_id, card.msisdn),
            since=work.now,
        )
    )
