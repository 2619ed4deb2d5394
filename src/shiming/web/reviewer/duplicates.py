"""Faces that look alike, side by side. The answer links persons or does not; the case is decided on its own page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming.platform.i18n import Translator
from shiming.platform.ids import normalise_reference
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.store import candidates
from shiming.registration.values import Actor, Role
from shiming.review import duplicates
from shiming.web import deps
from shiming.web.pages import page, see
from shiming.web.reviewer import labels

router = APIRouter()
Reviewer = Annotated[Actor, Depends(deps.staff_with(Role.REVIEWER))]


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


ANSWERS = {
    "same": ("warn", _("The same person")),
    "other": ("ok", _("Another person")),
    "unknown": ("info", _("Cannot be told")),
}
_FAULTS = {
    "answer": _("Say whether it is the same person."),
    "note": _("Say in a sentence why."),
}


_LEAST = 0.1


def _expected(count: float, say: Translator) -> str:
    """How many strangers are expected, to one decimal."""
    return say.gettext("fewer than 0.1") if count < _LEAST else say.gettext("about {count}", count=f"{count:.1f}")


@router.get("/review/{reference}/duplicates")
def show(request: Request, actor: Reviewer, reference: str) -> Response:
    """The registration beside those that look like it. The look is recorded."""
    return _show(request, actor, reference)


@router.post("/review/{reference}/duplicates/{candidate_id}")
def answer(request: Request, actor: Reviewer, reference: str, candidate_id: str, form: deps.Form) -> Response:
    """Keeps what the reviewer says of one of them."""
    known = normalise_reference(reference)
    try:
        with deps.house(request).workspace.write() as work:
            registration = store.by_reference(work, known)
            if candidates.get(work, candidate_id).registration_id != registration.id:
                raise Problem("NOT_FOUND")
            duplicates.answer(work, actor, candidate_id, form.get("answer"), form.get("note"))
    except Problem as problem:
        if not problem.fields:
            raise
        return _show(request, actor, reference, problem, candidate_id, form)
    return see(f"/review/{known}/duplicates#c-{candidate_id}")


def _show(
    request: Request,
    actor: Actor,
    reference: str,
    problem: Problem | None = None,
    at: str = "",
    values: deps.FormData | None = None,
) -> Response:
    say = deps.texts(request)
    with deps.house(request).workspace.write() as work:
        registration = store.by_reference(work, normalise_reference(reference))
        found = duplicates.compare(work, actor, registration)
    return page(
        request,
        "reviewer/duplicates.html",
        422 if problem else 200,
        actor=actor,
        labels=labels,
        found=found,
        expected=_expected(found.expected_false, say),
        answers=ANSWERS,
        at=at,
        values=values or deps.FormData(),
        faults={f"{name}-{at}": say.gettext(_FAULTS[name]) for name in problem.fields} if problem else {},
    )
