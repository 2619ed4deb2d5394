"""A stand-in for a gateway: keeps messages sealed in this installation and sends nothing. The demo shows them."""

from __future__ import annotations

from dataclasses import dataclass

from shiming.audit.work import Workspace
from shiming.notices import store
from shiming.notices.message import Delivery, Message
from shiming.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Sink:
    """Keeps messages, one a key."""

    workspace: Workspace
    kind: str
    honours_keys: bool = True

    def send(self, message: Message, key: str) -> Delivery:
        """Keeps the message; one that came with this key before is not kept again."""
        with self.workspace.write() as work:
            return Delivery(store.keep_in_sink(work, self.kind, message, key))


def open_channel(settings: Settings, workspace: Workspace, kind: str) -> Sink:
    """The sink of this installation."""
    return Sink(workspace, kind)
