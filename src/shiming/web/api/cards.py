"""A card's life: what it is, what is barred, its dates; acts at the operator; texts and calls from it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from shiming.activation import acts, inbound, triggers
from shiming.activation.operator import NotDone
from shiming.audit.work import Work
from shiming.intake import again, cards
from shiming.registration import records
from shiming.registration.restrictions import never_barred
from shiming.registration.store import life
from shiming.registration.values import Actor, Role
from shiming.web import card_life, deps, rates
from shiming.web.api import schemas as s
from shiming.web.api.identity import Holder, HouseWorkspace, Service, Stockist
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute

router = APIRouter(route_class=ProblemRoute, tags=["cards"])
Moment = Annotated[datetime, Field(description="With its zone.", examples=["2026-11-21T09:00:00+08:00"])]
_ANYBODY = Actor(Role.ANONYMOUS, "anonymous")


class Step(s.Answer):
    """What happens to a card that nobody registers, and when."""

    step: str
    at: datetime


class CardLife(s.Answer):
    """A card as it stands now."""

    number_end: str
    state: str
    restrictions: list[str] = Field(description="Services barred now, each with its direction.")
    never_barred: list[str] = Field(description="What works whatever is barred.")
    deadlines: list[Step] = Field(description="What happens unless the card is registered.")
    programme: str | None = Field(description="The programme to register a card in use under.")


class LookUp(s.Request):
    """A card at hand: either the secret printed with it, or a code that was sent to its number."""

    number: s.Short
    secret: s.Short | None = None
    card_code: s.Short | None = None


class LookUpCode(s.Request):
    """Asks for a code to the card's own number."""

    number: s.Short


class CardName(s.Request):
    """A card by its number, whatever its scheme."""

    number: s.Short = Field(examples=["89860000000000000000"])


class OrderedAct(s.Answer):
    """An act ordered of the operator."""

    id: str
    act: str
    state: str = Field(description="`ordered`, `done` or `dropped`.")
    why: str
    restrictions: list[str]
    at: datetime
    done_at: datetime | None


class Line(s.Answer):
    """The line as the operator says that it is; null where it could not be asked or does not know the card."""

    state: str
    barred: list[str]


class CardRecord(CardLife):
    """A card with what was ordered for it."""

    acts: list[OrderedAct]
    line: Line | None


class ActRequest(s.Request):
    """Orders an act at the operator."""

    number: s.Short
    act: Literal["restrict", "lift", "suspend", "resume", "cancel"]
    restrictions: list[s.Short] = Field([], max_length=10, description="What is barred from now on (`restrict`).")
    why: str = Field("issuer", pattern=r"^[a-z][a-z-]{1,31}$", description="A code, never about a person in words.")


class ActOrdered(s.Answer):
    """The order is on its way; the card changes when the operator confirmed."""

    id: str


class InboundRequest(s.Request):
    """A text or a call that reached the operator from a card."""

    event_id: str = Field(min_length=1, max_length=100, description="One event, one id: it counts once.")
    kind: Literal["sms", "call"]
    sender: s.Short = Field(alias="from", examples=["+8613800138000"])
    to: s.Short = Field(examples=["10690"])
    text: s.Text = ""
    at: Moment


class InboundHeard(s.Answer):
    """What the event led to."""

    outcome: str = Field(
        description="`completed`, `wrong-phrase`, `wrong-number`, `wrong-kind`, `too-early`, `not-waiting`, `unknown-sender`."
    )
    repeated: bool


class WishRequest(s.Request):
    """What somebody wants to do with a card that needs no registration by itself."""

    programme: s.Short = Field(examples=["transit-card"])
    number: s.Short
    kind: Literal["top-up", "refund"]
    amount: int | None = Field(None, ge=0, description="In whole units.")
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")


class WishAnswer(s.Answer):
    """Whether it may be done now."""

    allowed: bool
    registration_required: bool
    limit: int | None
    currency: str | None


class StartedAgain(s.Answer):
    """A registration that goes on with what was still valid."""

    id: str
    reference: str


def _life(work: Work, card: records.Card) -> CardLife:
    found = card_life.of(work, card)
    return CardLife(
        number_end=card.number[-4:],
        state=str(card.state),
        restrictions=list(card.restrictions),
        never_barred=list(never_barred()),
        deadlines=[Step(step=date.step, at=date.at) for date in found.dates],
        programme=card.programme,
    )


@router.post("/cards/look-up-codes", status_code=202, summary="A code to a card's own number")
def send_code(body: LookUpCode, request: Request, house: HouseWorkspace) -> s.Accepted:
    """To look a card up without an account. The same answer whether there is such a card or not."""
    rates.spend_look_up(request)
    with house.write() as work:
        cards.send_look_up_code(work, body.number, deps.language(request))
    return s.Accepted()


@router.post("/cards/look-up", response_model=CardLife, summary="A card at hand: what is barred, and its deadlines")
def look_up(body: LookUp, request: Request, house: HouseWorkspace) -> CardLife | None:
    """Without an account. Unknown cards and wrong proofs are answered alike (CARD_UNKNOWN)."""
    rates.spend_look_up(request)
    found = None
    with house.write() as work:
        card = cards.look_up(work, _ANYBODY, body.number, secret=body.secret or "", card_code=body.card_code or "")
        found = _life(work, card) if card is not None else None
    return found


@router.post("/cards/query", summary="A card, its acts, and its line at the operator")
def query(body: CardName, caller: Stockist, request: Request, house: HouseWorkspace) -> CardRecord:
    """For the issuer's systems and staff. The operator is asked how the line stands."""
    with house.read() as work:
        card = acts.found(cards.find(work, body.number))
        known = _life(work, card)
        ordered = life.acts(work, card.id)
    try:
        line = deps.house(request).operator.line(card.number)
    except NotDone:
        line = None
    return CardRecord(
        **known.model_dump(),
        acts=[
            OrderedAct(
                id=a.id,
                act=a.act,
                state=a.state,
                why=a.why,
                restrictions=list(a.restrictions),
                at=a.at,
                done_at=a.done_at,
            )
            for a in ordered
        ],
        line=None if line is None else Line(state=line.state, barred=list(line.restrictions)),
    )


@router.post("/cards/acts", status_code=201, response_model=ActOrdered, summary="Order an act at the operator")
def order(body: ActRequest, caller: Stockist, once: OnceOnly) -> Response:
    """Restrict, lift, suspend, resume or cancel a line. The card changes when the operator confirmed; its holder is told."""

    def take(work: Work) -> ActOrdered:
        card = cards.find(work, body.number)
        id = acts.order(work, caller, card, body.act, restrictions=tuple(body.restrictions), why=body.why)
        return ActOrdered(id=id)

    return once.run(caller, body.model_dump(), take)


@router.post("/cards/wishes", summary="May this card be topped up, or refunded, without registration?")
def wish(body: WishRequest, service: Service, house: HouseWorkspace) -> WishAnswer:
    """For cards that need registration only above a limit or for a refund. From then on the card's deadlines run."""
    with house.write() as work:
        asked = triggers.Wish(body.kind, body.amount, body.currency)
        answer = triggers.ask(work, service, programme=body.programme, number=body.number, wish=asked)
    return WishAnswer(
        allowed=answer.allowed,
        registration_required=answer.registration_required,
        limit=answer.limit,
        currency=answer.currency,
    )


@router.post("/operator/inbound", summary="A text or a call from a card")
def hear(body: InboundRequest, service: Service, house: HouseWorkspace) -> InboundHeard:
    """Completes the activation of cards whose programme asks for one more act. An event counts once; the same id again gives
    the same answer. Events older than three days are refused (EVENT_TIME)."""
    event = inbound.Event(body.event_id, body.kind, body.sender, body.to, body.text, body.at)
    with house.write() as work:
        heard = inbound.receive(work, service, event)
    return InboundHeard(outcome=heard.outcome, repeated=heard.repeated)


@router.post(
    "/registrations/{id}/again", status_code=201, response_model=StartedAgain, summary="Start again after it ended"
)
def start_again(id: Annotated[str, Path(max_length=36)], holder: Holder, once: OnceOnly) -> Response:
    """A new registration of the same card: what is still valid of the expired or withdrawn one is used again."""

    def take(work: Work) -> StartedAgain:
        fresh = again.start(work, holder, id)
        return StartedAgain(id=fresh.id, reference=fresh.reference)

    return once.run(holder, None, take)
