"""What pages and interface share of long lists: how far one is, and its errors as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import StreamingResponse

from shiming.intake import lists
from shiming.intake.lists import LineFault, Sheet
from shiming.web import deps


def _(text: str) -> str:
    return text


STATES = {
    "taking": ("wait", _("Being read")),
    "waiting": ("wait", _("Read; not finished yet")),
    "done": ("ok", _("Finished")),
    "stopped": ("bad", _("Came to nothing: the registration ended")),
}
"""A state's mark and its message id."""
SHOWN_FAULTS = 50
"""So many errors stand on the page; all of them are in the file."""


@dataclass(frozen=True)
class Shown:
    """A list as a page shows it."""

    sheet: Sheet
    faults: list[tuple[LineFault, str, str]]
    """What is wrong, with the message ids of text and cure."""

    @property
    def state(self) -> tuple[str, str]:
        """Mark and message id."""
        return STATES[self.sheet.state]

    @property
    def moving(self) -> bool:
        """Whether the page should look again."""
        return self.sheet.state == "taking"


def shown(request: Request, sheet: Sheet) -> Shown:
    """A list with its first errors."""
    with deps.house(request).workspace.read() as work:
        faults = list(lists.store.faults(work, sheet.id, SHOWN_FAULTS))
    return Shown(sheet, [(fault, *lists.fault_texts(fault.code)) for fault in faults])


def errors_file(request: Request, sheet: Sheet) -> StreamingResponse:
    """All errors of a list as CSV, in the reader's language, a line at a time."""
    say = deps.texts(request).gettext

    def rows() -> Iterator[str]:
        with deps.house(request).workspace.read() as work:
            yield from lists.table(lists.store.faults(work, sheet.id), say)

    headers = {"Content-Disposition": f'attachment; filename="errors-{sheet.id[:8]}.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(rows(), media_type="text/csv; charset=utf-8", headers=headers)
