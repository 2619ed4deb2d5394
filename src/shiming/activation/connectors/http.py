"""A small JSON interface that an operator puts in front of its own systems.

All calls are ``POST`` with a bearer token; card numbers stand in bodies, never in addresses.

``POST {url}/cards/query``  ``{"number": ICCID}``
    200 ``{"number", "msisdn", "state", "product"}``; 404 for a card it does not know.
``POST {url}/lines``  ``{"number": ICCID, "lift": "all" | "none"}``, header ``Idempotency-Key``
    opens the line, resumes it when it is suspended, and lifts the restrictions of an unregistered card; with ``none`` they
    stay, because the holder's second act is still to come. 200 ``{"state": "in-service"}`` when it is done,
    202 ``{"state": "opening"}`` when it comes later. The same key again: the same answer, nothing done twice.
``POST {url}/lines/query``  ``{"number": ICCID}``
    200 ``{"state": "none" | "opening" | "in-service" | "suspended" | "cancelled", "barred": [...]}``, where ``barred`` has the
    names of the restrictions in force. Asked until it says what was ordered. 404 for a card it does not know.
``POST {url}/lines/restrict``  ``{"number", "bar": [{"name", "service", "direction"}], "never": [...], "act_number"}``, key
    bars exactly these services, each in its direction (``in``, ``out``, ``both``), and none besides: an empty list lifts all.
    What ``never`` names works on: emergency calls, registration codes, the helpline, and the activation act, which is a text
    or a call to ``act_number`` where that is not null.
``POST {url}/lines/suspend``, ``.../resume``, ``.../cancel``  ``{"number"}``, key
``POST {url}/lines/holder``  ``{"number"}``, key
    the holder's data changed; the operator asks for what it needs and may have. No personal data is sent.
``POST {url}/lines/swap``  ``{"number", "new_number"}``, key
    the line moves to another card; the old card is cancelled.
``POST {url}/lines/plan``  ``{"number", "plan"}``, key
    the line gets another plan, by the issuer's own code of it.
    Each of these: 200 when it is done, 202 when it comes later; 404 for a card it does not know.

408 and 5xx: perhaps done. 409 (the same key is being worked on), 425 and 429: not done, try later. Other 4xx: refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import httpx2

from shiming.activation.operator import Line, LineOrder, LineState, NotDone, OperatorCard
from shiming.audit.work import Workspace
from shiming.platform import http
from shiming.platform.settings import Settings
from shiming.registration.restrictions import bars, never_barred

_PATHS = {
    "restrict": "restrict",
    "lift": "restrict",
    "suspend": "suspend",
    "resume": "resume",
    "cancel": "cancel",
    "update-holder": "holder",
    "swap": "swap",
    "change-plan": "plan",
}
_LATER = 202
_UNKNOWN = 404
_REFUSED_FOR_NOW = {409, 425, 429}
_IN_DOUBT = {408}
_CARD_FIELDS = ("number", "msisdn", "state", "product")


@dataclass(frozen=True, slots=True)
class HttpOperator:
    """An operator reached by this interface."""

    client: httpx2.Client
    url: str
    honours_keys: bool

    def query(self, number: str) -> OperatorCard | None:
        """The card with this number, or None."""
        answer = self._post("cards/query", {"number": number})
        if answer.status_code == _UNKNOWN:
            return None
        data = _json(answer)
        if any(not isinstance(data.get(name), str) for name in _CARD_FIELDS):
            raise NotDone("BAD_ANSWER", again=True, in_doubt=False)
        return OperatorCard(*(data[name] for name in _CARD_FIELDS))

    def open_line(self, number: str, key: str, *, lift: bool = True) -> LineState:
        """Asks for the line."""
        body = {"number": number, "lift": "all" if lift else "none"}
        answer = self._post("lines", body, {"Idempotency-Key": key})
        if answer.status_code == _UNKNOWN:
            raise NotDone("CARD_UNKNOWN", again=False, in_doubt=False)
        done = _json(answer).get("state") == "in-service"
        return LineState.CONFIRMED if done else LineState.ACKNOWLEDGED

    def confirmed(self, number: str) -> bool:
        """Asks how far the line is."""
        answer = self._post("lines/query", {"number": number})
        return answer.status_code != _UNKNOWN and _json(answer).get("state") == "in-service"

    def carry_out(self, order: LineOrder, key: str) -> LineState:
        """Asks for an act on the line."""
        body: dict[str, Any] = {"number": order.number}
        if order.act in ("restrict", "lift"):
            bar = [{"name": name, **asdict(bars()[name])} for name in order.restrictions]
            body |= {"bar": bar, "never": list(never_barred()), "act_number": order.act_number}
        elif order.act == "swap":
            body["new_number"] = order.new_number
        elif order.act == "change-plan":
            body["plan"] = order.plan
        answer = self._post(f"lines/{_PATHS[order.act]}", body, {"Idempotency-Key": key})
        if answer.status_code == _UNKNOWN:
            raise NotDone("CARD_UNKNOWN", again=False, in_doubt=False)
        return LineState.ACKNOWLEDGED if answer.status_code == _LATER else LineState.CONFIRMED

    def line(self, number: str) -> Line | None:
        """Asks how the line stands."""
        answer = self._post("lines/query", {"number": number})
        if answer.status_code == _UNKNOWN:
            return None
        data = _json(answer)
        barred = data.get("barred", [])
        if not isinstance(data.get("state"), str) or not isinstance(barred, list):
            raise NotDone("BAD_ANSWER", again=True, in_doubt=False)
        return Line(data["state"], tuple(str(name) for name in barred))

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx2.Response:
        try:
            answer = self.client.post(f"{self.url}/{path}", json=body, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise NotDone("NO_CONNECTION", again=True, in_doubt=False) from None
        except httpx2.HTTPError:
            raise NotDone("NO_ANSWER", again=True, in_doubt=True) from None
        status = answer.status_code
        if answer.is_success or status == _UNKNOWN:
            return answer
        in_doubt = status >= 500 or status in _IN_DOUBT
        raise NotDone(f"HTTP_{status}", again=in_doubt or status in _REFUSED_FOR_NOW, in_doubt=in_doubt)


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise NotDone("BAD_ANSWER", again=True, in_doubt=True)
    return data


def open_connector(settings: Settings, workspace: Workspace) -> HttpOperator:
    """The operator of the settings. Raises ValueError without an address."""
    if not settings.operator.url:
        raise ValueError("expected the operator's address in SHIMING_OPERATOR__URL, got none; set it or use stand-in")
    token = settings.operator.token.get_secret_value() if settings.operator.token else None
    return HttpOperator(http.client(token=token), settings.operator.url.rstrip("/"), settings.operator.honours_keys)
