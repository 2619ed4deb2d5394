"""The second person beside the holder: is their document read, valid and theirs, and are they of age and somebody else?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks import _compare
from shiming.checks._limits import limit
from shiming.checks._read import ReadField, age_on, birth, day, fields, name_like, named
from shiming.registration.values import STANDING_BY, Case, Finding, Outcome

VERSION = "1"


def findings(case: Case, role: str, proof: str) -> Iterator[Finding]:
    """Everything about the person in ``role``, if the holder needs one.

    ``proof`` is the paper that says why they may act; a person looks at it. Codes begin with the role: ``_UNREAD _EXPIRED
    _TOO_YOUNG _MISMATCH_NAME _MISMATCH_NUMBER _SAME_PERSON _PROOF``.
    """
    if STANDING_BY.get(case.person) != role:
        return
    read = named(fields(case, role))
    front = f"{role}-document-front"
    there = Outcome.PASS if "name" in read and "number" in read else Outcome.UNABLE
    yield _finding(role, there, "UNREAD", item=front)
    yield from _valid(case, role, read.get("date_of_expiry"))
    yield from _of_age(case, role)
    yield from _declared(case, role, "name", name_like(read, case.form.get(f"{role}_name", "").strip()))
    yield from _declared(case, role, "number", read.get("number"))
    yield from _somebody_else(case, role, read.get("number"), front)
    item = case.evidence.get(proof)
    if item is not None:
        yield _finding(role, Outcome.UNABLE, "PROOF", item=proof, evidence=(item.id,))


def _finding(
    role: str,
    outcome: Outcome,
    what: str,
    *,
    item: str | None = None,
    measure: float | None = None,
    least: float | None = None,
    unit: str | None = None,
    evidence: tuple[str, ...] = (),
) -> Finding:
    return Finding(role, VERSION, outcome, f"{role.upper()}_{what}", item, measure, least, unit, evidence)


def _valid(case: Case, role: str, ends: ReadField | None) -> Iterator[Finding]:
    last = day(ends)
    if ends is None or (last is None and not ends.without_end):
        yield _finding(role, Outcome.NOT_RUN, "EXPIRED")
        return
    left = None if last is None else (last - case.at).days
    outcome = Outcome.FAIL if left is not None and left < 0 else Outcome.PASS
    yield _finding(
        role, outcome, "EXPIRED", item=ends.slot, measure=left, least=0, unit="days", evidence=(ends.evidence,)
    )


def _of_age(case: Case, role: str) -> Iterator[Finding]:
    born, said = birth(case, role)
    least = limit(case, "second.age")
    if born is None or said is None:
        yield _finding(role, Outcome.UNABLE, "TOO_YOUNG", least=least, unit="years")
        return
    years = age_on(born, case.at)
    outcome = Outcome.PASS if years >= least else Outcome.FAIL
    yield _finding(
        role,
        outcome,
        "TOO_YOUNG",
        item=f"{role}-document-front",
        measure=years,
        least=least,
        unit="years",
        evidence=(said.evidence,),
    )


def _declared(case: Case, role: str, name: str, found: ReadField | None) -> Iterator[Finding]:
    """What was declared of the person against what their document says."""
    given, field = case.form.get(f"{role}_{name}", "").strip(), f"{role}_{name}"
    value = (found.value or found.field.raw) if found else ""
    if found is None or not given or not value:
        yield _finding(role, Outcome.UNABLE, f"MISMATCH_{name.upper()}", item=field)
        return
    if name == "name":
        likeness, least = _compare.names(given, value, mrz=found.field.source == "mrz"), limit(case, "match.name")
    else:
        likeness, least = _compare.numbers(given, value), 1.0
    good = Outcome.PASS if likeness.similarity >= least else Outcome.FAIL
    outcome = good if likeness.comparable else Outcome.UNABLE
    yield _finding(
        role,
        outcome,
        f"MISMATCH_{name.upper()}",
        item=field,
        measure=round(likeness.similarity, 3),
        least=least,
        unit="similarity",
        evidence=(found.evidence,),
    )


def _somebody_else(case: Case, role: str, number: ReadField | None, front: str) -> Iterator[Finding]:
    """Nobody stands by themselves: the two documents have different numbers."""
    holders = fields(case).get("number")
    own = {_bare(text) for text in (holders.value if holders else None, case.form.get("number")) if text}
    other = number.value if number else None
    theirs = {_bare(text) for text in (other, case.form.get(f"{role}_number")) if text}
    if not own or not theirs:
        yield _finding(role, Outcome.UNABLE, "SAME_PERSON", item=front)
        return
    yield _finding(role, Outcome.FAIL if own & theirs else Outcome.PASS, "SAME_PERSON", item=front)


def _bare(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())
