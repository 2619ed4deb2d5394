"""Does the number on the document have the right form and check digit?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shiming.checks._read import ReadField, document_type, fields
from shiming.countries.identifiers import identify, kinds
from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"
_TRAVEL_NUMBER = re.compile(r"[A-Z0-9]{5,9}")
"""ICAO 9303 part 4: the document number has up to nine characters; shorter than five is no passport in use."""


def run(case: Case) -> Iterator[Finding]:
    """ID_NUMBER_FORMAT or ID_CHECKSUM about the number that was read. ``not-run`` where none was read."""
    read = fields(case).get("number")
    if read is None or read.value is None:
        yield Finding("id_number", VERSION, Outcome.NOT_RUN, "ID_NUMBER_FORMAT")
        return
    kind = document_type(case)
    if kind is not None and kind in kinds():
        yield from _national(case, read, kind)
        return
    good = _TRAVEL_NUMBER.fullmatch(read.value) is not None
    yield _finding(read, Outcome.PASS if good else Outcome.FAIL, "ID_NUMBER_FORMAT")


def _national(case: Case, read: ReadField, kind: str) -> Iterator[Finding]:
    looked = identify(kind, read.value or "", case.at)
    if looked.fault == "checksum":
        yield _finding(read, Outcome.PASS, "ID_NUMBER_FORMAT")
        yield _finding(read, Outcome.FAIL, "ID_CHECKSUM")
        return
    if looked.fault is not None:
        # A region that no list knows may be missing from the list: a person looks, nobody is asked to correct it.
        outcome = Outcome.WARN if looked.fault == "region" else Outcome.FAIL
        yield _finding(read, outcome, "ID_NUMBER_FORMAT", looked.fault)
        return
    yield _finding(read, Outcome.PASS, "ID_NUMBER_FORMAT")
    yield _finding(read, Outcome.PASS, "ID_CHECKSUM")


def _finding(read: ReadField, outcome: Outcome, code: str, fault: str | None = None) -> Finding:
    details = {"fault": fault} if fault else {}
    return Finding("id_number", VERSION, outcome, code, item=read.slot, evidence=(read.evidence,), details=details)
