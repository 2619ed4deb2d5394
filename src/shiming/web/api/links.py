"""Persons on record who are one, for reviewers' own tools."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from shiming.audit.work import Work
from shiming.platform.ids import normalise_reference
from shiming.review import linking
from shiming.web.api.identity import HouseWorkspace, Reviewer
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute
from shiming.web.api.schemas import Answer, Note, Request, Short

router = APIRouter(route_class=ProblemRoute, prefix="/review/links", tags=["review"])
LinkId = Annotated[str, Path(alias="id", description="The link's id.", pattern=r"^[0-9a-f-]{36}$")]


class LinkRequest(Request):
    """Two registrations whose persons are one."""

    first: Short = Field(description="The reference of an approved registration of the first.")
    second: Short = Field(description="The reference of an approved registration of the second.")
    note: Note = Field(description="Why they are one person. The persons do not see it.")


class EndRequest(Request):
    """Why two persons are two after all."""

    note: Note = Field(description="The persons do not see it.")


class LinkMade(Answer):
    """A link that counts from now on."""

    id: str


class Link(Answer):
    """A link in force."""

    id: str
    first: list[str] = Field(description="References of the registrations that proved the first.")
    second: list[str] = Field(description="References of the registrations that proved the second.")
    note: str
    linked_at: datetime


class Links(Answer):
    """Newest first."""

    links: list[Link]


@router.get("", summary="Persons who are one")
def show(reviewer: Reviewer, house: HouseWorkspace) -> Links:
    """Limits on cards count linked persons together."""
    with house.read() as work:
        rows = linking.in_force(work, reviewer)
    return Links(
        links=[
            Link(
                id=row.id,
                first=list(row.first),
                second=list(row.second),
                note=row.note,
                linked_at=row.linked_at,
            )
            for row in rows
        ]
    )


@router.post("", status_code=201, response_model=LinkMade, summary="Link two persons")
def link(body: LinkRequest, reviewer: Reviewer, once: OnceOnly) -> Response:
    """Nothing is merged and no card is touched. INVALID_FORM where a reference proves nobody, or both are one already."""

    def make(work: Work) -> LinkMade:
        first, second = normalise_reference(body.first), normalise_reference(body.second)
        return LinkMade(id=linking.link(work, reviewer, first, second, body.note))

    return once.run(reviewer, body.model_dump(), make)


@router.post("/{id}/end", status_code=204, response_class=Response, summary="End a link")
def end(id: LinkId, body: EndRequest, reviewer: Reviewer, house: HouseWorkspace) -> None:
    """Each person counts for themselves again."""
    with house.write() as work:
        linking.unlink(work, reviewer, id, body.note)
