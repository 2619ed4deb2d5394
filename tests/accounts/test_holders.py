from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.accounts import codes, holders, sessions
from shiming.accounts.holders import Contact, ContactError, normalise_contact
from shiming.accounts.store import account, session
from shiming.accounts.subjects import Subject

PHONE = Contact("phone", "+8613800138000")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13800138000", PHONE),
        (" 138 0013 8000 ", PHONE),
        ("１３８００１３８０００", PHONE),
        ("+86 138-0013-8000", PHONE),
        ("0086 13800138000", PHONE),
        ("+1 415 555 2671", Contact("phone", "+14155552671")),
        ("Li.Mei@Example.COM", Contact("email", "li.mei@example.com")),
        ("li+card@例子.中国", Contact("email", "li+card@xn--fsqu00a.xn--fiqs8s")),
    ],
)
def test_contacts_are_normalised(text, expected):
    assert normalise_contact(text) == expected


@pytest.mark.parametrize(
    "text", ["", "123", "hello", "+861", "138001380001234", "@", "a@b", "a b@c.de", "a@@b.de", "a@b..de"]
)
def test_what_is_no_contact_is_refused_without_repeating_it(text):
    with pytest.raises(ContactError) as caught:
        normalise_contact(text)
    assert caught.value.kind in {"phone", "email"}
    assert not text or text not in str(caught.value)


@pytest.fixture
def sign_in(workspace, sent, clock):
    """Signs a contact in by a fresh code."""

    def run(contact=PHONE):
        clock.advance(timedelta(minutes=20))
        with workspace.write() as work:
            codes.issue(work, holders.SIGN_IN, contact.value)
        code = sent()[-1]["params"]["code"]
        with workspace.write() as work:
            return holders.sign_in(work, contact, code, "en")

    return run


def test_the_first_sign_in_makes_the_account(workspace, sign_in):
    first, again = sign_in(), sign_in()
    assert first[0] == again[0]
    assert first[1] != again[1]
    with workspace.read() as work:
        assert holders.contact_of(work, first[0]) == (PHONE, "en")
        assert holders.find(work, PHONE) == first[0]
        assert sessions.resolve(work, first[1]) == Subject("holder", first[0], "default")
        row = work.conn.execute(sa.select(account)).one()
    assert b"13800138000" not in row.contact_sealed


def test_a_wrong_code_makes_nothing(workspace):
    with workspace.write() as work:
        assert holders.sign_in(work, PHONE, "000000") is None
        assert holders.find(work, PHONE) is None
        assert work.conn.execute(sa.select(session)).all() == []


def test_the_language_can_be_changed(workspace, sign_in):
    account_id, *_ = sign_in()
    with workspace.write() as work:
        holders.set_language(work, account_id, "zh_CN")
        assert holders.contact_of(work, account_id)[1] == "zh_CN"
        with pytest.raises(LookupError):
            holders.contact_of(work, "nobody")


def test_tokens_are_not_stored(workspace, sign_in):
    _account_id, token, _ = sign_in()
    with workspace.read() as work:
        row = work.conn.execute(sa.select(session)).one()
    assert token.encode() not in row.token_hash
    assert token not in repr(row)


def test_sessions_end_by_idleness(workspace, sign_in, clock):
    account_id, token, _ = sign_in()
    for _ in range(3):
        clock.advance(timedelta(minutes=59))
        assert sessions.authenticate(workspace, token) == Subject("holder", account_id, "default")
    clock.advance(timedelta(minutes=60))
    assert sessions.authenticate(workspace, token) is None


def test_sessions_end_by_age(workspace, sign_in, clock):
    _account_id, token, _ = sign_in()
    for _ in range(47):
        clock.advance(timedelta(minutes=30))
        assert sessions.authenticate(workspace, token) is not None
    clock.advance(timedelta(minutes=30))
    assert sessions.authenticate(workspace, token) is None


def test_reading_pages_rarely_writes(workspace, sign_in, clock):
    _account_id, token, _ = sign_in()

    def last_seen():
        with workspace.read() as work:
            return work.conn.execute(sa.select(session.c.last_seen)).scalar_one()

    opened = last_seen()
    clock.advance(timedelta(seconds=59))
    sessions.authenticate(workspace, token)
    assert last_seen() == opened
    clock.advance(timedelta(seconds=1))
    sessions.authenticate(workspace, token)
    assert last_seen() == clock.now()


def test_signing_out(workspace, sign_in):
    _account_id, token, _ = sign_in()
    with workspace.write() as work:
        sessions.close(work, token)
        sessions.close(work, token)
        assert sessions.resolve(work, token) is None
        assert sessions.resolve(work, "no token") is None


def test_racing_first_sign_ins_make_one_account(workspace, sent):
    with workspace.write() as work:
        codes.issue(work, holders.SIGN_IN, PHONE.value)
    code = sent()[-1]["params"]["code"]

    def enter(_):
        with workspace.write() as work:
            return holders.sign_in(work, PHONE, code)

    with ThreadPoolExecutor(8) as pool:
        assert len([one for one in pool.map(enter, range(8)) if one]) == 1
