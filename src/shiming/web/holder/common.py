"""What the holder's pages share: finding the own registration, and its place on the way."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from shiming.audit.work import Work
from shiming.intake import access, submission
from shiming.intake.access import OPEN
from shiming.platform.i18n import Translator
from shiming.platform.ids import normalise_reference
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.reasons import catalogue
from shiming.registration.records import Registration
from shiming.registration.values import Actor, Rules
from shiming.web.holder import steps
from shiming.web.pages import see

__all__ = ["OPEN", "Place", "fault_texts", "open_place", "place", "place_of", "text_of"]


@dataclass(frozen=True)
class Place:
    """An own registration, its rules, what is missing, and the page to go on with."""

    registration: Registration
    rules: Rules
    missing: tuple[str, ...]
    next: str

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages of its programme's way."""
        return steps.stages(self.rules)

    @property
    def base(self) -> str:
        """The address its pages stand under."""
        return f"/r/{self.registration.reference}"

    @property
    def next_address(self) -> str:
        """The address to go on with."""
        return f"{self.base}/{self.next}".rstrip("/")

    def go_on(self) -> Response:
        """Goes on to the next missing step."""
        return see(self.next_address)


def place(work: Work, actor: Actor, reference: str) -> Place:
    """The holder's own registration by its reference. Raises ``Problem`` NOT_FOUND for any other."""
    found = store.by_reference(work, normalise_reference(reference))
    return place_of(work, access.own(work, actor, found.id))


def place_of(work: Work, registration: Registration) -> Place:
    """Where this registration stands."""
    missing = tuple(submission.missing(work, registration)) if registration.state in access.OPEN else ()
    return Place(registration, rules_of(work, registration), missing, steps.next_step(registration.state, missing))


def open_place(work: Work, actor: Actor, reference: str) -> Place:
    """The same, while things may be handed in. Raises LATE_UPLOAD, CODE_REQUIRED."""
    found = place(work, actor, reference)
    access.own_open(work, actor, found.registration.id)
    return found


def text_of(code: str) -> str:
    """The message id of a reason or problem code."""
    reason = catalogue().get(code)
    return reason.text if reason else Problem(code).text


def fault_texts(problem: Problem, say: Translator, texts: dict[str, str] | None = None) -> dict[str, str]:
    """Texts by form field for a refusal; ``texts`` gives a field its own message id."""
    own = texts or {}
    fields = problem.fields or ({problem.item: problem.code} if problem.item else {})
    found = {}
    for name, code in fields.items():
        message = own[name] if code == "INVALID_FORM" and name in own else text_of(code)
        found[name] = say.gettext(message)
    return found
