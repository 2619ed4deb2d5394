"""The mark of a message: a few letters by which its recipient can ask whether it is ours (row D7).

It is made from the message's id with a key, so that a message tried again carries the same one, and only a keyed index of
it is stored: who reads the database cannot write a message that passes. Letters only, so that nobody takes it for a code.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from shiming.audit.work import Work
from shiming.notices import store
from shiming.notices.texts import templates

LETTERS = "ABCDEFGHJKMNPQRTUVWXY"
"""Without I, L, O, S and Z, which people take for digits."""
_LENGTH = 8
"""21^8 is about 4e10: with the page's limit of tries nobody finds one by guessing, and it would tell nothing."""
_LEFT = ("sending", "sent", "uncertain")


@dataclass(frozen=True, slots=True)
class Genuine:
    """A message of ours: when and how it was sent, and its subject (a message id). Nothing personal."""

    at: datetime
    channel: str
    subject: str


def mark_of(work: Work, notice_id: str) -> str:
    """The mark of a message, in two groups as people read it: ``ABCD-EFGH``."""
    value = int.from_bytes(work.vault.blind(f"{work.issuer}:notice:mark", notice_id)[1:], "big")
    letters = []
    for _ in range(_LENGTH):
        value, place = divmod(value, len(LETTERS))
        letters.append(LETTERS[place])
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def index_of(work: Work, mark: str) -> bytes:
    """What is stored of a mark."""
    return work.vault.blind(_scope(work), _bare(mark))


def check(work: Work, mark: str) -> Genuine | None:
    """The message that carries this mark, however it is spaced or cased; None when none of ours does."""
    bare = _bare(mark)
    if len(bare) != _LENGTH:
        return None
    row = store.by_mark(work, work.vault.blind_all(_scope(work), bare))
    if row is None or row.state not in _LEFT:
        return None
    return Genuine(row.created_at, row.channel, templates()[row.template]["subject"])


def _scope(work: Work) -> str:
    return f"{work.issuer}:notice:mark-index"


def _bare(mark: str) -> str:
    folded = unicodedata.normalize("NFKC", mark).upper()
    return "".join(letter for letter in folded if letter.isalnum())
