"""An installation with its web interface, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shiming.audit.work import Workspace
from shiming.platform.clock import FixedClock
from shiming.platform.settings import Settings
from tests.web.support import Office, open_office


@pytest.fixture
def office(workspace: Workspace, settings: Settings, clock: FixedClock) -> Iterator[Office]:
    """An installation whose engine stands still."""
    with open_office(workspace, settings, clock) as opened:
        yield opened
