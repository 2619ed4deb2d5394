"""The moves of a registration and its card, stored by ``UPDATE ... WHERE id AND version``, with timeline and audit.

A concurrent change raises ``Problem`` CONFLICT; an illegal move raises ``IllegalMove`` before anything is written.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from shiming.accounts import devices
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.platform.ids import reference, uuid7
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Card, Registration
from shiming.registration.states import CardState, RegistrationState, card_after, registration_after
from shiming.registration.store import caps, shops
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor, Role, Rules

CLAIM_LEASE = timedelta(minutes=10)
"""A reviewer's claim releases itself after this long (facts/web: two clerks never hold one case)."""


ARM = "arm"
"""The ``next_step`` whose date is not worked out yet."""


def engine(issuer: str) -> Actor:
    """The program itself as an actor."""
    return Actor(Role.ENGINE, "engine", issuer)


def note_event(work: Work, actor: Actor, registration_id: str, event: str, **details: Any) -> None:
    """Adds an event to the timeline. ``details`` are ids, codes and times, never personal data."""
    work.conn.execute(
        insert(t.timeline).values(
            id=uuid7(),
            issuer=work.issuer,
            registration_id=registration_id,
            at=work.now,
            actor_role=str(actor.role),
            actor_id=actor.id,
            event=event,
            details=details,
        )
    )


def _write(work: Work, registration: Registration, **changes: Any) -> Registration:
    r = t.registration
    done = work.conn.execute(
        update(r)
        .where(r.c.issuer == work.issuer, r.c.id == registration.id, r.c.version == registration.version)
        .values(version=registration.version + 1, updated_at=work.now, **changes)
    )
    if done.rowcount != 1:
        raise Problem("CONFLICT")
    return store.get(work, registration.id)


def _clock(work: Work, state: RegistrationState) -> dict[str, Any]:
    """The clock of reminders and expiry: it runs anew while the registration waits for the person, else it stands.

    The core does not know the programme; the sweep works the dates out where ``ARM`` stands.
    """
    waits = state in (RegistrationState.DRAFT, RegistrationState.ACTION_REQUIRED)
    return {
        "next_step": ARM if waits else None,
        "next_step_at": work.now if waits else None,
        "last_step": None,
        "last_step_due": None,
        "timetable": None,
    }


def move(work: Work, actor: Actor, registration: Registration, name: str, **changes: Any) -> Registration:
    """One legal move, with what changes by it. Raises ``IllegalMove``, CONFLICT."""
    target = registration_after(registration.state, name)
    moved = _write(work, registration, state=str(target), **_clock(work, target), **changes)
    note_event(work, actor, registration.id, name, n=moved.n)
    work.record(actor, Action.REGISTRATION_MOVED, "registration", registration.id, move=name, state=str(target))
    return moved


def create(
    work: Work,
    actor: Actor,
    *,
    programme: str,
    card_id: str,
    account_id: str,
    language: str,
    form: dict[str, str],
    purpose: str = "register",
    party_id: str | None = None,
    document: str | None = None,
    channel: str = "online",
    person: str = "adult",
    clerk_id: str | None = None,
) -> Registration:
    """A new draft."""
    registration_id = uuid7()
    key_id = work.vault.new_key(work.conn, work.issuer, "registration")
    work.conn.execute(
        insert(t.registration).values(
            id=registration_id,
            issuer=work.issuer,
            key_id=key_id,
            reference=reference(),
            purpose=purpose,
            programme=programme,
            account_id=account_id,
            card_id=card_id,
            party_id=party_id,
            state=str(RegistrationState.DRAFT),
            version=1,
            n=0,
            attempts_used=0,
            work_attempts=0,
            document=document,
            items=[],
            language=language,
            form_sealed=seal_json(work, key_id, "registration", "form_sealed", registration_id, form),
            due_unpublished_year=False,
            created_at=work.now,
            updated_at=work.now,
            channel=channel,
            person=person,
            clerk_id=clerk_id,
            **_clock(work, RegistrationState.DRAFT),
        )
    )
    note_event(work, actor, registration_id, "created", purpose=purpose)
    work.record(actor, Action.REGISTRATION_CREATED, "registration", registration_id, card=card_id)
    if actor.role == Role.HOLDER:
        devices.note(work, account_id, actor.device, registration_id)
    return store.get(work, registration_id)


def set_clock(work: Work, registration: Registration, **changes: Any) -> Registration:
    """Moves the clock of reminders and expiry on. Raises CONFLICT."""
    return _write(work, registration, **changes)


def save_form(
    work: Work, actor: Actor, registration: Registration, form: dict[str, str], document: str | None
) -> Registration:
    """Replaces what the person declared. A change after declaring it true needs a new declaration."""
    sealed = seal_json(work, registration.key_id, "registration", "form_sealed", registration.id, form)
    changed = _write(work, registration, form_sealed=sealed, document=document, declared_at=None)
    work.record(actor, Action.FORM_SAVED, "registration", registration.id)
    return changed


def declare(work: Work, actor: Actor, registration: Registration) -> Registration:
    """The holder declares the data true."""
    declared = _write(work, registration, declared_at=work.now)
    note_event(work, actor, registration.id, "declared")
    work.record(actor, Action.FORM_DECLARED, "registration", registration.id)
    return declared


def choose_person(work: Work, actor: Actor, registration: Registration, person: str) -> Registration:
    """Whom the card is for: a class of person. After a change the data need a new declaration."""
    declared_at = registration.declared_at if person == registration.person else None
    chosen = _write(work, registration, person=person, declared_at=declared_at)
    note_event(work, actor, registration.id, "person-chosen", person=person)
    return chosen


def serve(work: Work, actor: Actor, registration: Registration) -> Registration:
    """From now on a clerk serves the customer in a shop."""
    served = _write(work, registration, channel="shop", clerk_id=actor.id)
    note_event(work, actor, registration.id, "taken-in")
    return served


def attach(work: Work, actor: Actor, registration: Registration, account_id: str) -> Registration:
    """Gives a registration that was begun in a shop, with its card and consents, to the customer's account."""
    attached = _write(work, registration, account_id=account_id)
    for table in (t.consent, t.activation_code):
        work.conn.execute(update(table).where(table.c.registration_id == registration.id).values(account_id=account_id))
    card, c = store.card(work, registration.card_id), t.card
    if card.account_id == registration.account_id:
        work.conn.execute(
            update(c)
            .where(c.c.issuer == work.issuer, c.c.id == card.id)
            .values(account_id=account_id, version=card.version + 1, updated_at=work.now)
        )
    note_event(work, actor, registration.id, "contact-proven")
    return attached


def redeem(work: Work, actor: Actor, registration: Registration, *, entered: bool = True) -> Registration:
    """The activation code was entered rightly, or (``entered=False``) the programme issues none."""
    redeemed = _write(work, registration, code_redeemed_at=work.now)
    if entered:
        note_event(work, actor, registration.id, "code-redeemed")
    return redeemed


def submit(
    work: Work, actor: Actor, registration: Registration, *, rules: Rules, due_at: datetime, unpublished_year: bool
) -> Registration:
    """Freezes submission n+1: its evidence is linked, versions are pinned at the first one, the promise is recorded."""
    pinned = {
        "programme_version": registration.programme_version or rules.programme_version,
        "policy_version": registration.policy_version or rules.policy_version,
    }
    n = registration.n + 1
    moved = move(
        work,
        actor,
        registration,
        "submit",
        n=n,
        items=[],
        work_attempts=0,
        submitted_at=work.now,
        due_at=due_at,
        due_unpublished_year=unpublished_year,
        escalated_at=None,
        **pinned,
    )
    if actor.role == Role.HOLDER:
        devices.note(work, registration.account_id, actor.device, registration.id, submitted=True)
    for item in store.evidence(work, registration.id):
        work.conn.execute(
            insert(t.evidence_use).values(evidence_id=item.id, registration_id=registration.id, n=n, issuer=work.issuer)
        )
    return moved


def withdraw(work: Work, actor: Actor, registration: Registration, *, name: str = "withdraw") -> Registration:
    """The holder stops (or time ran out: ``name="expire"``); the card is free again."""
    moved = move(work, actor, registration, name)
    free_card(work, actor, moved)
    return moved


def count_work(work: Work, registration_id: str, n: int) -> int:
    """Counts an attempt of the engine before its work, and says which it is."""
    r = t.registration
    work.conn.execute(
        update(r)
        .where(r.c.issuer == work.issuer, r.c.id == registration_id, r.c.n == n)
        .values(work_attempts=r.c.work_attempts + 1)
    )
    return store.get(work, registration_id).work_attempts


def forgive_work(work: Work, registration_id: str, n: int) -> None:
    """Takes a counted attempt back that failed for nobody's fault."""
    r = t.registration
    work.conn.execute(
        update(r)
        .where(r.c.issuer == work.issuer, r.c.id == registration_id, r.c.n == n, r.c.work_attempts > 0)
        .values(work_attempts=r.c.work_attempts - 1)
    )


def begin_checking(work: Work, registration_id: str, n: int) -> Registration | None:
    """``submitted -> checking`` for submission ``n``. Already checking: as it is. Past that, or another n: None."""
    registration = store.get(work, registration_id)
    if registration.n != n:
        return None
    if registration.state == RegistrationState.CHECKING:
        return registration
    if registration.state != RegistrationState.SUBMITTED:
        return None
    return move(work, engine(work.issuer), registration, "begin-checking")


def claim(work: Work, actor: Actor, registration: Registration) -> Registration:
    """A reviewer claims a case for a while. Raises CLAIM_REQUIRED when another holds it."""
    if registration.state != RegistrationState.IN_REVIEW:
        raise Problem("WRONG_STATE")
    until = registration.claimed_until
    if registration.claimed_by not in (None, actor.id) and until is not None and until > work.now:
        raise Problem("CLAIM_REQUIRED")
    claimed = _write(work, registration, claimed_by=actor.id, claimed_until=work.now + CLAIM_LEASE)
    work.record(actor, Action.REVIEW_CLAIMED, "registration", registration.id)
    return claimed


def release(work: Work, actor: Actor, registration: Registration) -> Registration:
    """Gives a claimed case back."""
    if registration.claimed_by != actor.id:
        raise Problem("CLAIM_REQUIRED")
    return _write(work, registration, claimed_by=None, claimed_until=None)


def escalate(work: Work, registration: Registration) -> Registration:
    """Marks a case whose due time is near."""
    escalated = _write(work, registration, escalated_at=work.now)
    note_event(work, engine(work.issuer), registration.id, "escalated")
    return escalated


def miss_due(work: Work, registration: Registration, due_at: datetime, *, unpublished_year: bool) -> Registration:
    """The promised time passed: the new one is recorded and the holder is told."""
    late = _write(work, registration, due_at=due_at, due_unpublished_year=unpublished_year, escalated_at=None)
    note_event(work, engine(work.issuer), registration.id, "due-missed", due_at=due_at.isoformat())
    post_notice(
        work, late, "date-missed", key=f"date-missed:{registration.id}:{due_at.isoformat()}", due_at=due_at.isoformat()
    )
    return late


def post_notice(work: Work, registration: Registration, template: str, *, key: str, **params: Any) -> None:
    """Asks for one message to the registration's holder. The notices floor writes and delivers it.

    A customer of a shop who has no contact is sent nothing: they ask with their receipt. Nor is the holder of an imported card
    whose contact nobody told us.
    """
    if not registration.account_id or shops.unreachable(work, registration):
        return
    payload = {
        "template": template,
        "account": registration.account_id,
        "language": registration.language,
        "registration": registration.id,
        "params": {"reference": registration.reference, **params},
    }
    work.post("notice", payload, key=key, about=registration.id)


def set_card(work: Work, card: Card, **changes: Any) -> None:
    """Changes columns of a card, by version. Raises CONFLICT when somebody was faster."""
    c = t.card
    done = work.conn.execute(
        update(c)
        .where(c.c.issuer == work.issuer, c.c.id == card.id, c.c.version == card.version)
        .values(version=card.version + 1, updated_at=work.now, **changes)
    )
    if done.rowcount != 1:
        raise Problem("CONFLICT")


def write_card(work: Work, card: Card, **changes: Any) -> Card:
    """``set_card``, and the card as it is then."""
    set_card(work, card, **changes)
    return store.card(work, card.id)


def move_card(work: Work, actor: Actor, card: Card, move: str, **changes: Any) -> Card:
    """A card's move, by version. A cancelled card gives its places under the caps back; a replaced one hands them on."""
    target = card_after(card.state, move)
    moved = write_card(work, card, state=str(target), **changes)
    work.record(actor, Action.CARD_MOVED, "card", card.id, move=move, state=str(target))
    if move == "cancel":
        caps.release_card(work, card.id)
    return moved


def reserve_card(
    work: Work, actor: Actor, card: Card, restrictions: tuple[str, ...], account_id: str | None = None
) -> Card:
    """Reserves a card for an account, the actor's own unless another is named. One that works already goes on working as it
    is; one of the stock is barred from what the programme bars."""
    account_id = account_id or actor.id
    if card.state == CardState.IN_STOCK:
        return move_card(work, actor, card, "reserve", account_id=account_id, restrictions=list(restrictions))
    held = write_card(work, card, account_id=account_id)
    work.record(actor, Action.CARD_MOVED, "card", card.id, move="reserve", state=str(card.state))
    return held


def free_card(work: Work, actor: Actor, registration: Registration) -> None:
    """Frees the reserved card of a refused or ended registration: one of the stock goes back there, one in use stays so."""
    card = store.card(work, registration.card_id)
    if registration.purpose != "register":
        return
    in_use = card.state in (CardState.UNREGISTERED, CardState.SUSPENDED)
    if card.state == CardState.RESERVED:
        move_card(work, actor, card, "release", account_id=None)
    elif in_use and card.account_id == registration.account_id and not store.card_is_bound(work, card.id):
        write_card(work, card, account_id=None)
        work.record(actor, Action.CARD_MOVED, "card", card.id, move="release", state=str(card.state))


def card_awaits_act(work: Work, card_id: str) -> Card:
    """The operator opened the card; the holder's own act is waited for now. Idempotent."""
    card = store.card(work, card_id)
    if card.state != CardState.ACTIVATING:
        return card
    return move_card(work, engine(work.issuer), card, "await-act", act_since=work.now)


def appeal(
    work: Work, actor: Actor, registration: Registration, *, rules: Rules, due_at: datetime, unpublished_year: bool
) -> Registration:
    """``rejected -> in-review``: another person looks at it. A card that the refusal freed is reserved again.

    Raises ``Problem`` CARD_TAKEN when another registration of the holder has the card, APPEAL_CARD_GONE when somebody else does.
    """
    if registration.purpose == "register":
        _take_card_again(work, actor, registration, rules)
    return move(
        work,
        actor,
        registration,
        "appeal",
        appealed_at=work.now,
        due_at=due_at,
        due_unpublished_year=unpublished_year,
        escalated_at=None,
        claimed_by=None,
        claimed_until=None,
    )


def _take_card_again(work: Work, actor: Actor, registration: Registration, rules: Rules) -> None:
    card = store.card(work, registration.card_id)
    if store.card_has_other_registration(work, card.id, registration.id):
        raise Problem("CARD_TAKEN" if card.account_id == actor.id else "APPEAL_CARD_GONE")
    if card.state == CardState.CANCELLED or store.card_is_bound(work, card.id):
        raise Problem("APPEAL_CARD_GONE")
    if card.account_id is None:
        reserve_card(work, actor, card, rules.restrictions)


def card_in_service(work: Work, card_id: str) -> Card:
    """The operator confirmed: the card is in service, its restrictions are lifted, the holder is told. Idempotent."""
    card = store.card(work, card_id)
    if card.state != CardState.ACTIVATING:
        return card
    actor = engine(work.issuer)
    confirmed = move_card(work, actor, card, "confirm", restrictions=[], suspended_for=None)
    query = (
        select(t.binding.c.registration_id)
        .where(t.binding.c.card_id == card_id, t.binding.c.until.is_(None))
        .distinct()
    )
    for registration_id in work.conn.execute(query).scalars():
        if store.get(work, registration_id).channel == "batch":
            continue  # one message for the whole batch, from the batch
        note_event(work, actor, registration_id, "in-service")
        post_notice(work, store.get(work, registration_id), "in-service", key=f"in-service:{card_id}:{registration_id}")
    return confirmed
