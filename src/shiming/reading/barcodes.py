"""What a barcode's content is: by which standard, saying what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from shiming.reading import aamva
from shiming.reading.aamva import Card, Malformed
from shiming.reading.vision.barcode import Symbol
from shiming.registration.values import Barcode, Field

_AAMVA = re.compile(rb"[^A-Za-z]{0,40}(?:ANSI|AAMVA)\s{0,2}\d|\s*%[A-Z]{2}[^?]*\?\s*;6\d{5}")


def claims_aamva(data: bytes) -> bool:
    """Whether a content begins like a driver's licence's: its file type and issuer, or magnetic stripe tracks."""
    return _AAMVA.match(data) is not None


def card(symbol: Symbol) -> Card | Malformed | None:
    """The licence in a barcode, or where it stops being one; None for another content."""
    if not claims_aamva(symbol.data):
        return None
    try:
        return aamva.parse(symbol.data)
    except Malformed as malformed:
        return malformed


def described(symbols: Sequence[Symbol], size: tuple[int, int]) -> Barcode | None:
    """The barcode that tells most, a licence's before others, in a picture of (width, height)."""
    found = [_described(symbol, size) for symbol in symbols]
    return max(found, key=lambda barcode: (barcode.standard is not None, barcode.elements), default=None)


def _described(symbol: Symbol, size: tuple[int, int]) -> Barcode:
    read, box = card(symbol), symbol.box(size)
    if read is None:
        return Barcode(symbol.symbology, box=box)
    if isinstance(read, Malformed):
        return Barcode(symbol.symbology, "aamva", fault=f"character {read.offset}", box=box)
    return Barcode(symbol.symbology, "aamva", read.version, read.jurisdiction, len(read.elements), None, box)


def placed(read: Card, symbol: Symbol, size: tuple[int, int]) -> dict[str, Field]:
    """A card's fields with the barcode's place."""
    box = symbol.box(size)
    return {name: replace(field, box=box) for name, field in read.fields.items()}
