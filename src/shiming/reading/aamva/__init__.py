"""The barcode of North American driver's licences and identity cards (AAMVA DL/ID Card Design Standard, annex D).

Every version is read: 1 (2000) to 10 (2020) and later ones of the same structure, the forms before (version 0, and magnetic
stripe tracks printed as a barcode), and what issuers and scanners make of them: wrong offsets, lengths and counts, missing or
doubled separators and compliance characters, escaped control characters. What cannot be read is refused with its place.
"""

from __future__ import annotations

from shiming.reading.aamva._structure import Malformed
from shiming.reading.aamva.card import Card, Issuer, issuers, parse

__all__ = ["Card", "Issuer", "Malformed", "issuers", "parse"]
