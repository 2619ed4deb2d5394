"""External registers: a government's, that confirms who somebody is, or one that counts a person's cards over all operators.

A register is an HTTP service of somebody else, or a small JSON interface put in front of one. Its address and token are
settings: ``SHIMING_REGISTERS__<NAME>__URL`` and ``__TOKEN``, NAME being what the programme calls it. Personal data stand in
request bodies only; an address that is not HTTPS is refused unless it is this machine's own.

All calls are ``POST`` with a bearer token. ``id`` is a random mark of the question; an answer must bring it back.

``POST {url}/identity/query``
    ``{"id", "document", "country", "number", "name", "date_of_birth"}``; the last one only where it is known.
    200 ``{"id", "answer": "yes" | "no" | "unknown", "version"}``: all that was sent agrees; something does not; there is no
    such document. ``version`` names the register's state of data, and is kept with the answer.
``POST {url}/cards/count``
    ``{"id", "document", "country", "number", "card_kind"}``
    200 ``{"id", "count": 0..., "version"}``: how many cards of the kind the person has, over all operators.

Everything else is no answer: no connection, an answer that comes late or never ends, another status. A 200 that says
something else than this is an answer that cannot be relied on. Neither is ever taken for a yes.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import httpx2

from shiming.platform import http
from shiming.platform.limits import limit
from shiming.platform.settings import RegisterSettings, Settings

Kind = Literal["identity", "cards"]
Says = Literal["yes", "no", "unknown"]
_SAYS: Mapping[str, Says] = {"yes": "yes", "no": "no", "unknown": "unknown"}
_PATHS: Mapping[str, str] = {"identity": "identity/query", "cards": "cards/count"}
_LONGEST_VERSION = 64
_MOST_CARDS = 1_000_000
BAD_ANSWER = "BAD_ANSWER"
NOT_SET_UP = "NOT_SET_UP"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of which register. ``body`` holds personal data."""

    register: str
    kind: Kind
    body: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register said: ``says`` about an identity, ``count`` of cards. ``version``: by which state of its data."""

    says: Says | None
    count: int | None
    version: str


class NoAnswer(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The register gave no answer that counts. ``code`` says why; never text from the other side."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Register(Protocol):
    """Who can be asked."""

    def ask(self, question: Question, mark: str) -> Answer:
        """Asks once. ``mark`` must come back with the answer. Raises ``NoAnswer``."""
        ...


Registers = Mapping[str, Register]
"""The registers of an installation by name."""


@dataclass(frozen=True, slots=True)
class HttpRegister:
    """A register that speaks this protocol. ``seconds``: until then the whole answer must be there."""

    client: httpx2.Client
    url: str
    seconds: float

    def ask(self, question: Question, mark: str) -> Answer:
        """Asks once."""
        status, data = self._post(_PATHS[question.kind], {"id": mark, **question.body})
        if status != 200:
            raise NoAnswer(f"HTTP_{status}")
        return _answer(question.kind, mark, data)

    def _post(self, path: str, body: dict[str, str]) -> tuple[int, bytes]:
        """Status and body. Read piece by piece, since a time limit of the client holds for each piece only."""
        ends = time.monotonic() + self.seconds
        most = int(limit("shiming.pipeline", "register.answer_bytes"))
        data = b""
        try:
            with self.client.stream("POST", f"{self.url}/{path}", json=body) as answer:
                for piece in answer.iter_raw():
                    data += piece
                    if len(data) > most:
                        raise NoAnswer(BAD_ANSWER)
                    if time.monotonic() > ends:
                        raise NoAnswer("NO_ANSWER")
                return answer.status_code, data
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise NoAnswer("NO_CONNECTION") from None
        except httpx2.HTTPError:
            raise NoAnswer("NO_ANSWER") from None


def _answer(kind: Kind, mark: str, data: bytes) -> Answer:
    try:
        told: Any = json.loads(data)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("id") != mark:
        # An answer to another question proves nothing about this one.
        raise NoAnswer(BAD_ANSWER)
    version, says, count = told.get("version"), told.get("answer"), told.get("count")
    if not isinstance(version, str) or not 0 < len(version) <= _LONGEST_VERSION or not version.isprintable():
        raise NoAnswer(BAD_ANSWER)
    if kind == "identity" and isinstance(says, str) and says in _SAYS:
        return Answer(_SAYS[says], None, version)
    if kind == "cards" and type(count) is int and 0 <= count <= _MOST_CARDS:
        return Answer(None, count, version)
    raise NoAnswer(BAD_ANSWER)


def named(registers: Registers, name: str) -> Register | None:
    """The register a programme calls by ``name``; None when it is not set up here."""
    return registers.get(_key(name))


def _key(name: str) -> str:
    """Names of settings know no hyphens and no capitals."""
    return name.lower().replace("-", "_")


def open_registers(settings: Settings) -> Registers:
    """The registers of the settings. Raises ValueError for an address that would carry personal data in clear."""
    return {_key(name): _open(name, row) for name, row in settings.registers.items()}


def _open(name: str, row: RegisterSettings) -> HttpRegister:
    parts = urlsplit(row.url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _own(parts.hostname)):
        raise ValueError(
            f"expected an https address in SHIMING_REGISTERS__{_key(name).upper()}__URL, got another; "
            "personal data must not travel in clear"
        )
    token = row.token.get_secret_value() if row.token else None
    return HttpRegister(http.client(token=token, read_seconds=row.seconds), row.url.rstrip("/"), row.seconds)


def _own(host: str | None) -> bool:
    """Whether it is this machine's own address, whose traffic no cable carries."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
