"""Where encrypted files lie: a folder or an S3 bucket, through obstore. Sees ciphertext only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import obstore
from obstore.store import LocalStore, from_url

from shiming.platform.ids import uuid7


class FileStore:
    """Puts, gets and deletes blobs by an id it hands out."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._folder = folder if url is None else None
        if url is None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = LocalStore(folder) if url is None else from_url(url)

    def new_id(self) -> str:
        """An id for a file to come."""
        return uuid7()

    def put(self, file_id: str, data: bytes) -> None:
        """Stores a blob under its id. In a folder it is on the disk when this returns, as rows are after a commit."""
        obstore.put(self._store, _path(file_id), data)
        if self._folder is not None:
            path = self._folder / _path(file_id)
            for place in (path, path.parent, self._folder):
                _sync(place)

    def get(self, file_id: str) -> bytes:
        """The blob. Raises FileNotFoundError."""
        return bytes(obstore.get(self._store, _path(file_id)).bytes())

    def delete(self, file_id: str) -> None:
        """Removes the blob; one that is not there is no fault."""
        try:
            obstore.delete(self._store, _path(file_id))
        except FileNotFoundError:
            return

    def before(self, moment: datetime, batch: int = 500) -> Iterator[list[str]]:
        """The ids of the blobs last written before ``moment``, in batches of at most so many."""
        for found in obstore.list(self._store, chunk_size=batch):
            old = [blob["path"].rpartition("/")[2] for blob in found if blob["last_modified"] < moment]
            if old:
                yield old


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _path(file_id: str) -> str:
    return f"{file_id[-2:]}/{file_id}"  # the end of a UUIDv7 is random: folders fill evenly
