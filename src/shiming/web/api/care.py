"""A way to a person for partners' own screens, and the agents' inbox; is this message ours."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from shiming.audit.work import Work
from shiming.intake import consents, transfers, updates
from shiming.notices import marks
from shiming.platform.ids import normalise_reference
from shiming.programmes import help as answers
from shiming.programmes.store import current
from shiming.registration.problems import Problem
from shiming.registration.store import amending
from shiming.registration.values import Actor
from shiming.review import appeals, corrections, inbox
from shiming.review.store import Thread as ThreadRow
from shiming.review.store import ThreadMessage as MessageRow
from shiming.web import deps, rates
from shiming.web.api import schemas, views
from shiming.web.api.identity import Agent, Holder, HouseWorkspace
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Id, Language, Say

router = APIRouter(route_class=ProblemRoute, tags=["care"])

Reference = Annotated[
    str, Path(alias="reference", description="The short reference of the thread.", pattern=r"^[0-9A-Za-z -]{10,16}$")
]
Long = Annotated[str, Field(min_length=1, max_length=4000, description="Plain text. Never a code or a password.")]


class HelpAnswer(schemas.Answer):
    """One question people ask, and its answer."""

    id: str
    question: str
    points: list[str]


class HelpAnswers(schemas.Answer):
    """The answers a programme names."""

    answers: list[HelpAnswer]


class MarkRequest(schemas.Request):
    """The mark at the end of a message."""

    mark: schemas.Short = Field(examples=["ABCD-EFGH"])


class MarkAnswer(schemas.Answer):
    """Whether a message is ours: when, how and about what kind of thing it was sent. Nothing personal."""

    genuine: bool
    sent_at: datetime | None = None
    channel: str | None = None
    about: str | None = None


class ThreadRequest(schemas.Request):
    """What a person writes."""

    text: Long
    registration_id: str | None = Field(None, pattern=r"^[0-9a-f-]{36}$", description="An own registration.")
    topic: str | None = Field(None, description="The id of the help answer it follows.", max_length=64)


class MessageRequest(schemas.Request):
    """One more message."""

    text: Long


class Message(schemas.Answer):
    """One message of a thread."""

    by: Literal["holder", "staff", "note"]
    text: str
    at: datetime


class Thread(schemas.Answer):
    """One matter: its state, and when the answer is due."""

    reference: str
    kind: str
    topic: str | None
    registration_id: str | None
    state: Literal["open", "answered", "closed"]
    outcome: str | None
    due_at: datetime | None
    created_at: datetime
    assigned: Literal["nobody", "me", "another"] | None = Field(None, description="For agents.")
    messages: list[Message] = Field(default_factory=list)


class Threads(schemas.Answer):
    """Matters, in the order to look at them."""

    threads: list[Thread]


class SettleRequest(schemas.Request):
    """An agent's decision on a correction, or on the appeal of a suspended or cancelled card."""

    accept: bool
    why: Long


class CorrectionRequest(schemas.Request):
    """What is recorded wrongly, or has changed."""

    field: schemas.Short = Field(examples=["address"])
    should: schemas.Text
    why: Long
    changed: bool = Field(False, description="It was right once.")


class Version(schemas.Answer):
    """What was declared, from - until."""

    fields: dict[str, str]
    since: datetime
    until: datetime | None


class DocumentVersion(schemas.Answer):
    """A document as it was proven, from - until."""

    type: str
    fields: dict[str, str | None]
    since: datetime
    until: datetime | None


class Records(schemas.Answer):
    """What is recorded of a person, and the registrations of the cards for which it holds."""

    details: list[Version]
    documents: list[DocumentVersion]
    registrations: list[str]


class TransferCode(schemas.Answer):
    """For the new holder only."""

    code: str
    expires_at: datetime


class TransferRequest(schemas.Request):
    """What takes a card over."""

    card_number: schemas.Short
    code: schemas.Short
    name: schemas.Text
    address: schemas.Text
    consents: schemas.Consents


class HandOverRequest(schemas.Request):
    """To whom a thread goes; to nobody: back to all."""

    to: str | None = Field(None, pattern=r"^[0-9a-f-]{36}$")
    why: schemas.Note = ""


def thread(row: ThreadRow, messages: list[MessageRow] | None = None, agent: Actor | None = None) -> Thread:
    """A thread as a caller sees it."""
    assigned: Literal["nobody", "me", "another"] | None = None
    if agent is not None:
        assigned = "nobody" if row.assigned_to is None else "me" if row.assigned_to == agent.id else "another"
    return Thread(
        reference=row.reference,
        kind=row.kind,
        topic=row.topic,
        registration_id=row.registration_id,
        state=row.state,
        outcome=row.outcome,
        due_at=row.due_at,
        created_at=row.created_at,
        assigned=assigned,
        messages=[Message(by=m.by, text=m.text, at=m.at) for m in messages or []],
    )


@router.get("/programmes/{name}/help", summary="Answers to what people ask")
def help_of(name: str, house: HouseWorkspace, say: Say) -> HelpAnswers:
    """Those the programme names, in the asker's language."""
    with house.read() as work:
        rules = current(work, name)
    found = answers.chosen(rules.help)
    return HelpAnswers(
        answers=[
            HelpAnswer(id=row.id, question=say.gettext(row.title), points=[say.gettext(p) for p in row.points])
            for row in found
        ]
    )


@router.post("/messages/check", status_code=200, summary="Is this message ours")
def check_message(body: MarkRequest, request: Request, house: HouseWorkspace, say: Say) -> MarkAnswer:
    """Looks for the mark at the end of a message. Limited by network address."""
    rates.spend_message(request)
    with house.read() as work:
        found = marks.check(work, body.mark)
    if found is None:
        return MarkAnswer(genuine=False)
    return MarkAnswer(genuine=True, sent_at=found.at, channel=found.channel, about=say.gettext(found.subject))


@router.get("/threads", summary="What this account wrote about")
def own_threads(holder: Holder, house: HouseWorkspace) -> Threads:
    """Newest first."""
    with house.read() as work:
        return Threads(threads=[thread(row) for row in inbox.of_holder(work, holder)])


@router.post("/threads", status_code=201, response_model=Thread, summary="Write to a person")
def open_thread(body: ThreadRequest, request: Request, holder: Holder, once: OnceOnly, spoken: Language) -> Response:
    """A person answers by `due_at`; the account is told that there is an answer, not what it says."""
    rates.spend_thread(request, holder.id)
    zone = deps.house(request).settings.issuer_zone

    def write(work: Work) -> Thread:
        if body.registration_id is not None:
            views.owned(work, holder, body.registration_id)
        found = inbox.open_thread(
            work,
            holder,
            "question",
            body.text,
            registration_id=body.registration_id,
            account_id=holder.id,
            topic=body.topic if body.topic in answers.answers() else None,
            language=spoken,
            days_of=inbox.Calendar(zone=zone),
        )
        return thread(found, inbox.own_messages(work, holder, found.reference))

    return once.run(holder, body.model_dump(), write)


@router.get("/threads/{reference}", summary="One thread")
def own_thread(reference: Reference, holder: Holder, house: HouseWorkspace) -> Thread:
    """With what was written."""
    with house.read() as work:
        found = inbox.own(work, holder, normalise_reference(reference))
        return thread(found, inbox.own_messages(work, holder, found.reference))


@router.post("/threads/{reference}/messages", status_code=201, response_model=Thread, summary="Write again")
def write_again(
    reference: Reference, body: MessageRequest, request: Request, holder: Holder, once: OnceOnly
) -> Response:
    """The thread waits for an answer once more."""
    rates.spend_thread(request, holder.id)

    def write(work: Work) -> Thread:
        found = inbox.write(work, holder, normalise_reference(reference), body.text)
        return thread(found, inbox.own_messages(work, holder, found.reference))

    return once.run(holder, body.model_dump(), write)


@router.post("/registrations/{id}/appeal", status_code=201, response_model=Thread, summary="Appeal a refusal")
def appeal(id: Id, body: MessageRequest, request: Request, holder: Holder, once: OnceOnly) -> Response:
    """Another person decides by the registration's new `due_at`; that decision is final.

    APPEAL_TOO_LATE, APPEAL_DONE, CARD_TAKEN, and APPEAL_CARD_GONE when somebody else has the card by now.
    """
    rates.spend_thread(request, holder.id)

    def make(work: Work) -> Thread:
        found = appeals.make(work, holder, views.owned(work, holder, id), body.text)
        return thread(found, inbox.own_messages(work, holder, found.reference))

    return once.run(holder, body.model_dump(), make)


@router.get("/inbox", summary="What waits for an agent")
def queue(agent: Agent, house: HouseWorkspace) -> Threads:
    """By due time, the most urgent first. No personal data."""
    with house.read() as work:
        return Threads(threads=[thread(row, agent=agent) for row in inbox.queue(work, agent)])


@router.get("/inbox/{reference}", summary="One thread of the inbox")
def read(reference: Reference, agent: Agent, house: HouseWorkspace) -> Thread:
    """With what was written, notes among it. The look is recorded."""
    with house.write() as work:
        found, messages = inbox.read(work, agent, normalise_reference(reference))
        return thread(found, messages, agent)


@router.post("/inbox/{reference}/take", status_code=200, response_model=Thread, summary="Take a thread on")
def take(reference: Reference, agent: Agent, once: OnceOnly) -> Response:
    """CLAIM_REQUIRED when a colleague has it."""
    return once.run(
        agent,
        None,
        lambda work: thread(inbox.take(work, agent, normalise_reference(reference)), agent=agent),
        status=200,
    )


@router.post("/inbox/{reference}/answers", status_code=201, response_model=Thread, summary="Answer")
def answer(reference: Reference, body: MessageRequest, agent: Agent, once: OnceOnly) -> Response:
    """The person is told that there is an answer."""

    def say_it(work: Work) -> Thread:
        return thread(inbox.answer(work, agent, normalise_reference(reference), body.text), agent=agent)

    return once.run(agent, body.model_dump(), say_it)


@router.post("/inbox/{reference}/decision", status_code=201, response_model=Thread, summary="Decide a matter")
def decide(reference: Reference, body: SettleRequest, agent: Agent, once: OnceOnly) -> Response:
    """Accepts or refuses a correction, or the appeal of a suspended or cancelled card; the person reads why."""

    def settle(work: Work) -> Thread:
        found, _messages = inbox.read(work, agent, normalise_reference(reference))
        deed = corrections.decide if found.kind == "correction" else appeals.decide_for_card
        return thread(deed(work, agent, found.reference, accept=body.accept, why=body.why), agent=agent)

    return once.run(agent, body.model_dump(), settle)


@router.post("/registrations/{id}/corrections", status_code=201, response_model=Thread, summary="Ask for a correction")
def correct(id: Id, body: CorrectionRequest, request: Request, holder: Holder, once: OnceOnly) -> Response:
    """Of what is recorded about the holder. An agent decides; both versions are kept."""
    rates.spend_thread(request, holder.id)

    def ask(work: Work) -> Thread:
        found = corrections.ask(
            work,
            holder,
            views.owned(work, holder, id),
            field=body.field,
            should=body.should,
            why=body.why,
            changed=body.changed,
        )
        return thread(found, inbox.own_messages(work, holder, found.reference))

    return once.run(holder, body.model_dump(), ask)


@router.get("/registrations/{id}/records", summary="What is recorded of the holder, with its history")
def records(id: Id, holder: Holder, house: HouseWorkspace) -> Records:
    """Oldest first; nothing is overwritten. And the cards for which it holds."""
    with house.read() as work:
        history = updates.history(work, holder, id)
        party = str(views.owned(work, holder, id).party_id)
        return Records(
            details=[Version(fields=dict(d.detail), since=d.since, until=d.until) for d in history.details],
            documents=[
                DocumentVersion(type=d.type, fields=dict(d.fields), since=d.since, until=d.until)
                for d in history.documents
            ],
            registrations=[row.registration_id for row in amending.held(work, party) if row.role == amending.HOLDER],
        )


@router.post("/registrations/{id}/transfer", status_code=201, response_model=TransferCode, summary="Pass a card on")
def offer(id: Id, holder: Holder, once: OnceOnly) -> Response:
    """Makes the code by which another person takes the card over. An earlier code ends."""

    def make(work: Work) -> TransferCode:
        found = transfers.offer(work, holder, id)
        return TransferCode(code=found.code, expires_at=found.expires_at)

    return once.run(holder, None, make)


@router.delete(
    "/registrations/{id}/transfer", status_code=204, response_class=Response, summary="Keep the card after all"
)
def take_back(id: Id, holder: Holder, house: HouseWorkspace) -> None:
    """Ends the code, and the registration of who took it up. WRONG_STATE once that is decided."""
    with house.write() as work:
        transfers.take_back(work, holder, id)


@router.post("/transfers", status_code=201, response_model=schemas.UpdateStarted, summary="Take a card over")
def take_over(body: TransferRequest, request: Request, holder: Holder, once: OnceOnly, spoken: Language) -> Response:
    """Begins the new holder's registration, which goes on as any other. Wrong numbers and codes are answered alike."""
    if not (body.consents.privacy and body.consents.terms):
        raise Problem("CONSENT_REQUIRED", item="consents")
    rates.spend_transfer(request, holder.id)

    def take_it(work: Work) -> schemas.UpdateStarted | None:
        begun = transfers.take_up(
            work,
            holder,
            number=body.card_number,
            code=body.code,
            name=body.name,
            address=body.address,
            language=spoken,
        )
        if begun is None:
            return None
        for kind in ("privacy", "terms"):
            consents.record(work, holder, begun.id, kind, True, spoken)
        return schemas.UpdateStarted(id=begun.id, reference=begun.reference)

    return once.run(holder, body.model_dump(), take_it)


@router.post("/inbox/{reference}/close", status_code=200, response_model=Thread, summary="Close a thread")
def close(reference: Reference, agent: Agent, once: OnceOnly) -> Response:
    """Appeals, corrections and disputes are closed by their decision."""
    return once.run(
        agent,
        None,
        lambda work: thread(inbox.close(work, agent, normalise_reference(reference)), agent=agent),
        status=200,
    )


@router.post("/inbox/{reference}/hand-over", status_code=200, response_model=Thread, summary="Hand a thread over")
def hand_over(reference: Reference, body: HandOverRequest, agent: Agent, once: OnceOnly) -> Response:
    """To another agent, or back to all."""

    def give(work: Work) -> Thread:
        found = inbox.hand_over(work, agent, normalise_reference(reference), body.to, body.why)
        return thread(found, agent=agent)

    return once.run(agent, body.model_dump(), give, status=200)
