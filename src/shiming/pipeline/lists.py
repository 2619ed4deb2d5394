"""What is done with each kind of list that people hand in."""

from __future__ import annotations

from collections.abc import Mapping

from shiming.intake import batches, imports, rosters
from shiming.intake.lists import Kind

LIST_KINDS: Mapping[str, Kind] = {
    rosters.KIND: rosters.LIST,
    batches.KIND: batches.LIST,
    imports.KIND: imports.LIST,
}
