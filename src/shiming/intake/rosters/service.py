"""The issuer's roster service, asked by HTTP.

``POST {url}/entries/query`` with a bearer token, ``{"programme": NAME, "number": NUMBER}``; numbers stand in bodies, never in
addresses.

    200 ``{"found": true, "number": NUMBER, "name": "...", "date_of_birth": "YYYY-MM-DD", "document_number": "..."}``; the
        last two only where the roster has them. The number must be the one that was asked for.
    200 ``{"found": false}`` or 404: it is not on the roster.
    Anything else, or no answer in time: the roster cannot be asked. That is never taken for a yes or a no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import httpx2

from shiming.intake.rosters.store import Entry
from shiming.platform import http
from shiming.platform.settings import Settings

_UNKNOWN = 404
_LONGEST = 500


class RosterUnavailable(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The roster gave no answer that can be believed. ``code`` says why; never text from the other side."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RosterService(Protocol):
    """Who can be asked for an entry."""

    def ask(self, programme: str, number: str) -> Entry | None:
        """The entry of a number, or None when it is not on the roster. Raises ``RosterUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class HttpRoster:
    """A roster service that speaks this protocol."""

    client: httpx2.Client
    url: str

    def ask(self, programme: str, number: str) -> Entry | None:
        """Asks once; the client's limits of time hold."""
        try:
            answer = self.client.post(f"{self.url}/entries/query", json={"programme": programme, "number": number})
        except httpx2.HTTPError:
            raise RosterUnavailable("NO_ANSWER") from None
        if answer.status_code == _UNKNOWN:
            return None
        if answer.status_code != 200:
            raise RosterUnavailable(f"HTTP_{answer.status_code}")
        return _entry(programme, number, answer)


def _entry(programme: str, number: str, answer: httpx2.Response) -> Entry | None:
    try:
        data: Any = answer.json()
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("found"), bool):
        raise RosterUnavailable("BAD_ANSWER")
    if not data["found"]:
        return None
    name, birth, document = _text(data, "name"), _text(data, "date_of_birth"), _text(data, "document_number")
    if data.get("number") != number or not name or (birth and not _is_day(birth)):
        # An answer about somebody else, or one without a name, proves nothing.
        raise RosterUnavailable("BAD_ANSWER")
    return Entry(programme, number, name, birth or None, document or None, source="service")


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise RosterUnavailable("BAD_ANSWER")
    return value.strip()


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def open_service(settings: Settings) -> HttpRoster | None:
    """The roster service of the settings (``SHIMING_ROSTER__URL``); None without one."""
    if not settings.roster.url:
        return None
    token = settings.roster.token.get_secret_value() if settings.roster.token else None
    return HttpRoster(http.client(token=token), settings.roster.url.rstrip("/"))
