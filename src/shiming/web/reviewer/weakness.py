"""What this installation cannot tell, said beside every case so that nobody trusts a figure more than it deserves."""

from __future__ import annotations

from shiming.platform.i18n import Translator
from shiming.reading.models import ModelRefused, best_face_model
from shiming.web.reviewer.case import Case


def notes(case: Case, say: Translator) -> list[str]:
    """The weaknesses that bear on this case."""
    found = []
    slots = {picture.evidence.slot for picture in case.pictures}
    if "liveness" in slots:
        found.append(
            say.gettext(
                "A session in a browser shows that somebody moved as they were told. It does not rule out a face that is "
                "swapped in front of the camera program in real time: look for a blurred edge of the face and for light that "
                "does not move with it."
            )
        )
        found.extend(_face_model(say))
    elif "selfie" in slots:
        found.append(
            say.gettext(
                "The selfie is one photo with heuristic signals: weak. It does not prove that a living person was there; "
                "look for screen edges, paper borders and reflections."
            )
        )
        found.extend(_face_model(say))
    consent = case.consents.get("face")
    if consent is not None and not consent.given:
        found.append(
            say.gettext("The holder refused the face comparison. No face was compared; that is no reason to reject.")
        )
    if "document-front" in slots:
        found.append(
            say.gettext(
                "Pictures of a document show what is printed, not that it is genuine. Check digits do not cover name, sex "
                "and nationality."
            )
        )
    return found


def _face_model(say: Translator) -> list[str]:
    try:
        model, _ = best_face_model()
    except ModelRefused:
        return [say.gettext("No face model is installed, so no faces were compared.")]
    if model.face is None:
        return []
    point = model.face.match
    sentence = say.gettext(
        "Face model {title}: at its match limit of {limit} it takes {false_matches} pairs of strangers in 10,000 for one "
        "person and misses {misses} of 100 genuine pairs (measured on {measured_on}).",
        title=model.title,
        limit=f"{point.similarity:.2f}",
        false_matches=f"{point.false_match_rate * 10_000:.1f}",
        misses=f"{point.false_non_match_rate * 100:.1f}",
        measured_on=model.face.measured_on,
    )
    sentences = [sentence]
    if point.idlike is not None:
        sentences.append(
            say.gettext(
                "Where one side is small and soft like a portrait on a document, it misses {misses} of 100 genuine pairs.",
                misses=f"{point.idlike.false_non_match_rate * 100:.1f}",
            )
        )
    if model.face.may_reject:
        return sentences
    return [
        *sentences,
        say.gettext("With this model a face that does not match is only a reason to look, never one to reject."),
    ]
