"""Several contacts of an account, and what is known of the devices it is open on."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shiming.accounts import contacts, devices, holders, sessions, store
from shiming.accounts.contacts import Contact, ContactTakenError, NoContactError

PHONE, MAIL = Contact("phone", "+8613800138000"), Contact("email", "second@example.org")


@pytest.fixture
def account(workspace):
    """An account with one contact."""
    with workspace.write() as work:
        return holders.account_for(work, PHONE)


def test_a_contact_is_kept_sealed_with_its_history(workspace, account, clock):
    with workspace.write() as work:
        mail = contacts.add(work, account, MAIL)
        assert contacts.add(work, account, MAIL) == mail, "there already"
        assert contacts.contact_of(work, account)[0] == PHONE
    clock.advance(timedelta(days=1))
    with workspace.write() as work:
        contacts.end(work, account, contacts.id_of(work, account, PHONE), "recycled")
        contacts.end(work, account, mail, "removed")
        found = contacts.of(work, account, history=True)
        assert [(one.contact, one.ended, one.main) for one in found] == [
            (PHONE, "recycled", False),
            (MAIL, "removed", False),
        ]
        assert contacts.of(work, account) == []
        with pytest.raises(NoContactError):
            contacts.contact_of(work, account)
        sealed = work.conn.execute(sa.select(store.contact.c.value_sealed)).scalars().all()
    assert not any(b"13800138000" in value or b"second" in value for value in sealed)


def test_the_next_holder_of_a_contact_that_ended_gets_another_account(workspace, account):
    with workspace.write() as work:
        contacts.end(work, account, contacts.id_of(work, account, PHONE), "recycled")
        assert contacts.account_of(work, PHONE) is None
        fresh = holders.account_for(work, PHONE)
        assert fresh != account
        assert contacts.account_of(work, PHONE) == fresh
        assert contacts.accounts_ever(work, PHONE) == [fresh, account]


def test_when_the_main_contact_ends_the_oldest_other_one_gets_the_messages(workspace, account):
    with workspace.write() as work:
        contacts.add(work, account, MAIL)
        contacts.end(work, account, contacts.id_of(work, account, PHONE), "ported")
        assert contacts.contact_of(work, account)[0] == MAIL


def test_a_contact_belongs_to_one_account_at_a_time(workspace, account):
    with workspace.write() as work:
        other = holders.account_for(work, MAIL)
        with pytest.raises(ContactTakenError):
            contacts.add(work, account, MAIL)
        assert contacts.account_of(work, MAIL) == other


def test_an_account_from_before_contacts_had_rows_is_known_by_its_own(workspace, account):
    with workspace.write() as work:
        work.conn.execute(sa.delete(store.contact))
        assert contacts.account_of(work, PHONE) == account
        (only,) = contacts.of(work, account)
        assert (only.contact, only.main) == (PHONE, True)
        contact_id = contacts.id_of(work, account, PHONE)
        assert contacts.of(work, account)[0].id == contact_id
        contacts.end(work, account, contact_id, "recycled")
        assert contacts.account_of(work, PHONE) is None


def test_ending_a_contact_ends_the_sessions_it_opened_and_no_others(workspace, account):
    with workspace.write() as work:
        mail = contacts.add(work, account, MAIL)
        by_mail = sessions.open(work, "account", account, contact_id=mail)
        by_phone = sessions.open(work, "account", account, contact_id=contacts.id_of(work, account, PHONE))
        contacts.end(work, account, mail, "removed")
        assert sessions.resolve(work, by_mail) is None
        assert sessions.resolve(work, by_phone) is not None


def test_only_a_device_that_this_program_made_a_token_for_and_trusts_is_trusted(workspace, account, clock):
    token = devices.fresh()
    with workspace.write() as work:
        assert devices.recognise(work, account, ["made-up", ""]) is None
        assert devices.recognise(work, account, [token]) is None, "nothing was noted of it yet"
        devices.note(work, account, devices.mark_of(token), "01a2183a-0000-7000-8000-000000000000", submitted=True)
        assert devices.recognise(work, account, ["made-up", token]) == token
        assert not devices.trusted(work, account, devices.mark_of(token))
        devices.trust_submitters(work, account, "01a2183a-0000-7000-8000-000000000000")
        assert devices.trusted(work, account, devices.mark_of(token))
        session = sessions.open(work, "account", account, device=token)
        assert sessions.resolve(work, session).proven
    clock.advance(timedelta(days=181))
    with workspace.write() as work:
        assert not devices.trusted(work, account, devices.mark_of(token))


def test_a_forgotten_device_is_a_strange_one_and_its_sessions_end(workspace, account):
    token = devices.fresh()
    with workspace.write() as work:
        devices.trust(work, account, devices.mark_of(token), "identity")
        session = sessions.open(work, "account", account, device=token)
        (known,) = devices.of(work, account)
        devices.forget(work, account, known.id)
        assert sessions.resolve(work, session) is None
        assert devices.recognise(work, account, [token]) is None
        assert not devices.trusted(work, account, devices.mark_of(token))
        with pytest.raises(LookupError):
            devices.forget(work, "another", known.id)


def test_a_session_that_showed_one_code_is_not_proven_until_it_shows_more(workspace, account):
    with workspace.write() as work:
        token = sessions.open(work, "account", account)
        assert not sessions.resolve(work, token).proven
        sessions.prove(work, token)
        assert sessions.resolve(work, token).proven
