"""What an approval brings about: the party, its document, the binding, the card's activation."""

from __future__ import annotations

from sqlalchemy import insert, update

from shiming.accounts import devices
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card, DecisionRow, Registration
from shiming.registration.store import (
    amending,
    announcing,
    candidates,
    life,
    moves,
    organisations,
    parties,
    proofs,
    roles,
)
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor, Verdict

_PARTY_FIELDS = ("name", "address")


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
    if registration.purpose in proofs.PURPOSES:
        # Nothing about the person changes: they proved to be who is known already.
        proofs.approved(work, registration)
        return
    party_id = _party(work, registration)
    _keep_document(work, registration, party_id)
    _keep_details(work, registration, party_id)
    work.conn.execute(update(t.registration).where(t.registration.c.id == registration.id).values(party_id=party_id))
    candidates.link_proven(work, registration)
    _trust_device(work, registration, party_id)
    if registration.purpose in ("update", "reverify"):
        amending.follow(work, actor, party_id, f"decision:{decision.id}")
        moves.post_notice(work, registration, f"{registration.purpose}-approved", key=f"decision:{decision.id}")
        return
    if registration.purpose == "transfer":
        amending.end_holding(work, actor, registration)
    for role, holder_id in _holders(work, actor, registration, party_id).items():
        roles.bind(work, registration, holder_id, role)
    roles.bind_second(work, registration)
    if registration.purpose == "transfer":
        amending.follow(work, actor, party_id, f"decision:{decision.id}")
        moves.post_notice(work, registration, "transfer-approved", key=f"decision:{decision.id}")
        announcing.new_card(work, registration, party_id)
        return
    card = store.card(work, registration.card_id)
    # What a deadline asked of the operator no longer holds: opening the card lifts it.
    life.drop_orders(work, card.id)
    card = moves.move_card(work, actor, card, "activate", account_id=registration.account_id, **life.STOPPED)
    _assign(work, card)
    life.order(work, actor, card, "open", key=f"open:{card.id}:{decision.id}", registration=registration.id)
    moves.post_notice(work, registration, "decision-approved", key=f"decision:{decision.id}")
    announcing.new_card(work, registration, party_id)


def _holders(work: Work, actor: Actor, registration: Registration, party_id: str) -> dict[str, str]:
    """Who holds the card, by role: the person proven; for a company, the organisation, with the person answering for it."""
    if registration.person != "company":
        return {organisations.HOLDER: party_id}
    return {
        organisations.HOLDER: organisations.keep(work, actor, registration),
        organisations.RESPONSIBLE: party_id,
    }


def _trust_device(work: Work, registration: Registration, party_id: str) -> None:
    """Where this person proved who they are, a code is enough the next time; unless the account is not theirs alone."""
    if store.parties_of_account(work, registration.account_id) <= {party_id}:
        devices.trust_submitters(work, registration.account_id, registration.id)


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
    template = "appeal-rejected" if registration.appealed_at else "decision-rejected"
    moves.post_notice(work, registration, template, key=f"decision:{decision.id}", reasons=list(decision.reasons))


def _referred(work: Work, actor: Actor, registration: Registration, decision: DecisionRow) -> None:
    """A person looks at it now; the holder was promised a date at submission and hears nothing new."""


def _party(work: Work, registration: Registration) -> str:
    known = parties.identity(work, registration)
    found = parties.party_by_document(work, parties.document_blind(work, *known)) if known else None
    if registration.party_id or found:
        return str(registration.party_id or found)
    return roles.new_party(work)


def _keep_document(work: Work, registration: Registration, party_id: str) -> None:
    known = parties.identity(work, registration)
    if known is None and registration.document is None:
        return  # registered by data alone: the card's roster knows the person, no document does
    if known is None:
        raise Problem("FIELD_MISSING", item="number")
    roles.keep_document(work, registration, party_id, known, roles.read_fields(work, registration, "document-"))


def _keep_details(work: Work, registration: Registration, party_id: str) -> None:
    declared = store.form(work, registration)
    detail = {name: declared[name] for name in _PARTY_FIELDS if declared.get(name)}
    roles.keep_detail(work, registration, party_id, detail)


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
