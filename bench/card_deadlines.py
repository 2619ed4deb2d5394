"""A year of a million cards in use that nobody has registered yet, swept day by day on a virtual clock.

``python bench/card_deadlines.py [CARDS]``. On SQLite, in a folder of its own that is removed afterwards. What is measured is the
sweep: dates worked out, reminders written, suspensions and cancellations ordered. Sending them is the outbox's work, and what
makes the rows (a stock import and people who register) is done here in bulk, outside the clock.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shiming.audit.work import Work, Workspace
from shiming.pipeline import deadlines
from shiming.platform import outbox
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings
from shiming.programmes import resolve
from shiming.registration import store
from shiming.registration.store import life, moves
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json

PROGRAMME = "mvno-handheld"
DAYS = 365
START = datetime(2025, 1, 1, 2, 0, tzinfo=UTC)
_REGISTERED = ((0.97, 10), (0.985, 23), (0.995, 40))
"""Shares of the cards that are registered by a day after their first use; the others never are, and are cancelled."""
_IDLE = 200


@dataclass
class Result:
    cards: int
    dated: int = 0
    steps: int = 0
    held_up: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    slowest_day: float = 0.0
    idle_ms: float = 0.0
    rss_before: float = 0.0
    rss_after: float = 0.0
    orders: int = 0
    messages: int = 0
    database_mb: float = 0.0


def _id(place: int) -> str:
    """Ids in the order of the first use, so that a day's cards are a range."""
    return f"{place:08x}-0000-7000-8000-000000000000"


def _insert(workspace: Workspace, per_day: int) -> None:
    """A year's cards, in use from one day each. The numbers of those that come to a step are sealed one by one; the others,
    registered before their first reminder, are never opened and carry a placeholder."""
    with workspace.write() as work:
        key = work.vault.new_key(work.conn, work.issuer, "card")
    sealed_from = int(per_day * _REGISTERED[0][0])
    for day in range(DAYS):
        used = START + timedelta(days=day)
        with workspace.write() as work:
            rows = [_row(work, key, day * per_day + k, used, sealed=k >= sealed_from) for k in range(per_day)]
            work.conn.execute(sa.insert(t.card), rows)


def _row(work: Work, key: str, place: int, used: datetime, *, sealed: bool) -> dict[str, Any]:
    id, number = _id(place), f"8986{place:015d}"
    placeholder = b"\0" * 48
    return {
        "id": id,
        "issuer": work.issuer,
        "key_id": key,
        "kind": "sim",
        "scheme": "iccid",
        "product": "bench",
        "number_blind": store.card_blind(work, "iccid", number) if sealed else place.to_bytes(33, "big"),
        "number_sealed": seal_json(work, key, "card", "number_sealed", id, number) if sealed else placeholder,
        "msisdn_sealed": (
            seal_json(work, key, "card", "msisdn_sealed", id, f"+86139{place:08d}") if sealed else placeholder
        ),
        "state": "unregistered",
        "version": 1,
        "restrictions": [],
        "programme": PROGRAMME,
        "used_since": used,
        "next_step": moves.ARM,
        "next_step_at": used,
        "created_at": used,
        "updated_at": used,
    }


def _register(workspace: Workspace, day: int, per_day: int) -> None:
    """Those who register on this day: what an approval does to a card's clock, in bulk."""
    c = t.card.c
    share_before = 0.0
    with workspace.write() as work:
        for share, after in _REGISTERED:
            used = day - after
            if used >= 0:
                low, high = (used * per_day + int(per_day * s) for s in (share_before, share))
                mine = (c.id >= _id(low), c.id < _id(high))
                work.conn.execute(
                    sa.update(t.card).where(*mine).values(state="in-service", version=c.version + 1, **life.STOPPED)
                )
            share_before = share


def _rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _count(work: Work, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return int(work.conn.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())


def run(cards: int, say: bool = False) -> Result:
    """Sweeps a year of this many cards."""
    per_day = max(cards // DAYS, 1)
    found = Result(per_day * DAYS)
    longest = max(rule.after_days for rule in resolve(PROGRAMME).deadlines if rule.of == "card")
    with tempfile.TemporaryDirectory() as folder:
        clock = FixedClock(START)
        workspace = Workspace.open(Settings(data=Path(folder)), clock)
        _insert(workspace, per_day)
        found.rss_before = _rss()
        for day in range(DAYS + longest + 1):
            _register(workspace, day, per_day)
            clock.advance(START + timedelta(days=day, hours=9) - clock.now())
            cpu, wall = time.process_time(), time.monotonic()
            swept = deadlines.sweep(workspace)
            found.cpu += time.process_time() - cpu
            found.wall += (spent := time.monotonic() - wall)
            found.slowest_day = max(found.slowest_day, spent)
            found.dated, found.steps = found.dated + swept.dated, found.steps + swept.taken
            found.held_up += swept.held_up
            if say and day % 30 == 0:
                print(
                    f"day {day}: {found.steps} steps, {found.cpu:.0f} s CPU, {_rss():.0f} MB",
                    file=sys.stderr,
                    flush=True,
                )
        found.rss_after = _rss()
        cpu = time.process_time()
        for _ in range(_IDLE):
            deadlines.sweep(workspace)
        found.idle_ms = (time.process_time() - cpu) / _IDLE * 1000
        with workspace.read() as work:
            found.orders = _count(work, t.card_act)
            found.messages = _count(work, outbox.outbox) - found.orders
        found.database_mb = sum(path.stat().st_size for path in Path(folder).rglob("*.sqlite*")) / 1e6
        workspace.close()
    return found


def table(cards: int, say: bool = False) -> Iterator[str]:
    """The figures as a table."""
    found = run(cards, say)
    rows = {
        "cards in use, first uses spread over a year": f"{found.cards:,}",
        "dates worked out": f"{found.dated:,}",
        "steps taken (each one transaction)": f"{found.steps:,}",
        "messages written": f"{found.messages:,}",
        "suspensions and cancellations ordered": f"{found.orders:,}",
        "steps that failed": f"{found.held_up:,}",
        "CPU of all sweeps": f"{found.cpu:,.0f} s",
        "CPU a step, dates included": f"{found.cpu / max(found.steps, 1) * 1000:.2f} ms",
        "wall-clock time of all sweeps": f"{found.wall:,.0f} s",
        "slowest day": f"{found.slowest_day:.1f} s",
        "a sweep with nothing due": f"{found.idle_ms:.1f} ms CPU",
        "peak memory before the first sweep": f"{found.rss_before:.0f} MB",
        "peak memory after the last": f"{found.rss_after:.0f} MB",
        "database at the end": f"{found.database_mb:,.0f} MB",
    }
    yield "| | |"
    yield "|---|---|"
    yield from (f"| {name} | {value} |" for name, value in rows.items())
    yield ""
    yield (
        "The programme is `mvno-handheld` (reminders after 20 and 27 days, suspended after 30, cancelled after 90). 97 % of the "
        "cards are registered before the first reminder, 1.5 % after it, 1 % while suspended; 0.5 % never. One sweep a day after "
        "close of business, until the last card's last date has passed."
    )
    yield ""
    yield (
        "Not measured: sending the messages, the operator's confirmations, and making the rows. The rows share one data key and "
        "those that no step opens carry a placeholder instead of sealed numbers; a real import gives each card a key."
    )


if __name__ == "__main__":
    print("\n".join(table(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, say=True)))
