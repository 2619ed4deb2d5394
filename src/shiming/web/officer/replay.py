"""A draft tried on past registrations: what would have been decided differently, and why. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from shiming import countries
from shiming.countries import PolicyError
from shiming.pipeline.replaying import Changed, Draft, Tally, replay
from shiming.platform.limits import limit
from shiming.programmes import ProgrammeError, read_programme
from shiming.registration.faults import Fault
from shiming.registration.values import Actor, Role
from shiming.web import deps
from shiming.web.pages import page
from shiming.web.reviewer.labels import OUTCOMES, VERDICTS

router = APIRouter(prefix="/officer/replay", dependencies=[Depends(deps.read_form)])
Member = Annotated[Actor, Depends(deps.staff_with(Role.OFFICER))]


def _(text: str) -> str:
    return text


_NOTHING = _("Choose a file with a draft policy or a draft programme.")
_NO_TEXT = _("This is no text file. Give a TOML file as it is in the package.")


@router.get("")
def ask(request: Request, actor: Member) -> Response:
    """Asks for the draft."""
    return _page(request, actor)


@router.post("")
def show(request: Request, actor: Member, form: deps.Form) -> Response:
    """The registrations that the draft would change, as many as a page holds, and how many were looked at."""
    given = {kind: form.files.get(kind, b"") for kind in ("policy", "programme")}
    if not any(given.values()):
        return _page(request, actor, general=_NOTHING)
    try:
        texts = {kind: data.decode("utf-8") for kind, data in given.items() if data}
        draft = _draft(texts, form.get("name"))
    except UnicodeDecodeError:
        return _page(request, actor, general=_NO_TEXT)
    except (PolicyError, ProgrammeError) as refused:
        return _page(request, actor, faults=refused.faults)
    tally = Tally()
    most = int(limit("shiming.web", "replay.cases"))
    found = replay(deps.house(request).workspace, draft, tally)
    shown = list(islice(found, most))
    # The rest is counted, so that the totals are those of every registration.
    for _changed in found:
        pass
    return _page(request, actor, found=shown, tally=tally)


def _draft(texts: dict[str, str], name: str) -> Draft:
    policy = countries.parse("draft", texts["policy"]) if "policy" in texts else None
    programmes = {name: read_programme(name, texts["programme"])} if "programme" in texts else {}
    return Draft(policy, programmes)


def _page(
    request: Request,
    actor: Actor,
    *,
    general: str = "",
    faults: tuple[Fault, ...] = (),
    found: Sequence[Changed] | None = None,
    tally: Tally | None = None,
) -> Response:
    from shiming.programmes.store import offered, programme

    with deps.house(request).workspace.read() as work:
        names = offered(work, demo=deps.house(request).settings.demo)
        titles = {name: programme(work, name).title for name in names}
    return page(
        request,
        "officer/replay.html",
        status=422 if general or faults else 200,
        actor=actor,
        home="/officer",
        general=deps.texts(request).gettext(general) if general else "",
        faults_found=faults,
        found=found,
        tally=tally,
        titles=titles,
        verdicts=VERDICTS,
        outcomes=OUTCOMES,
    )
