"""``shiming barcode``: decodes barcodes from pictures, and parses those of driver's licences, SIM cards and eSIM codes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiming.cli._output import add_json, emit, error, say

if TYPE_CHECKING:
    from shiming.reading.aamva import Card
    from shiming.reading.vision.barcode import Symbol

NAME = "barcode"
HELP = "decodes and parses barcodes: driver's licences (AAMVA PDF417), SIM card numbers, eSIM codes, any QR"
_EMPTY: dict[str, Any] = {
    "symbology": None, "standard": None, "version": None, "jurisdiction": None, "fields": {}, "elements": {}, "number": None,
    "text": None, "box": None,
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="pictures; with --text, the barcode's own text")
    parser.add_argument("--text", action="store_true", help="the files hold the raw text of AAMVA barcodes")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    status = 0
    for name in args.files:
        line = _line(name, args.text)
        status = max(status, 1 if line["error"] else 0)
        emit(line) if args.json else say(_words(line))
    return status


def _line(name: str, is_text: bool) -> dict[str, Any]:
    from shiming.intake.pictures import Refused
    from shiming.registration.reasons import reason

    try:
        data = Path(name).read_bytes()
        found = _licence(data) if is_text else _picture(data)
        return {"file": name, **found}
    except OSError as failure:
        return _failed(name, "FILE_UNREADABLE", f"expected a readable file, got: {failure.strerror}")
    except Refused as refused:
        return _failed(name, refused.code, reason(refused.code).text)
    except Exception as failure:
        # One picture that breaks the reader must not end a run over thousands.
        print(f"{name}: {type(failure).__name__}: {failure}", file=sys.stderr)
        return _failed(name, "SERVICE_UNAVAILABLE", f"the reader failed with {type(failure).__name__}")


def _failed(name: str, code: str, message: str) -> dict[str, Any]:
    return {"file": name, **_EMPTY, "others": [], "error": error(code, message)}


def _licence(data: bytes) -> dict[str, Any]:
    """The line of an AAMVA text, by the standard that of a PDF417."""
    from shiming.reading import aamva

    try:
        found = _of_card(aamva.parse(data))
    except aamva.Malformed as malformed:
        found = {**_EMPTY, "error": error("AAMVA_FORMAT", str(malformed))}
    return {**_EMPTY, "symbology": "PDF417", **found, "others": [], "error": found.get("error")}


def _picture(data: bytes) -> dict[str, Any]:
    """The line of a picture: the barcode that tells most, the ``others`` after it."""
    from shiming.intake import pictures
    from shiming.reading.vision import barcode

    pictures.inspect(data)
    image = pictures.decode(data)
    size = (image.shape[1], image.shape[0])
    found = sorted((_symbol(s, size) for s in barcode.find(image)), key=lambda line: _RANK.index(line["standard"]))
    if not found:
        return {**_EMPTY, "others": [], "error": error("BARCODE_NONE", "expected a picture with a barcode, found none")}
    first, *rest = found
    return {
        **first,
        "others": [{k: v for k, v in line.items() if k != "error"} for line in rest],
        "error": first["error"],
    }


_RANK = ("aamva", "lpa", "iccid", None)


def _symbol(symbol: Symbol, size: tuple[int, int]) -> dict[str, Any]:
    from shiming.reading import barcodes
    from shiming.reading.aamva import Malformed

    line = {**_EMPTY, "symbology": symbol.symbology, "box": symbol.box(size), "error": None}
    read = barcodes.card(symbol)
    if isinstance(read, Malformed):
        return {**line, "standard": "aamva", "error": error("AAMVA_FORMAT", str(read))}
    if read is not None:
        placed = {name: asdict(field) for name, field in barcodes.placed(read, symbol, size).items()}
        return {**line, **_of_card(read), "fields": placed}
    return {**line, **_number(symbol.text), "text": symbol.text}


def _of_card(card: Card) -> dict[str, Any]:
    return {
        "standard": "aamva",
        "version": card.version,
        "jurisdiction": card.jurisdiction,
        "fields": {name: asdict(field) for name, field in card.fields.items()},
        "elements": dict(card.elements),
    }


def _number(text: str) -> dict[str, Any]:
    """What ``shiming number`` says of a SIM card's number or an eSIM activation code; nothing of any other text."""
    from shiming.cli._numbers import kinds
    from shiming.registration.numbers import iccid

    kind = "lpa" if text.upper().startswith("LPA:") else "iccid" if iccid(text).well_formed else None
    if kind is None:
        return {}
    looked = kinds()[kind](text, None)
    valid = looked.reason is None
    details = {
        "kind": kind,
        "value": looked.value,
        "valid": valid,
        "reason": looked.reason,
        "details": dict(looked.details),
    }
    return {"standard": kind, "number": details}


def _words(line: dict[str, Any]) -> str:
    if line["error"]:
        return f"{line['file']}: {line['error']['code']}: {line['error']['message']}"
    rows = [f"{line['file']}: {_title(line)}"]
    rows += [f"  {name}: {f['value'] if f['value'] is not None else f['raw']}" for name, f in line["fields"].items()]
    rows += [f"  also {_title(other)}" for other in line["others"]]
    return "\n".join(rows)


def _title(line: dict[str, Any]) -> str:
    if line["standard"] == "aamva":
        return f"{line['symbology']}, AAMVA version {line['version']}, {line['jurisdiction'] or 'unknown issuer'}"
    number = line["number"]
    told = (
        f", {number['kind']}: {'valid' if number['valid'] else 'not valid (' + number['reason'] + ')'}"
        if number
        else ""
    )
    return f"{line['symbology']}{told}: {line['text']}"
