"""What was read from the document's sides, as one set of fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shiming.checks._compare import is_han
from shiming.countries.identifiers import identify, of_document
from shiming.registration.documents import OTHER
from shiming.registration.values import Case, EvidenceItem, Field

_WITHOUT_END = ("长期", "長期", "PERMANENT", "INDEFINITE", "UNLIMITED")


@dataclass(frozen=True, slots=True)
class ReadField:
    """A field with the slot and the evidence it was read from."""

    slot: str
    evidence: str
    field: Field

    @property
    def value(self) -> str | None:
        """The normalised value; None where it could not be understood or the document has no such end."""
        return self.field.value

    @property
    def without_end(self) -> bool:
        """Whether the document says that it never expires."""
        return self.field.value is None and any(word in self.field.raw.upper() for word in _WITHOUT_END)


def sides(case: Case, role: str = "") -> Mapping[str, EvidenceItem]:
    """The original document's sides by slot, front first: of the holder, or of the person in a role (``guardian``).

    Photocopies are evidence of their own and not counted here.
    """
    prefix = f"{role}-document-" if role else "document-"
    found = {slot: item for slot, item in case.evidence.items() if slot.startswith(prefix)}
    return dict(sorted(found.items(), key=lambda pair: not pair[0].endswith("-front")))


def fields(case: Case, role: str = "") -> Mapping[str, ReadField]:
    """Every field read from the document, by name; where two sides carry one, the surer reading."""
    found: dict[str, ReadField] = {}
    for slot, item in sides(case, role).items():
        for name, field in (item.reading.fields if item.reading else {}).items():
            known = found.get(name)
            if known is None or field.confidence > known.field.confidence:
                found[name] = ReadField(slot, item.id, field)
    return found


def document_type(case: Case, role: str = "") -> str | None:
    """The type of document that was read, else (of the holder) the one declared."""
    for item in sides(case, role).values():
        if item.reading and item.reading.document and item.reading.document.type != OTHER:
            return item.reading.document.type
    return None if role else case.document


def birth(case: Case, role: str = "") -> tuple[date | None, ReadField | None]:
    """The date of birth printed, else the one inside the number, with the field that says it."""
    read = fields(case, role)
    born = day(read.get("date_of_birth"))
    if born is not None:
        return born, read["date_of_birth"]
    kind, number = of_document(document_type(case, role)), read.get("number")
    if kind is not None and number is not None and number.value is not None:
        looked = identify(kind, number.value, case.at)
        if looked.valid and "date_of_birth" in looked.details:
            return date.fromisoformat(looked.details["date_of_birth"]), number
    return None, None


def day(field: ReadField | None) -> date | None:
    """The date in a field; None when there is none."""
    if field is None or field.value is None:
        return None
    try:
        return date.fromisoformat(field.value)
    except ValueError:
        return None


def age_on(born: date, at: date) -> int:
    """Whole years of age on that day."""
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def named(read: Mapping[str, ReadField]) -> Mapping[str, ReadField]:
    """The fields with a whole name, made of surname and given names where the document has only these."""
    joined = _of_parts(read)
    return read if ("name" in read and read["name"].value) or joined is None else {**read, "name": joined}


def name_like(read: Mapping[str, ReadField], given: str) -> ReadField | None:
    """The document's name in the script of a name that was given: some print it in Chinese characters and in Latin letters."""
    whole, joined = named(read).get("name"), _of_parts(read)
    if joined is None or whole is None or not given or is_han(given) == is_han(whole.value or ""):
        return whole
    return joined if is_han(given) == is_han(joined.value or "") else whole


def _of_parts(read: Mapping[str, ReadField]) -> ReadField | None:
    parts = [read[key] for key in ("surname", "given_names") if key in read and read[key].value]
    if not parts:
        return None
    whole = " ".join(part.value or "" for part in parts)
    sure = min(part.field.confidence for part in parts)
    return ReadField(parts[0].slot, parts[0].evidence, Field(whole, whole, sure, parts[0].field.source))
