"""Cases for check tests: a made-up card as a reader would hand it over, changed field by field."""

from datetime import date

from shiming.programmes import resolve
from shiming.registration.values import CardFacts, Case, Document, EvidenceItem, Field, Reading

AT = date(2026, 11, 21)
FRONT = {
    "name": "李梅",
    "sex": "F",
    "ethnicity": "汉",
    "date_of_birth": "1990-03-07",
    "address": "浙江省杭州市西湖区云杉路12号3栋2单元501室",
    "number": "330106199003079967",
}
BACK = {"issuing_authority": "杭州市公安局西湖分局", "date_of_issue": "2019-03-21", "date_of_expiry": "2039-03-21"}
PASSPORT = {
    "surname": "ERIKSSON",
    "given_names": "ANNA MARIA",
    "sex": "F",
    "date_of_birth": "1974-08-12",
    "number": "L898902C3",
    "date_of_expiry": "2031-04-15",
}
FORM = {"name": "李梅", "number": "330106199003079967", "address": FRONT["address"]}


def made_fields(values, *, source="ocr", confidence=0.98):
    return {
        key: value if isinstance(value, Field) else Field(value, value, confidence, source)
        for key, value in values.items()
        if value is not None
    }


def item(slot, kind, side, values, **more):
    reading = Reading(Document(kind, side, "CN", 0.99), made_fields(values, **more))
    return EvidenceItem(f"id-{slot}", slot, reading)


def case(*, front=(), back=(), form=FORM, at=AT, card=None, caps=None, confidence=0.98, **more):
    """A whole resident card with a selfie slot; ``front`` and ``back`` replace fields (None takes one away)."""
    evidence = {
        "document-front": item(
            "document-front", "cn-resident-id", "front", {**FRONT, **dict(front)}, confidence=confidence
        ),
        "document-back": item("document-back", "cn-resident-id", "back", {**BACK, **dict(back)}),
        "selfie": EvidenceItem("id-selfie", "selfie", Reading()),
    }
    return Case(resolve("carrier-5g"), at, form, "cn-resident-id", evidence, card=card, caps=caps, **more)


def passport_case(values=(), form=FORM, **more):
    evidence = {
        "document-front": item("document-front", "passport", "front", {**PASSPORT, **dict(values)}, source="mrz")
    }
    return Case(resolve("carrier-5g"), AT, form, "passport", evidence, **more)


def card(**more):
    facts = {"number": "8986009900000000004", "scheme": "iccid", "state": "reserved", "known": True, "bound": False}
    return CardFacts(**{**facts, "reserved_by_this": True, **more})


def outcomes(findings):
    """``{(code, item): outcome}``, the worst where there are several."""
    order = ["pass", "not-run", "warn", "unable", "fail"]
    found = {}
    for one in findings:
        key = (one.code, one.item)
        found[key] = max(found.get(key, "pass"), str(one.outcome), key=order.index)
    return found
