from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.accounts import codes
from shiming.accounts.codes import TooManyCodesError
from shiming.accounts.store import one_time_code
from shiming.audit import store as audit_store

PHONE = "+8613800138000"


def issue(workspace, contact=PHONE, purpose="sign-in", **more):
    with workspace.write() as work:
        return codes.issue(work, purpose, contact, **more)


def check(workspace, code, contact=PHONE, purpose="sign-in"):
    with workspace.write() as work:
        return codes.check(work, purpose, contact, code)


def wrong(code):
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def test_a_code_is_posted_and_works_once(workspace, sent):
    issue(workspace, minutes=10, language="en", about="r1")
    [notice] = sent()
    code = notice["params"]["code"]
    assert notice == {
        "template": "one-time-code",
        "to": PHONE,
        "channel": "sms",
        "language": "en",
        "params": {"code": code, "minutes": 10, "purpose": "sign-in"},
    }
    assert len(code) == 6
    assert code.isdigit()
    assert check(workspace, f" {code} ")
    assert not check(workspace, code)


def test_mail_addresses_get_mail(workspace, sent):
    issue(workspace, "li@example.com", digits=8)
    assert (sent()[0]["channel"], len(sent()[0]["params"]["code"])) == ("email", 8)


def test_neither_code_nor_contact_stands_in_the_database(workspace, sent):
    issue(workspace)
    code = sent()[0]["params"]["code"]
    with workspace.read() as work:
        row = work.conn.execute(sa.select(one_time_code)).one()
        [entry] = audit_store.entries(work.conn, "default")
    text = repr(row) + repr(entry)
    assert code not in text
    assert PHONE not in text


def test_it_expires(workspace, sent, clock):
    issue(workspace, minutes=10)
    clock.advance(timedelta(minutes=10))
    assert not check(workspace, sent()[0]["params"]["code"])


def test_five_wrong_guesses_end_it(workspace, sent):
    issue(workspace)
    code = sent()[0]["params"]["code"]
    assert [check(workspace, wrong(code)) for _ in range(5)] == [False] * 5
    assert not check(workspace, code)


def test_four_wrong_guesses_do_not(workspace, sent):
    issue(workspace)
    code = sent()[0]["params"]["code"]
    assert [check(workspace, wrong(code)) for _ in range(4)] == [False] * 4
    assert check(workspace, code)


def test_it_is_good_for_its_purpose_and_contact_only(workspace, sent):
    issue(workspace)
    code = sent()[0]["params"]["code"]
    assert not check(workspace, code, purpose="activation")
    assert not check(workspace, code, contact="+8613800138001")
    assert check(workspace, code)


def test_a_new_code_voids_the_old(workspace, sent, clock):
    issue(workspace)
    clock.advance(timedelta(minutes=2))
    issue(workspace)
    old, new = (notice["params"]["code"] for notice in sent())
    if old != new:  # one in a million they are the same
        assert not check(workspace, old)
    assert check(workspace, new)


def test_an_unknown_contact_is_simply_wrong(workspace):
    assert not check(workspace, "123456")


def test_one_a_minute(workspace, clock):
    issue(workspace)
    clock.advance(timedelta(seconds=59))
    with pytest.raises(TooManyCodesError) as caught:
        issue(workspace, purpose="activation")
    assert 1 <= caught.value.wait_seconds <= 2
    issue(workspace, "+8613800138001")
    clock.advance(timedelta(seconds=1))
    issue(workspace)


def test_five_an_hour(workspace, clock, sent):
    for _ in range(5):
        issue(workspace)
        clock.advance(timedelta(minutes=2))
    with pytest.raises(TooManyCodesError) as caught:
        issue(workspace)
    assert caught.value.wait_seconds == 50 * 60 + 1
    assert len(sent()) == 5
    clock.advance(timedelta(minutes=50))
    issue(workspace)


def test_racing_requests_send_one_code(workspace, sent):
    def ask(_):
        try:
            issue(workspace)
        except TooManyCodesError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(16))) == 1
    assert len(sent()) == 1


def test_racing_right_guesses_succeed_once(workspace, sent):
    issue(workspace)
    code = sent()[0]["params"]["code"]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: check(workspace, code), range(16))) == 1


def test_racing_wrong_guesses_are_all_counted(workspace, sent):
    issue(workspace)
    code = sent()[0]["params"]["code"]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: check(workspace, wrong(code)), range(5))) == 0
    assert not check(workspace, code)
