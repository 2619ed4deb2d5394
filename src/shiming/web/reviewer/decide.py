"""The decision form: what may be chosen, what was chosen, and what the holder will read."""

from __future__ import annotations

from dataclasses import dataclass

from shiming.platform.i18n import Translator
from shiming.registration.problems import Problem
from shiming.registration.reasons import Reason, catalogue
from shiming.registration.values import FACE_SLOTS, Outcome, Verdict, evidence_context
from shiming.web.deps import FormData
from shiming.web.holder.labels import FIELDS, SLOTS
from shiming.web.reviewer.case import Case

REASON_PREFIX = "again:"
_FOR_DOCUMENT = frozenset("QDRV")
_FOR_FACE = frozenset("QFV")
_FOR_FIELD = frozenset("MV")
_FOR_REJECT = frozenset("DMFRPCV")
_NOT_BY_A_PERSON = frozenset({"T", "U"})


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be asked for again, with the reasons that fit it. ``chosen`` is preselected."""

    name: str
    is_field: bool
    reasons: tuple[Reason, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reviewer chose."""

    verdict: Verdict
    again: tuple[tuple[str, str], ...]
    """Pairs of item and reason code."""
    reject: tuple[str, ...]
    note: str
    message: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reason codes of the verdict, each once."""
        if self.verdict == Verdict.RETRY:
            return tuple(dict.fromkeys(code for _, code in self.again))
        return self.reject if self.verdict == Verdict.REJECT else ()

    @property
    def items(self) -> tuple[str, ...]:
        """What is asked for again."""
        return tuple(item for item, _ in self.again) if self.verdict == Verdict.RETRY else ()


def _of_classes(classes: frozenset[str]) -> tuple[Reason, ...]:
    return tuple(
        r for r in catalogue().values() if r.kind in classes and r.kind not in _NOT_BY_A_PERSON and not r.private
    )


def rejections() -> tuple[Reason, ...]:
    """The reasons a case may be rejected for."""
    return _of_classes(_FOR_REJECT)


def items(case: Case) -> tuple[Item, ...]:
    """Everything that can be asked for again, with the engine's findings preselected where it proposed that."""
    asked = set(case.proposal.items) if case.proposal else set()
    found = {f.item: f.code for f in reversed(case.findings) if f.outcome in (Outcome.FAIL, Outcome.WARN) and f.item}
    slots = _slots(case)
    return tuple(_item(name, name in asked, found.get(name, "")) for name in slots) + tuple(
        _item(name, name in asked, found.get(name, ""), field=True)
        for name in case.rules.fields_of(case.registration.person)
    )


def _slots(case: Case) -> list[str]:
    """What may be asked for again: every slot by which the programme's formula could be met, in the programme's order."""
    registration, consents = case.registration, case.consents
    face = consents["face"].given if "face" in consents else None
    context = evidence_context(registration.document, registration.channel, registration.person, face)
    possible = {slot for way in case.rules.evidence.alternatives(context) for slot in way}
    return [rule.slot for rule in case.rules.slots if rule.slot in possible]


def _item(name: str, asked: bool, code: str, *, field: bool = False) -> Item:
    classes = _FOR_FIELD if field else _FOR_FACE if name in FACE_SLOTS else _FOR_DOCUMENT
    reasons = _of_classes(classes)
    chosen = code if asked and any(r.code == code for r in reasons) else ""
    return Item(name, field, reasons, chosen)


def read(form: FormData) -> Choice:
    """The choice in a submitted form. Raises ``Problem`` INVALID_FORM naming ``verdict``, ``items`` or ``reasons``."""
    try:
        verdict = Verdict(form.get("verdict"))
    except ValueError:
        raise Problem("INVALID_FORM", fields={"verdict": "INVALID_FORM"}) from None
    again = tuple(
        (name.removeprefix(REASON_PREFIX), code)
        for name, code in form.values.items()
        if name.startswith(REASON_PREFIX) and code
    )
    choice = Choice(verdict, again, form.all("reason"), form.get("note"), form.get("message"))
    if verdict == Verdict.RETRY and not again:
        raise Problem("INVALID_FORM", fields={"items": "INVALID_FORM"})
    if verdict == Verdict.REJECT and not choice.reject:
        raise Problem("INVALID_FORM", fields={"reasons": "INVALID_FORM"})
    return choice


def preview(choice: Choice, say: Translator) -> list[tuple[str, str, str]]:
    """What the holder will read, in the holder's language: item (empty for the whole), text, hint."""
    pairs = choice.again if choice.verdict == Verdict.RETRY else tuple(("", code) for code in choice.reasons)
    entries = catalogue()
    return [
        (_name(item, say), say.gettext(entries[code].text), say.gettext(entries[code].hint)) for item, code in pairs
    ]


def _name(item: str, say: Translator) -> str:
    if item in SLOTS:
        return say.gettext(SLOTS[item][0])
    return say.gettext(FIELDS[item]) if item in FIELDS else item
