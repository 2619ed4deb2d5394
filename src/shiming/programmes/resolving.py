"""Finds programmes and resolves them with their country's policy into ``Rules``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from shiming.countries import Policy, policy
from shiming.programmes.model import Fault, Programme, ProgrammeError, parse, read
from shiming.registration.values import Rules, SlotRule


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
    text = source(name)
    base = read(name, text).get("extends")
    return parse(name, text, _data(base) if base else None)


@cache
def resolve(programme_id: str) -> Rules:
    """All that checks and decision see of a programme and its policy.

    The version is a digest of the content, so it changes with every change that could change an answer. Raises ``KeyError`` for
    an unknown programme or country, ``ProgrammeError`` for a faulty one or one that does not keep its policy.
    """
    programme = load(programme_id)
    kept = policy(programme.country)
    _keep(programme_id, programme, kept)
    content = json.dumps(_data(programme_id), sort_keys=True, ensure_ascii=False, default=str)
    return Rules(
        programme=programme_id,
        programme_version=hashlib.sha256(content.encode()).hexdigest()[:12],
        policy_version=kept.version,
        country=programme.country,
        zone=programme.zone,
        card_kind=programme.card_kind,
        number_scheme=programme.number_scheme,
        slots=tuple(SlotRule(s.slot, s.kind, s.documents, s.side, s.only_for) for s in programme.slots),
        documents=programme.documents,
        checks=programme.checks,
        limits=dict(programme.limits),
        routing=dict(programme.routing),
        review_mode=programme.review_mode,
        promise_working_days=programme.promise_working_days,
        attempts=programme.attempts,
        retakes=programme.retakes,
        cap_limit=programme.cap.limit,
        cap_scope=programme.cap.scope,
        minimum_age=programme.age.minimum,
        restrictions=programme.restrictions,
        consents=programme.consents,
        form_fields=programme.form_fields,
        activation_code_hours=programme.activation_code_hours,
        activation_code_attempts=programme.activation_code_attempts,
        take_back_minutes=programme.take_back_minutes,
        demo=programme.demo,
    )


def _keep(name: str, programme: Programme, kept: Policy) -> None:
    """Refuses a programme that allows more than the policy does."""
    cap = kept.facts.get("cap_per_person")
    if cap is not None and cap.value is not None and programme.cap.limit > cap.value:
        message = f"expected at most {cap.value} cards a person ({kept.country} policy, {cap.certainty} certainty)"
        raise ProgrammeError(name, (Fault("cap.limit", 0, f"{message}, got {programme.cap.limit}", "lower it"),))
