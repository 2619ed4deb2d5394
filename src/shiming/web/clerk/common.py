"""What the desk's pages share: the customer's registration, the steps of its way, and which come next."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from shiming.audit.work import Work
from shiming.intake import access, persons, submission
from shiming.intake.evidence import FACE_KINDS, wanted_slots
from shiming.platform.ids import normalise_reference
from shiming.programmes.store import rules_of
from shiming.registration import store
from shiming.registration.records import Registration
from shiming.registration.store import shops
from shiming.registration.values import Actor, Rules
from shiming.web.holder import labels
from shiming.web.pages import see


def _(text: str) -> str:
    return text


@dataclass(frozen=True)
class Step:
    """One step at the desk. ``title`` is a message id; ``optional`` ones may be left out."""

    address: str
    title: str
    done: bool
    optional: bool = False


@dataclass(frozen=True)
class Served:
    """A customer's registration at the desk."""

    registration: Registration
    rules: Rules
    missing: tuple[str, ...]
    visit: shops.Visit | None
    steps: tuple[Step, ...]
    open: bool

    @property
    def base(self) -> str:
        """The address its pages stand under."""
        return f"/clerk/{self.registration.reference}"

    @property
    def next(self) -> str:
        """The page to go on with: that of the first step that is needed and open, else the overview."""
        waiting = [step for step in self.steps if not step.done and not step.optional]
        return waiting[0].address if waiting and self.open else self.base

    def go_on(self) -> Response:
        """Goes on to the next step."""
        return see(self.next)


def served(work: Work, actor: Actor, reference: str) -> Served:
    """The registration this clerk serves. Raises ``Problem`` NOT_FOUND for any other."""
    found = store.by_reference(work, normalise_reference(reference))
    registration = access.served(work, actor, found.id)
    is_open = access.is_open(work, registration)
    missing = tuple(submission.missing(work, registration)) if is_open else ()
    visit = shops.visit(work, registration)
    steps = _steps(work, registration, missing) if is_open else ()
    return Served(registration, rules_of(work, registration), missing, visit, steps, is_open)


def open_served(work: Work, actor: Actor, reference: str) -> Served:
    """The same while things may be handed in. Raises LATE_UPLOAD, SHOP_CLOSED."""
    found = served(work, actor, reference)
    access.own_open(work, actor, found.registration.id)
    return found


def _steps(work: Work, registration: Registration, missing: tuple[str, ...]) -> tuple[Step, ...]:
    rules = rules_of(work, registration)
    base = f"/clerk/{registration.reference}"
    agreed = not any(item.startswith("consent:") for item in missing)
    steps = [
        Step(f"{base}/contact", _("The customer's contact"), "contact" not in missing),
        Step(f"{base}/agree/consents", _("The customer agrees"), agreed),
    ]
    if len(rules.persons) > 1:
        chosen = persons.chosen(work, registration) or agreed
        steps.insert(0, Step(f"{base}/person", _("Whom the card is for"), chosen))
    if rules.documents:
        steps.append(Step(f"{base}/document", _("Kind of document"), "document" not in missing))
    steps += _pictures(work, registration, rules, base)
    details = not any(item.startswith("form:") for item in missing)
    steps.append(Step(f"{base}/details", _("The details"), details))
    steps.append(
        Step(f"{base}/agree/declaration", _("The customer declares that it is true"), _declared(registration, missing))
    )
    if "attestation" in rules.evidence.atoms():
        steps.append(Step(f"{base}/attest", _("You sign for the original"), "attestation" not in missing))
    return tuple(steps)


def _declared(registration: Registration, missing: tuple[str, ...]) -> bool:
    return registration.declared_at is not None and "declaration" not in missing


def _pictures(work: Work, registration: Registration, rules: Rules, base: str) -> list[Step]:
    present = {item.slot for item in store.evidence(work, registration.id) if _fresh(registration, item.slot, item.n)}
    wanted = [rule.slot for rule in wanted_slots(work, registration)]
    titles = labels.slots(rules)
    extra = [rule.slot for rule in rules.slots if rule.kind == "photocopy" and rule.slot not in wanted]
    faces = {rule.slot for rule in rules.slots if rule.kind in FACE_KINDS}
    ordered = [slot for slot in wanted if slot not in faces] + [slot for slot in wanted if slot in faces]
    found = [Step(f"{base}/photo/{slot}", titles[slot][0], slot in present) for slot in ordered]
    return found + [Step(f"{base}/photo/{slot}", titles[slot][0], slot in present, optional=True) for slot in extra]


def _fresh(registration: Registration, slot: str, n: int) -> bool:
    """Whether a picture is not one that is asked for again."""
    return slot not in registration.items or n == registration.n
