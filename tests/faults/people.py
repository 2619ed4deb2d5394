"""The holders of the crash tests: who they are, their cards and their pictures, the same in every process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

from PIL import Image
from stdnum import luhn

from shiming.reading.documents._people import SamplePerson, person
from shiming.reading.documents.sample import sample_person, sample_set

SLOTS = ("document-front", "document-back", "selfie")


@dataclass(frozen=True)
class Holder:
    """One holder: a made-up person, a telephone and a card."""

    index: int
    phone: str
    number: str
    secret: str
    who: SamplePerson


def holders(count: int) -> list[Holder]:
    return [_holder(index, person(1000 + index)) for index in range(count)]


def drawn_holders(count: int) -> list[tuple[Holder, dict[str, bytes]]]:
    """Holders whose documents were drawn and photographed, with their pictures by slot."""
    found = []
    for index in range(count):
        made = sample_set(1000 + index)
        pictures = dict(zip(SLOTS, (made["front"], made["back"], made["selfie"]), strict=True))
        found.append((_holder(index, sample_person(1000 + index)), pictures))
    return found


def _holder(index: int, who: SamplePerson) -> Holder:
    body = f"898600{index:012d}"
    return Holder(
        index,
        f"+86138{index:08d}",
        body + luhn.calc_check_digit(body),
        f"secret-{index}",
        who,
    )


def stock(people: list[Holder]) -> str:
    """The issuer's stock as CSV."""
    lines = ["number,kind,scheme,product,msisdn,secret"]
    lines += [f"{h.number},sim,iccid,5g,+86139{h.index:08d},{h.secret}" for h in people]
    return "\n".join(lines)


def form(holder: Holder) -> dict[str, str]:
    return {"name": holder.who.name, "number": holder.who.number, "address": holder.who.address}


def marked_picture(holder: Holder, slot: str) -> bytes:
    """A small JPEG whose comment says what stands on it, for a vision that reads comments."""
    who = holder.who
    values = {
        "document-front": {
            "name": who.name,
            "sex": who.sex,
            "ethnicity": who.ethnicity,
            "date_of_birth": who.date_of_birth.isoformat(),
            "address": who.address,
            "number": who.number,
        },
        "document-back": {
            "issuing_authority": who.issuing_authority,
            "date_of_issue": who.date_of_issue.isoformat(),
            "date_of_expiry": who.date_of_expiry.isoformat() if who.date_of_expiry else None,
        },
        "selfie": {},
    }[slot]
    buffer = io.BytesIO()
    comment = json.dumps({"slot": slot, "fields": values}).encode()
    Image.new("RGB", (640, 400), (120, 90, 60)).save(buffer, "JPEG", comment=comment)
    return buffer.getvalue()
