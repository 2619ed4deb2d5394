"""Does the document's front show a portrait, and is it a human being's?"""

from __future__ import annotations

from collections.abc import Iterator

from shiming.checks._limits import limit
from shiming.registration.values import Case, EvidenceItem, Finding, Outcome

VERSION = "2"
SCOPE = "evidence"


def run(case: Case, item: EvidenceItem) -> Iterator[Finding]:
    """DOC_NO_PORTRAIT, then PORTRAIT_NOT_HUMAN. Only on fronts, and only once a document was found there.

    A drawing that is shaded like a photograph passes: this catches flat drawings and animals, not artists.
    """
    if item.slot != "document-front":
        return
    reading = item.reading
    if reading is None or reading.document is None or reading.faces is None or reading.document.side != "front":
        yield Finding("portrait", VERSION, Outcome.NOT_RUN, "DOC_NO_PORTRAIT", item=item.slot, evidence=(item.id,))
        return
    seen = Outcome.PASS if reading.faces else Outcome.FAIL
    yield Finding("portrait", VERSION, seen, "DOC_NO_PORTRAIT", item.slot, len(reading.faces), 1, "faces", (item.id,))
    if not reading.faces:
        return
    face = reading.faces[0]
    measured = {"confidence": face.confidence}
    # Pictures read before shading was measured have none.
    measured |= {name: face.measures[name] for name in ("dynamic_range", "shading") if name in face.measures}
    bounds = {name: limit(case, f"portrait.{name}") for name in measured}
    worst = min(measured, key=lambda name: measured[name] / bounds[name])
    human = Outcome.PASS if measured[worst] >= bounds[worst] else Outcome.FAIL
    unit = {"confidence": "probability", "dynamic_range": "bits", "shading": "gentle slopes by steep"}[worst]
    value = round(measured[worst], 4)
    yield Finding("portrait", VERSION, human, "PORTRAIT_NOT_HUMAN", item.slot, value, bounds[worst], unit, (item.id,))
