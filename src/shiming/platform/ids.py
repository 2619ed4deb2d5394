"""Identifiers: UUIDv7 inside, a short reference that people can read aloud outside. Neither is authority."""

from __future__ import annotations

import secrets
import threading
import time
import unicodedata
import uuid

ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXY"
"""29 characters, a prime, so that a weighted sum finds every single wrong character and every swap of two.

0/O, 1/I/L are absent; S and Z are read as 5 and 2."""
_LENGTH = 10
_SAME = str.maketrans({"S": "5", "Z": "2"})

_lock = threading.Lock()
_last = 0


def uuid7() -> str:
    """A new UUIDv7 (RFC 9562) in canonical text; strictly increasing within one process."""
    global _last
    fresh = (time.time_ns() // 1_000_000) << 74 | secrets.randbits(73)  # top random bit left free for counting on
    with _lock:
        _last = fresh if fresh >> 74 > _last >> 74 else _last + 1
        value = _last
    stamp, tail = value >> 74, value & ((1 << 74) - 1)
    bits = stamp << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | (tail & ((1 << 62) - 1))
    return str(uuid.UUID(int=bits))


def reference() -> str:
    """A new reference such as ``K7QX-34MN-8C``: nine random characters and a check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH - 1))
    total = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(body, 1))
    check = -total * pow(_LENGTH, -1, len(ALPHABET)) % len(ALPHABET)
    return _grouped(body + ALPHABET[check])


def normalise_reference(text: str) -> str:
    """The reference as it is stored: capital letters, grouped. What cannot be one is returned cleaned but unchecked."""
    folded = unicodedata.normalize("NFKC", text).upper().translate(_SAME)
    return _grouped("".join(letter for letter in folded if letter.isalnum()))


def reference_valid(text: str) -> bool:
    """Whether ``text``, however it is spaced or cased, is a reference whose check character holds."""
    letters = normalise_reference(text).replace("-", "")
    if len(letters) != _LENGTH or any(letter not in ALPHABET for letter in letters):
        return False
    return sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(letters, 1)) % len(ALPHABET) == 0


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
