"""What was read from the document's sides, as one set of fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

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


def sides(case: Case) -> Mapping[str, EvidenceItem]:
    """The original document's sides by slot, front first. Photocopies are evidence of their own and not counted here."""
    found = {slot: item for slot, item in case.evidence.items() if slot.startswith("document-")}
    return dict(sorted(found.items(), key=lambda pair: pair[0] != "document-front"))


def fields(case: Case) -> Mapping[str, ReadField]:
    """Every field read from the document, by name; where two sides carry one, the surer reading."""
    found: dict[str, ReadField] = {}
    for slot, item in sides(case).items():
        for name, field in (item.reading.fields if item.reading else {}).items():
            known = found.get(name)
            if known is None or field.confidence > known.field.confidence:
                found[name] = ReadField(slot, item.id, field)
    return found


def document_type(case: Case) -> str | None:
    """The type of document that was read, else the one declared."""
    for item in sides(case).values():
        if item.reading and item.reading.document:
            return item.reading.document.type
    return case.document


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
