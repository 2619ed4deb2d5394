"""Finds programmes and resolves them with their country's policy into ``Rules``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from shiming.countries import Policy, policy
from shiming.programmes.keeping import cap_limit, contradictions, kept_by_law, least_age
from shiming.programmes.model import Programme, ProgrammeError, parse, placed, read
from shiming.registration.faults import Fault
from shiming.registration.formula import Formula
from shiming.registration.values import (
    AuthorityRule,
    CapRule,
    CopyRule,
    DeadlineRule,
    DuplicatesRule,
    RetentionRule,
    Rules,
    SecondAct,
    SlotRule,
    Trigger,
)


@cache
def _found() -> Mapping[str, Traversable]:
    found: dict[str, Traversable] = {}
    folders = [files("shiming.programmes"), *(files(e.load()) for e in entry_points(group="shiming.programmes"))]
    for folder in folders:
        for item in folder.iterdir():
            if item.name.endswith(".toml"):
                found.setdefault(item.name.removesuffix(".toml"), item)
    return found


def names() -> tuple[str, ...]:
    """The programmes there are, in alphabetical order."""
    return tuple(sorted(_found()))


def offered(*, demo: bool) -> tuple[str, ...]:
    """The programmes that people may choose: those for demonstrations only where this is one."""
    return tuple(name for name in names() if demo or not load(name).demo)


def source(name: str) -> str:
    """The text of a programme's file. Raises ``KeyError`` naming those there are."""
    try:
        return _found()[name].read_text("utf-8")
    except KeyError:
        raise KeyError(f"no programme {name!r}; there are {', '.join(names())}") from None


def _data(name: str) -> dict[str, Any]:
    data = read(name, source(name))
    base = data.pop("extends", None)
    return {**_data(base), **data} if base else data


@cache
def load(name: str) -> Programme:
    """The programme of that name as written. Raises ``KeyError`` for an unknown one, ``ProgrammeError`` for a faulty one."""
    return read_programme(name, source(name))


def read_programme(name: str, text: str) -> Programme:
    """A programme from its text, laid over the shipped one that it extends. Raises ``ProgrammeError`` with every mistake."""
    base = read(name, text).get("extends")
    if base is not None and base not in names():
        message = f"expected one of {', '.join(names())}, got {base!r}"
        raise ProgrammeError(name, (placed(text, Fault("extends", 0, message, "extend one of these")),))
    return parse(name, text, _data(base) if base else None)


def for_demo(rules: Rules) -> Rules:
    """The rules as a demonstration keeps them: its documents are drawn specimens, and say so (docs/decisions/0027)."""
    return replace(rules, checks=tuple(name for name in rules.checks if name != "specimen"))


@cache
def resolve(programme_id: str) -> Rules:
    """All that checks and decision see of a shipped programme and its policy.

    Where there is a database, ``programmes.store`` knows more: the issuer's own programmes and the versions that are pinned.
    Raises ``KeyError`` for an unknown programme or country, ``ProgrammeError`` for a faulty one or one that does not keep
    its policy.
    """
    programme = load(programme_id)
    kept = policy(programme.country)
    faults = contradictions(programme, kept, source(programme_id))
    if faults:
        raise ProgrammeError(programme_id, faults)
    return rules(programme_id, programme, kept)


def mended(name: str, text: str, faults: Iterable[Fault]) -> Programme | None:
    """The programme as it would be without the keys that are at fault, so that its other mistakes can be told as well.

    What is missing or faulty is taken from the programme that it extends, else from ``carrier-5g``. None where even so it
    cannot be read.
    """
    wrong = {fault.key.split(".")[0] for fault in faults}
    try:
        data = read(name, text)
        base = data.get("extends")
        sound = _data(base if base in names() else "carrier-5g")
        kept = {key: value for key, value in data.items() if key not in wrong and key != "extends"}
        return Programme.model_validate({**sound, **kept})
    except ValueError:
        return None


def version(programme: Programme) -> str:
    """A digest of what is written, so that it changes with every change that could change an answer."""
    content = json.dumps(programme.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _retention(programme: Programme, kept: Policy) -> dict[str, RetentionRule]:
    """What the programme says, and what the law demands; the latter does not go before its time when its holder asks."""
    lawful = kept_by_law(programme, kept)
    own = {
        name: RetentionRule(r.after, r.days, r.origin, r.law or name in lawful)
        for name, r in programme.retention.items()
    }
    origin = f"{kept.country} policy, retention"
    demanded = {name: RetentionRule(row.after, row.most_days, origin, law=True) for name, row in lawful.items()}
    return {**demanded, **own}


def rules(name: str, programme: Programme, kept: Policy) -> Rules:
    """A programme and its policy in one: where the law is stricter than the programme, the law holds."""
    return Rules(
        programme=name,
        programme_version=version(programme),
        policy_version=kept.version,
        country=programme.country,
        zone=programme.zone,
        card_kind=programme.card_kind,
        number_scheme=programme.number_scheme,
        number_pattern=programme.number_pattern,
        title=programme.title,
        regime=programme.regime,
        channels=programme.channels,
        persons=programme.persons,
        possession=programme.possession,
        activation_code=programme.activation_code,
        evidence=Formula(programme.evidence),
        slots=tuple(SlotRule(s.slot, s.kind, s.documents, s.side, s.title, s.hint) for s in programme.slots),
        documents=programme.documents,
        checks=programme.checks,
        limits=dict(programme.limits),
        routing=dict(programme.routing),
        review_mode=programme.review_mode,
        liveness_colours=programme.liveness_colours,
        second_pair=programme.second_pair,
        promise_working_days=programme.promise_working_days,
        attempts=programme.attempts,
        retakes=programme.retakes,
        caps=tuple(
            CapRule(cap_limit(programme, kept, c), c.scope, c.person, c.window_days, c.register_name, c.origin)
            for c in programme.caps
        ),
        minimum_age=least_age(programme, kept),
        restrictions=programme.restrictions,
        consents=programme.consents,
        optional_consents=programme.optional_consents,
        form_fields=programme.form_fields,
        activation_code_hours=programme.activation_code_hours,
        activation_code_attempts=programme.activation_code_attempts,
        take_back_minutes=programme.take_back_minutes,
        appeal_days=programme.appeal_days,
        appeal_working_days=programme.appeal_working_days,
        cooling_off_hours=programme.cooling_off_hours,
        help=programme.help,
        deadlines=tuple(DeadlineRule(d.of, d.step, d.after_days, d.working) for d in programme.deadlines),
        retention=_retention(programme, kept),
        copies={kind: CopyRule(c.mark, c.black_out) for kind, c in programme.copies.items()},
        second_act=SecondAct(**programme.second_act.model_dump()) if programme.second_act else None,
        authority=AuthorityRule(programme.authority.register_name, programme.authority.wait_hours)
        if programme.authority
        else None,
        duplicates=DuplicatesRule(programme.duplicates.false_match_rate, programme.duplicates.most)
        if programme.duplicates
        else None,
        triggers=tuple(Trigger(t.kind, t.amount, t.currency) for t in programme.triggers),
        demo=programme.demo,
    )
