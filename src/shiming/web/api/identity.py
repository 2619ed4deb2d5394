"""Who asks, and whether they may: sessions by cookie or bearer token, API keys of issuers' systems. Deny first."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from shiming.accounts import api_keys, sessions
from shiming.accounts.subjects import STAFF_ROLES, Subject
from shiming.audit.work import Workspace
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import deps

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

bearer_scheme = HTTPBearer(
    auto_error=False, scheme_name="bearer", description="A session's token (`POST /v1/sessions`)."
)
holder_cookie = APIKeyCookie(
    name=deps.SESSION_COOKIE,
    auto_error=False,
    scheme_name="holderSession",
    description="A holder's browser; requests that change something also carry `X-CSRF-Token`.",
)
staff_cookie = APIKeyCookie(
    name=deps.STAFF_COOKIE,
    auto_error=False,
    scheme_name="staffSession",
    description="A browser of staff; requests that change something also carry `X-CSRF-Token`.",
)
api_key_scheme = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="apiKey", description="The key of an issuer's system."
)


def workspace(request: Request) -> Workspace:
    """The way to this installation's data."""
    return deps.house(request).workspace


HouseWorkspace = Annotated[Workspace, Depends(workspace)]


def _actor(house: Workspace, subject: Subject | None) -> list[Actor]:
    return [] if subject is None else [deps.as_actor(house, subject)]


def _by_api_key(house: Workspace, key: str) -> list[Actor]:
    with house.read() as work:
        found = api_keys.resolve(work, key)
    return _actor(house, found)


def _by_cookie(request: Request, house: Workspace, token: str) -> list[Actor]:
    found = _actor(house, sessions.authenticate(house, token))
    if found and request.method not in SAFE_METHODS:
        deps.check_csrf_header(request, token)
    return found


def callers(
    request: Request,
    house: HouseWorkspace,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)],
    of_holder: Annotated[str | None, Depends(holder_cookie)],
    of_staff: Annotated[str | None, Depends(staff_cookie)],
    api_key: Annotated[str | None, Depends(api_key_scheme)],
) -> list[Actor]:
    """Who asks: one, or two where a browser is signed in as a holder and as staff.

    Raises ``Problem`` SIGN_IN_REQUIRED, or the refusal of a cookie that comes without its CSRF token.
    """
    if api_key is not None:
        found = _by_api_key(house, api_key)
    elif bearer is not None:
        found = _actor(house, sessions.authenticate(house, bearer.credentials))
    else:
        cookies = [cookie for cookie in (of_holder, of_staff) if cookie]
        found = [actor for cookie in cookies for actor in _by_cookie(request, house, cookie)]
    if not found:
        raise Problem("SIGN_IN_REQUIRED")
    return found


Callers = Annotated[list[Actor], Depends(callers)]


class Only:
    """A dependency that lets the named roles pass."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(self, request: Request, found: Callers) -> Actor:
        """The caller. Raises ``Problem`` NOT_ALLOWED for other roles, PROOF_REQUIRED for a holder who is limited."""
        for actor in found:
            if actor.role in self.roles:
                deps.refuse_limited(request, actor)
                return actor
        raise Problem("NOT_ALLOWED")


Caller = Annotated[Actor, Depends(Only(Role.HOLDER, Role.SERVICE, *(Role(role) for role in STAFF_ROLES)))]
Clerk = Annotated[Actor, Depends(Only(Role.CLERK))]
Agent = Annotated[Actor, Depends(Only(Role.AGENT))]
Officer = Annotated[Actor, Depends(Only(Role.OFFICER))]
Admin = Annotated[Actor, Depends(Only(Role.ADMIN))]
AdminOrService = Annotated[Actor, Depends(Only(Role.ADMIN, Role.SERVICE))]
Service = Annotated[Actor, Depends(Only(Role.SERVICE))]
Holder = Annotated[Actor, Depends(Only(Role.HOLDER))]
Reviewer = Annotated[Actor, Depends(Only(Role.REVIEWER))]
Stockist = Annotated[Actor, Depends(Only(Role.ADMIN, Role.OFFICER, Role.SERVICE))]
