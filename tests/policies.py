"""An officer's work before anything runs: what the shipped programmes rest on is supplied, and their countries confirmed."""

from __future__ import annotations

from typing import Any

from shiming import programmes
from shiming.audit.work import Work, Workspace
from shiming.countries import store
from shiming.programmes import keeping
from shiming.registration.values import Actor, Role

OFFICER = Actor(Role.OFFICER, "test-officer")
SUPPLIED: dict[str, Any] = {
    "required": True,
    "online_allowed": True,
    "accepted_documents": [{"open": True}],
    "document_copy": "allowed",
    "face_storage": "allowed",
    "biometric": "not-asked",
    "face_duplicates": "allowed",
    "cap_per_person": [{}],
    "minimum_age": 0,
    "minors": "guardian",
    "proxy": "allowed",
    "retention": [{"artefact": "registration", "days": 0, "after": "end", "keep": "at-least"}],
}
"""What the tests' officer found out: nothing that forbids anything."""


def confirm_all(workspace: Workspace) -> None:
    """Confirms the country of every shipped programme, once."""
    with workspace.write() as work:
        for country in sorted({programmes.load(name).country for name in programmes.names()}):
            if store.confirmation(work, country) is None:
                confirm(work, country)


def confirm(work: Work, country: str) -> None:
    """Supplies what the shipped programmes of a country rest on, and confirms it."""
    policy = store.proposed(work, country)
    loaded = [programmes.load(name) for name in programmes.names()]
    missing = {key for one in loaded if one.country == country for key in keeping.unknowns(one, policy)}
    for key in sorted(missing):
        store.supply(work, OFFICER, country, key, SUPPLIED[key], reference="asked for the tests", dated=work.now.date())
    store.confirm(work, OFFICER, country, store.proposed(work, country).version)
