"""Rosters: uploaded, replaced, asked by HTTP; what cannot be asked never counts as a yes or a no."""

from __future__ import annotations

import httpx2
import pytest

from shiming.audit.work import Workspace
from shiming.intake import lists, rosters
from shiming.intake.rosters import HttpRoster, RosterUnavailable
from shiming.pipeline.lists import LIST_KINDS
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from tests.standins.roster import Roster, serve_roster

ADMIN = Actor(Role.ADMIN, "an-admin")
PROGRAMME = "carrier-5g"
ROSTER = (
    "number,name,date_of_birth,document_number\nM-001,样本梅,1990-03-07,110101199003078443\nM 002,Anna Eriksson,,\n"
)


def taken(workspace: Workspace, text: str, *, replace: bool = False) -> lists.Sheet:
    with workspace.write() as work:
        sheet = rosters.upload(work, ADMIN, PROGRAMME, text.encode(), replace=replace)
    while lists.advance(workspace, sheet.id, LIST_KINDS):
        pass
    with workspace.read() as work:
        return lists.store.get(work, sheet.id)


def test_an_uploaded_roster_is_found_by_number_however_it_is_typed(workspace: Workspace) -> None:
    sheet = taken(workspace, ROSTER)
    assert (sheet.state, sheet.good, sheet.bad) == ("done", 2, 0)
    with workspace.read() as work:
        entry = rosters.lookup(work, PROGRAMME, " m－001 ")
        assert entry is not None
        assert (entry.name, entry.date_of_birth, entry.source) == ("样本梅", "1990-03-07", "list")
        assert rosters.lookup(work, PROGRAMME, "M003") is None
        assert rosters.lookup(work, "carrier-5g-auto", "M001") is None


def test_bad_lines_are_named_and_stop_no_other(workspace: Workspace) -> None:
    sheet = taken(workspace, "number,name,date_of_birth\nM1,,\n,Somebody,\nM3,Anna,1990-13-01\nM4,Anna,\nM4,Otto,\n")
    with workspace.read() as work:
        faults = [(f.line, f.code, f.column) for f in lists.store.faults(work, sheet.id)]
        kept = rosters.lookup(work, PROGRAMME, "M4")
    assert faults == [
        (2, "LINE_EMPTY_COLUMN", "name"),
        (3, "LINE_EMPTY_COLUMN", "number"),
        (4, "LINE_DATE", "date_of_birth"),
        (6, "LINE_DUPLICATE", "number"),
    ]
    assert kept is not None
    assert kept.name == "Anna"


def test_a_list_that_replaces_takes_the_others_off_the_roster(workspace: Workspace) -> None:
    taken(workspace, ROSTER)
    taken(workspace, "number,name\nM002,Anna Eriksson\nM005,Otto\n", replace=True)
    with workspace.read() as work:
        assert rosters.lookup(work, PROGRAMME, "M001") is None
        assert rosters.lookup(work, PROGRAMME, "M002") is not None
        assert rosters.store.count(work, PROGRAMME) == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"number\nM1\n", "LIST_COLUMNS"),
        (b"", "LIST_COLUMNS"),
        (b"number,name\n", "LIST_EMPTY"),
        (b"\xff\xfe\x00number", "LIST_ENCODING"),
        (b"number,name,name\nM1,a,b\n", "LIST_COLUMNS"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(workspace: Workspace, data: bytes, code: str) -> None:
    with pytest.raises(Problem) as refused, workspace.write() as work:
        rosters.upload(work, ADMIN, PROGRAMME, data, replace=False)
    assert refused.value.code == code


def test_a_chinese_spreadsheets_encoding_is_read(workspace: Workspace) -> None:
    with workspace.write() as work:
        sheet = rosters.upload(work, ADMIN, PROGRAMME, "number,name\nM9,样本梅\n".encode("gb18030"), replace=False)
    assert lists.advance(workspace, sheet.id, LIST_KINDS)
    with workspace.read() as work:
        entry = rosters.lookup(work, PROGRAMME, "M9")
    assert entry is not None
    assert entry.name == "样本梅"


def test_only_administrators_and_systems_may_upload(workspace: Workspace) -> None:
    with pytest.raises(Problem) as refused, workspace.write() as work:
        rosters.upload(work, Actor(Role.REVIEWER, "r"), PROGRAMME, ROSTER.encode(), replace=False)
    assert refused.value.code == "NOT_ALLOWED"


def client(roster: Roster) -> HttpRoster:
    return HttpRoster(httpx2.Client(timeout=0.5, headers={"Authorization": "Bearer t"}), roster.url)


def test_the_service_is_asked_and_its_answer_kept(workspace: Workspace) -> None:
    with serve_roster(M001={"name": "样本梅", "date_of_birth": "1990-03-07"}) as roster:
        rosters.learn(workspace, PROGRAMME, "m-001", client(roster))
        with workspace.write() as work:
            entry = rosters.lookup(work, PROGRAMME, "M001")
            assert entry is not None
            assert entry.source == "service"
            card = rosters.card_for(work, PROGRAMME, entry)
            assert rosters.card_for(work, PROGRAMME, entry).id == card.id
        assert roster.asked == [{"programme": PROGRAMME, "number": "M001"}]
        assert roster.tokens == ["Bearer t"]
        roster.people.clear()
        rosters.learn(workspace, PROGRAMME, "M001", client(roster))
    with workspace.read() as work:
        assert rosters.lookup(work, PROGRAMME, "M001") is None, "who left the roster is not on it any more"


@pytest.mark.parametrize("manner", ["other", "nameless", "broken", "nonsense", "silent", "dead"])
def test_a_service_that_cannot_be_believed_is_neither_a_yes_nor_a_no(workspace: Workspace, manner: str) -> None:
    with serve_roster(M001={"name": "样本梅"}) as roster:
        roster.manner = manner
        if manner == "dead":
            roster.url = "http://127.0.0.1:1"
        with pytest.raises(RosterUnavailable):
            client(roster).ask(PROGRAMME, "M001")
        with pytest.raises(Problem) as refused:
            rosters.learn(workspace, PROGRAMME, "M001", client(roster))
    assert refused.value.code == "ROSTER_UNAVAILABLE"
    with workspace.read() as work:
        assert rosters.lookup(work, PROGRAMME, "M001") is None
