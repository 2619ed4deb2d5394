"""Magnetic stripe tracks printed as a barcode (AAMVA DL/ID standard, annex on magnetic stripes; British Columbia does so)."""

from __future__ import annotations

import re

from shiming.reading.aamva._structure import Content, Malformed

_TRACKS = re.compile(
    r"%?(?P<place>[A-Z]{2})(?P<one>[^?]*)\?\s*;(?P<iin>6\d{5})(?P<number>[^=?]{0,13})=(?P<ends>\d{4})(?P<born>\d{8})(?P<more>[^?]*)\?"
    r"(?P<three>[^?]*)"
)
_CITY, _NAME = 13, 35
"""Places of the city and the name in track 1: a shorter one ends in a caret."""


def looks(raw: str) -> bool:
    """Whether a text begins like track 1, or its directly following track 2 is there."""
    return re.match(r"\s*%[A-Z]{2}[^\n]*\^", raw) is not None


def read(raw: str) -> Content:
    """The tracks as elements of the same meaning. Raises :class:`Malformed`."""
    tracks = _TRACKS.search(raw)
    if tracks is None:
        at = raw.find(";")
        raise Malformed(
            max(0, at),
            "track 2: ';', issuer (6 digits), number, '=', expiry YYMM, birth CCYYMMDD, '?'",
            repr(raw[max(0, at) : max(0, at) + 12]),
        )
    city, rest = _upto(tracks["one"], _CITY)
    name, address = _upto(rest, _NAME)
    elements = {
        "DAQ": (tracks["number"] + tracks["more"]).strip(" ="),
        "DAA": name.strip(),
        "DAG": " ".join(part.strip() for part in address.strip("^ ").split("$")[:1]),
        "DAI": city.strip(),
        "DAJ": tracks["place"],
        "DBA": tracks["ends"],
        "DBB": tracks["born"],
    }
    elements |= _third(tracks["three"])
    return Content(tracks["iin"], 0, None, {key: value for key, value in elements.items() if value}, ())


def _upto(text: str, most: int) -> tuple[str, str]:
    """A part of at most ``most`` characters that a caret may end sooner, and what follows."""
    caret = text.find("^", 0, most + 1)
    return (text[:most], text[most:]) if caret < 0 else (text[:caret], text[caret + 1 :])


def _third(track: str) -> dict[str, str]:
    """Track 3: postal code, sex, height, weight, hair, eyes at fixed places after its two version characters."""
    start = re.match(r"\s*[_#+!\"%]*(?:%|(?=\d))", track)
    body = track[start.end() if start else 0 :]
    if len(body) < 40:
        return {}
    found = {"DAK": body[2:13], "DBC": body[29:30], "DAZ": body[36:39], "DAY": body[39:42]}
    return {key: value.strip() for key, value in found.items()}
