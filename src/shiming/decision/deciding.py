"""What follows from findings.

In this order: a fault of the card itself rejects; while evidence can still be had again it is asked for, all items in one
round; a limit (age, cap) rejects once nothing is in doubt; what a person must look at is referred, with the engine's
proposal where it would reject; else approval, which review mode ``always`` turns into a proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from shiming.registration.reasons import reason
from shiming.registration.values import Decision, EvidenceItem, Finding, Outcome, Rules, Verdict

ATTEMPTS_EXCEEDED = "ATTEMPTS_EXCEEDED"


class Consequence(IntEnum):
    """What one finding leads to, worst first."""

    REJECT_CARD = 0
    """A fault of the card: no person could decide otherwise."""
    REJECT_LIMIT = 1
    """A limit of the programme, such as age or cap."""
    PROPOSE_REJECT = 2
    """The engine would reject; a person decides."""
    RETRY = 3
    REFER = 4
    """A fail that a person must look at."""
    UNABLE = 5
    """It could not be checked; that is nobody's fault."""
    DOUBT = 6
    """A warning that a person must look at."""
    NONE = 7


_IN_DOUBT = (Consequence.PROPOSE_REJECT, Consequence.REFER, Consequence.UNABLE, Consequence.DOUBT)
"""While one of these stands, whose limit it is has not been proven, so nobody is told that it is reached."""
_DIRECT = {"C": Consequence.REJECT_CARD, "P": Consequence.REJECT_LIMIT}


def consequence(finding: Finding, rules: Rules, retakes: Mapping[str, int]) -> Consequence:
    """What this finding leads to. ``retakes``: captures refused before, by slot. Raises ``KeyError`` for an unknown code."""
    if finding.outcome in (Outcome.PASS, Outcome.NOT_RUN):
        return Consequence.NONE
    known = reason(finding.code)
    routing = rules.routing.get(finding.code, known.routing)
    if finding.outcome is Outcome.UNABLE or known.kind == "T":
        return Consequence.UNABLE
    if finding.outcome is Outcome.WARN:
        return Consequence.NONE if routing == "note" else Consequence.DOUBT
    if routing == "reject":
        return _DIRECT.get(known.kind, Consequence.PROPOSE_REJECT)
    if routing == "retry" and finding.item is not None:
        used_up = not known.counts and retakes.get(finding.item, 0) >= rules.retakes
        return Consequence.REFER if used_up else Consequence.RETRY
    return Consequence.REFER


def decide(findings: Iterable[Finding], rules: Rules, evidence: Mapping[str, EvidenceItem]) -> Decision:
    """The engine's decision on a submission. ``evidence`` by slot, as on the case; only its retakes are looked at."""
    return replay(findings, rules, {slot: item.retakes for slot, item in evidence.items()})


def replay(findings: Iterable[Finding], rules: Rules, retakes: Mapping[str, int] | None = None) -> Decision:
    """Decides from recorded findings alone, e.g. under other rules. The order of findings does not matter."""
    sorted_out: dict[Consequence, set[tuple[str, str | None]]] = {kind: set() for kind in Consequence}
    for finding in findings:
        kind = consequence(finding, rules, retakes or {})
        sorted_out[kind].add((finding.code, finding.item))
    if any(code == ATTEMPTS_EXCEEDED for code, _ in sorted_out[Consequence.REFER]):
        sorted_out[Consequence.REFER] |= sorted_out[Consequence.RETRY]
        sorted_out[Consequence.RETRY] = set()
    return _conclude(sorted_out, rules)


def _conclude(found: Mapping[Consequence, set[tuple[str, str | None]]], rules: Rules) -> Decision:
    if found[Consequence.REJECT_CARD]:
        return _reject(found, Consequence.REJECT_CARD, "The card itself cannot be registered.")
    if found[Consequence.RETRY]:
        return Decision(
            Verdict.RETRY,
            _codes(found, Consequence.RETRY),
            items=_items(found[Consequence.RETRY], rules),
            explanation=("Some items can be put right by the person, so they are asked for again, all at once.",),
        )
    if found[Consequence.REJECT_LIMIT] and not any(found[kind] for kind in _IN_DOUBT):
        return _reject(found, Consequence.REJECT_LIMIT, "A limit of the programme is reached.")
    reasons = _codes(found, *[kind for kind in Consequence if kind is not Consequence.NONE])
    if reasons:
        return _refer(found, reasons)
    if rules.review_mode == "always":
        return Decision(
            Verdict.REFER,
            (),
            proposal=Verdict.APPROVE,
            explanation=("Every check passed.", "In this programme a person decides every case."),
        )
    return Decision(Verdict.APPROVE, (), explanation=("Every check passed.",))


def _reject(found: Mapping[Consequence, set[tuple[str, str | None]]], kind: Consequence, why: str) -> Decision:
    return Decision(Verdict.REJECT, _codes(found, kind), explanation=(why, "The person can appeal."))


def _refer(found: Mapping[Consequence, set[tuple[str, str | None]]], reasons: tuple[str, ...]) -> Decision:
    steps = []
    if found[Consequence.PROPOSE_REJECT] or found[Consequence.REJECT_LIMIT]:
        steps.append("The engine would reject; only a person may do so.")
    if found[Consequence.REFER]:
        steps.append("A check failed in a way that a person must look at.")
    if found[Consequence.UNABLE]:
        steps.append("Something could not be checked by machine; that counts against nobody.")
    if found[Consequence.DOUBT]:
        steps.append("A check left a doubt.")
    proposal = Verdict.REJECT if found[Consequence.PROPOSE_REJECT] else None
    return Decision(Verdict.REFER, reasons, proposal=proposal, explanation=tuple(steps))


def _codes(found: Mapping[Consequence, set[tuple[str, str | None]]], *kinds: Consequence) -> tuple[str, ...]:
    ordered = [code for kind in sorted(kinds) for code in sorted({code for code, _ in found[kind]})]
    return tuple(dict.fromkeys(ordered))


def _items(asked: set[tuple[str, str | None]], rules: Rules) -> tuple[str, ...]:
    """What is asked for again: evidence in the programme's order, then form fields, then the rest."""
    order = [*(rule.slot for rule in rules.slots), *rules.form_fields]
    items = {item for _, item in asked if item is not None}
    return tuple(sorted(items, key=lambda item: (order.index(item) if item in order else len(order), item)))
