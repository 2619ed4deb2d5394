"""E-mail by a mail server (SMTP with STARTTLS where offered, or TLS from the start on port 465).

Mail knows no idempotency key. The ``Message-ID`` is made from the key, but nobody promises to drop a double: a message
that was in flight when the program died is in doubt.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from shiming.audit.work import Workspace
from shiming.notices.message import Delivery, Message, NotDelivered
from shiming.platform.limits import limit
from shiming.platform.settings import Settings, SmtpSettings

_TLS_PORT = 465
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server and the sender's address."""

    settings: SmtpSettings
    sender: str
    honours_keys: bool = False

    def send(self, message: Message, key: str) -> Delivery:
        """Hands the mail to the server. Raises ``NotDelivered``."""
        mail = EmailMessage()
        domain = self.sender.rpartition("@")[2]
        mail["From"], mail["To"], mail["Subject"] = self.sender, message.recipient, message.subject
        mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        server = self._connected()
        try:
            server.send_message(mail)
        except smtplib.SMTPResponseException as refusal:
            again = refusal.smtp_code < _PERMANENT
            raise NotDelivered(f"SMTP_{refusal.smtp_code}", again=again, in_doubt=False) from None
        except smtplib.SMTPRecipientsRefused:
            raise NotDelivered("RECIPIENT_REFUSED", again=False, in_doubt=False) from None
        except (OSError, smtplib.SMTPException):
            raise NotDelivered("NO_ANSWER", again=True, in_doubt=True) from None
        finally:
            server.close()
        return Delivery()

    def _connected(self) -> smtplib.SMTP:
        seconds = limit("shiming.platform", "http.read_seconds")
        host, port = str(self.settings.host), self.settings.port
        try:
            server = _open(host, port, seconds)
            if self.settings.user and self.settings.password:
                if not isinstance(server.sock, ssl.SSLSocket):
                    server.close()
                    raise NotDelivered("NO_TLS", again=False, in_doubt=False)
                server.login(self.settings.user, self.settings.password.get_secret_value())
        except (OSError, smtplib.SMTPException):
            raise NotDelivered("NO_CONNECTION", again=True, in_doubt=False) from None
        return server


def _open(host: str, port: int, seconds: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if port == _TLS_PORT:
        return smtplib.SMTP_SSL(host, port, timeout=seconds, context=context)
    server = smtplib.SMTP(host, port, timeout=seconds)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    return server


def open_channel(settings: Settings, workspace: Workspace, kind: str) -> Mail:
    """The mail server of the settings. Raises ValueError without a sender's address."""
    if not settings.smtp.sender or "@" not in settings.smtp.sender:
        raise ValueError("expected the sender's address in SHIMING_SMTP__SENDER, got none; set it")
    return Mail(settings.smtp, settings.smtp.sender)
