"""The key folder: versioned secrets in files that only their owner may read, made on first start."""

from __future__ import annotations

import base64
import os
import re
import secrets
from pathlib import Path

from shiming.vault.suite import KEY_BYTES


class KeyFolderError(RuntimeError):
    """The key folder is not as it must be; the message says the cure."""


class KeyFolder:
    """``NAME-VERSION.key`` files of 32 secret bytes (base64) under one folder.

    The folder must have mode 0700 and its files 0600; anything wider is refused, since others may have read it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_wider(folder, "700")

    def versions(self, name: str) -> dict[int, bytes]:
        """All versions of a secret. Raises KeyFolderError for a file with a wide mode or a damaged one."""
        pattern = re.compile(rf"{re.escape(name)}-(\d+)\.key")
        found = ((pattern.fullmatch(path.name), path) for path in self.folder.iterdir())
        return {int(match[1]): _read(path) for match, path in sorted(found, key=lambda pair: pair[1]) if match}

    def ensure(self, name: str) -> dict[int, bytes]:
        """All versions of a secret, after making version 1 where there is none."""
        return self.versions(name) or self._make(name, 1)

    def add_version(self, name: str) -> int:
        """Makes the next version of a secret and returns its number."""
        number = max(self.versions(name), default=0) + 1
        self._make(name, number)
        return number

    def _make(self, name: str, version: int) -> dict[int, bytes]:
        target = self.folder / f"{name}-{version}.key"
        draft = self.folder / f".{name}-{version}.{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            target.hardlink_to(draft)
        except FileExistsError:
            pass  # another process was first; its key is the one
        finally:
            draft.unlink()
        _sync_folder(self.folder)
        return self.versions(name)


def _read(path: Path) -> bytes:
    _refuse_wider(path, "600")
    try:
        secret = base64.b64decode(path.read_bytes(), validate=False)
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeyFolderError(
            f"expected {KEY_BYTES} secret bytes in {path.name}, got {len(secret)}; restore it from backup"
        )
    return secret


def _refuse_wider(path: Path, mode: str) -> None:
    actual = path.stat().st_mode & 0o777
    if actual & ~int(mode, 8):
        raise KeyFolderError(
            f"expected {path} to be open to its owner only (mode {mode}), got mode {actual:o}; "
            f"run: chmod {mode} {path} and, where others use this machine, rotate the keys"
        )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
