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
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Consent, Registration
from shiming.registration.store import moves
from shiming.registration.values import Actor, Role


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
    keep(work, actor, access.own(work, actor, registration_id), kind, given, language)


def keep(work: Work, actor: Actor, registration: Registration, kind: str, given: bool, language: str) -> None:
    """The same, for a registration that was found already. ``actor`` is who took the answer down."""
    wanted = text(kind)
    rules = rules_of(work, registration)
    asked = (*rules.consents_of(registration.person), *rules.optional_consents)
    if not access.is_open(work, registration) or kind not in asked:
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


DUPLICATES = "face-duplicates"
"""That the face may be looked for among those of others: apart from ``face``, and nothing hangs on it."""
ACCOUNT_KINDS = ("offers",)
"""What is agreed to for the account as a whole, at any time, apart from a registration."""


def choose(work: Work, actor: Actor, kind: str, given: bool, language: str) -> None:
    """Gives or withdraws a consent of the account as a whole. Raises NOT_FOUND for a kind that is none."""
    if actor.role != Role.HOLDER or kind not in ACCOUNT_KINDS:
        raise Problem("NOT_FOUND")
    wanted = text(kind)
    intake_store.add_account_consent(work, actor.id, kind, wanted.version, language, given)
    work.record(actor, Action.CONSENT_RECORDED, "account", actor.id, consent=kind, version=wanted.version, given=given)


def in_force(work: Work, account_id: str, kind: str) -> bool:
    """Whether the account's newest word on a kind of consent is yes. No word is no."""
    found = intake_store.latest_consent(work, account_id, kind)
    return found is not None and found.given


def withdraw_face(work: Work, actor: Actor, registration_id: str, language: str) -> None:
    """Takes the consent to the face comparison back, whatever state the registration is in, and with it that to have the face
    looked for.

    It is only recorded here: no comparison is made from now on, and custody erases the picture. Raises WRONG_STATE where it
    was not given.
    """
    _withdraw(work, actor, registration_id, "face", language)
    given = store.consents(work, registration_id).get(DUPLICATES)
    if given is not None and given.given:
        _withdraw(work, actor, registration_id, DUPLICATES, language)


def withdraw_duplicates(work: Work, actor: Actor, registration_id: str, language: str) -> None:
    """Takes back that the face may be looked for; custody erases the template. Raises WRONG_STATE where it was not given."""
    _withdraw(work, actor, registration_id, DUPLICATES, language)


def _withdraw(work: Work, actor: Actor, registration_id: str, kind: str, language: str) -> None:
    registration = access.own(work, actor, registration_id)
    known = store.consents(work, registration.id).get(kind)
    if known is None or not known.given:
        raise Problem("WRONG_STATE")
    version = text(kind).version
    intake_store.add_consent(work, registration, kind, version, language, False)
    moves.note_event(work, actor, registration.id, "consent", kind=kind, version=version, given=False)
    work.record(
        actor, Action.CONSENT_RECORDED, "registration", registration.id, consent=kind, version=version, given=False
    )


def account_history(work: Work, actor: Actor) -> list[tuple[Registration | None, Consent]]:
    """The newest word on every consent of a holder, with its version and date: of the account, then by registration."""
    chosen = [intake_store.latest_consent(work, actor.id, kind) for kind in ACCOUNT_KINDS]
    found: list[tuple[Registration | None, Consent]] = [(None, word) for word in chosen if word is not None]
    for registration in store.for_account(work, actor.id):
        given = store.consents(work, registration.id).values()
        found += [(registration, word) for word in given if word.kind not in ACCOUNT_KINDS]
    return found
