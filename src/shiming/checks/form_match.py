"""Does what the person declared agree with the document, field by field?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shiming.checks import _compare
from shiming.checks._compare import Likeness
from shiming.checks._limits import limit
from shiming.checks._read import ReadField, fields, name_like, named, sides
from shiming.registration.values import Case, Finding, Outcome

VERSION = "2"
SCOPE = "registration"


@dataclass(frozen=True, slots=True)
class _Rule:
    code: str
    compare: Callable[[str, str], Likeness]
    limit: str | None = None


_RULES = {
    "name": _Rule("MISMATCH_NAME", _compare.names, "match.name"),
    "number": _Rule("MISMATCH_ID_NUMBER", _compare.numbers),
    "date_of_birth": _Rule("MISMATCH_BIRTH", _compare.days),
    "sex": _Rule("MISMATCH_SEX", _compare.sexes),
    "address": _Rule("MISMATCH_ADDRESS", _compare.addresses, "match.address"),
    "date_of_expiry": _Rule("MISMATCH_EXPIRY", _compare.days),
}


def run(case: Case) -> Iterator[Finding]:
    """A MISMATCH_ finding a field, pointing to the form's field; ``details`` hold what was given and what was read.

    ``not-run`` for a field not given or not on the document; a warning, not a fault, where the reader itself was unsure.
    """
    read = named(fields(case))
    for name, rule in _RULES.items():
        given = case.form.get(name, "").strip()
        if not given and name not in case.rules.form_fields:
            continue
        found = name_like(read, given) if name == "name" else read.get(name)
        if not given or found is None:
            yield _absent(case, name, rule, given)
        else:
            yield _compared(case, name, rule, given, found)


def _absent(case: Case, name: str, rule: _Rule, given: str) -> Finding:
    """Nothing to compare with. An unread name or number is a doubt; what the document does not carry (an address) is not."""
    unread = given and name in ("name", "number") and sides(case)
    outcome = Outcome.UNABLE if unread else Outcome.NOT_RUN
    return Finding("form_match", VERSION, outcome, rule.code, item=name)


def _compared(case: Case, name: str, rule: _Rule, given: str, found: ReadField) -> Finding:
    value = found.value if found.value is not None else found.field.raw
    likeness = _likeness(name, rule, given, value, found)
    least = limit(case, rule.limit) if rule.limit else 1.0
    sure = found.field.confidence >= limit(case, "match.confidence")
    if not likeness.comparable:
        outcome = Outcome.UNABLE
    elif likeness.similarity >= least:
        outcome = Outcome.PASS
    else:
        outcome = Outcome.FAIL if sure else Outcome.WARN
    details = {} if outcome is Outcome.PASS else {"given": given, "read": value, "confidence": found.field.confidence}
    return Finding(
        "form_match", VERSION, outcome, rule.code, item=name, measure=round(likeness.similarity, 3), limit=least,
        unit="similarity", evidence=(found.evidence,), details=details,
    )  # fmt: skip


def _likeness(name: str, rule: _Rule, given: str, value: str, found: ReadField) -> Likeness:
    if name == "name":
        return _compare.names(given, value, mrz=found.field.source == "mrz")
    if name == "date_of_expiry" and found.without_end:
        return Likeness(1.0 if _compare.names(given, found.field.raw).similarity == 1.0 else 0.0)
    return rule.compare(given, value)
