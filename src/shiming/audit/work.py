"""The unit of work: one transaction with its audit entries and messages.

Everything that changes data does so inside ``Workspace.write()``; entries are buffered and appended at its end, so that
the chain's head is the last thing locked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.engine import Connection, Row

from shiming.audit import chain
from shiming.audit.actions import Action
from shiming.platform import outbox
from shiming.platform.clock import Clock, SystemClock
from shiming.platform.db import Database
from shiming.platform.ids import uuid7
from shiming.platform.migrate import upgrade
from shiming.platform.settings import Settings
from shiming.vault import Vault


class Doer(Protocol):
    """Whoever does something: a role and the id of an account, a staff member, a key; never a name."""

    @property
    def role(self) -> str:
        """What they act as."""
        ...

    @property
    def id(self) -> str:
        """Which of them."""
        ...


@dataclass
class Work:
    """One open transaction of one issuer. ``now`` stands still while it is open."""

    conn: Connection
    vault: Vault
    clock: Clock
    issuer: str
    writable: bool
    demo: bool = False
    """Whether this is a demonstration, where what is not known only warns."""
    now: datetime = field(init=False)
    entries: list[chain.Entry] = field(default_factory=list, init=False, repr=False)
    callbacks: list[Callable[[], None]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self.now = self.clock.now()

    def record(self, actor: Doer, action: Action, kind: str, id: str, **extra: Any) -> None:
        """Records a deed on an object; ``extra`` takes ids and codes only. Written when the transaction ends."""
        self._must_write()
        json.dumps(extra)
        self.entries.append(chain.Entry(actor.role, actor.id, action, kind, id, extra))

    def post(
        self,
        topic: str,
        payload: dict[str, Any],
        *,
        key: str,
        about: str | None = None,
        not_before: datetime | None = None,
    ) -> str:
        """Seals a message and puts it in the outbox; returns its id. The same ``key`` again gives the earlier id.

        The message has a data key of its own, whose id is the message's.
        """
        self._must_write()
        existing = outbox.find(self.conn, self.issuer, key)
        if existing is not None:
            return existing
        id = self.vault.new_key(self.conn, self.issuer, "outbox", uuid7())
        sealed = self.vault.seal_json(
            self.conn, id, issuer=self.issuer, table="outbox", column="payload", row=id, value=payload
        )
        kept = outbox.put(
            self.conn,
            issuer=self.issuer,
            topic=topic,
            payload=sealed,
            key=key,
            at=self.now,
            about=about,
            not_before=not_before,
            id=id,
        )
        if kept != id:
            self.vault.discard_key(self.conn, id)
        return kept

    def read_post(self, row: Row[Any]) -> dict[str, Any]:
        """Opens the payload of an outbox row of this issuer. Raises KeyShreddedError, SealBrokenError."""
        value: dict[str, Any] = self.vault.open_json(
            self.conn, row.id, issuer=self.issuer, table="outbox", column="payload", row=row.id, sealed=row.payload
        )
        return value

    def after_commit(self, call: Callable[[], None]) -> None:
        """Has ``call`` run once the transaction is committed; never when it is rolled back."""
        self.callbacks.append(call)

    def _must_write(self) -> None:
        if not self.writable:
            raise RuntimeError("expected a unit of work that writes, got one that reads; open it with write()")


class Workspace:
    """One issuer's way to its data."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, issuer: str, *, demo: bool = False) -> None:
        self.demo = demo
        self.db = db
        self.vault = vault
        self.clock = clock
        self.issuer = issuer
        self.listeners: list[Callable[[], None]] = []
        """Called after every commit of this workspace, so that an engine need not wait for its next look."""

    @classmethod
    def open(cls, settings: Settings, clock: Clock | None = None) -> Workspace:
        """Opens an installation: makes what is missing (folder, keys, tables) and brings the schema up to date."""
        clock = clock or SystemClock()
        settings.prepare()
        db = Database(settings.database)
        upgrade(db)
        return cls(db, Vault.open(settings, clock), clock, settings.issuer, demo=settings.demo)

    @contextmanager
    def write(self) -> Iterator[Work]:
        """A unit of work that writes. Commits at the end; rolls back, and records nothing, when the body raises."""
        with self.db.write() as conn:
            work = Work(conn, self.vault, self.clock, self.issuer, writable=True, demo=self.demo)
            yield work
            chain.append(conn, self.issuer, work.now, work.entries)
        for listener in self.listeners:
            listener()
        for call in work.callbacks:
            call()

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A unit of work that reads one state."""
        with self.db.read() as conn:
            yield Work(conn, self.vault, self.clock, self.issuer, writable=False, demo=self.demo)

    def close(self) -> None:
        """Lets the database go."""
        self.db.close()
