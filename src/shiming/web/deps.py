"""What every page and every call needs: the house, who asks, in which language, and proof that a form is ours.

``Form`` reads a submitted form and refuses one without our token; page routers depend on it as a whole, so that no page
can forget it. Cookies: ``shiming`` (holder's session), ``shiming_staff``, ``visitor`` (ties tokens to a browser), ``lang``.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from shiming.accounts import sessions
from shiming.accounts.holders import SignedIn
from shiming.accounts.subjects import STAFF_ROLES, Subject
from shiming.audit.work import Workspace
from shiming.platform.i18n import Translator, negotiate, translator
from shiming.platform.limits import limit
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import limited

if TYPE_CHECKING:
    from shiming.pipeline.house import House

SESSION_COOKIE = "shiming"
"""A holder's session; staff have a cookie of their own, so that one browser may hold both."""
STAFF_COOKIE = "shiming_staff"
VISITOR_COOKIE = "visitor"
LANGUAGE_COOKIE = "lang"
DEVICE_COOKIE = "device"
"""The tokens by which accounts know this browser again, newest first; made by this program only."""
_DEVICES_KEPT = 4
"""As many accounts as a family has on one browser."""
_YEAR = 31_536_000
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def house(request: Request) -> House:
    """The running installation."""
    return cast("House", request.app.state.house)


def public_address(request: Request) -> str:
    """The address people see, without a closing slash."""
    return house(request).settings.address


def language(request: Request) -> str:
    """The language of this page: ``?lang=``, else the cookie, else what the browser prefers."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return negotiate(request.headers.get("accept-language"), chosen)


def texts(request: Request) -> Translator:
    """The translator of this page."""
    return translator(language(request))


def secure(request: Request) -> bool:
    """Whether cookies are for HTTPS only: when the public address is HTTPS."""
    return house(request).settings.address.startswith("https://")


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int, path: str = "/") -> None:
    """Sets a cookie that scripts cannot read and other sites cannot send along with a form."""
    response.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="lax", secure=secure(request))


def visitor(request: Request) -> str:
    """A random mark of this browser. Made on the first page; ``pages`` sets the cookie."""
    known = request.cookies.get(VISITOR_COOKIE) or getattr(request.state, "visitor", None)
    if not known:
        known = request.state.visitor = secrets.token_urlsafe(18)
    return str(known)


def device_tokens(request: Request) -> tuple[str, ...]:
    """What this browser brings to be known again by."""
    return tuple(request.cookies.get(DEVICE_COOKIE, "").split(".")[:_DEVICES_KEPT])


def remember_device(request: Request, response: Response, token: str) -> None:
    """Has the browser keep a device's token, besides those of other accounts."""
    others = [known for known in device_tokens(request) if known and known != token]
    kept = ".".join([token, *others][:_DEVICES_KEPT])
    set_cookie(request, response, DEVICE_COOKIE, kept, seconds=_YEAR)


def open_session(request: Request, response: Response, opened: SignedIn) -> None:
    """Gives the browser a holder's session, and the token by which its device is known again."""
    seconds = int(limit("shiming.web", "cookie.session_days")) * 86400
    set_cookie(request, response, SESSION_COOKIE, opened.token, seconds=seconds)
    remember_device(request, response, opened.device)


def holder_subject(request: Request) -> Subject | None:
    """The holder's session itself, with the contact that opened it."""
    token = request.cookies.get(SESSION_COOKIE)
    found = sessions.authenticate(house(request).workspace, token) if token else None
    return found if found is not None and found.role == Role.HOLDER else None


def csrf_token(request: Request) -> str:
    """The token a form of this browser must bring back."""
    return house(request).workspace.vault.blind("csrf", visitor(request)).hex()


def check_csrf(request: Request, given: str | None) -> None:
    """Refuses (``NOT_ALLOWED``) a change that another site's page asked for."""
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        raise Problem("NOT_ALLOWED")
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem("NOT_ALLOWED")
    if not request.cookies.get(VISITOR_COOKIE) or not hmac.compare_digest(csrf_token(request), given or ""):
        raise Problem("PAGE_TOO_OLD")


def check_csrf_header(request: Request, cookie: str) -> None:
    """The same for a call by a script of ours, which brings the token in a header. ``cookie`` is the session's."""
    check_csrf(request, request.headers.get(CSRF_HEADER) if cookie else None)


@dataclass(frozen=True)
class FormData:
    """A submitted form: texts, stripped, and files by field name."""

    values: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A text, or the empty one."""
        return self.values.get(name, "")

    def on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self.values

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may come several times."""
        return self.many.get(name, ())


async def read_form(request: Request) -> FormData:
    """Reads the form of a changing request and checks its token; an empty form for others."""
    if request.method in _SAFE:
        return FormData()
    values: dict[str, str] = {}
    files: dict[str, bytes] = {}
    many: dict[str, list[str]] = {}
    async with request.form(max_files=4, max_fields=200) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = await value.read()
            else:
                values[name] = value.strip()
                many.setdefault(name, []).append(value.strip())
    check_csrf(request, values.pop(CSRF_FIELD, None) or request.headers.get(CSRF_HEADER))
    return FormData(values, files, {k: tuple(v) for k, v in many.items()})


Form = Annotated[FormData, Depends(read_form)]


def _resolve(request: Request, cookie: str) -> Actor | None:
    token = request.cookies.get(cookie)
    if not token:
        return None
    found = sessions.authenticate(house(request).workspace, token)
    return None if found is None else as_actor(house(request).workspace, found)


def as_actor(workspace: Workspace, subject: Subject) -> Actor:
    """Who asks. A holder who showed one code only is limited once a person was proven in the account."""
    limited = False
    if subject.role == Role.HOLDER and not subject.proven:
        with workspace.read() as work:
            limited = store.account_is_proven(work, subject.id)
    return Actor(Role(subject.role), subject.id, subject.issuer, limited=limited, device=subject.device)


def refuse_limited(request: Request, actor: Actor) -> None:
    """Refuses (``PROOF_REQUIRED``) a limited holder every address that is not named in ``limited.toml``."""
    if actor.limited and not limited.may(request.url.path):
        raise Problem("PROOF_REQUIRED")


def holder_or_none(request: Request) -> Actor | None:
    """The holder who is signed in, if any."""
    found = _resolve(request, SESSION_COOKIE)
    return found if found and found.role is Role.HOLDER else None


def holder(request: Request) -> Actor:
    """The holder who is signed in. Raises ``SIGN_IN_REQUIRED``, which the pages turn into the sign-in page, and
    ``PROOF_REQUIRED``, which leads to the ways of showing more than a code."""
    found = holder_or_none(request)
    if found is None:
        raise Problem("SIGN_IN_REQUIRED")
    refuse_limited(request, found)
    return found


def staff(request: Request) -> Actor:
    """The staff member who is signed in. Raises ``SIGN_IN_REQUIRED``; the pages lead to the staff's sign-in."""
    found = staff_or_none(request)
    if found is None:
        raise Problem("SIGN_IN_REQUIRED")
    return found


def staff_or_none(request: Request) -> Actor | None:
    """The staff member who is signed in, if any."""
    found = _resolve(request, STAFF_COOKIE)
    return found if found and found.role in STAFF_ROLES else None


def staff_with(*roles: Role) -> Callable[[Request], Actor]:
    """A dependency: the staff member who is signed in and has one of these roles. Raises ``Problem`` NOT_ALLOWED."""

    def wanted(request: Request) -> Actor:
        actor = staff(request)
        if actor.role not in roles:
            raise Problem("NOT_ALLOWED")
        return actor

    return wanted


Holder = Annotated[Actor, Depends(holder)]
PublicAddress = Annotated[str, Depends(public_address)]
Staff = Annotated[Actor, Depends(staff)]
MaybeHolder = Annotated[Actor | None, Depends(holder_or_none)]
