"""``shiming read``: reads identity documents from pictures."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli._output import add_json, emit, error, say

if TYPE_CHECKING:
    from shiming.registration.values import EvidenceItem, Finding, Reading

NAME = "read"
HELP = "reads identity documents from pictures"
_CHECKS = (
    "reader_fault", "document_present", "blur", "glare", "dark", "overexposed", "shadow", "low_resolution", "too_small",
    "cut_off", "skew", "occluded", "one_document", "photocopy", "screen", "specimen", "portrait", "field_missing",
    "ocr_confidence", "mrz_checksum", "agreement", "id_number", "dates",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="pictures: JPEG, PNG, WebP, HEIC, AVIF")
    parser.add_argument("--document", metavar="TYPE", help="the document type that is expected, e.g. cn-resident-id")
    parser.add_argument("--side", choices=("front", "back"), help="the side that is expected")
    parser.add_argument("--no-quality", action="store_true", help="no picture measures and no findings about them")
    add_json(parser)
    parser.set_defaults(usage=parser.error)


def run(args: argparse.Namespace) -> int:
    from shiming.reading import documents

    if args.document and args.document not in documents.available():
        args.usage(f"--document {args.document}: expected one of {', '.join(sorted(documents.available()))}")
    status = 0
    for name in args.files:
        line = _line(name, args)
        status = max(status, 1 if line["error"] else 0)
        emit(line) if args.json else say(_words(line))
    return status


def _line(name: str, args: argparse.Namespace) -> dict[str, Any]:
    from shiming import reading
    from shiming.intake.pictures import Refused
    from shiming.registration.reasons import reason

    try:
        data = _bytes(name)
        expected = [args.document] if args.document else None
        read = reading.read_picture(data, documents=expected, side=args.side, quality=not args.no_quality)
        return {"file": name, **_reading(read), "findings": _findings(read, args)} | {
            "error": None,
            "elapsed_ms": read.elapsed_ms,
        }
    except OSError as failure:
        return _failed(name, "FILE_UNREADABLE", f"expected a readable file, got: {failure.strerror}")
    except Refused as refused:
        return _failed(name, refused.code, reason(refused.code).text)
    except Exception as failure:
        # One picture that breaks the reader must not end a run over thousands.
        print(f"{name}: {type(failure).__name__}: {failure}", file=sys.stderr)
        return _failed(name, "SERVICE_UNAVAILABLE", f"the reader failed with {type(failure).__name__}")


def _bytes(name: str) -> bytes:
    """A file's content, one byte more than any picture may have at the most: a huge or endless file is never taken whole."""
    from shiming.intake.pictures import limits

    with Path(name).open("rb") as file:
        return file.read(limits()["bytes"] + 1)


def _failed(name: str, code: str, message: str) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "document": None,
        "fields": {},
        "mrz": None,
        "barcode": None,
        "quality": {},
        "findings": [],
    }
    return {"file": name, **empty, "error": error(code, message), "elapsed_ms": 0}


def _reading(read: Reading) -> dict[str, Any]:
    zone = read.mrz
    return {
        "document": asdict(read.document) if read.document else None,
        "fields": {name: asdict(field) for name, field in read.fields.items()},
        "mrz": zone
        and {
            "index": zone.index,
            "format": zone.format,
            "lines": list(zone.lines),
            "valid": zone.valid,
            "checks": dict(zone.checks),
        },
        "barcode": asdict(read.barcode) if read.barcode else None,
        "quality": dict(read.quality),
    }


def _findings(read: Reading, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The checks of one picture at the catalogue's own limits, as there is no programme."""
    from shiming import checks
    from shiming.registration.values import EvidenceItem

    side = read.document.side if read.document else args.side or "front"
    case = _case(args, EvidenceItem("file", f"document-{side}", read))
    return [_finding(f) for f in checks.run(case)]


def _finding(finding: Finding) -> dict[str, Any]:
    from shiming.registration.reasons import reason

    return {
        "code": finding.code,
        "outcome": str(finding.outcome),
        "measure": finding.measure,
        "limit": finding.limit,
        "message": reason(finding.code).text,
    }


def _case(args: argparse.Namespace, item: EvidenceItem) -> Any:
    from datetime import UTC, datetime

    from shiming.registration.values import Case, Rules, SlotRule

    slots = (SlotRule(item.slot, "document-side", (args.document,) if args.document else (), args.side),)
    rules = Rules(
        programme="", programme_version="", policy_version="", country="", zone="UTC", card_kind="", number_scheme="pattern",
        slots=slots, documents=(), checks=_CHECKS, limits={}, routing={}, review_mode="always", promise_working_days=0,
        attempts=0, retakes=0, minimum_age=0, restrictions=(), consents=(), form_fields=(),
        activation_code_hours=0, activation_code_attempts=0, take_back_minutes=0,
    )  # fmt: skip
    return Case(rules=rules, at=datetime.now(UTC).date(), form={}, document=args.document, evidence={item.slot: item})


def _words(line: dict[str, Any]) -> str:
    if line["error"]:
        return f"{line['file']}: {line['error']['code']}: {line['error']['message']}"
    document = line["document"]
    kind = f"{document['type']} {document['side']} ({document['country'] or '-'})" if document else "no document found"
    rows = [f"{line['file']}: {kind}"]
    rows += [f"  {name}: {f['value'] if f['value'] is not None else f['raw']}" for name, f in line["fields"].items()]
    rows += [f"  {f['code']}: {f['message']}" for f in line["findings"] if f["outcome"] in ("fail", "warn", "unable")]
    return "\n".join(rows)
