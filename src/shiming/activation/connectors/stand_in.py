"""A stand-in for an operator, for demo and trial: it opens lines in a table of this installation and nowhere else.

It takes an order first and confirms it when it is asked how far it is, as real systems do.
"""

from __future__ import annotations

from dataclasses import dataclass

from shiming.activation import store
from shiming.activation.operator import Line, LineOrder, LineState, OperatorCard
from shiming.audit.work import Workspace
from shiming.platform.settings import Settings

_STATES = {"suspend": "suspended", "resume": "in-service", "cancel": "cancelled"}


@dataclass(frozen=True, slots=True)
class StandIn:
    """Opens lines on paper."""

    workspace: Workspace
    honours_keys: bool

    def query(self, number: str) -> OperatorCard | None:
        """It knows no card that the stock does not have."""
        return None

    def open_line(self, number: str, key: str, *, lift: bool = True) -> LineState:
        """Takes the order. Without ``honours_keys`` each order counts, as a careless operator would."""
        with self.workspace.write() as work:
            store.order_line(work, number, key if self.honours_keys else None)
            store.write_line(work, number, "in-service", () if lift else None)
        return LineState.ACKNOWLEDGED

    def carry_out(self, order: LineOrder, key: str) -> LineState:
        """Writes down what the line is from now on. It says so when it is asked."""
        with self.workspace.write() as work:
            if order.act in ("restrict", "lift"):
                store.write_line(work, order.number, None, order.restrictions)
            elif order.act == "swap":
                store.move_line(work, order.number, str(order.new_number))
            elif order.act in _STATES:
                store.write_line(work, order.number, _STATES[order.act], None)
        return LineState.CONFIRMED if order.act in ("update-holder", "change-plan") else LineState.ACKNOWLEDGED

    def line(self, number: str) -> Line | None:
        """The line as it was written down."""
        with self.workspace.read() as work:
            return store.read_line(work, number)

    def confirmed(self, number: str) -> bool:
        """Opens an ordered line and says so."""
        with self.workspace.write() as work:
            return store.open_ordered(work, number)


def open_connector(settings: Settings, workspace: Workspace) -> StandIn:
    """The stand-in of this installation."""
    return StandIn(workspace, settings.operator.honours_keys)
