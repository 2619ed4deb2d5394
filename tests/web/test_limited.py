"""What one code opens in the account of a proven person: every route of holders, tried (docs/decisions/0012)."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from shiming.accounts import sessions
from tests.rows.people import approve
from tests.web.support import PRINTED, Office
from tests.web.test_access import ACCESS, address, allowed, ask, scene

LISTED = tomllib.loads(files("shiming.web").joinpath("limited.toml").read_text("utf-8"))
HOLDER_ONLY = {"owner"}


def test_every_line_of_the_list_is_an_address_of_holders() -> None:
    paths = {route.split(" ", 1)[1] for route in ACCESS}
    assert [line for line in LISTED["pages"] if line not in paths] == []
    assert [
        line for line in [*LISTED["below"], *LISTED["begins"]] if not any(path.startswith(line) for path in paths)
    ] == []


def test_a_limited_session_is_refused_everything_personal(office: Office) -> None:
    here = scene(office)
    approve(office, here.ids["registration"])
    kind, id = here.people["owner"]
    assert kind == "account"
    open_all = {route for route, who in ACCESS.items() if "anonymous" in allowed(who)}
    wrong = []
    for route, who in ACCESS.items():
        if route in open_all or not HOLDER_ONLY & allowed(who) or "clerk" in allowed(who):
            continue
        client = here.client("anonymous")
        with office.workspace.write() as work:
            client.cookies.set("shiming", sessions.open(work, "account", id))
        answer = ask(client, route, address(route, here.ids))
        path = route.split(" ", 1)[1]
        refused = "/account/prove?next=" in answer.headers.get("location", "") or "PROOF_REQUIRED" in answer.text
        listed = path in LISTED["pages"] or path.startswith(tuple(LISTED["begins"]))
        if not (refused or listed):
            wrong.append(f"{route}: {answer.status_code} {answer.headers.get('location', '')}")
        if PRINTED["name"] in answer.text or PRINTED["number"] in answer.text:
            wrong.append(f"{route} shows the person")
    assert wrong == []
