"""The Singapore identity card: citizens, permanent residents, and passes written alike. Its layout says all."""

from shiming.reading.documents import Part, Side, _labelled

TYPE = "sg-nric"
COUNTRY = "SG"
VERSION = "1"
_LAYOUT = _labelled.load(__package__)
SIDES: tuple[Side, ...] = tuple(_LAYOUT.sides)
PRINTED: dict[Side, tuple[str, ...]] = _LAYOUT.printed()
PORTRAIT: Part | None = _LAYOUT.sides["front"].portrait
recognise = _LAYOUT.recognise
parse = _LAYOUT.parse
outline = _LAYOUT.outline
