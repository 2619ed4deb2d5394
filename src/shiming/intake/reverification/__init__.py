"""Re-verification (row F10): the holder of an active card is asked to prove who they are by a date.

An order says of whom and why: by a rule (programme, opened before, kind of document, expired document, imported), or by a
list of cards. Each card it means gets a demand with dates on the programme's working calendar: asked, reminded, at the date
restricted, later suspended. The holder proves identity in a registration of purpose ``reverify``; its approval lifts
everything. Who handed the proof in by the date is not restricted while it is being looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.countries import calendar
from shiming.intake import access
from shiming.intake.reverification import store
from shiming.intake.reverification.store import Demand, Held, Order
from shiming.platform.limits import limit
from shiming.programmes.store import current, rules_of
from shiming.registration import numbers
from shiming.registration import store as registrations
from shiming.registration.documents import offered_kinds
from shiming.registration.problems import Problem
from shiming.registration.records import Card, Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import life, moves, parties
from shiming.registration.values import Actor, Role

__all__ = ["Demand", "Order", "Own", "Rule", "count", "demand", "mine", "start", "sweep"]

Reason = Literal["rule", "list", "expired-document", "event", "lawful"]
REASONS: tuple[str, ...] = get_args(Reason)
PURPOSE = "reverify"
_LOOKED_AT = (RegistrationState.SUBMITTED, RegistrationState.CHECKING, RegistrationState.IN_REVIEW)
_SHOWN = 4
"""Digits of a card's number that are shown."""
_FALLBACK = ("calls-out", "sms-out", "data")
"""What is barred where the programme itself bars nothing before approval."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom an order means; what is empty does not matter. ``numbers`` are card numbers of ``programme``'s scheme."""

    programme: str = ""
    opened_before: date | None = None
    document: str = ""
    expired: bool = False
    imported: bool = False
    numbers: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """What is stored of it: names and days, never a number."""
        return {
            "programme": self.programme,
            "opened_before": self.opened_before.isoformat() if self.opened_before else None,
            "document": self.document,
            "expired": self.expired,
            "imported": self.imported,
        }


def _check(work: Work, actor: Actor, rule: Rule, reason: str, days: int, suspend_days: int | None) -> None:
    if actor.role not in (Role.ADMIN, Role.OFFICER, Role.SERVICE):
        raise Problem("NOT_ALLOWED")
    most = int(limit("shiming.intake", "reverification.days"))
    wrong: dict[str, str] = {}
    if reason not in REASONS:
        wrong["reason"] = "INVALID_FORM"
    if not 1 <= days <= most:
        wrong["working_days"] = "INVALID_FORM"
    if suspend_days is not None and not 1 <= suspend_days <= most:
        wrong["suspend_working_days"] = "INVALID_FORM"
    if rule.document and rule.document not in offered_kinds():
        wrong["document"] = "INVALID_FORM"
    if len(rule.numbers) > int(limit("shiming.intake", "reverification.numbers")) or (
        rule.numbers and not rule.programme
    ):
        wrong["numbers"] = "INVALID_FORM"
    if rule == Rule():
        wrong["programme"] = "INVALID_FORM"
    if wrong:
        raise Problem("INVALID_FORM", fields=wrong)
    if rule.programme:
        current(work, rule.programme)


def _cards(work: Work, rule: Rule) -> list[str] | None:
    """The ids of the cards a list names; None without a list. Numbers nobody knows are left out."""
    if not rule.numbers:
        return None
    rules = current(work, rule.programme)
    found = []
    for text in rule.numbers:
        number = numbers.look(rules.number_scheme, text, rules.number_pattern)
        card = registrations.card_by_number(work, rules.number_scheme, number.value) if number.well_formed else None
        if card is not None:
            found.append(card.id)
    return found


def _before(kept: dict[str, Any]) -> datetime | None:
    day = kept.get("opened_before")
    return datetime.combine(date.fromisoformat(day), time.min, UTC) if day else None


def _meant(work: Work, kept: dict[str, Any], cards: list[str] | None, after: str, batch: int) -> tuple[list[Held], str]:
    """Some of those a rule means, and the binding to go on after; an empty one at the end."""
    rows = store.held(work, kept, opened_before=_before(kept), cards=cards, after=after, limit=batch)
    last = rows[-1].binding_id if len(rows) == batch else ""
    return [row for row in rows if not kept.get("expired") or _has_expired(work, row)], last


def _has_expired(work: Work, row: Held) -> bool:
    """Whether no document of the holder is valid today. One whose end is not known counts as valid."""
    valid = [d for d in parties.identity_documents(work, row.party_id) if d.until is None]
    today = work.now.date().isoformat()
    return bool(valid) and all("" < (d.fields.get("date_of_expiry") or "") < today for d in valid)


def count(work: Work, actor: Actor, rule: Rule) -> int:
    """How many cards a rule means now; nothing is written. Raises as ``demand``."""
    _check(work, actor, rule, REASONS[0], 1, None)
    kept, cards, after, total = rule.kept(), _cards(work, rule), "", 0
    batch = int(limit("shiming.intake", "reverification.batch"))
    while True:
        rows, after = _meant(work, kept, cards, after, batch)
        total += len(rows)
        if not after:
            return total


def demand(
    work: Work,
    actor: Actor,
    rule: Rule,
    *,
    reason: str,
    working_days: int,
    suspend_working_days: int | None = None,
    standing: bool = False,
) -> Order:
    """Orders that everybody whom the rule means proves who they are within ``working_days``.

    ``standing``: also those whom it comes to mean later, looked for each day. A list is asked at once; a rule by the sweep.
    Raises ``Problem`` NOT_ALLOWED, NOT_FOUND (no such programme), INVALID_FORM naming the fields.
    """
    _check(work, actor, rule, reason, working_days, suspend_working_days)
    order = store.add_order(
        work,
        reason=reason,
        rule=rule.kept(),
        standing=standing and not rule.numbers,
        working_days=working_days,
        suspend_working_days=suspend_working_days,
        actor_role=str(actor.role),
        actor_id=actor.id,
    )
    work.record(actor, Action.REVERIFICATION_DEMANDED, "reverification", order.id, reason=reason, **rule.kept())
    cards = _cards(work, rule)
    if cards is not None:
        most = int(limit("shiming.intake", "reverification.numbers"))
        for row in _meant(work, rule.kept(), cards, "", most)[0]:
            _ask(work, order, row)
        store.change_order(work, order.id, state="asked", scanned_at=work.now)
    return store.order(work, order.id)


def _ask(work: Work, order: Order, row: Held) -> None:
    """One holder is asked: dates, the demand, a message."""
    registration = registrations.get(work, row.registration_id)
    rules = rules_of(work, registration)
    due = calendar.due(work.now, order.working_days, rules.country, rules.zone).at
    card = registrations.card(work, row.card_id)
    before = min(order.working_days - 1, int(limit("shiming.intake", "reverification.remind_days")))
    remind = calendar.due(work.now, order.working_days - before, rules.country, rules.zone).at if before else None
    suspend = None
    if order.suspend_working_days is not None:
        suspend = calendar.due(due, order.suspend_working_days, rules.country, rules.zone).at
    demand_id = store.add(
        work,
        order_id=order.id,
        card_id=card.id,
        registration_id=registration.id,
        account_id=registration.account_id,
        restrictions=list(dict.fromkeys((*card.restrictions, *(rules.restrictions or _FALLBACK)))),
        before=list(card.restrictions),
        remind_at=remind,
        due_at=due,
        suspend_at=suspend,
        next_at=remind or due,
    )
    day = due.astimezone(ZoneInfo(rules.zone)).date().isoformat()
    moves.note_event(work, _engine(work), registration.id, "reverify-asked", reason=order.reason, due_at=day)
    _tell(work, registration, card, "reverify-asked", f"reverify:{demand_id}:asked", due)


def _engine(work: Work) -> Actor:
    return moves.engine(work.issuer)


def _tell(work: Work, registration: Registration, card: Card, template: str, key: str, due: datetime) -> None:
    """A text to the card's own number and to the account; it names the last digits of the card only."""
    life.post_card_notice(work, card, template, key=key, language=registration.language, due_at=due.isoformat())


@dataclass(frozen=True, slots=True)
class Own:
    """A demand as its holder sees it. ``looked_at``: the proof is handed in, and the holder need do nothing."""

    demand: Demand
    card_end: str
    reason: str
    looked_at: bool


def mine(work: Work, actor: Actor) -> list[Own]:
    """The open demands of the own account, the most urgent first."""
    if actor.role != Role.HOLDER:
        raise Problem("NOT_ALLOWED")
    return [
        Own(
            row,
            registrations.card(work, row.card_id).number[-_SHOWN:],
            store.order(work, row.order_id).reason,
            _is_looked_at(work, row),
        )
        for row in store.of_account(work, actor.id)
    ]


def start(work: Work, actor: Actor, demand_id: str) -> Registration:
    """Begins the proof that a demand asks for; one that is open or being looked at is found again.

    A session that one code opened may begin it too, but is shown nothing of what is known: its form begins empty.

    Raises ``Problem`` NOT_FOUND for another's demand, WRONG_STATE once it is fulfilled.
    """
    row = store.get(work, demand_id)
    proven = registrations.get(work, row.registration_id)
    if actor.role != Role.HOLDER or proven.account_id != actor.id:
        raise Problem("NOT_FOUND")
    if row.state not in store.OPEN or row.state == "lifting":
        raise Problem("WRONG_STATE")
    if row.proof_id is not None:
        known = registrations.get(work, row.proof_id)
        if known.state in (*access.OPEN, *_LOOKED_AT, RegistrationState.APPROVED):
            return known
    shown = proven.party_id is not None and access.open_to(work, actor, proven)
    details = parties.party_history(work, str(proven.party_id)) if shown else []
    proof = moves.create(
        work,
        actor,
        programme=proven.programme,
        card_id=proven.card_id,
        account_id=actor.id,
        language=proven.language,
        form=dict(details[-1].detail) if details else {},
        purpose=PURPOSE,
        party_id=proven.party_id,
        document=proven.document if proven.document in rules_of(work, proven).documents else None,
    )
    store.change(work, row.id, proof_id=proof.id)
    work.record(actor, Action.REVERIFICATION_STARTED, "reverification", row.id, registration=proof.id)
    return proof


def sweep(workspace: Workspace) -> None:
    """Asks whom the orders mean, takes the steps whose time has come, and lifts where the proof is approved. Each step is one
    transaction; safe to run twice and to be killed anywhere."""
    for order_id in _orders(workspace):
        while _scan(workspace, order_id):
            pass
    for find, step in ((store.proven, _fulfilled), (store.due, _step)):
        for demand_id in _found(workspace, find):
            with workspace.write() as work:
                step(work, store.get(work, demand_id))


def _found(workspace: Workspace, find: Any) -> Iterator[str]:
    with workspace.read() as work:
        ids: list[str] = find(work, int(limit("shiming.intake", "reverification.sweep")))
    yield from ids


def _orders(workspace: Workspace) -> list[str]:
    with workspace.read() as work:
        return store.to_scan(work, work.now - timedelta(days=1))


def _scan(workspace: Workspace, order_id: str) -> bool:
    """Asks some of those an order means; says whether there are more."""
    with workspace.write() as work:
        order = store.order(work, order_id)
        batch = int(limit("shiming.intake", "reverification.batch"))
        rows, last = _meant(work, order.rule, None, order.last_binding, batch)
        for row in rows:
            _ask(work, order, row)
        state = "asking" if last else "asked"
        store.change_order(work, order_id, last_binding=last, state=state, scanned_at=work.now)
        return bool(last)


def _step(work: Work, row: Demand) -> None:
    """What is due for a demand: a reminder, a restriction, a suspension, the next part of lifting."""
    if row.next_at is None or row.next_at > work.now or row.state not in store.OPEN:
        return
    registration, card = registrations.get(work, row.registration_id), registrations.card(work, row.card_id)
    if card.state == CardState.CANCELLED or registrations.card_holders(work, card.id) == {}:
        _move(work, row, "dropped", next_at=None, ended_at=work.now)
    elif row.state == "lifting":
        _lift(work, row, registration, card)
    elif row.state == "asked" and work.now < row.due_at:
        _tell(work, registration, card, "reverify-reminder", f"reverify:{row.id}:reminder", row.due_at)
        store.change(work, row.id, next_at=row.due_at)
    elif _is_looked_at(work, row):
        store.change(work, row.id, next_at=work.now + timedelta(days=1))
    elif row.state == "asked":
        _restrict(work, row, card)
    else:
        _suspend(work, row, card)


def _is_looked_at(work: Work, row: Demand) -> bool:
    """Whether the holder did their part and only we have not: nobody is restricted for our slowness."""
    return row.proof_id is not None and registrations.get(work, row.proof_id).state in (
        *_LOOKED_AT,
        RegistrationState.APPROVED,
    )


def _restrict(work: Work, row: Demand, card: Card) -> None:
    if card.state == CardState.IN_SERVICE:
        life.order(
            work, _engine(work), card, "restrict", key=f"reverify:{row.id}:restrict", why=PURPOSE,
            restrictions=row.restrictions,
        )  # fmt: skip
    _move(work, row, "restricted", next_at=row.suspend_at)


def _suspend(work: Work, row: Demand, card: Card) -> None:
    if card.state == CardState.IN_SERVICE:
        life.order(work, _engine(work), card, "suspend", key=f"reverify:{row.id}:suspend", why=PURPOSE)
    _move(work, row, "suspended", next_at=None)


def _fulfilled(work: Work, row: Demand) -> None:
    """The proof is approved: what was barred for its sake is lifted."""
    if row.state not in ("asked", "restricted", "suspended"):
        return
    if row.state == "asked":
        _move(work, row, "done", next_at=None, ended_at=work.now)
        return
    _move(work, row, "lifting", next_at=work.now)
    _lift(
        work,
        store.get(work, row.id),
        registrations.get(work, row.registration_id),
        registrations.card(work, row.card_id),
    )


def _lift(work: Work, row: Demand, registration: Registration, card: Card) -> None:
    """Resumes, then lifts, each once the operator confirmed what was ordered before; then the holder was told of all."""
    later = work.now + timedelta(minutes=1)
    if any(act.state == "ordered" and act.why == PURPOSE for act in life.acts(work, card.id)):
        store.change(work, row.id, next_at=later)
    elif card.state == CardState.SUSPENDED and card.suspended_for == PURPOSE:
        life.order(work, _engine(work), card, "resume", key=f"reverify:{row.id}:resume", why=PURPOSE)
        store.change(work, row.id, next_at=later)
    elif card.state == CardState.IN_SERVICE and set(card.restrictions) != set(row.before):
        life.order(
            work, _engine(work), card, "lift", key=f"reverify:{row.id}:lift", why=PURPOSE, restrictions=row.before
        )
        store.change(work, row.id, next_at=later)
    else:
        _move(work, row, "done", next_at=None, ended_at=work.now)


def _move(work: Work, row: Demand, state: str, **values: Any) -> None:
    store.change(work, row.id, state=state, **values)
    moves.note_event(work, _engine(work), row.registration_id, f"reverify-{state}")
    work.record(_engine(work), Action.REVERIFICATION_MOVED, "reverification", row.id, state=state, card=row.card_id)
