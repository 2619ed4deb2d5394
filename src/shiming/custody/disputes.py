""" "This card is not mine": a dispute of a card in one's name (rows F5, A11).

It needs proof of identity: a session of the proven person, or, without an account, a proven contact and pictures of the
document. It suspends nothing by itself. A person decides it by a due time; the answer says nothing about anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shiming.accounts import holders
from shiming.accounts.holders import Contact
from shiming.accounts.subjects import new_token, token_hash
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.countries import calendar
from shiming.custody import cards
from shiming.custody.retention import ROOM
from shiming.custody.store import disputes, holding
from shiming.custody.store.disputes import Dispute, Picture, Texts
from shiming.platform.ids import normalise_reference
from shiming.platform.limits import limit
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card, Registration
from shiming.registration.states import CARD_MOVES
from shiming.registration.store import caps, life, moves, parties
from shiming.registration.values import Actor, Reading, Role
from shiming.review.inbox import Calendar

PURPOSE = "dispute"
"""Of the one-time code that proves the contact of somebody without an account."""
SIDES = ("front", "back")
VERDICTS = ("upheld", "refused")
REASONS = ("not-the-holder", "no-such-card", "proof-not-enough", "is-the-holder", "other")
"""Why a dispute was decided so. The first upholds, the others refuse."""
_KEPT_FIELDS = ("name", "number", "date_of_birth")
_ANONYMOUS = Actor(Role.ANONYMOUS, "dispute")


@dataclass(frozen=True, slots=True)
class View:
    """A dispute as the agent who decides it sees it."""

    dispute: Dispute
    texts: Texts
    pictures: tuple[Picture, ...]
    card: Card | None
    held: holding.Holding | None
    """In whose name the card is now; None where it is in nobody's."""
    registration: Registration | None
    same_document: bool | None
    """Whether the proof is one of the documents the card is registered with; None where that cannot be said."""
    name: str


def begin(work: Work, contact: Contact, language: str) -> str:
    """Somebody without an account proved a contact: gives the token by which they go on. One begun before is found again."""
    known = disputes.newest_of_contact(work, work.vault.blind_all(_scope(work), contact.value))
    if known is not None:
        token = new_token()
        disputes.change(work, known, token_hash=token_hash(token))
        return token
    return _draft_for(work, contact.value, language)


def another(work: Work, item: Dispute, language: str) -> str:
    """Begins a further dispute for the contact of one that is settled; gives its token. Raises WRONG_STATE before that."""
    if item.state in ("draft", "open"):
        raise Problem("WRONG_STATE")
    return _draft_for(work, disputes.texts(work, item).contact, language)


def _draft_for(work: Work, contact: str, language: str) -> str:
    token = new_token()
    dispute_id = disputes.add(
        work,
        state="draft",
        proof="pictures",
        language=language,
        token_hash=token_hash(token),
        contact=contact,
        contact_blind=work.vault.blind(_scope(work), contact),
    )
    work.record(_ANONYMOUS, Action.DISPUTE_BEGUN, "dispute", dispute_id)
    return token


def _scope(work: Work) -> str:
    return f"{work.issuer}:dispute:contact"


def of_token(work: Work, token: str) -> Dispute:
    """The dispute that a token belongs to, for as long as a draft lives or an answer is kept. Raises NOT_FOUND."""
    found = disputes.by_token(work, token_hash(token)) if token else None
    if found is None or found.erased_at is not None:
        raise Problem("NOT_FOUND")
    return found


def keep_proof(work: Work, item: Dispute, side: str, data: bytes, reading: Reading) -> None:
    """Keeps a side of the document, as the eyes normalised and read it. Raises WRONG_STATE once the dispute is filed."""
    _draft(item)
    if side not in SIDES:
        raise Problem("INVALID_FORM", fields={"side": "INVALID_FORM"})
    values = {name: reading.fields[name].value for name in _KEPT_FIELDS if name in reading.fields}
    fields = {name: value for name, value in values.items() if value}
    blind = None
    if reading.document is not None and fields.get("number"):
        number = fields["number"].upper().replace(" ", "")
        blind = parties.document_blind(work, reading.document.type, reading.document.country or "", number)
    disputes.keep_picture(work, item, side, data, fields, blind)


def _draft(item: Dispute) -> None:
    if item.state != "draft":
        raise Problem("WRONG_STATE")


def file(work: Work, item: Dispute, number: str, statement: str) -> Dispute:
    """Files a dispute begun without an account. The answer is the same whether there is such a card or not.

    Raises INVALID_FORM by field, EVIDENCE_MISSING without a picture of the document's front.
    """
    _draft(item)
    wrong = {} if number.strip() else {"number": "INVALID_FORM"}
    if not _good(statement):
        wrong["statement"] = "INVALID_FORM"
    if wrong:
        raise Problem("INVALID_FORM", fields=wrong)
    if all(picture.side != "front" for picture in disputes.pictures(work, item)):
        raise Problem("EVIDENCE_MISSING", item="front")
    card = _find(work, number)
    held = holding.of_card(work, card.id, work.now) if card else []
    filed = disputes.change(
        work,
        item,
        state="open",
        number=number.strip(),
        statement=statement.strip(),
        card_id=card.id if card else None,
        binding_id=held[0].id if held else None,
        filed_at=work.now,
        due_at=_due(work, held[0] if held else None),
    )
    return _filed(work, _ANONYMOUS, filed)


def _good(statement: str) -> bool:
    return 0 < len(statement.strip()) <= limit(ROOM, "dispute.statement")


def _find(work: Work, text: str) -> Card | None:
    found = holding.cards_by_number(work, text)
    if found:
        return found[0]
    try:
        contact = holders.normalise_contact(text)
    except holders.ContactError:
        return None
    ids = holding.card_of_msisdn(work, work.vault.blind_all("msisdn", contact.value), work.now)
    return store.card(work, ids[-1]) if ids else None


def _due(work: Work, held: holding.Holding | None) -> object:
    days = int(limit(ROOM, "dispute.working_days"))
    where = Calendar()
    if held is not None:
        rules = rules_of(work, store.get(work, held.registration_id))
        where = Calendar(rules.country, rules.zone)
    return calendar.due(work.now, days, where.country, where.zone).at


def _filed(work: Work, actor: Actor, item: Dispute) -> Dispute:
    work.record(actor, Action.DISPUTE_FILED, "dispute", item.id, card=item.card_id)
    due = item.due_at.isoformat() if item.due_at else ""
    _tell(work, item, "dispute-received", due_at=due)
    return item


def _tell(work: Work, item: Dispute, template: str, **params: str) -> None:
    payload: dict[str, object] = {
        "template": template,
        "language": item.language,
        "params": {"reference": item.reference, **params},
    }
    if item.account_id is not None:
        payload["account"] = item.account_id
    else:
        contact = disputes.texts(work, item).contact
        payload |= {"to": contact, "channel": "email" if "@" in contact else "sms"}
    work.post("notice", payload, key=f"{template}:{item.id}", about=item.id)


def file_own(work: Work, actor: Actor, binding_id: str, statement: str, language: str) -> Dispute:
    """The proven person disputes a card in their name; one that is open already is found again.

    Raises NOT_FOUND for a card that is not in their name, INVALID_FORM without a statement.
    """
    held = cards.own(work, actor, binding_id)
    known = disputes.open_on(work, held.card_id, actor.id)
    if known is not None:
        return known
    if not _good(statement):
        raise Problem("INVALID_FORM", fields={"statement": "INVALID_FORM"})
    dispute_id = disputes.add(
        work,
        state="open",
        proof="party",
        account_id=actor.id,
        party_id=held.party_id,
        card_id=held.card_id,
        binding_id=held.id,
        language=language,
        statement=statement.strip(),
        filed_at=work.now,
        due_at=_due(work, held),
    )
    return _filed(work, actor, disputes.get(work, dispute_id))


def own(work: Work, actor: Actor, reference: str) -> tuple[Dispute, Texts]:
    """The account's own dispute. Raises NOT_FOUND for any other."""
    item = disputes.by_reference(work, normalise_reference(reference))
    if actor.role != Role.HOLDER or item.account_id != actor.id:
        raise Problem("NOT_FOUND")
    return item, disputes.texts(work, item)


def withdraw(work: Work, actor: Actor, item: Dispute) -> Dispute:
    """Whoever filed it takes it back before it is decided. Raises WRONG_STATE afterwards."""
    if item.state not in ("draft", "open"):
        raise Problem("WRONG_STATE")
    work.record(actor, Action.DISPUTE_WITHDRAWN, "dispute", item.id)
    return disputes.change(work, item, state="withdrawn")


def withdraw_anonymous(work: Work, item: Dispute) -> Dispute:
    """The same for somebody without an account, who showed the dispute's token."""
    return withdraw(work, _ANONYMOUS, item)


def _agent(actor: Actor) -> None:
    if actor.role != Role.AGENT:
        raise Problem("NOT_ALLOWED")


def queue(work: Work, actor: Actor) -> list[Dispute]:
    """Disputes that wait for an answer, the most urgent first."""
    _agent(actor)
    return disputes.waiting(work)


def view(work: Work, actor: Actor, reference: str) -> View:
    """Everything needed to decide a dispute. The look is recorded."""
    _agent(actor)
    item = disputes.by_reference(work, normalise_reference(reference))
    if item.state == "draft":
        raise Problem("NOT_FOUND")
    work.record(actor, Action.DISPUTE_OPENED, "dispute", item.id)
    pictures = tuple(disputes.pictures(work, item)) if item.erased_at is None else ()
    card = store.card(work, item.card_id) if item.card_id else None
    held = holding.get(work, item.binding_id) if item.binding_id else None
    registration = store.get(work, held.registration_id) if held else None
    name = ""
    if held is not None:
        history = parties.party_history(work, held.party_id)
        name = history[-1].detail.get("name", "") if history else ""
    same = _same_document(work, item, pictures, held)
    return View(item, disputes.texts(work, item), pictures, card, held, registration, same, name)


def _same_document(
    work: Work, item: Dispute, pictures: tuple[Picture, ...], held: holding.Holding | None
) -> bool | None:
    if held is None:
        return None
    if item.proof == "party":
        return item.party_id == held.party_id
    shown = {picture.number_blind for picture in pictures if picture.number_blind is not None}
    return bool(shown & disputes.documents_of(work, held.party_id)) if shown else None


def picture(work: Work, actor: Actor, reference: str, side: str) -> bytes:
    """A side of the document that was handed in as proof. The look is recorded."""
    _agent(actor)
    item = disputes.by_reference(work, normalise_reference(reference))
    if item.erased_at is not None:
        raise Problem("ERASED")
    work.record(actor, Action.DISPUTE_OPENED, "dispute", item.id, side=side)
    return disputes.picture(work, item, side)


def decide(
    work: Work, actor: Actor, reference: str, *, verdict: str, reason: str, note: str = "", message: str = ""
) -> Dispute:
    """An agent decides. Upheld: the binding ends, the card is stopped at the operator, its place under the caps is free.

    ``note`` stays inside; ``message`` is shown to whoever disputed, and must not tell about anybody else.
    Raises WRONG_STATE when it is decided already, or upheld where nobody holds the card any more; INVALID_FORM by field.
    """
    _agent(actor)
    item = disputes.by_reference(work, normalise_reference(reference))
    if item.state != "open":
        raise Problem("WRONG_STATE")
    wrong = {} if verdict in VERDICTS else {"verdict": "INVALID_FORM"}
    if reason not in REASONS or (verdict == "upheld") != (reason == REASONS[0]):
        wrong["reason"] = "INVALID_FORM"
    if verdict == "refused" and not message.strip():
        wrong["message"] = "INVALID_FORM"
    if wrong:
        raise Problem("INVALID_FORM", fields=wrong)
    if verdict == "upheld":
        _uphold(work, actor, item)
    decided = disputes.change(
        work,
        item,
        state=verdict,
        reason=reason,
        note=note.strip(),
        message=message.strip(),
        decided_by=actor.id,
        decided_at=work.now,
    )
    work.record(actor, Action.DISPUTE_DECIDED, "dispute", item.id, verdict=verdict, reason=reason)
    _tell(work, decided, f"dispute-{verdict}")
    return decided


def _uphold(work: Work, actor: Actor, item: Dispute) -> None:
    if item.binding_id is None:
        raise Problem("WRONG_STATE")
    held = holding.get(work, item.binding_id)
    if not holding.end(work, held):
        raise Problem("WRONG_STATE")
    work.record(actor, Action.BINDING_ENDED, "binding", held.id, why="dispute", dispute=item.id)
    registration = store.get(work, held.registration_id)
    moves.note_event(work, actor, registration.id, "binding-ended", why="dispute", dispute=item.id)
    caps.release_places(work, registration.id)
    card = store.card(work, held.card_id)
    if card.state in CARD_MOVES["suspend"]:
        life.order(work, actor, card, "suspend", key=f"dispute:{item.id}", why="dispute", registration=registration.id)
    if registration.account_id != item.account_id:
        moves.post_notice(work, registration, "card-stopped-dispute", key=f"card-stopped-dispute:{item.id}")


def overdue(work: Work, item: Dispute) -> bool:
    """Whether the answer is late."""
    return item.state == "open" and item.due_at is not None and item.due_at < work.now


def soon(work: Work, item: Dispute) -> bool:
    """Whether the answer is due within a day."""
    return item.due_at is not None and not overdue(work, item) and item.due_at - work.now <= timedelta(days=1)
