"""The cryptographic suite, replaceable: each has a number, which is the first byte of everything it sealed."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32


class SealBrokenError(ValueError):
    """A ciphertext that these keys did not seal for this place, or that was changed."""


class Suite(Protocol):
    """Authenticated encryption and a keyed digest. ``key`` is 32 bytes in all of them."""

    number: int

    def seal(self, key: bytes, data: bytes, bound_to: bytes) -> bytes:
        """Encrypts ``data``; it opens only with the same key and ``bound_to``."""
        ...

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypts. Raises SealBrokenError."""
        ...

    def digest(self, key: bytes, data: bytes) -> bytes:
        """A keyed digest of 32 bytes."""
        ...


class AesGcmHmacSha256:
    """AES-256-GCM with random 96-bit nonces, and HMAC-SHA-256.

    A data key seals few values, far below the bound of random nonces.
    """

    number = 1
    _nonce_bytes = 12

    def seal(self, key: bytes, data: bytes, bound_to: bytes) -> bytes:
        """Nonce, ciphertext and tag."""
        nonce = os.urandom(self._nonce_bytes)
        return nonce + AESGCM(key).encrypt(nonce, data, bound_to)

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypts what ``seal`` made. Raises SealBrokenError."""
        try:
            return AESGCM(key).decrypt(sealed[: self._nonce_bytes], sealed[self._nonce_bytes :], bound_to)
        except (InvalidTag, ValueError):
            raise SealBrokenError(
                "expected a value sealed by this installation's keys for this row, got one that does not open; "
                "restore the key folder or the row from backup"
            ) from None

    def digest(self, key: bytes, data: bytes) -> bytes:
        """HMAC-SHA-256."""
        return hmac.new(key, data, hashlib.sha256).digest()


SUITES: dict[int, Suite] = {suite.number: suite for suite in (AesGcmHmacSha256(),)}
DEFAULT = AesGcmHmacSha256.number


def bind(*parts: str) -> bytes:
    """The additional data that ties a ciphertext to its place: each part with its length, so none can slide."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
