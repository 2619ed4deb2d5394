"""Batches: what is taken, what is wrong by line, killed and sent again, opened once, freed when refused."""

from __future__ import annotations

from typing import Any

import pytest
from stdnum import luhn

from shiming.audit.work import Work, Workspace
from shiming.intake import batches, cards, lists
from shiming.pipeline.lists import LIST_KINDS
from shiming.platform import outbox
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.records import Registration
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import deciding, moves, organisations
from shiming.registration.values import Actor, Decision, Role, Verdict
from tests.policies import confirm_all

HOLDER, OTHER, ENGINE = Actor(Role.HOLDER, "account-1"), Actor(Role.HOLDER, "account-2"), Actor(Role.ENGINE, "test")
CODE = "DELIVERY-77"
PERSON = {"name": "李梅", "address": "浙江省杭州市西湖区云杉路12号"}
COMPANY = {"company_name": "样本物联有限公司", "company_number": "91330106MA2TESTXX0"}


def iccid(n: int) -> str:
    """The n-th made-up card number."""
    base = f"898600{n:012d}"
    return base + luhn.calc_check_digit(base)


def stock(work: Work, count: int, *, kind: str = "iot-sim", first: int = 0, secret: str = CODE) -> None:
    rows = "".join(f"{iccid(first + n)},{kind},iccid,iot,,{secret}\n" for n in range(count))
    report = cards.import_stock(work, ENGINE, "number,kind,scheme,product,msisdn,secret\n" + rows)
    assert report.errors == ()


def begin(workspace: Workspace, text: str, actor: Actor = HOLDER, **changes: Any) -> Registration:
    how = {"delivery_code": CODE, "person": PERSON, "company": COMPANY, "language": "en", **changes}
    confirm_all(workspace)
    with workspace.write() as work:
        return batches.begin(work, actor, programme="iot-sim", data=text.encode(), **how)


def run(workspace: Workspace) -> None:
    """What the engine does with lists until nothing is left to do."""
    moved = True
    while moved:
        with workspace.read() as work:
            ids = [id for state in ("taking", "waiting") for id in lists.store.in_state(work, state)]
        moved = sum(lists.advance(workspace, id, LIST_KINDS) for id in ids) > 0


def sheet(workspace: Workspace, registration: Registration) -> lists.Sheet:
    with workspace.read() as work:
        return lists.store.of(work, "iot-batch", registration.id)[-1]


def approve(workspace: Workspace, registration: Registration, verdict: Verdict = Verdict.APPROVE) -> None:
    """Puts a decision of a reviewer into effect, past the pictures (the rows' test hands them in)."""
    from shiming.programmes.store import rules_of
    from shiming.registration.store import approval

    with workspace.write() as work:
        row = store.get(work, registration.id)
        form = {**store.form(work, row), "number": "330106199003079967"}
        row = moves.save_form(work, HOLDER, row, form, "cn-resident-id")
        rules = rules_of(work, row)
        row = moves.submit(work, HOLDER, row, rules=rules, due_at=work.now, unpublished_year=False)
        row = moves.move(work, ENGINE, row, "begin-checking")
        row = moves.move(work, ENGINE, row, "refer")
        reviewer = Actor(Role.REVIEWER, "r")
        deciding.conclude(work, row, Decision(verdict, ()), reviewer, rules=rules)
        made = store.decisions(work, row.id)[-1]
        approval.take_effect(work, made.id)


def state_of(workspace: Workspace, n: int) -> CardState:
    with workspace.read() as work:
        card = store.card_by_number(work, "iccid", iccid(n))
        assert card is not None
        return card.state


def test_each_line_is_taken_or_told_what_is_wrong(workspace: Workspace) -> None:
    with workspace.write() as work:
        stock(work, 4)
        stock(work, 1, kind="sim", first=50)
        stock(work, 1, first=60, secret="another")
    lines = [iccid(0), iccid(1), "123", iccid(99), iccid(60), iccid(50), iccid(1), "", iccid(2)]
    begun = begin(workspace, "iccid,note\n" + "".join(f"{line},x\n" for line in lines))
    run(workspace)
    with workspace.read() as work:
        faults = [(f.line, f.code) for f in lists.store.faults(work, sheet(workspace, begun).id)]
    assert faults == [
        (4, "LINE_NUMBER_FORMAT"),
        (5, "LINE_CARD_UNKNOWN"),
        (6, "LINE_CARD_UNKNOWN"),
        (7, "LINE_CARD_KIND"),
        (8, "LINE_DUPLICATE"),
        (9, "LINE_EMPTY_COLUMN"),
    ]
    assert [state_of(workspace, n) for n in (0, 1, 2, 3)] == [CardState.RESERVED] * 3 + [CardState.IN_STOCK]
    taken = sheet(workspace, begun)
    assert (taken.good, taken.bad, taken.state) == (3, 6, "waiting")


def test_a_card_of_another_batch_is_taken(workspace: Workspace) -> None:
    with workspace.write() as work:
        stock(work, 3)
    begin(workspace, f"iccid\n{iccid(0)}\n{iccid(1)}\n")
    run(workspace)
    second = begin(workspace, f"iccid\n{iccid(1)}\n{iccid(2)}\n", OTHER)
    run(workspace)
    with workspace.read() as work:
        assert [(f.line, f.code) for f in lists.store.faults(work, sheet(workspace, second).id)] == [
            (2, "LINE_CARD_TAKEN")
        ]


def test_the_same_file_again_is_the_same_batch_and_a_killed_taking_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.write() as work:
        stock(work, 600)
    text = "iccid\n" + "".join(f"{iccid(n)}\n" for n in range(600))
    begun = begin(workspace, text)
    id = sheet(workspace, begun).id
    assert lists.advance(workspace, id, LIST_KINDS)
    real = batches.store.add

    def dies(*args: Any) -> None:
        real(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(batches.store, "add", dies)
    with pytest.raises(KeyboardInterrupt):
        lists.advance(workspace, id, LIST_KINDS)
    monkeypatch.undo()
    assert sheet(workspace, begun).good == 250
    again = begin(workspace, text)
    assert again.id == begun.id
    run(workspace)
    taken = sheet(workspace, begun)
    assert (taken.good, taken.bad, taken.known) == (600, 0, 0)
    with workspace.read() as work:
        assert batches.get(work, HOLDER, begun.id).progress.reserved == 600


def test_a_part_that_cannot_be_taken_is_reported_and_the_others_go_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.write() as work:
        stock(work, 300)
    begun = begin(workspace, "iccid\n" + "".join(f"{iccid(n)}\n" for n in range(300)))
    id = sheet(workspace, begun).id

    def fails(*args: Any, **more: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(batches.many, "move", fails)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            lists.advance(workspace, id, LIST_KINDS)
    monkeypatch.undo()
    run(workspace)
    taken = sheet(workspace, begun)
    assert (taken.good, taken.bad) == (50, 250)


def test_approved_cards_are_bound_to_company_and_person_and_ordered_once(workspace: Workspace) -> None:
    with workspace.write() as work:
        stock(work, 130)
    begun = begin(workspace, "iccid\n" + "".join(f"{iccid(n)}\n" for n in range(130)))
    run(workspace)
    approve(workspace, begun)
    run(workspace)
    run(workspace)
    with workspace.read() as work:
        row = store.get(work, begun.id)
        company = organisations.of_registration(work, row.id)
        assert company is not None
        known = organisations.get(work, company)
        assert known is not None
        assert known.detail["company_name"] == COMPANY["company_name"]
        assert batches.get(work, HOLDER, row.id).progress.opened == 130
        orders = [work.read_post(r)["card"] for r in outbox.due(work.conn, work.now, 1000) if r.topic == "operator"]
        assert len(orders) == len(set(orders)) == 130
        for n in (0, 129):
            card = store.card_by_number(work, "iccid", iccid(n))
            assert card is not None
            assert store.card_holders(work, card.id) == {"holder": company, "responsible-person": row.party_id}
    for id in orders:
        with workspace.write() as work:
            moves.card_in_service(work, id)
    run(workspace)
    with workspace.read() as work:
        assert lists.store.of(work, "iot-batch", begun.id)[0].state == "done"
        told = [work.read_post(r)["template"] for r in outbox.due(work.conn, work.now, 1000) if r.topic == "notice"]
    assert told.count("batch-in-service") == 1
    assert "in-service" not in told, "one message for all cards, not one a card"


def test_refused_or_withdrawn_cards_are_free_again_and_the_file_may_be_sent_anew(workspace: Workspace) -> None:
    with workspace.write() as work:
        stock(work, 3)
    text = f"iccid\n{iccid(0)}\n{iccid(1)}\n"
    begun = begin(workspace, text)
    run(workspace)
    with workspace.write() as work:
        moves.withdraw(work, HOLDER, store.get(work, begun.id))
    run(workspace)
    assert [state_of(workspace, n) for n in (0, 1)] == [CardState.IN_STOCK] * 2
    again = begin(workspace, text)
    assert again.id != begun.id
    assert again.state == RegistrationState.DRAFT


def test_a_corrected_list_is_added_and_known_cards_are_counted_once(workspace: Workspace) -> None:
    with workspace.write() as work:
        stock(work, 3)
    begun = begin(workspace, f"iccid\n{iccid(0)}\n12\n")
    run(workspace)
    with workspace.write() as work:
        added = batches.add_list(work, HOLDER, begun.id, f"iccid\n{iccid(0)}\n{iccid(1)}\n".encode(), CODE)
        with pytest.raises(Problem):
            batches.add_list(work, OTHER, begun.id, b"iccid\n1\n", CODE)
    run(workspace)
    with workspace.read() as work:
        kept = lists.store.get(work, added.id)
        assert (kept.good, kept.known, kept.bad) == (1, 1, 0)
        assert batches.get(work, HOLDER, begun.id).progress.reserved == 2


@pytest.mark.parametrize("code", ["", "wrong"])
def test_without_the_secret_nothing_begins(workspace: Workspace, code: str) -> None:
    with workspace.write() as work:
        stock(work, 1)
    with pytest.raises(Problem) as refused:
        begin(workspace, f"iccid\n{iccid(0)}\n", delivery_code=code)
    assert refused.value.code == "BATCH_NO_CARD"
    assert state_of(workspace, 0) == CardState.IN_STOCK


def test_cards_are_found_by_eid_too(workspace: Workspace) -> None:
    eid = next(f"89{n:030d}" for n in range(97) if int(f"89{n:030d}") % 97 == 1)
    with workspace.write() as work:
        row = f"{eid},iot-sim,eid,iot,,{CODE}\n"
        assert cards.import_stock(work, ENGINE, "number,kind,scheme,product,msisdn,secret\n" + row).added == 1
    begun = begin(workspace, f"eid\n{eid}\n")
    run(workspace)
    assert sheet(workspace, begun).good == 1
