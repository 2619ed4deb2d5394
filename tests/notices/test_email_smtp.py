"""The mail channel against a real SMTP server: an independent one, in a thread of its own."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from shiming.notices.channels.email_smtp import Mail, open_channel
from shiming.notices.message import Message, NotDelivered
from shiming.platform.settings import Settings, SmtpSettings


class Mailbox:
    """Keeps what arrives; refuses what it is told to refuse."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refusal: str | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusal:
            return self.refusal
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Mail]]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, Mail(SmtpSettings(host="127.0.0.1", port=port), "card@issuer.example")
    server.stop()


def message(to: str = "mei@example.org") -> Message:
    return Message(recipient=to, subject="登记已通过", text="您的号卡已开通。", language="zh_CN")


def test_a_mail_arrives_whole(mailbox: tuple[Mailbox, Mail]) -> None:
    box, channel = mailbox
    channel.send(message(), "decision:1")
    channel.send(message(), "decision:1")
    first, second = box.mails
    assert first["To"] == "mei@example.org"
    assert first["Subject"] == "登记已通过"
    assert first.get_content().strip() == "您的号卡已开通。"
    assert first["Message-ID"] == second["Message-ID"]
    assert not channel.honours_keys


@pytest.mark.parametrize(("answer", "again"), [("451 later", True), ("554 never", False)])
def test_a_refusal_says_whether_to_try_again(mailbox: tuple[Mailbox, Mail], answer: str, again: bool) -> None:
    box, channel = mailbox
    box.refusal = answer
    with pytest.raises(NotDelivered) as refused:
        channel.send(message(), "k")
    assert (refused.value.again, refused.value.in_doubt) == (again, False)


def test_an_unknown_mailbox_is_not_tried_again(mailbox: tuple[Mailbox, Mail]) -> None:
    with pytest.raises(NotDelivered) as refused:
        mailbox[1].send(message("nobody@example.org"), "k")
    assert (refused.value.again, refused.value.in_doubt) == (False, False)


def test_no_server_is_no_doubt() -> None:
    with pytest.raises(NotDelivered) as refused:
        Mail(SmtpSettings(host="127.0.0.1", port=1), "card@issuer.example").send(message(), "k")
    assert (refused.value.again, refused.value.in_doubt) == (True, False)


def test_a_password_never_travels_in_clear(mailbox: tuple[Mailbox, Mail]) -> None:
    open_settings = mailbox[1].settings.model_copy(update={"user": "u", "password": SecretStr("p")})
    with pytest.raises(NotDelivered) as refused:
        Mail(open_settings, "card@issuer.example").send(message(), "k")
    assert refused.value.again is False
    assert mailbox[0].mails == []


def test_a_sender_is_needed(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, smtp=SmtpSettings(host="mail.example"))
    with pytest.raises(ValueError, match="SHIMING_SMTP__SENDER"):
        open_channel(settings, None, "email")  # type: ignore[arg-type]
