"""Imports: what a line becomes, what is wrong, the same again, killed, over-full persons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from stdnum import luhn

from shiming.accounts import holders
from shiming.audit.work import Workspace
from shiming.intake import cards, imports, lists
from shiming.pipeline.lists import LIST_KINDS
from shiming.platform import outbox
from shiming.programmes.store import current
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.store import life, parties
from shiming.registration.values import Actor, Role

ADMIN = Actor(Role.ADMIN, "an-admin")
PROGRAMME = "carrier-5g"
HEADER = "key,card_number,name,document,document_number,since,msisdn,address,contact,state"
PERSON = "110101199003078443"


def iccid(n: int) -> str:
    base = f"898601{n:012d}"
    return base + luhn.calc_check_digit(base)


def line(n: int, **changes: str) -> str:
    values = {
        "key": f"K{n}",
        "card_number": iccid(n),
        "name": "样本梅",
        "document": "passport",
        "document_number": f"E{n:08d}",
        "since": "2019-05-31",
        "msisdn": f"+861380013{n:04d}",
        "address": "样本路1号",
        "contact": "",
        "state": "",
        **changes,
    }
    return ",".join(values[name] for name in HEADER.split(","))


def sent(workspace: Workspace, *rows: str, source: str = "old") -> lists.Sheet:
    with workspace.write() as work:
        return imports.upload(work, ADMIN, PROGRAMME, source, "\n".join((HEADER, *rows)).encode())


def run(workspace: Workspace, sheet: lists.Sheet) -> lists.Sheet:
    while lists.advance(workspace, sheet.id, LIST_KINDS):
        pass
    with workspace.read() as work:
        return lists.store.get(work, sheet.id)


def faults(workspace: Workspace, sheet: lists.Sheet) -> list[tuple[int, str, str | None]]:
    with workspace.read() as work:
        return [(f.line, f.code, f.column) for f in lists.store.faults(work, sheet.id)]


def test_a_line_becomes_card_person_binding_and_an_approved_registration(workspace: Workspace) -> None:
    row = line(1, document="cn-resident-id", document_number=PERSON, contact="mei@example.org", state="suspended")
    done = run(workspace, sent(workspace, row))
    assert (done.good, done.bad, done.state) == (1, 0, "done"), faults(workspace, done)
    with workspace.read() as work:
        card = store.card_by_number(work, "iccid", iccid(1))
        assert card is not None
        assert card.state == CardState.SUSPENDED
        account = holders.find(work, holders.normalise_contact("mei@example.org"))
        (registration,) = store.for_account(work, str(account))
        assert registration.state == RegistrationState.APPROVED
        assert (registration.channel, registration.document) == ("import", "cn-resident-id")
        assert store.form(work, registration)["number"] == PERSON
        events = {e.event: e.details for e in store.timeline(work, registration.id)}
        assert events["imported"] == {"source": "old", "since": "2019-05-31", "document": "cn-resident-id"}
        party = parties.party_by_document(work, parties.document_blind(work, "cn-resident-id", "CN", PERSON))
        assert store.card_holders(work, card.id) == {"holder": party}
        assert life.card_by_msisdn(work, "+8613800130001") == card
        assert [r.topic for r in outbox.due(work.conn, work.now, 10)] == [], "nobody is told anything"
        assert life.holder_registration(work, card.id) == registration.id


def test_a_person_known_by_the_document_is_the_same_party(workspace: Workspace) -> None:
    one, two = (line(n, document="cn-resident-id", document_number=PERSON) for n in (1, 2))
    run(workspace, sent(workspace, one, two))
    with workspace.read() as work:
        held = {
            party
            for n in (1, 2)
            if (card := store.card_by_number(work, "iccid", iccid(n))) is not None
            for party in store.card_holders(work, card.id).values()
        }
        assert len(held) == 1
        assert len(parties.identity_documents(work, held.pop())) == 1


def test_an_over_full_person_is_taken_over_and_reported(workspace: Workspace) -> None:
    with workspace.read() as work:
        assert current(work, PROGRAMME).caps[0].limit == 1
    rows = [line(n, document="cn-resident-id", document_number=PERSON) for n in (1, 2)]
    done = run(workspace, sent(workspace, *rows))
    assert (done.good, done.bad) == (2, 0)
    assert faults(workspace, done) == [(3, "LINE_CAP_FULL", None)]


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"key": ""}, "LINE_EMPTY_COLUMN", "key"),
        ({"card_number": "123"}, "LINE_NUMBER_FORMAT", "card_number"),
        ({"document": "library-card"}, "LINE_DOCUMENT", "document"),
        (
            {"document": "cn-resident-id", "document_number": "110101199003078470"},
            "LINE_DOCUMENT_NUMBER",
            "document_number",
        ),
        ({"since": "31.5.2019"}, "LINE_DATE", "since"),
        ({"contact": "nobody"}, "LINE_CONTACT", "contact"),
        ({"state": "lost"}, "LINE_STATE", "state"),
    ],
)
def test_a_bad_line_is_named_and_stops_no_other(
    workspace: Workspace, changes: dict[str, str], code: str, column: str
) -> None:
    done = run(workspace, sent(workspace, line(1, **changes), line(2)))
    assert faults(workspace, done) == [(2, code, column)]
    assert (done.good, done.bad) == (1, 1)


def test_a_card_that_is_in_use_here_is_not_touched(workspace: Workspace) -> None:
    with workspace.write() as work:
        stock = f"number,kind,scheme,product,msisdn,secret\n{iccid(1)},sim,iccid,5g,,1\n{iccid(2)},data,iccid,x,,1\n"
        assert cards.import_stock(work, Actor(Role.ENGINE, "t"), stock).added == 2
    done = run(workspace, sent(workspace, line(1), line(2), line(3), line(4, card_number=iccid(3))))
    assert faults(workspace, done) == [
        (3, "LINE_CARD_KIND", "card_number"),
        (5, "LINE_CARD_TAKEN", "card_number"),
    ]
    with workspace.read() as work:
        card = store.card_by_number(work, "iccid", iccid(1))
        assert card is not None
        assert card.state == CardState.IN_SERVICE, "a card of the stock is taken over"


def test_the_same_key_again_is_known_and_with_other_content_an_error(workspace: Workspace) -> None:
    run(workspace, sent(workspace, line(1), line(2)))
    again = run(workspace, sent(workspace, line(1), line(2), line(3), line(4, key="K2")))
    assert (again.good, again.known, again.bad) == (1, 2, 1)
    assert faults(workspace, again) == [(5, "LINE_KEY_CHANGED", "key")]
    other = run(workspace, sent(workspace, line(9, key="K1"), source="another"))
    assert (other.good, other.known) == (1, 0), "keys are unique within their source"


def test_the_same_file_again_is_the_same_import_and_a_killed_one_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [line(n) for n in range(120)]
    first = sent(workspace, *rows)
    assert lists.advance(workspace, first.id, LIST_KINDS)
    real, calls = imports.store.keep_key, []

    def dies(*args: Any) -> None:
        real(*args)
        calls.append(1)
        if len(calls) == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(imports.store, "keep_key", dies)
    with pytest.raises(KeyboardInterrupt):
        lists.advance(workspace, first.id, LIST_KINDS)
    monkeypatch.undo()
    second = sent(workspace, *rows)
    assert second.id == first.id
    done = run(workspace, second)
    assert (done.good, done.known, done.bad) == (120, 0, 0)


def test_without_contact_and_number_nobody_is_told_and_nobody_can_sign_in(workspace: Workspace) -> None:
    done = run(workspace, sent(workspace, line(1, msisdn="")))
    assert done.good == 1
    with workspace.read() as work:
        card = store.card_by_number(work, "iccid", iccid(1))
        assert card is not None
        assert card.account_id is None
        registration = store.get(work, str(life.holder_registration(work, card.id)))
        assert registration.account_id == ""


def test_the_day_of_registration_is_the_day_of_the_binding(workspace: Workspace) -> None:
    run(workspace, sent(workspace, line(1)))
    with workspace.read() as work:
        card = store.card_by_number(work, "iccid", iccid(1))
        assert card is not None
        row = store.get(work, str(life.holder_registration(work, card.id)))
        assert row.submitted_at == datetime(2019, 5, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("role", "source", "code"), [("officer", "old", "NOT_ALLOWED"), ("admin", "a b!", "INVALID_FORM")]
)
def test_only_administrators_may_and_only_with_a_source(
    workspace: Workspace, role: str, source: str, code: str
) -> None:
    with pytest.raises(Problem) as refused, workspace.write() as work:
        imports.upload(work, Actor(Role(role), "x"), PROGRAMME, source, f"{HEADER}\n{line(1)}\n".encode())
    assert refused.value.code == code
