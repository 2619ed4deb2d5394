"""Signing in and out: holders by a one-time code, staff by user name and password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials

from shiming.accounts import codes, holders, sessions, staff
from shiming.audit.work import Work
from shiming.platform.limits import limit
from shiming.registration.problems import Problem, refuse_kept
from shiming.registration.values import Role
from shiming.web import deps, rates
from shiming.web.api import identity, schemas
from shiming.web.api.identity import Caller, HouseWorkspace
from shiming.web.api.once import ANONYMOUS, ROOM, OnceOnly
from shiming.web.api.problems import ProblemRoute

router = APIRouter(route_class=ProblemRoute, tags=["sessions"])


def _contact(text: str) -> holders.Contact:
    try:
        return holders.normalise_contact(text)
    except holders.ContactError:
        raise Problem("INVALID_FORM", item="contact", fields={"contact": "INVALID_FORM"}) from None


@router.post("/codes", status_code=202, response_model=schemas.CodeSent, summary="Ask for a one-time code")
def send_code(body: schemas.CodeRequest, request: Request, house: HouseWorkspace, once: OnceOnly) -> Response:
    """Sends a code to sign in with. Known and unknown contacts are answered alike; each gets few codes an hour."""
    contact = _contact(body.contact)
    rates.spend_code(request, body.device or "")
    minutes = int(limit(ROOM, "code.minutes"))

    def send(work: Work) -> schemas.CodeSent:
        codes.issue(work, holders.SIGN_IN, contact.value, minutes=minutes, language=body.language)
        return schemas.CodeSent(minutes=minutes)

    with rates.code_waits():
        return once.run(ANONYMOUS, body.model_dump(), send, status=202)


@router.post("/sessions", status_code=201, response_model=schemas.SessionOpened, summary="Sign in with a code")
def open_session(body: schemas.SessionRequest, request: Request, house: HouseWorkspace) -> schemas.SessionOpened | None:
    """Opens a holder's session. A code opens one session, so this request takes no idempotency key.

    Keep `device` and send it the next time: on a device where identity was proven a code opens the whole account;
    elsewhere it opens little of a proven person's (`GET /v1/sessions/current/proof`).
    """
    contact = _contact(body.contact)
    rates.spend_guess(request)
    with house.write() as work:
        opened = holders.sign_in(work, contact, body.code, body.language, (body.device or "",))
        if opened is None:
            refuse_kept(work, Problem("CODE_WRONG", item="code"))
            return None
    return schemas.SessionOpened(token=opened.token, role=str(Role.HOLDER), device=opened.device)


@router.post("/staff/sessions", status_code=201, response_model=schemas.SessionOpened, summary="Sign staff in")
def open_staff_session(
    body: schemas.StaffSessionRequest, request: Request, house: HouseWorkspace
) -> schemas.SessionOpened:
    """Opens a session for a member of staff. Wrong passwords lock the account for a while."""
    rates.spend_staff(request)
    token = staff.authenticate(house, body.username, body.password)
    if token is None:
        raise Problem("SIGN_IN_WRONG")
    with house.read() as work:
        subject = sessions.resolve(work, token)
    return schemas.SessionOpened(token=token, role=subject.role if subject else str(Role.ANONYMOUS))


@router.get("/sessions/current", summary="Who this session belongs to")
def who_am_i(actor: Caller) -> schemas.WhoAmI:
    """Role and id of the caller."""
    return schemas.WhoAmI(role=str(actor.role), id=actor.id)


@router.delete("/sessions/current", status_code=204, response_class=Response, summary="Sign out")
def close_session(
    request: Request,
    actor: Caller,
    house: HouseWorkspace,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(identity.bearer_scheme)],
) -> None:
    """Ends this session. An API key has none to end."""
    token = bearer.credentials if bearer else request.cookies.get(deps.SESSION_COOKIE)
    with house.write() as work:
        sessions.close(work, token or "")
