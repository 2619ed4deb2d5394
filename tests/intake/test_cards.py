"""Card first: possession, the activation code, and answers that tell nobody anything about the stock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shiming.audit.work import Workspace
from shiming.intake import cards
from shiming.platform.clock import FixedClock
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.states import CardState
from shiming.registration.values import Actor, Role

from .conftest import FIRST, SECOND, STOCK, Counter, holder

NOBODYS = "8986009876543210989"


def refusal(workspace: Workspace, actor: Actor, number: str, secret: str) -> tuple[str, str, str, int]:
    with pytest.raises(Problem) as caught, workspace.write() as work:
        cards.claim(
            work, actor, programme="carrier-5g", number=number, secret=secret, name="n", address="a", language="en"
        )
    return caught.value.code, caught.value.text, caught.value.hint, caught.value.status


def test_a_claim_reserves_the_card_restricts_it_and_gives_a_code(counter: Counter) -> None:
    claim = counter.claim()
    with counter.workspace.read() as work:
        registration = store.get(work, claim.registration_id)
        card = store.card(work, registration.card_id)
        kept = cards.activation_code(work, counter.actor, claim.registration_id)
    assert card.state == CardState.RESERVED
    assert "sms-out" in card.restrictions
    assert kept is not None
    assert kept.code == claim.code
    assert claim.expires_at - registration.created_at == timedelta(hours=72)


def test_unknown_used_and_wrongly_proven_cards_are_answered_alike(counter: Counter) -> None:
    counter.claim()
    stranger = holder()
    answers = {
        refusal(counter.workspace, stranger, FIRST, "4711-0815"),
        refusal(counter.workspace, stranger, SECOND, "wrong"),
        refusal(counter.workspace, stranger, NOBODYS, "4711-0815"),
        refusal(counter.workspace, stranger, SECOND, ""),
    }
    assert len(answers) == 1
    assert refusal(counter.workspace, stranger, NOBODYS, "x")[0] == "CARD_UNKNOWN"


def test_a_mistyped_number_is_told_before_the_stock_is_asked(counter: Counter) -> None:
    assert refusal(counter.workspace, counter.actor, FIRST[:-1] + "7", "4711-0815")[0] == "CARD_CHECKSUM"


def test_the_own_unfinished_registration_is_found_again(counter: Counter) -> None:
    assert counter.claim() == counter.claim()


def test_possession_by_a_code_to_the_cards_number(counter: Counter) -> None:
    with counter.workspace.write() as work:
        cards.send_card_code(work, counter.actor, SECOND, "zh_CN", "carrier-5g")
        posted = [work.read_post(row) for row in work.conn.exec_driver_sql("select * from outbox").all()]
    code = next(p["params"]["code"] for p in posted if p.get("to") == "+8613800138001")
    with counter.workspace.write() as work:
        claim = cards.claim(
            work,
            counter.actor,
            programme="carrier-5g",
            number=SECOND,
            card_code=code,
            name="李梅",
            address="北京",
            language="zh_CN",
        )
    assert claim is not None


def test_a_code_to_an_unknown_card_sends_nothing_and_says_nothing(counter: Counter) -> None:
    with counter.workspace.write() as work:
        cards.send_card_code(work, counter.actor, NOBODYS, "zh_CN", "carrier-5g")
        assert work.conn.exec_driver_sql("select count(*) from outbox").scalar() == 0


def test_the_operator_is_asked_for_a_card_the_stock_lacks(counter: Counter) -> None:
    asked = []

    def lookup(number: str) -> cards.StockCard | None:
        asked.append(number)
        return cards.StockCard(number, "5g", "+8613800138009", "9999")

    for _ in range(2):
        cards.learn(counter.workspace, resolve("carrier-5g"), NOBODYS, lookup)
    with counter.workspace.write() as work:
        claim = cards.claim(
            work,
            counter.actor,
            programme="carrier-5g",
            number=NOBODYS,
            secret="9999",
            name="李梅",
            address="北京",
            language="en",
        )
    assert claim is not None
    assert asked == [NOBODYS]


def test_wrong_activation_codes_run_out_and_a_new_one_works(counter: Counter) -> None:
    claim = counter.claim()

    def enter(code: str) -> None:
        with counter.workspace.write() as work:
            cards.redeem(work, counter.actor, claim.registration_id, code)

    for _ in range(5):
        with pytest.raises(Problem, match="CODE_WRONG"):
            enter("AAAAA-AAAAA")
    with pytest.raises(Problem, match="CODE_WRONG"):
        enter(claim.code)
    with counter.workspace.write() as work:
        fresh = cards.reissue(work, counter.actor, claim.registration_id)
    assert fresh.attempts_left == 5
    enter(fresh.code.lower().replace("-", " "))
    with counter.workspace.read() as work:
        assert store.get(work, claim.registration_id).code_redeemed_at is not None


def test_a_code_expires_and_belongs_to_one_account(counter: Counter, clock: FixedClock) -> None:
    claim = counter.claim()
    with pytest.raises(Problem, match="NOT_FOUND"), counter.workspace.write() as work:
        cards.redeem(work, holder(), claim.registration_id, claim.code)
    clock.advance(timedelta(hours=73))
    with pytest.raises(Problem, match="CODE_WRONG"), counter.workspace.write() as work:
        cards.redeem(work, counter.actor, claim.registration_id, claim.code)


def test_a_bad_stock_line_is_named_and_stops_no_other(workspace: Workspace) -> None:
    bad = STOCK.replace(FIRST, "8986001234567890123") + "x,sim,imsi,5g,,\n"
    with workspace.write() as work:
        report = cards.import_stock(work, Actor(Role.OFFICER, "o"), bad)
    assert report.added == 1
    assert [line for line, _ in report.errors] == [2, 4]


def test_only_staff_of_the_issuer_imports_stock(workspace: Workspace) -> None:
    with workspace.write() as work, pytest.raises(Problem, match="NOT_ALLOWED"):
        cards.import_stock(work, holder(), STOCK)
