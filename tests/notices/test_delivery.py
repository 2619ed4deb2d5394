"""Delivery: claim, send, mark; waits after a failure; what is in doubt is never sent again by a channel without keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest

from shiming.audit.work import Workspace
from shiming.notices import Notices, store
from shiming.notices.channels.sink import Sink
from shiming.notices.channels.sms_http import SmsGateway
from shiming.notices.message import Channel
from shiming.notices.service import wait_seconds
from shiming.platform import http, outbox
from shiming.platform.clock import FixedClock
from shiming.platform.limits import limit

PHONE = "+8613800138000"


@dataclass
class Gateway:
    """The other side: counts what reached it and answers as told."""

    answers: list[int | type[Exception]]
    got: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.got.append((request.headers["Idempotency-Key"], json.loads(request.content)))
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            return httpx2.Response(answer, json={"id": "m-1"})
        raise answer("no")

    def channel(self, *, honours_keys: bool) -> SmsGateway:
        client = http.client(transport=httpx2.MockTransport(self))
        return SmsGateway(client, "http://gateway.test/send", {"mobile": "{to}", "content": ["{text}"]}, honours_keys)


@pytest.fixture
def post(workspace: Workspace) -> Callable[[], str]:
    def put() -> str:
        payload = {
            "template": "one-time-code",
            "to": PHONE,
            "channel": "sms",
            "language": "en",
            "params": {"code": "123456", "minutes": 10, "purpose": "sign-in"},
        }
        with workspace.write() as work:
            return work.post("notice", payload, key="one-time-code:1", about="r-1")

    return put


def notices(workspace: Workspace, channel: Channel) -> Notices:
    return Notices(workspace, {"sms": channel}, "https://id.example", "Asia/Shanghai")


def state(workspace: Workspace, id: str) -> tuple[str, str]:
    with workspace.read() as work:
        kept = work.conn.execute(outbox.outbox.select().where(outbox.outbox.c.id == id)).one()
        return kept.state, store.notices(work, "r-1")[0].state


def test_the_gateway_gets_its_own_json_and_the_key(workspace: Workspace, post: Callable[[], str]) -> None:
    gateway = Gateway([202])
    id = post()
    notices(workspace, gateway.channel(honours_keys=True)).deliver(id)
    ((key, body),) = gateway.got
    assert key == "one-time-code:1"
    assert body["mobile"] == PHONE
    assert "123456" in body["content"][0]
    assert state(workspace, id) == ("sent", "sent")
    with workspace.read() as work:
        assert store.recipient(work, id) == PHONE


def test_a_message_is_sent_once(workspace: Workspace, post: Callable[[], str]) -> None:
    gateway = Gateway([202])
    service = notices(workspace, gateway.channel(honours_keys=True))
    id = post()
    service.deliver(id)
    service.deliver(id)
    assert len(gateway.got) == 1


def test_failures_are_tried_again_later_each_time_longer_and_not_for_ever(
    workspace: Workspace, clock: FixedClock, post: Callable[[], str]
) -> None:
    tries = int(limit("shiming.notices", "retry.attempts"))
    gateway = Gateway([503] * tries)
    service = notices(workspace, gateway.channel(honours_keys=True))
    id = post()
    for attempt in range(1, tries + 1):
        service.deliver(id)
        assert len(gateway.got) == attempt
        service.deliver(id)
        assert len(gateway.got) == attempt, "expected no try before the wait is over"
        clock.advance(timedelta(seconds=wait_seconds(attempt)))
    assert state(workspace, id) == ("failed", "failed")
    assert {key for key, _ in gateway.got} == {"one-time-code:1"}


@pytest.mark.parametrize(
    ("answer", "honours_keys", "expected"),
    [
        (httpx2.ReadTimeout, False, "uncertain"),
        (httpx2.ReadTimeout, True, "pending"),
        (500, False, "uncertain"),
        (httpx2.ConnectError, False, "pending"),
        (429, False, "pending"),
        (400, True, "failed"),
    ],
)
def test_what_may_have_left_is_only_tried_again_where_keys_are_honoured(
    workspace: Workspace,
    post: Callable[[], str],
    answer: int | type[Exception],
    honours_keys: bool,
    expected: str,
) -> None:
    gateway = Gateway([answer])
    id = post()
    notices(workspace, gateway.channel(honours_keys=honours_keys)).deliver(id)
    assert state(workspace, id) == (expected, expected)
    with workspace.read() as work:
        assert [notice.id for notice in store.in_doubt(work)] == ([id] if expected == "uncertain" else [])


@pytest.mark.parametrize(("honours_keys", "expected"), [(True, "sent"), (False, "uncertain")])
def test_a_sender_that_died_while_sending(
    workspace: Workspace, clock: FixedClock, post: Callable[[], str], honours_keys: bool, expected: str
) -> None:
    class Killed(BaseException):
        pass

    class Dies:
        def __init__(self) -> None:
            self.honours_keys = honours_keys

        def send(self, message: object, key: str) -> None:
            raise Killed

    id = post()
    with pytest.raises(Killed):
        notices(workspace, Dies()).deliver(id)  # type: ignore[arg-type]
    assert state(workspace, id) == ("sending", "sending")
    clock.advance(timedelta(minutes=2))
    gateway = Gateway([202])
    service = notices(workspace, gateway.channel(honours_keys=honours_keys))
    with workspace.read() as work:
        (row,) = outbox.stuck(work.conn, work.now)
    service.recover(row)
    service.deliver(id)
    assert state(workspace, id) == (expected, expected)
    assert len(gateway.got) == (1 if honours_keys else 0)


def test_the_sink_keeps_each_message_once(workspace: Workspace, post: Callable[[], str]) -> None:
    sink = Sink(workspace, "sms")
    id = post()
    notices(workspace, sink).deliver(id)
    with workspace.write() as work:
        outbox.mark(work.conn, id, "pending")
    notices(workspace, sink).deliver(id)
    with workspace.read() as work:
        (kept,) = store.sink(work)
    assert (kept.recipient, kept.channel) == (PHONE, "sms")
    assert "123456" in kept.text


def test_a_contact_that_no_channel_reaches_fails_and_says_so(workspace: Workspace, post: Callable[[], str]) -> None:
    id = post()
    Notices(workspace, {}, "https://id.example", "Asia/Shanghai").deliver(id)
    assert state(workspace, id) == ("failed", "failed")
    with workspace.read() as work:
        assert store.notices(work, "r-1")[0].error == "NO_CHANNEL"
