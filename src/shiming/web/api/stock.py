"""The issuer's stock of cards."""

from __future__ import annotations

from fastapi import APIRouter, Response

from shiming.audit.work import Work
from shiming.intake import cards
from shiming.web.api import review_schemas as s
from shiming.web.api.identity import AdminOrService, HouseWorkspace, Stockist
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute

router = APIRouter(route_class=ProblemRoute, tags=["stock"])


@router.post("/stock", status_code=201, response_model=s.StockReport, summary="Import cards")
def import_stock(body: s.StockRequest, stockist: Stockist, once: OnceOnly) -> Response:
    """CSV with the columns number, kind, scheme, product, msisdn, secret. A bad line is reported and stops no other.

    Two more columns may follow for cards that work already: used_since (a date, or a moment with its zone) and programme, which
    then bars services and sets deadlines until somebody registers the card. A card of the stock may come again with them.
    """

    def take(work: Work) -> s.StockReport:
        report = cards.import_stock(work, stockist, body.csv)
        errors = [s.StockError(line=line, message=message) for line, message in report.errors]
        return s.StockReport(added=report.added, known=report.known, errors=errors, in_use=report.in_use)

    return once.run(stockist, body.model_dump(), take)


@router.post("/stock/token", summary="What is kept instead of a payment card's number")
def token(body: s.TokenRequest, caller: AdminOrService, house: HouseWorkspace) -> s.Token:
    """A payment card's number is never stored whole: orders to the issuer's systems name the card by this token."""
    with house.read() as work:
        return s.Token(token=cards.token(work, caller, body.number))
