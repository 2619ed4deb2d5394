"""Long lists: a CSV file is sealed in parts at once, then taken part by part, each part in one transaction.

So memory stays bounded, a taking that is killed goes on with the next part, and the same file sent again is the same list.
A bad line stops no other: it is reported with its number, what is wrong and the cure (``faults.toml``).
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import structlog

from shiming.audit.actions import Action
from shiming.audit.work import Work, Workspace
from shiming.intake.lists import store
from shiming.intake.lists.store import Line, LineFault, Sheet
from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role

__all__ = [
    "Columns",
    "Kind",
    "Line",
    "LineFault",
    "Sheet",
    "Taken",
    "advance",
    "fault_texts",
    "find",
    "of_whom",
    "read",
    "receive",
    "store",
    "table",
]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a list: what must be there and what may be."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    """At least one of these must be there."""


@dataclass(slots=True)
class Taken:
    """What became of a part: lines that did something, lines known before, faulty ones."""

    good: int = 0
    known: int = 0
    faults: list[LineFault] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    """Ids of the cards that were changed, for the audit."""
    noted: int = 0
    """How many of the faults are notes on lines that were taken all the same."""

    def fault(self, line: Line, code: str, column: str | None = None) -> None:
        """Notes what is wrong with a line."""
        self.faults.append(LineFault(line.number, code, column))

    def note(self, line: Line, code: str, column: str | None = None) -> None:
        """Notes something about a line that was taken."""
        self.fault(line, code, column)
        self.noted += 1

    @property
    def bad(self) -> int:
        """How many lines were not taken."""
        return len(self.faults) - self.noted


Taker = Callable[[Work, Sheet, list[Line]], Taken]
"""Takes the lines of one part, in the transaction that counts it as taken."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done with the lists of a kind. ``end`` gives the state a list has once all its parts are taken."""

    take: Taker
    end: Callable[[Work, Sheet], str]
    wait: Callable[[Work, Sheet], bool] | None = None
    """Goes on with a list in state ``waiting``; says whether anything was done."""


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files(__package__).joinpath("faults.toml").read_text("utf-8"))


def fault_texts(code: str) -> tuple[str, str]:
    """What is wrong and the cure, as gettext message ids."""
    row = _texts()[code]
    return row["text"], row["hint"]


def table(faults: Iterable[LineFault], say: Callable[[str], str]) -> Iterator[str]:
    """The errors as CSV to download, line by line; ``say`` translates. A mark at the start tells spreadsheets the encoding."""
    yield "\ufeffline,column,code,error,cure\r\n"
    for fault in faults:
        text, cure = fault_texts(fault.code)
        buffer = io.StringIO()
        csv.writer(buffer).writerow((fault.line, fault.column or "", fault.code, say(text), say(cure)))
        yield buffer.getvalue()


_CHUNK = 1 << 16


def _text(data: bytes) -> io.TextIOWrapper:
    """The file as text, read as it goes: UTF-8, else as Chinese spreadsheets write. Raises ``Problem`` LIST_ENCODING."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            decoder = codecs.getincrementaldecoder(encoding)()
            for start in range(0, len(data), _CHUNK):
                decoder.decode(data[start : start + _CHUNK])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    raise Problem("LIST_ENCODING", item="file")


def read(data: bytes, columns: Columns) -> Iterator[Line]:
    """The lines of a CSV file. Raises ``Problem`` LIST_ENCODING, LIST_COLUMNS, LIST_TOO_LONG, LIST_BROKEN."""
    reader = csv.reader(_text(data))
    names = _header(reader, columns)
    longest, most = int(limit("shiming.intake", "list.text")), int(limit("shiming.intake", "list.lines"))
    count = 0
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            count += 1
            if count > most:
                raise Problem("LIST_TOO_LONG", item="file")
            values = {name: cell.strip()[:longest] for name, cell in zip(names, row, strict=False) if cell.strip()}
            yield Line(reader.line_num, values)
    except csv.Error:
        raise Problem("LIST_BROKEN", item="file") from None


def _header(reader: Iterator[list[str]], columns: Columns) -> list[str]:
    try:
        names = [cell.strip().lower() for cell in next(reader, [])]
    except csv.Error:
        raise Problem("LIST_BROKEN", item="file") from None
    lacks = not set(columns.needed) <= set(names) or (columns.one_of and not set(columns.one_of) & set(names))
    if lacks or len(set(names)) != len(names):
        raise Problem("LIST_COLUMNS", item="file")
    return names


def receive(
    work: Work,
    actor: Actor,
    kind: str,
    data: bytes,
    columns: Columns,
    *,
    programme: str,
    about: str | None = None,
    options: Mapping[str, Any] | None = None,
    fill: Mapping[str, str] | None = None,
    part: str = "list.part",
) -> Sheet:
    """Keeps a file, sealed, to be taken. The same file for the same programme by the same sender is the list it was.

    ``fill`` gives columns that a line leaves empty; ``part`` names the limit of lines a part.

    Raises ``Problem`` as ``read``, and LIST_EMPTY.
    """
    known = find(work, actor, kind, data, programme)
    if known is not None:
        return known
    list_id, key_id = store.new_id(), work.vault.new_key(work.conn, work.issuer, "list")
    store.add(
        work,
        list_id,
        key_id,
        kind=kind,
        programme=programme,
        about=about,
        digest=_digest(work, actor, kind, data, programme),
        options=dict(options or {}),
        actor_role=str(actor.role),
        actor_id=actor.id,
    )
    full = (replace(line, values={**(fill or {}), **line.values}) for line in read(data, columns))
    lines, parts = _keep(work, list_id, key_id, full, int(limit("shiming.intake", part)))
    if not lines:
        raise Problem("LIST_EMPTY", item="file")
    store.change(work, list_id, lines=lines, parts=parts)
    work.record(actor, Action.LIST_RECEIVED, "list", list_id, of=kind, programme=programme, lines=lines)
    return store.get(work, list_id)


def of_whom(work: Work, sheet: Sheet) -> Actor:
    """Who handed a list in; what the engine takes is done for them."""
    return Actor(Role(sheet.actor_role), sheet.actor_id, work.issuer)


def _digest(work: Work, actor: Actor, kind: str, data: bytes, programme: str) -> bytes:
    content = hashlib.sha256(data).hexdigest()
    return work.vault.blind("list-file", f"{kind}:{programme}:{actor.role}:{actor.id}:{content}")


def find(work: Work, actor: Actor, kind: str, data: bytes, programme: str) -> Sheet | None:
    """The list that this very file is already, or None."""
    return store.find(work, _digest(work, actor, kind, data, programme))


def _keep(work: Work, list_id: str, key_id: str, lines: Iterator[Line], size: int) -> tuple[int, int]:
    count = place = 0
    held: list[Line] = []
    for line in lines:
        held.append(line)
        count += 1
        if len(held) == size:
            store.add_part(work, list_id, key_id, place, held)
            held, place = [], place + 1
    if held:
        store.add_part(work, list_id, key_id, place, held)
        place += 1
    return count, place


def advance(workspace: Workspace, list_id: str, kinds: Mapping[str, Kind]) -> bool:
    """Goes on with a list: takes its next part, or what is due after that. Safe to run twice and to be killed anywhere.

    Says whether anything was done.
    """
    with workspace.write() as work:
        sheet = store.get(work, list_id)
        kind = kinds[sheet.kind]
        if sheet.state == store.WAITING:
            return kind.wait is not None and kind.wait(work, sheet)
        if sheet.state != store.TAKING:
            return False
        attempt = store.count_attempt(work, list_id)
    with workspace.write() as work:
        sheet = store.get(work, list_id)
        if sheet.state == store.TAKING:
            _take(work, sheet, kind, attempt)
    return True


def _take(work: Work, sheet: Sheet, kind: Kind, attempt: int) -> None:
    lines = store.part(work, sheet, sheet.taken_parts)
    if attempt > int(limit("shiming.intake", "list.attempts")):
        # Each attempt before this one failed or died: what is in this part may be why. The others go on.
        taken = Taken(faults=[LineFault(line.number, "LINE_NOT_TAKEN") for line in lines])
        _log.error("list_part_not_taken", list=sheet.id, part=sheet.taken_parts)
    else:
        taken = kind.take(work, sheet, lines)
    store.add_faults(work, sheet.id, taken.faults)
    store.change(
        work,
        sheet.id,
        taken_parts=sheet.taken_parts + 1,
        attempts=0,
        good=sheet.good + taken.good,
        known=sheet.known + taken.known,
        bad=sheet.bad + taken.bad,
    )
    if sheet.taken_parts + 1 == sheet.parts:
        store.change(work, sheet.id, state=kind.end(work, store.get(work, sheet.id)))
        store.drop_parts(work, sheet.id)
        work.vault.shred(work.conn, sheet.key_id)
    work.record(
        of_whom(work, sheet),
        Action.LIST_PART_TAKEN,
        "list",
        sheet.id,
        part=sheet.taken_parts,
        good=taken.good,
        known=taken.known,
        bad=taken.bad,
        cards=taken.cards,
    )
