"""Do front and back belong to one document?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shiming.checks._read import ReadField, day, fields
from shiming.countries.cn.han import simplified
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "1"
SCOPE = "registration"
_FRONT, _BACK = "document-front", "document-back"


def run(case: Case) -> Iterator[Finding]:
    """DOC_SAME_SIDE_TWICE and SIDES_DIFFERENT_DOCS; ``details["rule"]`` names the rule. ``not-run`` for a one-sided document."""
    front, back = case.evidence.get(_FRONT), case.evidence.get(_BACK)
    if front is None or back is None or front.reading is None or back.reading is None:
        yield Finding("sides", VERSION, Outcome.NOT_RUN, "SIDES_DIFFERENT_DOCS")
        return
    one, other = front.reading.document, back.reading.document
    if one is None or other is None:
        yield Finding("sides", VERSION, Outcome.NOT_RUN, "SIDES_DIFFERENT_DOCS", evidence=(front.id, back.id))
        return
    if one.type == other.type:
        twice = Outcome.FAIL if one.side == other.side else Outcome.PASS
        wrong = _FRONT if one.side == other.side == "back" else _BACK
        yield Finding("sides", VERSION, twice, "DOC_SAME_SIDE_TWICE", item=wrong, evidence=(front.id, back.id))
        yield from _different(front, back, Outcome.PASS, "type")
    else:
        yield from _different(front, back, Outcome.FAIL, "type")
        return
    yield from _issued_after_birth(case, front, back)
    yield from _place(case, front, back)


def _different(front: EvidenceItem, back: EvidenceItem, outcome: Outcome, rule: str) -> Iterator[Finding]:
    """Which of the two is the wrong one nobody knows, so a fault asks for both."""
    both = (front.id, back.id)
    for item in (front, back) if outcome is Outcome.FAIL else (back,):
        yield Finding(
            "sides", VERSION, outcome, "SIDES_DIFFERENT_DOCS", item.slot, evidence=both, details={"rule": rule}
        )


def _issued_after_birth(case: Case, front: EvidenceItem, back: EvidenceItem) -> Iterator[Finding]:
    read = fields(case)
    born, issued = day(read.get("date_of_birth")), day(read.get("date_of_issue"))
    if born and issued:
        outcome = Outcome.PASS if issued >= born else Outcome.FAIL
        yield from _different(front, back, outcome, "birth-before-issue")


def _place(case: Case, front: EvidenceItem, back: EvidenceItem) -> Iterator[Finding]:
    """A Chinese card is issued by the police of the place in its address. A difference is a doubt: both lines may be misread."""
    read = fields(case)
    place, address = _police_of(read.get("issuing_authority")), read.get("address")
    if place is None or address is None or address.value is None:
        return
    outcome = Outcome.PASS if place in simplified(address.value) else Outcome.WARN
    yield from _different(front, back, outcome, "authority-and-address")


def _police_of(authority: ReadField | None) -> str | None:
    """The bare place name before ``公安局``: 杭州 of 杭州市公安局西湖分局."""
    if authority is None or authority.value is None:
        return None
    match = re.match(r"(.{2,})公安局", simplified(authority.value).replace(" ", ""))
    if match is None:
        return None
    parts = re.split(r"[省市]", re.sub(r"(市|县|区|自治州|盟|旗)$", "", match.group(1)))
    return parts[-1] if len(parts[-1]) >= 2 else None
