"""Puts the floors of one installation together: what ``serve`` opens and what pages and calls are given."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import structlog

from shiming.activation.connectors import open_operator
from shiming.activation.operator import NotDone, Operator
from shiming.activation.service import Activation
from shiming.audit.work import Workspace
from shiming.intake import rosters
from shiming.intake.cards import StockCard
from shiming.intake.rosters import RosterService
from shiming.notices import Notices
from shiming.notices.channels import open_channels
from shiming.notices.message import Channel
from shiming.pipeline.duplicates import Duplicates
from shiming.pipeline.engine import Engine
from shiming.pipeline.registers import Registers, open_registers
from shiming.pipeline.vision import Vision, VisionFault, VisionPool
from shiming.platform.clock import Clock
from shiming.platform.settings import Settings

_STOCK_STATES = frozenset({"in-stock", "inactive"})
"""States of an operator's card that somebody may still register."""
_log = structlog.get_logger(__name__)


@dataclass
class House:
    """One installation, open. ``start`` sets its engine to work; ``close`` ends everything."""

    settings: Settings
    workspace: Workspace
    operator: Operator
    channels: dict[str, Channel]
    vision: Vision
    engine: Engine
    rosters: RosterService | None = None
    registers: Registers = field(default_factory=dict)
    duplicates: Duplicates | None = None

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock | None = None, vision: Vision | None = None) -> House:
        """Opens an installation. ``vision`` takes the place of the pool of processes. Raises ValueError for settings."""
        workspace = Workspace.open(settings, clock)
        channels = open_channels(settings, workspace)
        operator = open_operator(settings, workspace)
        eyes = vision or VisionPool(settings.vision)
        notices = Notices(workspace, channels, settings.address, settings.issuer_zone)
        asked = rosters.open_service(settings)
        registers = open_registers(settings)
        duplicates = Duplicates(workspace, eyes, settings.faces.index)
        engine = Engine(
            workspace,
            eyes,
            notices,
            Activation(workspace, operator),
            settings.vision.processes,
            asked,
            registers,
            duplicates,
        )
        return cls(settings, workspace, operator, channels, eyes, engine, asked, registers, duplicates)

    def start(self) -> None:
        """Sets the engine to work and has the models loaded meanwhile."""
        self.engine.start()
        if isinstance(self.vision, VisionPool):
            threading.Thread(target=_preload, args=(self.vision,), name="shiming-preload", daemon=True).start()

    def lookup(self, number: str) -> StockCard | None:
        """Asks the operator for a card that the stock does not have; None when it cannot be asked."""
        try:
            found = self.operator.query(number)
        except NotDone as refusal:
            _log.warning("operator_not_asked", error=refusal.code)
            return None
        if found is None or found.state not in _STOCK_STATES:
            return None
        return StockCard(number=found.number, product=found.product, msisdn=found.msisdn, secret="")

    def close(self) -> None:
        """Stops the engine and ends the processes."""
        self.engine.stop()
        if isinstance(self.vision, VisionPool):
            self.vision.close()
        self.workspace.close()


def _preload(vision: VisionPool) -> None:
    try:
        vision.preload()
    except VisionFault as fault:
        _log.error("vision_not_ready", fault=fault.code)
