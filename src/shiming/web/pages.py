"""Renders pages: Jinja2 with autoescape, texts by gettext, dates and numbers as the reader's language writes them."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from shiming.platform.i18n import languages
from shiming.registration import numbers
from shiming.registration.documents import document_kinds
from shiming.registration.problems import Problem
from shiming.registration.reasons import catalogue
from shiming.web import deps
from shiming.web.assets import assets
from shiming.web.rates import TooMany, refusal_texts

_YEAR = 31_536_000
"""Seconds the browser's mark and the chosen language are kept."""
LANGUAGE_NAMES = {"en": "English", "zh_CN": "中文"}
"""How each language calls itself; shown on the switch, never translated."""


_ROOMS = ("", ".reviewer", ".clerk", ".agent", ".officer", ".admin")
"""The packages that hold templates."""


@pass_context
def _day(context: Context, value: date | datetime) -> str:
    moment = value.astimezone(context["zone"]).date() if isinstance(value, datetime) else value
    text: str = format_date(moment, "full" if context["lang"] == "zh_CN" else "EEEE, d MMMM y", locale=context["lang"])
    return text


@pass_context
def _translated(context: Context, text: str) -> str:
    return str(context["_"](text))


@pass_context
def _moment(context: Context, value: datetime) -> str:
    text: str = format_datetime(value, "medium", tzinfo=context["zone"], locale=context["lang"])
    return text


def grouped(value: str, size: int = 4) -> str:
    """A long number in groups, as people read it aloud; a line may break between groups."""
    return " ".join(value[i : i + size] for i in range(0, len(value), size))


@cache
def environment() -> Environment:
    """The one template environment. Missing names are errors, not blanks."""
    rooms = [f"shiming.web{room}" for room in _ROOMS]
    own = [room for room in rooms if files(room).joinpath("templates").is_dir()]
    env = Environment(
        loader=ChoiceLoader([PackageLoader(room, "templates") for room in own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(day=_day, moment=_moment, grouped=grouped, card_number=numbers.shown)
    env.filters.update(document_title=lambda kind: document_kinds()[kind].title, translated=_translated)
    env.globals.update(asset=assets.url, reasons=catalogue(), refusal_texts=refusal_texts)
    return env


class _Faults(dict[str, str]):
    """Texts by field; a field without a fault has the empty text."""

    def __missing__(self, key: str) -> str:
        return ""


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Renders a template. It sees ``_``, ``ngettext``, ``lang``, ``zone``, ``csrf_token``, ``demo`` and ``values``."""
    say = deps.texts(request)
    lang = deps.language(request)
    settings = deps.house(request).settings
    shared: dict[str, Any] = {
        "_": say.gettext,
        "ngettext": say.ngettext,
        "lang": lang,
        "html_lang": lang.replace("_", "-"),
        "other_languages": [(code, LANGUAGE_NAMES.get(code, code)) for code in languages() if code != lang],
        "zone": ZoneInfo(settings.issuer_zone),
        "csrf_token": deps.csrf_token(request),
        "demo": settings.demo,
        "theme": settings.theme,
        "path": request.url.path,
        "signed_in": deps.SESSION_COOKIE in request.cookies,
    }
    zone, locale = shared["zone"], lang
    shared["moment"] = lambda value: format_datetime(value, "medium", tzinfo=zone, locale=locale)
    if "faults" in values:
        values["faults"] = _Faults(values["faults"])
    html = environment().get_template(template).render({**shared, **values})
    response = HTMLResponse(html, status, headers={"Content-Language": shared["html_lang"]})
    fresh = getattr(request.state, "visitor", None)
    if fresh:
        deps.set_cookie(request, response, deps.VISITOR_COOKIE, fresh, seconds=_YEAR)
    if request.query_params.get("lang"):
        deps.set_cookie(request, response, deps.LANGUAGE_COOKIE, lang, seconds=_YEAR)
    return response


def come_back(response: Response, problem: Problem | None) -> Response:
    """Gives an answer the headers of its refusal: when to try again after too many tries."""
    if isinstance(problem, TooMany):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def see(address: str) -> RedirectResponse:
    """Goes on to another page after a form (303, so that reloading sends nothing twice)."""
    return RedirectResponse(address, 303)
