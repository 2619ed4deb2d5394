"""Offers to those who agreed to them, and to nobody else (row B10). The consent is asked again at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shiming.accounts import holders
from shiming.audit.actions import Action
from shiming.audit.work import Work
from shiming.custody.retention import ROOM
from shiming.custody.store import offering
from shiming.intake import consents
from shiming.intake import store as intake
from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role

KIND = "offers"
LANGUAGES = ("zh_CN", "en")


@dataclass(frozen=True, slots=True)
class Queued:
    """An offer on its way, to how many accounts."""

    id: str
    recipients: int


def queue(work: Work, actor: Actor, texts: Mapping[str, str], *, stop_url: str) -> Queued:
    """Queues an offer to every account whose consent stands now. ``texts`` are by language, one for each.

    Raises NOT_ALLOWED, and INVALID_FORM naming the languages without a text.
    """
    if actor.role not in (Role.ADMIN, Role.SERVICE):
        raise Problem("NOT_ALLOWED")
    missing = {f"text_{language}": "INVALID_FORM" for language in LANGUAGES if not texts.get(language, "").strip()}
    if missing:
        raise Problem("INVALID_FORM", fields=missing)
    offer_id = offering.add(work, actor, dict(texts))
    count, after = 0, ""
    while accounts := intake.accounts_that_agreed(work, KIND, after, int(limit(ROOM, "offer.batch"))):
        count += sum(_post(work, offer_id, account, texts, stop_url) for account in accounts)
        after = accounts[-1]
    offering.count(work, offer_id, count)
    work.record(actor, Action.OFFER_QUEUED, "offer", offer_id, recipients=count)
    return Queued(offer_id, count)


def _post(work: Work, offer_id: str, account: str, texts: Mapping[str, str], stop_url: str) -> bool:
    if not consents.in_force(work, account, KIND):
        return False
    try:
        _contact, language = holders.contact_of(work, account)
    except LookupError:
        return False  # erased meanwhile
    payload = {
        "template": KIND,
        "account": account,
        "language": language,
        "params": {"text": texts.get(language) or texts["en"], "stop_url": stop_url},
    }
    work.post("notice", payload, key=f"offer:{offer_id}:{account}")
    return True
