"""From the house's records to what a caller may see."""

from __future__ import annotations

from datetime import datetime

from shiming.audit.work import Work
from shiming.intake import access, submission
from shiming.pipeline import deadlines
from shiming.platform.i18n import Translator
from shiming.registration import reasons, records, store, values
from shiming.web import card_life
from shiming.web.api import schemas as s

_SHOWN_OF_NUMBER = 4


def owned(work: Work, actor: values.Actor, registration_id: str) -> records.Registration:
    """The holder's own registration. Raises ``Problem`` NOT_FOUND, also for another holder's, and PROOF_REQUIRED."""
    return access.own(work, actor, registration_id)


def reason(code: str, say: Translator) -> s.Reason:
    """A reason code with its texts."""
    row = reasons.reason(code)
    return s.Reason(code=code, text=say.gettext(row.text), hint=say.gettext(row.hint))


def finding(row: values.Finding, say: Translator) -> s.Finding:
    """A finding with its texts."""
    entry = reasons.reason(row.code)
    return s.Finding(
        check=row.check,
        code=row.code,
        outcome=str(row.outcome),
        item=row.item,
        text=say.gettext(entry.text),
        hint=say.gettext(entry.hint),
        measure=row.measure,
        limit=row.limit,
        unit=row.unit,
    )


def in_effect(decisions: list[records.DecisionRow], now: datetime) -> records.DecisionRow | None:
    """The latest decision that counts for the holder: not taken back, and past the time it could be."""
    standing = [d for d in decisions if d.taken_back_at is None and d.effective_at <= now and d.verdict != "refer"]
    return standing[-1] if standing else None


def pending(decisions: list[records.DecisionRow], now: datetime) -> bool:
    """Whether a decision was taken that can still be taken back; until then the holder sees the case in review."""
    return any(d.taken_back_at is None and d.effective_at > now and d.verdict != "refer" for d in decisions)


def holder_state(registration: records.Registration, decisions: list[records.DecisionRow], now: datetime) -> str:
    """The state as the holder may know it."""
    return "in-review" if pending(decisions, now) else str(registration.state)


def summary(work: Work, registration: records.Registration) -> s.RegistrationSummary:
    """One line of the holder's list."""
    return s.RegistrationSummary(**_summary_values(work, registration, store.decisions(work, registration.id)))


def _summary_values(
    work: Work, registration: records.Registration, decisions: list[records.DecisionRow]
) -> dict[str, object]:
    return {
        "id": registration.id,
        "reference": registration.reference,
        "programme": registration.programme,
        "purpose": registration.purpose,
        "state": holder_state(registration, decisions, work.now),
        "due_at": registration.due_at,
        "created_at": registration.created_at,
    }


def holder_decision(row: records.DecisionRow, say: Translator) -> s.Decision:
    """A decision as the holder sees it: without the reviewer's name and note."""
    return s.Decision(
        n=row.n,
        verdict=row.verdict,
        reasons=[reason(code, say) for code in row.reasons] if row.verdict != "approve" else [],
        items=list(row.items),
        message=row.message,
        at=row.effective_at,
    )


def registration(work: Work, row: records.Registration, say: Translator) -> s.Registration:
    """One registration as its holder sees it."""
    decisions = store.decisions(work, row.id)
    waiting = pending(decisions, work.now)
    current = in_effect(decisions, work.now)
    card = store.card_of(work, row)
    life = card_life.of(work, card)
    act = life.act
    open_for_holder = row.state in ("draft", "action-required") and not waiting
    return s.Registration(
        **_summary_values(work, row, decisions),
        n=row.n,
        document=row.document,
        missing=submission.missing(work, row) if open_for_holder else [],
        items=[] if waiting else list(row.items),
        decision=None if waiting or current is None else holder_decision(current, say),
        card=s.Card(
            kind=card.kind,
            number_end="" if row.purpose == "recovery" else card.number[-_SHOWN_OF_NUMBER:],
            state=str(card.state),
            restrictions=list(card.restrictions),
            deadlines=[s.CardStep(step=date.step, at=date.at) for date in life.dates],
            second_act=None if act is None else s.SecondAct(kind=act.kind, number=act.number, phrase=act.phrase),
        ),
        expires_at=None if waiting else deadlines.expires_at(work, row),
        due_unpublished_year=row.due_unpublished_year,
        submitted_at=row.submitted_at,
        code_redeemed=row.code_redeemed_at is not None,
        declared=row.declared_at is not None,
        channel=row.channel,
        person=row.person,
    )


_HIDDEN_UNTIL_EFFECTIVE = {"approve", "retry", "reject", "take-back"}


def holder_timeline(work: Work, row: records.Registration) -> list[s.TimelineEntry]:
    """What happened, without a decision that can still be taken back or was taken back."""
    decided = [d for d in store.decisions(work, row.id) if d.taken_back_at is not None or d.effective_at > work.now]
    hidden = {d.at for d in decided} | {d.taken_back_at for d in decided}
    return [
        s.TimelineEntry(at=entry.at, by=entry.actor_role, event=entry.event)
        for entry in store.timeline(work, row.id)
        if not (entry.event in _HIDDEN_UNTIL_EFFECTIVE and entry.at in hidden)
    ]


def evidence(work: Work, item: records.Evidence, say: Translator) -> s.Evidence:
    """One thing handed in, with what was found right away."""
    reading = store.reading(work, item.id)
    fields = None
    if reading is not None and reading.fields:
        fields = {
            name: s.ReadField(value=f.value, raw=f.raw, confidence=f.confidence, source=f.source)
            for name, f in reading.fields.items()
        }
    return s.Evidence(
        id=item.id,
        slot=item.slot,
        state=str(item.state),
        findings=[finding(row, say) for row in store.evidence_findings(work, item.id)],
        fields=fields,
    )


def programme(rules: values.Rules) -> s.Programme:
    """A programme as partners see it."""
    return s.Programme(
        id=rules.programme,
        version=rules.programme_version,
        country=rules.country,
        card_kind=rules.card_kind,
        number_scheme=rules.number_scheme,
        documents=list(rules.documents),
        evidence=[s.Slot(slot=x.slot, kind=x.kind, documents=list(x.documents)) for x in rules.slots],
        form_fields=list(rules.form_fields),
        consents=list(rules.consents),
        restrictions=list(rules.restrictions),
        promise_working_days=rules.promise_working_days,
        attempts=rules.attempts,
        minimum_age=rules.minimum_age,
        demo=rules.demo,
    )
