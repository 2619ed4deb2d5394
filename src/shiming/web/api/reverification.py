"""Re-verification: the issuer asks holders of active cards to prove who they are by a date; holders do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field

from shiming.audit.work import Work
from shiming.intake import reverification
from shiming.intake.reverification import Order, Rule, store
from shiming.web.api.identity import AdminOrService, Holder, HouseWorkspace
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.schemas import Answer, Request, Short

router = APIRouter(route_class=ProblemRoute, tags=["reverification"])
DemandId = Annotated[str, Path(description="The demand.", pattern=r"^[0-9a-f-]{36}$")]
OrderId = Annotated[str, Path(description="The order.", pattern=r"^[0-9a-f-]{36}$")]


class ReverificationRule(Request):
    """Whom an order means; what is left out does not matter, but something must be there."""

    programme: Short | None = None
    opened_before: date | None = Field(None, description="Cards registered before this day.")
    document: Short | None = Field(None, description="Registered with this kind of document.")
    expired: bool = Field(False, description="No document of the holder is valid any more.")
    imported: bool = Field(False, description="Taken over from another system.")
    cards: list[Short] = Field(
        default_factory=list, max_length=1000, description="These card numbers of the programme."
    )

    def of_house(self) -> Rule:
        """As the house knows it."""
        return Rule(
            self.programme or "",
            self.opened_before,
            self.document or "",
            self.expired,
            self.imported,
            tuple(self.cards),
        )


class ReverificationRequest(Request):
    """An order: of whom, why, by when, and what then."""

    rule: ReverificationRule
    reason: Literal["rule", "list", "expired-document", "event", "lawful"]
    working_days: int = Field(ge=1, description="The time people have, in working days of the programme's calendar.")
    suspend_working_days: int | None = Field(
        None, ge=1, description="So many working days after the date the card is suspended; never when left out."
    )
    standing: bool = Field(False, description="Also cards that the rule comes to mean later, looked for each day.")


class ReverificationCount(Answer):
    """How many cards a rule means now."""

    cards: int


class ReverificationOrder(Answer):
    """An order and how far it is. `cards` counts demands by state."""

    id: str
    reason: str
    state: Literal["asking", "asked"]
    standing: bool
    working_days: int
    suspend_working_days: int | None
    at: datetime
    cards: dict[str, int] = Field(examples=[{"asked": 12, "restricted": 1, "done": 30}])


class ReverificationOrders(Answer):
    """Orders, newest first."""

    orders: list[ReverificationOrder]


class OwnDemand(Answer):
    """A demand on the holder's own card."""

    id: str
    card_end: str = Field(description="The last digits of the card's number.")
    state: Literal["asked", "restricted", "suspended", "lifting"]
    due_at: datetime
    reason: str
    registration_id: str | None = Field(description="The registration that proves it, once begun.")


class OwnDemands(Answer):
    """The holder's open demands, the most urgent first."""

    demands: list[OwnDemand]


class ProofBegun(Answer):
    """A registration of purpose `reverify`, which goes on like any other."""

    id: str
    reference: str


def _order(work: Work, order: Order) -> ReverificationOrder:
    return ReverificationOrder(
        id=order.id,
        reason=order.reason,
        state=order.state,
        standing=order.standing,
        working_days=order.working_days,
        suspend_working_days=order.suspend_working_days,
        at=order.at,
        cards=store.figures(work, order.id),
    )


@router.post("/reverifications/count", summary="How many cards a rule means")
def count(body: ReverificationRule, actor: AdminOrService, house: HouseWorkspace) -> ReverificationCount:
    """Nothing is written and nobody is asked."""
    with house.read() as work:
        return ReverificationCount(cards=reverification.count(work, actor, body.of_house()))


@router.post("/reverifications", status_code=201, response_model=ReverificationOrder, summary="Demand re-verification")
def demand(body: ReverificationRequest, actor: AdminOrService, once: OnceOnly) -> Response:
    """Holders are told; cards whose holder is asked already are left out. Unknown numbers of a list are left out too."""

    def order(work: Work) -> ReverificationOrder:
        made = reverification.demand(
            work,
            actor,
            body.rule.of_house(),
            reason=body.reason,
            working_days=body.working_days,
            suspend_working_days=body.suspend_working_days,
            standing=body.standing,
        )
        return _order(work, made)

    return once.run(actor, body.model_dump(mode="json"), order)


@router.get("/reverifications", summary="The newest orders")
def orders(actor: AdminOrService, house: HouseWorkspace) -> ReverificationOrders:
    """With how many cards are in which state."""
    with house.read() as work:
        return ReverificationOrders(orders=[_order(work, row) for row in store.orders(work)])


@router.get("/reverifications/{order_id}", summary="One order")
def one(order_id: OrderId, actor: AdminOrService, house: HouseWorkspace) -> ReverificationOrder:
    """With how many cards are in which state."""
    with house.read() as work:
        return _order(work, store.order(work, order_id))


@router.get("/demands", summary="What the holder is asked to prove again")
def own(holder: Holder, house: HouseWorkspace) -> OwnDemands:
    """The most urgent first."""
    with house.read() as work:
        rows = [
            OwnDemand(
                id=row.demand.id,
                card_end=row.card_end,
                state=row.demand.state,
                due_at=row.demand.due_at,
                reason=row.reason,
                registration_id=row.demand.proof_id,
            )
            for row in reverification.mine(work, holder)
        ]
    return OwnDemands(demands=rows)


@router.post("/demands/{demand_id}/proof", status_code=201, response_model=ProofBegun, summary="Begin to prove it")
def begin(demand_id: DemandId, holder: Holder, once: OnceOnly) -> Response:
    """One that is open is found again."""

    def proof(work: Work) -> ProofBegun:
        begun = reverification.start(work, holder, demand_id)
        return ProofBegun(id=begun.id, reference=begun.reference)

    return once.run(holder, None, proof)
