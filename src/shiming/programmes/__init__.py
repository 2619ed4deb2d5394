"""What one issuer asks for one kind of card: evidence, checks, limits, deadlines, channels. One TOML a programme.

``resolve(id)`` gives the ``Rules`` that checks and decision see: the programme and its country's policy in one.
Third parties add programmes by the entry point group ``shiming.programmes`` (a package holding TOML files).
"""

from shiming.programmes.model import Programme, ProgrammeError, incoherences, parse, placed
from shiming.programmes.resolving import for_demo, load, mended, names, offered, read_programme, resolve, source
from shiming.registration.faults import Fault

__all__ = [
    "Fault",
    "Programme",
    "ProgrammeError",
    "for_demo",
    "incoherences",
    "load",
    "mended",
    "names",
    "offered",
    "parse",
    "placed",
    "read_programme",
    "resolve",
    "source",
]
