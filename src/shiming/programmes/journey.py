"""A programme drawn: the stops of its way, from what to bring to every end. Data first; a text and a picture are made of it.

Every line is a gettext message id with its parameters, so that pages draw the same journey in the reader's language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from shiming.registration.values import Rules, evidence_context


def _(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stop: a message id and what fills it. A parameter that is a tuple is a list of names."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the way. ``kind``: ``step`` on the way, ``end`` an end, ``side`` what runs beside it."""

    title: str
    lines: tuple[Line, ...]
    kind: str = "step"


def journey(rules: Rules) -> tuple[Stop, ...]:
    """The stops of a programme, in order; those without a line are left out."""
    stops = (
        Stop(_("Begin"), tuple(_begin(rules))),
        Stop(_("Card"), tuple(_card(rules))),
        Stop(_("Consents"), tuple(_consents(rules))),
        Stop(_("Evidence"), tuple(_evidence(rules))),
        Stop(_("Details"), (Line(_("Fields: {fields}"), {"fields": rules.form_fields}),) if rules.form_fields else ()),
        Stop(_("Checks"), tuple(_checks(rules))),
        Stop(_("Decision"), tuple(_decision(rules))),
        Stop(_("Approved"), tuple(_approved(rules)), "end"),
        Stop(
            _("Asked again"),
            (Line(_("At most {n} times, only for what is wrong; then a person"), {"n": rules.attempts}),),
        ),
        Stop(_("Rejected"), tuple(_rejected(rules)), "end"),
        Stop(_("Unfinished"), tuple(_unfinished(rules)), "end"),
        Stop(_("Card not registered in time"), tuple(_late(rules)), "side"),
        Stop(_("Kept"), tuple(_kept(rules)), "side"),
    )
    return tuple(stop for stop in stops if stop.lines)


def _begin(rules: Rules) -> Iterator[Line]:
    yield Line(_("Where: {channels}"), {"channels": rules.channels})
    yield Line(_("Who: {persons}"), {"persons": rules.persons})
    for trigger in rules.triggers:
        if trigger.kind == "refund":
            yield Line(_("Needed for a refund"))
        else:
            yield Line(
                _("Needed for a top-up above {amount} {currency}"),
                {"amount": trigger.amount, "currency": trigger.currency},
            )


def _card(rules: Rules) -> Iterator[Line]:
    yield Line(_("Number: {scheme}"), {"scheme": rules.number_scheme})
    yield Line(_("Possession by: {ways}"), {"ways": rules.possession})
    if rules.activation_code:
        params = {"hours": rules.activation_code_hours, "tries": rules.activation_code_attempts}
        yield Line(_("One activation code, good for {hours} hours and {tries} tries"), params)
    if rules.restrictions:
        yield Line(_("Barred until then: {restrictions}"), {"restrictions": rules.restrictions})


def _consents(rules: Rules) -> Iterator[Line]:
    if rules.consents:
        yield Line(_("Asked for: {consents}"), {"consents": rules.consents})
    if rules.optional_consents:
        yield Line(_("Optional, off by default: {consents}"), {"consents": rules.optional_consents})


def _evidence(rules: Rules) -> Iterator[Line]:
    """What satisfies the formula, for each channel and class of person, by document."""
    if not rules.evidence.text.strip():
        yield Line(_("Nothing is handed in: data alone"))
        return
    for channel in rules.channels:
        for person in rules.persons:
            yield from _ways(rules, channel, person)


def _ways(rules: Rules, channel: str, person: str) -> Iterator[Line]:
    told: dict[tuple[str, ...], list[str]] = {}
    for document in rules.documents or ("",):
        for way in rules.evidence.alternatives(evidence_context(document, channel, person, True)):
            told.setdefault(way, []).append(document)
    for way, taken in told.items():
        params = {"channel": channel, "person": person, "documents": tuple(taken), "slots": way}
        if len(taken) == len(rules.documents) or not rules.documents:
            yield Line(_("{channel}, {person}: {slots}"), params)
        else:
            yield Line(_("{channel}, {person}, with {documents}: {slots}"), params)


def _checks(rules: Rules) -> Iterator[Line]:
    yield Line(_("{n} checks: {checks}"), {"n": len(rules.checks), "checks": rules.checks})
    if rules.authority:
        params = {"register": rules.authority.register, "hours": rules.authority.wait_hours}
        yield Line(_("The register {register} is asked; without an answer in {hours} hours a person decides"), params)


def _decision(rules: Rules) -> Iterator[Line]:
    yield Line(_("A person decides every case") if rules.review_mode == "always" else _("A person decides in doubt"))
    if rules.second_pair:
        yield Line(_("A second person must agree"))
    yield Line(_("Answer within {n} working days"), {"n": rules.promise_working_days})
    for cap in rules.caps:
        yield Line(_("At most {limit} cards ({scope})"), {"limit": cap.limit, "scope": cap.scope})


def _approved(rules: Rules) -> Iterator[Line]:
    if rules.take_back_minutes:
        yield Line(_("Takes effect after {n} minutes, until then it can be taken back"), {"n": rules.take_back_minutes})
    if rules.second_act:
        act = rules.second_act
        text = _("The holder texts “{phrase}” to {number}") if act.kind == "sms" else _("The holder dials {number}")
        yield Line(text, {"phrase": act.phrase, "number": act.number})
    yield Line(_("The operator confirms: the card is in service"))


def _rejected(rules: Rules) -> Iterator[Line]:
    params = {"days": rules.appeal_days, "working": rules.appeal_working_days}
    yield Line(_("Can be appealed for {days} days; another person answers within {working} working days"), params)


def _unfinished(rules: Rules) -> Iterator[Line]:
    for deadline in (d for d in rules.deadlines if d.of == "registration"):
        yield _deadline(deadline.step, deadline.after_days, deadline.working)


def _late(rules: Rules) -> Iterator[Line]:
    for deadline in (d for d in rules.deadlines if d.of == "card"):
        yield _deadline(deadline.step, deadline.after_days, deadline.working)


def _deadline(step: str, days: int, working: bool) -> Line:
    return Line(
        _("{step} after {n} working days") if working else _("{step} after {n} days"), {"step": step, "n": days}
    )


def _kept(rules: Rules) -> Iterator[Line]:
    for artefact, rule in sorted(rules.retention.items()):
        if rule.after == "none":
            yield Line(_("{artefact}: read and not kept"), {"artefact": artefact})
        else:
            yield Line(
                _("{artefact}: {days} days after {after}"),
                {"artefact": artefact, "days": rule.days, "after": rule.after},
            )


Say = Callable[..., str]
"""A translator's ``gettext``: message id and named parameters."""


def written(line: Line, say: Say) -> str:
    """A line in the reader's language."""
    params = {key: ", ".join(value) if isinstance(value, tuple) else value for key, value in line.params.items()}
    return say(line.text, **params)


def as_text(rules: Rules, say: Say, width: int = 100) -> str:
    """The journey as a drawing of letters."""
    rows = []
    for number, stop in enumerate(journey(rules), start=1):
        mark = {"step": "●", "end": "◆", "side": "○"}[stop.kind]
        rows.append(f"{mark} {number}. {say(stop.title)}")
        for line in stop.lines:
            rows += [f"│    {part}" for part in _wrapped(written(line, say), width - 5)]
        rows.append("│")
    return "\n".join(rows[:-1])


def _wrapped(text: str, width: int) -> list[str]:
    """Rows of at most ``width`` narrow letters, broken at spaces; Chinese letters count two and may be parted anywhere."""
    rows, row, used = [], "", 0
    for part in re.findall(r"[^\s\u3000-\u9fff\uff00-\uffef]+\s*|.", text):
        size = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in part)
        if row and used + size > width:
            rows.append(row.rstrip())
            row, used = "  ", 2
        row, used = row + part, used + size
    return [*rows, row.rstrip()]


_WIDTH, _PAD, _ROW, _HEAD = 760, 16, 22, 34
_CHARACTERS = 88
"""How many letters of the picture's type fit in one row."""


_STYLE = (
    "<style>.stop rect{fill:#fff;stroke:#7b8a91}.stop.end rect{stroke:#17663a;stroke-width:2}"
    ".stop.side rect{stroke-dasharray:6 4}.stop text{font:14px sans-serif;fill:#0e1a1f}.stop .title{font-weight:700}"
    ".way{stroke:#7b8a91;stroke-width:2}</style>"
)
"""The look of a picture that stands alone; in a page the page's own style sheet gives it."""


def as_svg(rules: Rules, say: Say, *, alone: bool = False) -> str:
    """The journey as a picture; ``alone`` when it is a file of its own and not part of a page."""
    parts, top = [], 0
    stops = journey(rules)
    for place, stop in enumerate(stops):
        rows = [row for line in stop.lines for row in _wrapped(written(line, say), _CHARACTERS)]
        height = _HEAD + _ROW * len(rows) + _PAD // 2
        parts.append(
            f'<g class="stop {stop.kind}"><rect x="1" y="{top + 1}" width="{_WIDTH - 2}" height="{height}" rx="10"/>'
            f'<text class="title" x="{_PAD}" y="{top + 24}">{escape(say(stop.title))}</text>'
        )
        for row, text in enumerate(rows):
            y = top + _HEAD + _ROW * (row + 1) - 8
            parts.append(f'<text x="{_PAD}" y="{y}" xml:space="preserve">{escape(text)}</text>')
        parts.append("</g>")
        top += height
        if place + 1 < len(stops):
            middle = _WIDTH // 2
            parts.append(f'<path class="way" d="M{middle} {top + 1}v{_PAD}"/>')
            top += _PAD
    title = escape(say(rules.title))
    return (
        f'<svg class="journey" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top + 2}" role="img" '
        f'aria-label="{title}">{_STYLE if alone else ""}{"".join(parts)}</svg>'
    )
