"""A stand-in for an operator, for demo and trial: it opens lines in a table of this installation and nowhere else.

It takes an order first and confirms it when it is asked how far it is, as real systems do.
"""

from __future__ import annotations

from dataclasses import dataclass

from shiming.activation import store
from shiming.activation.operator import LineState, OperatorCard
from shiming.audit.work import Workspace
from shiming.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class StandIn:
    """Opens lines on paper."""

    workspace: Workspace
    honours_keys: bool

    def query(self, number: str) -> OperatorCard | None:
        """It knows no card that the stock does not have."""
        return None

    def open_line(self, number: str, key: str) -> LineState:
        """Takes the order. Without ``honours_keys`` each order counts, as a careless operator would."""
        with self.workspace.write() as work:
            store.order_line(work, number, key if self.honours_keys else None)
        return LineState.ACKNOWLEDGED

    def confirmed(self, number: str) -> bool:
        """Opens an ordered line and says so."""
        with self.workspace.write() as work:
            return store.open_ordered(work, number)


def open_connector(settings: Settings, workspace: Workspace) -> StandIn:
    """The stand-in of this installation."""
    return StandIn(workspace, settings.operator.honours_keys)
