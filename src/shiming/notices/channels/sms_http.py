"""SMS by an HTTP gateway.

``POST SHIMING_SMS__URL`` with a bearer token, the header ``Idempotency-Key`` and a JSON body made from
``SHIMING_SMS__BODY``. 200, 201, 202 and 204 mean taken; ``id`` or ``message_id`` of a JSON answer is kept as reference.
408, 409 (the same key is being worked on), 425, 429 and 5xx are tried again; any other status is final.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx2

from shiming.audit.work import Workspace
from shiming.notices.message import Delivery, Message, NotDelivered
from shiming.platform import http
from shiming.platform.settings import Settings

_TAKEN = {200, 201, 202, 204}
_REFUSED_FOR_NOW = {409, 425, 429}
_IN_DOUBT = {408}


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """A gateway. ``body`` is the parsed JSON template."""

    client: httpx2.Client
    url: str
    body: Any
    honours_keys: bool

    def send(self, message: Message, key: str) -> Delivery:
        """Hands the text to the gateway. Raises ``NotDelivered``."""
        values = {"{to}": message.recipient, "{text}": message.text, "{key}": key}
        try:
            answer = self.client.post(self.url, json=_filled(self.body, values), headers={"Idempotency-Key": key})
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise NotDelivered("NO_CONNECTION", again=True, in_doubt=False) from None
        except httpx2.HTTPError:
            raise NotDelivered("NO_ANSWER", again=True, in_doubt=True) from None
        if answer.status_code in _TAKEN:
            return Delivery(_reference(answer))
        in_doubt = answer.status_code >= 500 or answer.status_code in _IN_DOUBT
        again = in_doubt or answer.status_code in _REFUSED_FOR_NOW
        raise NotDelivered(f"HTTP_{answer.status_code}", again=again, in_doubt=in_doubt)


def _filled(template: Any, values: dict[str, str]) -> Any:
    if isinstance(template, dict):
        return {name: _filled(part, values) for name, part in template.items()}
    if isinstance(template, list):
        return [_filled(part, values) for part in template]
    return values.get(template, template) if isinstance(template, str) else template


def _reference(answer: httpx2.Response) -> str | None:
    try:
        data = answer.json()
    except ValueError:
        return None
    found = (data.get("id") or data.get("message_id")) if isinstance(data, dict) else None
    return str(found)[:64] if found else None


def open_channel(settings: Settings, workspace: Workspace, kind: str) -> SmsGateway:
    """The gateway of the settings. Raises ValueError when its address or its JSON template is wrong."""
    if not settings.sms.url:
        raise ValueError("expected the gateway's address in SHIMING_SMS__URL, got none; set it or use the kind sink")
    try:
        body = json.loads(settings.sms.body)
    except ValueError:
        raise ValueError("expected JSON in SHIMING_SMS__BODY, got something else; correct it") from None
    token = settings.sms.token.get_secret_value() if settings.sms.token else None
    return SmsGateway(http.client(token=token), settings.sms.url, body, settings.sms.honours_keys)
