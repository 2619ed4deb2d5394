"""What anybody may ask: health, programmes, consent texts, and what the codes of refusals mean."""

from __future__ import annotations

from fastapi import APIRouter, Response

from shiming import __version__, programmes
from shiming.intake import consents
from shiming.registration import problems, reasons
from shiming.registration.problems import Problem
from shiming.web.api import schemas, views
from shiming.web.api.identity import HouseWorkspace
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.registrations import Say

router = APIRouter(route_class=ProblemRoute, tags=["general"])


@router.get("/health", summary="Whether the server works")
def health(house: HouseWorkspace, response: Response) -> schemas.Health:
    """Answers once the database was reached."""
    with house.read() as work:
        work.conn.exec_driver_sql("SELECT 1")
    return schemas.Health(status="ok", version=__version__)


@router.get("/programmes", summary="All programmes")
def list_programmes() -> schemas.ProgrammeList:
    """What can be registered here, and what is asked for it."""
    return schemas.ProgrammeList(programmes=[views.programme(programmes.resolve(name)) for name in programmes.names()])


@router.get("/programmes/{name}", summary="One programme")
def get_programme(name: str) -> schemas.Programme:
    """What is asked for one kind of card."""
    if name not in programmes.names():
        raise Problem("NOT_FOUND")
    return views.programme(programmes.resolve(name))


@router.get("/consents/{kind}", summary="The text of a consent")
def consent_text(kind: str, say: Say) -> schemas.ConsentText:
    """The text in force, in the asker's language."""
    found = consents.text(kind)
    return schemas.ConsentText(
        kind=found.kind,
        version=found.version,
        title=say.gettext(found.title),
        points=[say.gettext(point) for point in found.points],
    )


@router.get("/problems/{code}", summary="What a code means")
def problem(code: str, say: Say) -> schemas.ProblemCode:
    """The codes of refusals and of reasons are stable."""
    if code not in problems.codes() and code not in reasons.catalogue():
        raise Problem("NOT_FOUND")
    found = Problem(code)
    return schemas.ProblemCode(
        code=code, status=found.status, text=say.gettext(found.text), hint=say.gettext(found.hint)
    )
