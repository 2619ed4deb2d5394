"""What one issuer asks for one kind of card: evidence, checks, limits, deadlines, channels. One TOML a programme.

``resolve(id)`` gives the ``Rules`` that checks and decision see: the programme and its country's policy in one.
Third parties add programmes by the entry point group ``shiming.programmes`` (a package holding TOML files).
"""

from shiming.programmes.model import Fault, Programme, ProgrammeError, parse
from shiming.programmes.resolving import load, names, offered, resolve, source

__all__ = ["Fault", "Programme", "ProgrammeError", "load", "names", "offered", "parse", "resolve", "source"]
