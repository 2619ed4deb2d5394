"""What is ordered of the operator for a card, and what a card becomes when the operator confirms it (row F6).

An order is a row and a message in the outbox, written together. The card changes only when the operator confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, update

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform import outbox
from shiming.platform.db import for_update
from shiming.platform.ids import uuid7
from shiming.registration import restrictions as barring
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card, CardAct
from shiming.registration.states import CARD_MOVES, CardState, IllegalMove
from shiming.registration.store import caps, moves
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor

ACTS = ("open", "lift", "restrict", "suspend", "resume", "cancel", "update-holder", "swap", "change-plan")
"""What an operator can be asked for. ``open`` also resumes and lifts; ``swap`` moves a line to another card."""
STOPPED: dict[str, Any] = dict.fromkeys(("next_step", "next_step_at", "last_step", "last_step_due", "timetable"))
"""The columns of a timetable that no longer runs."""
_FROM = {
    "open": (CardState.ACTIVATING,),
    "lift": (CardState.UNREGISTERED, CardState.IN_SERVICE),
    "restrict": (CardState.UNREGISTERED, CardState.IN_SERVICE),
    "suspend": tuple(CARD_MOVES["suspend"]),
    "resume": (CardState.SUSPENDED,),
    "cancel": (CardState.UNREGISTERED, CardState.AWAITING_ACT, CardState.IN_SERVICE, CardState.SUSPENDED),
    "update-holder": tuple(state for state in CardState if state != CardState.CANCELLED),
    "swap": (CardState.IN_SERVICE,),
    "change-plan": (CardState.IN_SERVICE,),
}
"""The states in which an act makes sense."""


def states_for(act: str) -> tuple[CardState, ...]:
    """The states in which an act makes sense."""
    return _FROM[act]


def order(
    work: Work,
    actor: Actor,
    card: Card,
    act: str,
    *,
    key: str,
    why: str = "",
    restrictions: tuple[str, ...] = (),
    new_card: Card | None = None,
    plan: str | None = None,
    registration: str | None = None,
) -> str:
    """Orders an act of the operator, once a ``key``; returns the order's id. ``why`` is a code such as ``deadline``.

    The card that a ``swap`` moves the line to is reserved at once.

    Raises ``IllegalMove`` where the card's state does not allow it, INVALID_FORM for restrictions that may not be, and for a
    swap to a card that is not in the stock.
    """
    if card.state not in _FROM[act]:
        raise IllegalMove("card", str(card.state), act)
    if act == "swap" and (new_card is None or new_card.state != CardState.IN_STOCK):
        raise Problem("INVALID_FORM", fields={"new_card": "INVALID_FORM"})
    payload = {"act": act, "card": card.id, "order": (id := uuid7())}
    outbox_id = work.post("operator", payload, key=key, about=registration or card.id)
    known = work.conn.execute(select(t.card_act.c.id).where(t.card_act.c.outbox_id == outbox_id)).scalar()
    if known is not None:
        return str(known)
    if new_card is not None:
        moves.move_card(work, actor, new_card, "reserve", account_id=card.account_id)
    work.conn.execute(
        insert(t.card_act).values(
            id=id,
            issuer=work.issuer,
            card_id=card.id,
            act=act,
            restrictions=list(_barred(restrictions)),
            new_card_id=new_card.id if new_card else None,
            plan=plan,
            why=why,
            state="ordered",
            outbox_id=outbox_id,
            actor_role=str(actor.role),
            actor_id=actor.id,
            at=work.now,
        )
    )
    work.record(actor, Action.CARD_ACT_ORDERED, "card", card.id, act=act, order=id, why=why)
    return id


def _barred(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return barring.allowed(names)
    except ValueError:
        raise Problem("INVALID_FORM", fields={"restrictions": "INVALID_FORM"}) from None


def _act(row: Row[Any]) -> CardAct:
    names = CardAct.__dataclass_fields__
    values = {k: v for k, v in row._mapping.items() if k in names}
    values["restrictions"] = tuple(values["restrictions"])
    return CardAct(**values)


def act(work: Work, order_id: str) -> CardAct:
    """An order. Raises ``Problem`` NOT_FOUND."""
    a = t.card_act
    row = work.conn.execute(select(a).where(a.c.issuer == work.issuer, a.c.id == order_id)).one_or_none()
    if row is None:
        raise Problem("NOT_FOUND")
    return _act(row)


def acts(work: Work, card_id: str) -> list[CardAct]:
    """What was ordered for a card, oldest first."""
    a = t.card_act
    query = select(a).where(a.c.issuer == work.issuer, a.c.card_id == card_id).order_by(a.c.id)
    return [_act(row) for row in work.conn.execute(query)]


def to_confirm(work: Work, limit: int = 200) -> list[CardAct]:
    """Orders that the operator was asked for and that are not confirmed yet, oldest first. Opening is asked by the card."""
    a, o = t.card_act, outbox.outbox.c
    query = (
        select(a)
        .join(outbox.outbox, o.id == a.c.outbox_id)
        .where(a.c.issuer == work.issuer, a.c.state == "ordered", a.c.act != "open", o.state.in_(("sent", "uncertain")))
        .order_by(a.c.id)
        .limit(limit)
    )
    return [_act(row) for row in work.conn.execute(query)]


def must_wait(work: Work, card_id: str, outbox_id: str) -> bool:
    """Whether another order of this card is with the operator this moment, or an earlier one still has to go there.

    Locks the card until the transaction ends, so that of two orders claimed at once one sees the other.
    """
    work.conn.execute(for_update(select(t.card.c.id).where(t.card.c.id == card_id)))
    a, o = t.card_act.c, outbox.outbox.c
    mine = select(a.id).where(a.outbox_id == outbox_id).scalar_subquery()
    earlier = and_(o.state == "pending", a.state == "ordered", a.id < mine)
    query = (
        select(a.id)
        .join(outbox.outbox, o.id == a.outbox_id)
        .where(a.issuer == work.issuer, a.card_id == card_id, a.outbox_id != outbox_id)
        .where(or_(o.state == "sending", earlier))
    )
    return work.conn.execute(query.limit(1)).first() is not None


def finish_open(work: Work, card_id: str) -> None:
    """The operator confirmed that the card is open: what was ordered to open it is done."""
    a = t.card_act
    work.conn.execute(
        update(a)
        .where(a.c.issuer == work.issuer, a.c.card_id == card_id, a.c.act == "open", a.c.state == "ordered")
        .values(state="done", done_at=work.now)
    )


def open_not_sent(work: Work, card_id: str) -> bool:
    """Whether an order to open the card never reached the operator: until then its answer is about something else."""
    a, o = t.card_act, outbox.outbox.c
    query = (
        select(a.c.id)
        .join(outbox.outbox, o.id == a.c.outbox_id)
        .where(a.c.issuer == work.issuer, a.c.card_id == card_id, a.c.act == "open", a.c.state == "ordered")
        .where(o.state == "pending", o.attempts == 0)
    )
    return work.conn.execute(query.limit(1)).first() is not None


def drop_orders(work: Work, card_id: str) -> None:
    """What was ordered for a card and is not confirmed no longer holds: it is not sent, or changes nothing here."""
    a = t.card_act
    work.conn.execute(
        update(a)
        .where(a.c.issuer == work.issuer, a.c.card_id == card_id, a.c.state == "ordered")
        .values(state="dropped", done_at=work.now)
    )


def confirm(work: Work, order_id: str) -> bool:
    """The operator confirmed an order: the card becomes what was asked for. Said twice, or dropped meanwhile: nothing.

    Says whether it changed the card.
    """
    found = act(work, order_id)
    if found.state != "ordered":
        return False
    a = t.card_act
    work.conn.execute(update(a).where(a.c.id == order_id).values(state="done", done_at=work.now))
    card = store.card(work, found.card_id)
    if card.state not in _FROM[found.act] or found.act == "open":
        return False
    actor = moves.engine(work.issuer)
    apply = _APPLY[found.act]
    apply(work, actor, card, found)
    work.record(actor, Action.CARD_ACT_CONFIRMED, "card", card.id, act=found.act, order=order_id)
    return True


def _restrict(work: Work, actor: Actor, card: Card, done: CardAct) -> None:
    moves.write_card(work, card, restrictions=list(done.restrictions))


def _suspend(work: Work, actor: Actor, card: Card, done: CardAct) -> None:
    moves.move_card(work, actor, card, "suspend", suspended_for=done.why or None)


def _resume(work: Work, actor: Actor, card: Card, done: CardAct) -> None:
    move = "resume" if store.card_is_bound(work, card.id) else "resume-unregistered"
    moves.move_card(work, actor, card, move, suspended_for=None)


def _cancel(work: Work, actor: Actor, card: Card, done: CardAct) -> None:
    moves.move_card(work, actor, card, "cancel", **STOPPED)
    _end(work, card.id)


def _end(work: Work, card_id: str) -> None:
    """Whoever held a cancelled card holds it no more: its binding, number and place under the caps end."""
    b, n = t.binding, t.assignment
    held = (b.c.issuer == work.issuer, b.c.card_id == card_id, b.c.until.is_(None))
    for registration_id in work.conn.execute(select(b.c.registration_id).where(*held)).scalars().all():
        caps.release_places(work, registration_id)
    work.conn.execute(update(b).where(*held).values(until=work.now))
    work.conn.execute(
        update(n).where(n.c.issuer == work.issuer, n.c.card_id == card_id, n.c.until.is_(None)).values(until=work.now)
    )


def _swap(work: Work, actor: Actor, card: Card, done: CardAct) -> None:
    """The line moved to another card: number and holder go with it, the old card is cancelled."""
    new = store.card(work, str(done.new_card_id))
    b, n = t.binding, t.assignment
    held = work.conn.execute(
        select(b).where(b.c.issuer == work.issuer, b.c.card_id == card.id, b.c.until.is_(None))
    ).all()
    number = None
    if card.msisdn:
        number = seal_json(work, new.key_id, "card", "msisdn_sealed", new.id, card.msisdn)
    moves.move_card(work, actor, new, "take-over", restrictions=list(card.restrictions), msisdn_sealed=number)
    work.conn.execute(update(b).where(b.c.id.in_([row.id for row in held])).values(until=work.now))
    for row in held:
        values = {**row._mapping, "id": uuid7(), "card_id": new.id, "since": work.now, "until": None}
        work.conn.execute(insert(b).values(**values))
    mine = (n.c.issuer == work.issuer, n.c.card_id == card.id, n.c.until.is_(None))
    blinds = work.conn.execute(select(n.c.number_blind).where(*mine)).scalars().all()
    work.conn.execute(update(n).where(*mine).values(until=work.now))
    for blind in blinds:
        id = uuid7()
        sealed = seal_json(work, new.key_id, "assignment", "number_sealed", id, card.msisdn)
        work.conn.execute(
            insert(n).values(
                id=id, issuer=work.issuer, card_id=new.id, number_blind=blind, number_sealed=sealed, since=work.now
            )
        )
    moves.move_card(work, actor, card, "hand-over", msisdn_sealed=None, **STOPPED)


def _nothing(work: Work, actor: Actor, card: Card, done: CardAct) -> None:
    """The operator knows now; nothing of the card changes."""


_APPLY: dict[str, Callable[[Work, Actor, Card, CardAct], None]] = {
    "lift": _restrict,
    "restrict": _restrict,
    "suspend": _suspend,
    "resume": _resume,
    "cancel": _cancel,
    "swap": _swap,
    "change-plan": _nothing,
    "update-holder": _nothing,
}


def put_in_use(
    work: Work, actor: Actor, card: Card, *, programme: str, since: Any, restrictions: tuple[str, ...]
) -> Card:
    """A card of the stock works already, and nobody is registered for it. Its deadlines run from ``since``.

    The operator is asked to bar what the programme bars; until it confirmed, nothing is said to be barred.
    """
    used = moves.move_card(
        work,
        actor,
        card,
        "use",
        programme=programme,
        used_since=since,
        restrictions=[],
        next_step=moves.ARM,
        next_step_at=work.now,
    )
    if restrictions:
        order(
            work, actor, used, "restrict", key=f"restrict:{card.id}:use", why="unregistered", restrictions=restrictions
        )
    return used


def card_by_msisdn(work: Work, msisdn: str) -> Card | None:
    """The card that has this number now, by its assignment; None where none has."""
    n = t.assignment.c
    query = select(n.card_id).where(
        n.issuer == work.issuer, n.number_blind.in_(work.vault.blind_all("msisdn", msisdn)), n.until.is_(None)
    )
    found = work.conn.execute(query.order_by(n.since.desc()).limit(1)).scalar()
    return None if found is None else store.card(work, found)


def holder_registration(work: Work, card_id: str) -> str | None:
    """The registration that the card's holder was proven by; None where nobody holds it."""
    b = t.binding.c
    query = select(b.registration_id).where(b.issuer == work.issuer, b.card_id == card_id, b.until.is_(None))
    return work.conn.execute(query.order_by(b.since.desc()).limit(1)).scalar()


def last_registration(work: Work, card_id: str) -> str | None:
    """The newest registration of the card, whatever became of it; None where there never was one."""
    r = t.registration.c
    query = select(r.id).where(r.issuer == work.issuer, r.card_id == card_id, r.purpose == "register")
    return work.conn.execute(query.order_by(r.id.desc()).limit(1)).scalar()


def post_card_notice(
    work: Work, card: Card, template: str, *, key: str, language: str, account: bool = True, **params: Any
) -> None:
    """A text to the card's own number, and (``account``) to the account that has reserved or registered it."""
    shown = {"end": card.number[-_SHOWN:], **params}
    if card.msisdn:
        payload = {"template": template, "channel": "sms", "to": card.msisdn, "language": language, "params": shown}
        work.post("notice", payload, key=f"{key}:card", about=card.id)
    if card.account_id and account:
        to = {"template": template, "account": card.account_id, "language": language, "params": shown}
        work.post("notice", to, key=f"{key}:account", about=card.id)


_SHOWN = 4
"""Digits of a card's number that a message may show."""
