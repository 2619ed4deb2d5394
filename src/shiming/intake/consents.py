"""Consents: which text was shown, in which language, and whether it was given. Refusals are kept too."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.intake import access
from shiming.intake import store as intake_store
from shiming.programmes import resolve
from shiming.registration.problems import Problem
from shiming.registration.store import moves
from shiming.registration.values import Actor


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A published text. ``title`` and ``points`` are gettext message ids; without a ``required`` one nothing goes on."""

    kind: str
    version: str
    required: bool
    title: str
    points: tuple[str, ...]


@cache
def _texts() -> dict[str, ConsentText]:
    data = tomllib.loads(files(__package__).joinpath("consents.toml").read_text("utf-8"))
    return {
        kind: ConsentText(kind, row["version"], row["required"], row["title"], tuple(row["points"]))
        for kind, row in data.items()
    }


def text(kind: str) -> ConsentText:
    """The current text of a kind. Raises ``Problem`` NOT_FOUND."""
    found = _texts().get(kind)
    if found is None:
        raise Problem("NOT_FOUND")
    return found


def texts() -> tuple[ConsentText, ...]:
    """All current texts."""
    return tuple(_texts().values())


def record(work: Work, actor: Actor, registration_id: str, kind: str, given: bool, language: str) -> None:
    """Records a consent or its refusal. A required one cannot be refused and the registration go on (CONSENT_REQUIRED)."""
    registration = access.own(work, actor, registration_id)
    wanted = text(kind)
    if not access.is_open(work, registration) or kind not in resolve(registration.programme).consents:
        raise Problem("WRONG_STATE")
    if wanted.required and not given:
        raise Problem("CONSENT_REQUIRED", item=f"consent:{kind}")
    intake_store.add_consent(work, registration, kind, wanted.version, language, given)
    moves.note_event(work, actor, registration.id, "consent", kind=kind, version=wanted.version, given=given)
    work.record(
        actor,
        Action.CONSENT_RECORDED,
        "registration",
        registration.id,
        consent=kind,
        version=wanted.version,
        given=given,
    )
