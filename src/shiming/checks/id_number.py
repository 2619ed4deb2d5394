"""Does the number on the document have the right form and check digit?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shiming.checks._read import ReadField, document_type, fields
from shiming.countries.identifiers import identify, of_document
from shiming.registration.values import Case, Finding, Outcome

VERSION = "1"
SCOPE = "registration"
_TRAVEL_NUMBERS = {
    "passport": re.compile(r"[A-Z0-9]{5,9}"),
    "id-card-td1": re.compile(r"[A-Z0-9]{5,22}"),
    "id-card-td2": re.compile(r"[A-Z0-9]{5,14}"),
    "visa-mrv-a": re.compile(r"[A-Z0-9]{5,9}"),
    "visa-mrv-b": re.compile(r"[A-Z0-9]{5,9}"),
}
"""ICAO 9303 parts 4 to 7: up to nine characters, on cards more in the optional data; shorter than five is none in use."""


def run(case: Case) -> Iterator[Finding]:
    """ID_NUMBER_FORMAT or ID_CHECKSUM about the number that was read. ``not-run`` without a number, or a rule for it."""
    read = fields(case).get("number")
    if read is None or read.value is None:
        yield Finding("id_number", VERSION, Outcome.NOT_RUN, "ID_NUMBER_FORMAT")
        return
    kind = of_document(document_type(case))
    if kind is not None:
        yield from _national(case, read, kind)
        return
    form = _TRAVEL_NUMBERS.get(document_type(case) or "")
    if form is None:
        # No rule is known for this document: whatever is printed is as good as its reading.
        yield Finding("id_number", VERSION, Outcome.NOT_RUN, "ID_NUMBER_FORMAT")
        return
    good = form.fullmatch(read.value) is not None
    yield _finding(read, Outcome.PASS if good else Outcome.FAIL, "ID_NUMBER_FORMAT")


def _national(case: Case, read: ReadField, kind: str) -> Iterator[Finding]:
    looked = identify(kind, read.value or "", case.at)
    if looked.fault == "checksum":
        yield _finding(read, Outcome.PASS, "ID_NUMBER_FORMAT")
        yield _finding(read, Outcome.FAIL, "ID_CHECKSUM")
        return
    if looked.fault is not None:
        # A region that no list knows may be missing from the list: a person looks, nobody is asked to correct it.
        outcome = Outcome.WARN if looked.fault in ("region", "component") else Outcome.FAIL
        yield _finding(read, outcome, "ID_NUMBER_FORMAT", looked.fault)
        return
    yield _finding(read, Outcome.PASS, "ID_NUMBER_FORMAT")
    yield _finding(read, Outcome.PASS, "ID_CHECKSUM")


def _finding(read: ReadField, outcome: Outcome, code: str, fault: str | None = None) -> Finding:
    details = {"fault": fault} if fault else {}
    return Finding("id_number", VERSION, outcome, code, item=read.slot, evidence=(read.evidence,), details=details)
