"""Operators' systems. One file a connector, with ``open_connector(settings, workspace) -> Operator``."""

from __future__ import annotations

import importlib

from shiming.activation.operator import Operator
from shiming.audit.work import Workspace
from shiming.platform.settings import Settings


def open_operator(settings: Settings, workspace: Workspace) -> Operator:
    """The connector that ``SHIMING_OPERATOR__KIND`` names, found by its file. Raises ValueError for wrong settings."""
    name = settings.operator.kind.replace("-", "_")
    operator: Operator = importlib.import_module(f"{__name__}.{name}").open_connector(settings, workspace)
    return operator
