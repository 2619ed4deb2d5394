"""Searches bytes for planted values, however they may have been written down."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import sqlalchemy as sa

from shiming.platform.db import Database

_TEXT = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_LEAST_BYTES = 5
"""Shorter needles are found by chance in megabytes of ciphertext."""
_SLICE, _SLICES = 24, 5


def _base64(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What of ``data`` shows in base64 wherever it begins in the encoded text: whole groups of three bytes only."""
    for skipped in range(3):
        whole = data[skipped : skipped + (len(data) - skipped) // 3 * 3]
        yield f"base64+{skipped}", base64.b64encode(whole)
        yield f"base64url+{skipped}", base64.urlsafe_b64encode(whole)


def _wire(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, data
    yield f"{name} hex", data.hex().encode()
    yield f"{name} HEX", data.hex().upper().encode()
    for form, encoded in _base64(data):
        yield f"{name} {form}", encoded


def forms(value: str | bytes) -> dict[bytes, str]:
    """Every way a value may stand somewhere, with the name of the way."""
    found: dict[bytes, str] = {}
    if isinstance(value, bytes):
        pairs = list(_wire("bytes", value))
    else:
        pairs = [pair for encoding in _TEXT for pair in _wire(encoding, value.encode(encoding))]
        pairs += [("url", quote(value).encode()), ("url", quote(value).lower().encode())]
        pairs += [("json", json.dumps(value)[1:-1].encode()), ("lower", value.lower().encode())]
    for name, data in pairs:
        if len(data) >= _LEAST_BYTES:
            found.setdefault(data, name)
    return found


@dataclass
class Search:
    """What was planted, and where it was found. ``texts`` and ``pictures`` by name."""

    needles: dict[bytes, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def plant(self, name: str, value: str | bytes) -> None:
        """Adds a value to look for."""
        size = len(value.encode() if isinstance(value, str) else value)
        assert size >= _LEAST_BYTES, f"expected {name} of at least {_LEAST_BYTES} bytes, got {size}"
        for data, form in forms(value).items():
            self.needles.setdefault(data, f"{name} ({form})")

    def plant_code(self, name: str, code: str) -> None:
        """Adds a short code: six digits stand by chance in longer numbers, so the digits are looked for by themselves."""
        self.codes[code] = name
        for data, form in forms(code).items():
            if data != code.encode():
                self.needles.setdefault(data, f"{name} ({form})")

    def plant_picture(self, name: str, data: bytes) -> None:
        """Adds pieces of a picture's bytes, from its whole length."""
        for place in range(1, _SLICES + 1):
            start = len(data) * place // (_SLICES + 1)
            self.plant(f"{name} at {start}", data[start : start + _SLICE])

    def found(self, blob: bytes) -> set[str]:
        """The names of the planted values in ``blob``, with the form each has there."""
        seen = {name for data, name in self.needles.items() if data in blob}
        for code, name in self.codes.items():
            if re.search(rb"(?<![0-9A-Za-z.])" + code.encode() + rb"(?![0-9A-Za-z])", blob):
                seen.add(name)
        return seen

    def leaks(self, places: dict[str, bytes]) -> dict[str, set[str]]:
        """Where something was found, and what."""
        return {place: seen for place, blob in places.items() if (seen := self.found(place.encode() + b"\n" + blob))}


def of_folder(folder: Path) -> dict[str, bytes]:
    """Every file under a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)).encode()


def of_database(db: Database) -> dict[str, bytes]:
    """Every column of every table, by ``table.column``, one value a line; and what the server says it is doing."""
    places: dict[str, bytes] = {}
    with db.read() as conn:
        for table in sa.inspect(conn).get_table_names():
            rows = conn.exec_driver_sql(f'select * from "{table}"').mappings().all()
            for column in rows[0] if rows else ():
                places[f"{table}.{column}"] = b"\n".join(_bytes(row[column]) for row in rows)
        if db.dialect == "postgresql":
            rows = conn.exec_driver_sql("select query from pg_stat_activity").mappings().all()
            places["pg_stat_activity"] = b"\n".join(_bytes(row["query"]) for row in rows)
    return places


def of_processes(server: psutil.Process) -> dict[str, bytes]:
    """Command line, environment and open files that have no name of a server and all its children."""
    places: dict[str, bytes] = {}
    for process in (server, *server.children(recursive=True)):
        proc = Path(f"/proc/{process.pid}")
        places[f"process {process.pid} cmdline"] = (proc / "cmdline").read_bytes()
        places[f"process {process.pid} environ"] = (proc / "environ").read_bytes()
        for handle in (proc / "fd").iterdir():
            if handle.is_symlink() and "(deleted)" in str(handle.readlink()):
                places[f"process {process.pid} open file {handle.name}"] = handle.read_bytes()
    return places
