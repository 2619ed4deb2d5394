"""Activation: the card is in service when the operator says so, and no line is opened twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest

from shiming.activation import store as lines
from shiming.activation.connectors.http import HttpOperator
from shiming.activation.connectors.stand_in import StandIn
from shiming.activation.operator import LineState, NotDone, Operator
from shiming.activation.service import Activation, wait_seconds
from shiming.audit.work import Workspace
from shiming.intake import cards
from shiming.platform import http, outbox
from shiming.platform.clock import FixedClock
from shiming.registration import store
from shiming.registration.records import Card
from shiming.registration.states import CardState
from shiming.registration.store import moves
from shiming.registration.values import Actor, Role

NUMBER = "8986001234567890120"
STOCK = f"number,kind,scheme,product,msisdn,secret\n{NUMBER},sim,iccid,5g,+8613800138000,4711"
ENGINE = moves.engine("default")


@dataclass
class Partner:
    """The operator's side: answers as told and remembers what was asked."""

    answers: list[tuple[int, dict[str, str]] | type[Exception]]
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((str(request.url), json.loads(request.content), request.headers.get("Idempotency-Key", "")))
        answer = self.answers.pop(0)
        if isinstance(answer, tuple):
            return httpx2.Response(answer[0], json=answer[1])
        raise answer("no")

    def operator(self, *, honours_keys: bool = True) -> HttpOperator:
        client = http.client(transport=httpx2.MockTransport(self))
        return HttpOperator(client, "http://operator.test/v1", honours_keys)


@pytest.fixture
def ordered(workspace: Workspace) -> tuple[Card, str]:
    """A card that an approval has set to activating, and its order."""
    with workspace.write() as work:
        cards.import_stock(work, Actor(Role.OFFICER, "o"), STOCK)
        card = store.card_by_number(work, "iccid", NUMBER)
        assert card is not None
        card = moves.move_card(work, ENGINE, card, "reserve", account_id="a", restrictions=["sms-out"])
        card = moves.move_card(work, ENGINE, card, "activate")
        return card, work.post("operator", {"act": "open", "card": card.id, "registration": "r"}, key="open:1")


def card_state(workspace: Workspace, card: Card) -> tuple[CardState, tuple[str, ...]]:
    with workspace.read() as work:
        found = store.card(work, card.id)
        return found.state, found.restrictions


def order_state(workspace: Workspace, id: str) -> str:
    with workspace.read() as work:
        return str(work.conn.execute(outbox.outbox.select().where(outbox.outbox.c.id == id)).one().state)


def test_restrictions_are_lifted_when_the_operator_confirms_and_not_before(
    workspace: Workspace, ordered: tuple[Card, str]
) -> None:
    card, order = ordered
    partner = Partner([(202, {"state": "opening"}), (200, {"state": "opening"}), (200, {"state": "in-service"})])
    activation = Activation(workspace, partner.operator())
    activation.carry_out(order)
    assert order_state(workspace, order) == "sent"
    assert activation.ask_confirmation(card.id) is False
    assert card_state(workspace, card) == (CardState.ACTIVATING, ("sms-out",))
    assert activation.ask_confirmation(card.id) is True
    assert card_state(workspace, card) == (CardState.IN_SERVICE, ())
    assert partner.asked[0] == ("http://operator.test/v1/lines", {"number": NUMBER, "lift": "all"}, "open:1")
    assert not any(NUMBER in url for url, _, _ in partner.asked)


def test_a_confirmation_at_once_counts(workspace: Workspace, ordered: tuple[Card, str]) -> None:
    card, order = ordered
    Activation(workspace, Partner([(200, {"state": "in-service"})]).operator()).carry_out(order)
    assert card_state(workspace, card)[0] == CardState.IN_SERVICE


def test_an_order_for_a_card_that_is_in_service_is_not_carried_out(
    workspace: Workspace, ordered: tuple[Card, str]
) -> None:
    card, order = ordered
    with workspace.write() as work:
        moves.card_in_service(work, card.id)
    partner = Partner([])
    Activation(workspace, partner.operator()).carry_out(order)
    assert partner.asked == []


@pytest.mark.parametrize(
    ("answer", "honours_keys", "expected"),
    [
        (httpx2.ReadTimeout, True, "pending"),
        (httpx2.ReadTimeout, False, "uncertain"),
        (httpx2.ConnectError, False, "pending"),
        ((503, {}), False, "uncertain"),
        ((409, {}), False, "pending"),
        ((422, {}), True, "failed"),
        ((404, {}), True, "failed"),
    ],
)
def test_refusals(
    workspace: Workspace,
    ordered: tuple[Card, str],
    answer: tuple[int, dict[str, str]] | type[Exception],
    honours_keys: bool,
    expected: str,
) -> None:
    _, order = ordered
    Activation(workspace, Partner([answer]).operator(honours_keys=honours_keys)).carry_out(order)
    assert order_state(workspace, order) == expected


def test_what_is_tried_again_carries_the_same_key(
    workspace: Workspace, clock: FixedClock, ordered: tuple[Card, str]
) -> None:
    card, order = ordered
    partner = Partner([(503, {}), (200, {"state": "in-service"})])
    activation = Activation(workspace, partner.operator())
    activation.carry_out(order)
    clock.advance(timedelta(seconds=wait_seconds(1)))
    activation.carry_out(order)
    assert [key for _, _, key in partner.asked] == ["open:1", "open:1"]
    assert card_state(workspace, card)[0] == CardState.IN_SERVICE


@pytest.mark.parametrize(("honours_keys", "expected"), [(True, "pending"), (False, "uncertain")])
def test_an_order_whose_sender_died(
    workspace: Workspace, clock: FixedClock, ordered: tuple[Card, str], honours_keys: bool, expected: str
) -> None:
    card, order = ordered
    with workspace.write() as work:
        row = outbox.claim(work.conn, order, work.now, "dead")
    assert row is not None
    partner = Partner([(200, {"state": "in-service"})])
    activation = Activation(workspace, partner.operator(honours_keys=honours_keys))
    activation.recover(row)
    assert order_state(workspace, order) == expected
    assert partner.asked == []
    # The operator is still asked how far the line is, which changes nothing there: doubt may end by itself.
    assert activation.ask_confirmation(card.id) is True


def test_query_and_bad_answers() -> None:
    known = {"number": NUMBER, "msisdn": "+8613800138000", "state": "in-stock", "product": "5g"}
    operator = Partner([(200, known), (404, {}), (200, {"number": NUMBER})]).operator()
    found = operator.query(NUMBER)
    assert found is not None
    assert found.msisdn == "+8613800138000"
    assert NUMBER not in repr(found)
    assert operator.query(NUMBER) is None
    with pytest.raises(NotDone, match="BAD_ANSWER"):
        operator.query(NUMBER)


@pytest.mark.parametrize(("honours_keys", "orders"), [(True, 1), (False, 2)])
def test_the_stand_in_keeps_its_word_about_keys(workspace: Workspace, honours_keys: bool, orders: int) -> None:
    operator: Operator = StandIn(workspace, honours_keys)
    assert operator.confirmed(NUMBER) is False
    assert operator.open_line(NUMBER, "k") == operator.open_line(NUMBER, "k") == LineState.ACKNOWLEDGED
    assert operator.confirmed(NUMBER) is True
    with workspace.read() as work:
        assert [line.state for line in lines.lines(work)] == ["in-service"] * orders
