"""The ways to reach people. One file a channel, with ``open_channel(settings, workspace, kind) -> Channel``."""

from __future__ import annotations

import importlib

from shiming.audit.work import Workspace
from shiming.notices.message import Channel
from shiming.platform.settings import Settings

_FILES = {"sink": "sink", "http": "sms_http"}


def open_channels(settings: Settings, workspace: Workspace) -> dict[str, Channel]:
    """The channels of an installation by kind: ``sms`` always, ``email`` where a mail server is set or the demo runs."""
    wanted = {"sms": _FILES[settings.sms.kind]}
    if settings.smtp.host:
        wanted["email"] = "email_smtp"
    elif settings.sms.kind == "sink":
        wanted["email"] = "sink"
    opened: dict[str, Channel] = {}
    for kind, name in wanted.items():
        module = importlib.import_module(f"{__name__}.{name}")
        opened[kind] = module.open_channel(settings, workspace, kind)
    return opened
