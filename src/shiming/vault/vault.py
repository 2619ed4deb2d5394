"""The vault: seals values and files, each bound to the one place where it may be opened."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from shiming.platform.clock import Clock, SystemClock
from shiming.platform.ids import uuid7
from shiming.platform.settings import Settings
from shiming.vault import store
from shiming.vault.files import FileStore
from shiming.vault.keys import KeyFolder
from shiming.vault.suite import DEFAULT, KEY_BYTES, SUITES, SealBrokenError, bind

_HEADER_BYTES = 3
_DATA_KEY_VERSION = 1
"""A data key is never changed, only shredded, so its version is always 1; the master's counts."""
_ROTATE_BATCH = 500


class KeyShreddedError(LookupError):
    """The data key of a value was shredded: the value is gone for good, as it should be."""


class Vault:
    """Everything that is personal goes in sealed and comes out by row.

    A sealed value is: suite number (1 byte), key version (2 bytes), nonce, ciphertext, tag; additional data = issuer,
    table, column, row. Blind-index keys are apart from master keys.
    """

    def __init__(self, folder: KeyFolder, files: FileStore, clock: Clock) -> None:
        self.folder = folder
        self._files = files
        self._clock = clock
        self._masters = folder.ensure("master")
        self._blinds = folder.ensure("blind")

    @classmethod
    def open(cls, settings: Settings, clock: Clock | None = None) -> Vault:
        """Opens this installation's vault, making its keys on the first start. Raises KeyFolderError."""
        settings.prepare()
        files = FileStore(settings.data / "files", settings.files_url)
        return cls(KeyFolder(settings.keys), files, clock or SystemClock())

    def new_key(self, conn: Connection, issuer: str, kind: str, key_id: str | None = None) -> str:
        """Makes a data key and returns its id. ``kind`` says what it is for (``party``, ``evidence``, ...)."""
        key_id = key_id or uuid7()
        version = max(self._masters)
        wrapped = self._wrap(version, secrets.token_bytes(KEY_BYTES), issuer, key_id)
        at = self._clock.now()
        store.insert(conn, id=key_id, issuer=issuer, kind=kind, wrapped=wrapped, master_version=version, created_at=at)
        return key_id

    def seal(
        self, conn: Connection, key_id: str, *, issuer: str, table: str, column: str, row: str, value: bytes
    ) -> bytes:
        """Encrypts ``value`` for one place. Raises KeyShreddedError."""
        key = self._data_key(conn, key_id, issuer)
        return _sealed(DEFAULT, _DATA_KEY_VERSION, key, value, bind(issuer, table, column, row))

    def open_sealed(
        self, conn: Connection, key_id: str, *, issuer: str, table: str, column: str, row: str, sealed: bytes
    ) -> bytes:
        """Decrypts a value of that place. Raises KeyShreddedError, SealBrokenError."""
        return _opened(self._data_key(conn, key_id, issuer), sealed, bind(issuer, table, column, row))

    def open_many(
        self, conn: Connection, *, issuer: str, table: str, column: str, cells: Sequence[tuple[str, str, bytes]]
    ) -> dict[str, bytes]:
        """Decrypts a column of many rows, each under a key of its own: ``cells`` are row, key id and sealed value.

        Rows whose key was shredded are left out. Raises SealBrokenError.
        """
        living = store.wrapped(conn, issuer, [key_id for _, key_id, _ in cells])
        return {
            row: _opened(self._unwrap(living[key_id], issuer, key_id), sealed, bind(issuer, table, column, row))
            for row, key_id, sealed in cells
            if key_id in living
        }

    def seal_json(
        self, conn: Connection, key_id: str, *, issuer: str, table: str, column: str, row: str, value: Any
    ) -> bytes:
        """``seal`` of any JSON value."""
        data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self.seal(conn, key_id, issuer=issuer, table=table, column=column, row=row, value=data)

    def open_json(
        self, conn: Connection, key_id: str, *, issuer: str, table: str, column: str, row: str, sealed: bytes
    ) -> Any:
        """``open_sealed`` of a value that ``seal_json`` sealed."""
        data = self.open_sealed(conn, key_id, issuer=issuer, table=table, column=column, row=row, sealed=sealed)
        return json.loads(data)

    def blind(self, scope: str, value: str) -> bytes:
        """The blind index of a normalised value: a version byte and 32 bytes that say nothing without the key.

        Equal values give equal indexes in one ``scope`` and unrelated ones in different scopes.
        """
        return self._blind(max(self._blinds), scope, value)

    def blind_all(self, scope: str, value: str) -> list[bytes]:
        """The blind index under every version of the key, newest first: what a search compares with."""
        return [self._blind(version, scope, value) for version in sorted(self._blinds, reverse=True)]

    def shred(self, conn: Connection, key_id: str) -> None:
        """Destroys a data key, and with it all that it sealed."""
        store.shred(conn, key_id, self._clock.now())

    def discard_key(self, conn: Connection, key_id: str) -> None:
        """Removes a key made in this transaction for something that was not kept after all."""
        store.delete(conn, key_id)

    def put_file(self, conn: Connection, key_id: str, *, issuer: str, row: str, data: bytes) -> str:
        """Encrypts and stores a file of ``row``; returns its id. Stored at once, whatever the transaction does."""
        file_id = self._files.new_id()
        sealed = self.seal(conn, key_id, issuer=issuer, table="file", column=file_id, row=row, value=data)
        self._files.put(file_id, sealed)
        return file_id

    def get_file(self, conn: Connection, key_id: str, *, issuer: str, row: str, file_id: str) -> bytes:
        """Reads a file of ``row``. Raises FileNotFoundError, KeyShreddedError, SealBrokenError."""
        sealed = self._files.get(file_id)
        return self.open_sealed(conn, key_id, issuer=issuer, table="file", column=file_id, row=row, sealed=sealed)

    def delete_file(self, file_id: str) -> None:
        """Removes a file; one that is gone is no fault."""
        self._files.delete(file_id)

    def files_before(self, moment: datetime) -> Iterator[list[str]]:
        """The ids of all files stored before ``moment``, of every issuer, in batches."""
        return self._files.before(moment)

    def rotate(self, conn: Connection) -> int:
        """Makes a new master key and wraps every living data key with it; returns how many.

        The old version stays in the folder: backups need it.
        """
        version = self.folder.add_version("master")
        self._masters = self.folder.versions("master")
        count = 0
        while rows := store.not_wrapped_by(conn, version, _ROTATE_BATCH):
            for row in rows:
                key = self._unwrap(row.wrapped, row.issuer, row.id)
                store.rewrap(conn, row.id, self._wrap(version, key, row.issuer, row.id), version)
            count += len(rows)
        return count

    def proven(self, conn: Connection) -> bool:
        """Whether the newest data key of the database opens with this key folder; True for a database without keys."""
        row = store.newest(conn)
        if row is None:
            return True
        try:
            self._unwrap(row.wrapped, row.issuer, row.id)
        except SealBrokenError:
            return False
        return True

    def _data_key(self, conn: Connection, key_id: str, issuer: str) -> bytes:
        row = store.get(conn, key_id)
        if row is None or row.issuer != issuer:
            raise LookupError(f"expected data key {key_id} of issuer {issuer}, got none")
        if row.wrapped is None:
            raise KeyShreddedError(f"data key {key_id} was shredded; what it sealed cannot be read any more")
        return self._unwrap(row.wrapped, issuer, key_id)

    def _wrap(self, version: int, key: bytes, issuer: str, key_id: str) -> bytes:
        return _sealed(DEFAULT, version, self._masters[version], key, bind(issuer, "data_key", "wrapped", key_id))

    def _unwrap(self, wrapped: bytes, issuer: str, key_id: str) -> bytes:
        version = int.from_bytes(wrapped[1:_HEADER_BYTES], "big")
        if version not in self._masters:
            self._masters = self.folder.versions("master")  # another process may have rotated
        if version not in self._masters:
            raise SealBrokenError(f"expected master-{version}.key in the key folder, got none; restore it from backup")
        return _opened(self._masters[version], wrapped, bind(issuer, "data_key", "wrapped", key_id))

    def _blind(self, version: int, scope: str, value: str) -> bytes:
        suite = SUITES[DEFAULT]
        scope_key = suite.digest(self._blinds[version], bind("scope", scope))
        return bytes([version]) + suite.digest(scope_key, value.encode())


def _sealed(suite: int, version: int, key: bytes, data: bytes, bound_to: bytes) -> bytes:
    header = bytes([suite]) + version.to_bytes(2, "big")
    return header + SUITES[suite].seal(key, data, header + bound_to)


def _opened(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    if len(sealed) <= _HEADER_BYTES or sealed[0] not in SUITES:
        raise SealBrokenError(f"expected a sealed value of a known suite ({sorted(SUITES)}), got something else")
    header = sealed[:_HEADER_BYTES]
    return SUITES[sealed[0]].open(key, sealed[_HEADER_BYTES:], header + bound_to)
