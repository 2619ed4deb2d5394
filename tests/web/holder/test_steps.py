"""Where a registration goes on."""

from __future__ import annotations

import pytest

from shiming.intake.access import OPEN
from shiming.registration.states import RegistrationState
from shiming.web.holder.steps import STAGES, asked_again_step, next_step, stage, step_for


@pytest.mark.parametrize(
    ("missing", "step"),
    [
        (["code", "document"], "verify"),
        (["consent:privacy"], "consent"),
        (["document", "slot:document-front"], "document"),
        (["slot:document-front", "slot:document-back"], "photo/document-front"),
        (["form:number"], "details"),
        (["declaration"], "details"),
        (["consent:face", "slot:selfie"], "face"),
        (["slot:selfie"], "selfie"),
        ([], "check"),
    ],
)
def test_the_first_missing_item_decides(missing: list[str], step: str) -> None:
    assert next_step(RegistrationState.DRAFT, missing) == step
    assert next_step(RegistrationState.ACTION_REQUIRED, missing) == step


def test_what_is_handed_in_leads_to_the_status() -> None:
    for state in set(RegistrationState) - set(OPEN):
        assert next_step(state, ["document"]) == ""


def test_every_step_has_a_stage() -> None:
    items = ("code", "consent:privacy", "document", "slot:document-front", "form:name", "consent:face", "slot:selfie")
    for item in items:
        assert 1 <= stage(step_for(item)) <= len(STAGES)
    assert stage("check") == len(STAGES)


def test_an_item_asked_again_leads_to_exactly_that_page() -> None:
    slots = ["document-front", "document-back", "selfie"]
    assert asked_again_step("document-back", slots) == "photo/document-back"
    assert asked_again_step("selfie", slots) == "selfie"
    assert asked_again_step("name", slots) == "details"
