"""What the templates of details, check and status show, as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shiming.audit.work import Work
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.records import DecisionRow, Registration, TimelineEntry
from shiming.registration.states import RegistrationState
from shiming.registration.values import STANDING_BY, Field, Rules
from shiming.web.holder import labels
from shiming.web.holder.common import Place
from shiming.web.holder.steps import asked_again_step

_DOCUMENT_SLOTS = ("document-front", "document-back")


@dataclass(frozen=True)
class FieldView:
    """One field of the form beside what was read. ``amber`` = please look closely; ``differs`` = not what was read."""

    name: str
    label: str
    hint: str
    value: str
    read: str
    amber: bool
    differs: bool


@dataclass(frozen=True)
class ItemAgain:
    """An item that is asked for again, and the page that mends it."""

    label: str
    address: str
    done: bool


@dataclass(frozen=True)
class EventView:
    """One event of the timeline, as the holder sees it."""

    at: datetime
    text: str


def shown(field: Field) -> str:
    """A read value as a person writes it: an expiry that never comes is ``long-term``."""
    if field.value is not None:
        return field.value
    return "long-term" if field.raw.strip() in ("长期", "long-term") else field.raw


def fields_read(work: Work, registration: Registration) -> dict[str, Field]:
    """What was read from the document's sides; the surer reading of a field wins. A guardian's as ``guardian_name`` ..."""
    best = _read_in(work, registration, "")
    role = STANDING_BY.get(registration.person)
    second = _read_in(work, registration, f"{role}-") if role else {}
    return best | {f"{role}_{name}": field for name, field in second.items()}


def _read_in(work: Work, registration: Registration, prefix: str) -> dict[str, Field]:
    slots = {f"{prefix}{slot}" for slot in _DOCUMENT_SLOTS}
    best: dict[str, Field] = {}
    for item in store.evidence(work, registration.id):
        reading = store.reading(work, item.id) if item.slot in slots else None
        for name, field in (reading.fields if reading else {}).items():
            if name not in best or field.confidence > best[name].confidence:
                best[name] = field
    return best


def still_reading(work: Work, registration: Registration) -> bool:
    """Whether a side of the document is being read."""
    waiting = {item.slot for item in store.evidence(work, registration.id) if item.state == "received"}
    return bool(waiting & set(_DOCUMENT_SLOTS))


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def form_fields(place: Place, form: Mapping[str, str], read: Mapping[str, Field]) -> list[FieldView]:
    """The fields to confirm: what was typed, else what was read."""
    return fields_beside(place.rules, place.registration, form, read)


def fields_beside(
    rules: Rules, registration: Registration, form: Mapping[str, str], read: Mapping[str, Field]
) -> list[FieldView]:
    """The same, for whoever fills in the form."""
    amber = limit("shiming.web", "confidence.amber")
    views = []
    for name in rules.fields_of(registration.person):
        field = read.get(name)
        seen = shown(field) if field else ""
        value = form.get(name) or seen
        differs = bool(field and form.get(name) and _folded(form[name]) != _folded(seen))
        unsure = field is not None and field.confidence < amber
        label, hint = labels.FIELDS[name], labels.FIELD_HINTS.get(name, "")
        views.append(FieldView(name, label, hint, value, seen, unsure or differs, differs))
    return views


def other_read(place: Place, read: Mapping[str, Field]) -> list[tuple[str, str]]:
    """What else was read: (field name, value), for the holder to see."""
    known = place.rules.fields_of(place.registration.person)
    return [(n, f.value or f.raw) for n, f in read.items() if n not in known and n in labels.FIELDS]


def decision_in_force(decisions: list[DecisionRow], now: datetime) -> DecisionRow | None:
    """The newest decision that was not taken back and whose time has come."""
    known = [d for d in decisions if d.taken_back_at is None and d.effective_at <= now]
    return known[-1] if known else None


def shown_state(registration: Registration, decisions: list[DecisionRow], now: datetime) -> RegistrationState:
    """The state to tell. A decision that can still be taken back is not told yet."""
    pending = [d for d in decisions if d.taken_back_at is None and d.n == registration.n and d.effective_at > now]
    decided = registration.state in (
        RegistrationState.APPROVED,
        RegistrationState.REJECTED,
        RegistrationState.ACTION_REQUIRED,
    )
    return RegistrationState.IN_REVIEW if pending and decided else registration.state


def items_again(place: Place) -> list[ItemAgain]:
    """Every item that is asked for again, each with the page that mends exactly it."""
    slots = [rule.slot for rule in place.rules.slots]
    titles = labels.slots(place.rules)
    views = []
    for item in place.registration.items:
        label = titles[item][0] if item in titles else labels.FIELDS.get(item, labels.FIELDS["name"])
        step = asked_again_step(item, slots)
        open_item = f"slot:{item}" if item in slots else "declaration"
        views.append(ItemAgain(label, f"{place.base}/{step}", open_item not in place.missing))
    return views


def events(entries: list[TimelineEntry], told: RegistrationState, state: RegistrationState) -> list[EventView]:
    """The timeline in words. What is not told yet (a decision that can be taken back) is left out."""
    kept = list(entries)
    if told != state:
        while kept and kept[-1].event not in ("refer", "take-back"):
            kept.pop()
    return [EventView(e.at, labels.EVENTS[e.event]) for e in kept if e.event in labels.EVENTS]
