"""Every new card in a person's name is announced to their other proven contacts, so that nobody opens one unseen."""

from __future__ import annotations

from sqlalchemy import select

from shiming.accounts import contacts
from shiming.accounts.telling import tell
from shiming.audit.work import Work
from shiming.registration.records import Registration
from shiming.registration.states import RegistrationState
from shiming.registration.store import tables as t


def new_card(work: Work, registration: Registration, party_id: str) -> None:
    """Tells each contact of each account that this person was proven in, but the one that the registration itself tells."""
    for account_id in {registration.account_id, *_accounts(work, party_id)}:
        try:
            language, known = contacts.language_of(work, account_id), contacts.of(work, account_id)
        except LookupError:
            continue  # erased since, or never there: nobody is left to be told
        for one in known:
            if account_id == registration.account_id and one.main:
                continue
            key = f"new-card:{registration.id}:{one.id}"
            reference = registration.reference
            tell(work, one.contact, "new-card", language, key=key, about=registration.id, reference=reference)


def _accounts(work: Work, party_id: str) -> set[str]:
    r = t.registration.c
    approved = (r.party_id == party_id, r.state == str(RegistrationState.APPROVED))
    return set(work.conn.execute(select(r.account_id).where(r.issuer == work.issuer, *approved)).scalars())
