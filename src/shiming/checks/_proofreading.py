"""What a programme names beyond its own file: checks, limits, consents, form fields. Unknown ones are mistakes."""

from __future__ import annotations

from collections.abc import Iterable

from shiming import countries
from shiming.checks.runner import available, limits
from shiming.intake import consents, forms
from shiming.programmes import Fault, Programme, ProgrammeError, incoherences, mended, placed, read_programme
from shiming.programmes.keeping import contradictions


def faults_of(name: str, text: str) -> tuple[Fault, ...]:
    """Every mistake in a programme's text, in the order of its lines; none when it could be published."""
    found: list[Fault] = []
    try:
        programme = read_programme(name, text)
    except ProgrammeError as error:
        found += error.faults
        rest = mended(name, text, error.faults)
        if rest is None:
            return tuple(found)
        found += incoherences(rest)
        programme = rest
    found += unknown_names(programme)
    if programme.country in countries.names():
        found += contradictions(programme, countries.policy(programme.country), text)
    else:
        known = ", ".join(countries.names())
        found.append(
            Fault("country", 0, f"expected one of {known}, got {programme.country!r}", "name a country there is")
        )
    told = {(fault.key, fault.message): placed(text, fault) for fault in found}
    return tuple(sorted(told.values(), key=lambda fault: fault.line))


def unknown_names(programme: Programme) -> tuple[Fault, ...]:
    """Every name in a programme that nothing of this installation knows, with those it may be."""
    known = {
        "checks": (programme.checks, available()),
        "limits": (programme.limits, limits()),
        "consents": ((*programme.consents, *programme.optional_consents), {text.kind for text in consents.texts()}),
        "form_fields": (programme.form_fields, forms.FIELDS),
    }
    return tuple(fault for key, (used, there) in known.items() for fault in _unknown(key, used, there))


def _unknown(key: str, used: Iterable[str], there: Iterable[str]) -> list[Fault]:
    known = sorted(str(name) for name in there)
    return [
        Fault(
            name, 0, f"expected {key} among {', '.join(known)}; got {name!r}", "correct its spelling, or add it there"
        )
        for name in used
        if name not in known
    ]
