"""Sealing and opening of the core's columns: the context (issuer, table, column, row) is always bound."""

from __future__ import annotations

from typing import Any

from shiming.audit.work import Work


def seal_json(work: Work, key_id: str, table: str, column: str, row: str, value: Any) -> bytes:
    """Seals JSON values for one cell."""
    return work.vault.seal_json(work.conn, key_id, issuer=work.issuer, table=table, column=column, row=row, value=value)


def open_json(work: Work, key_id: str, table: str, column: str, row: str, sealed: bytes | None) -> Any:
    """Opens one cell; None stays None."""
    if sealed is None:
        return None
    return work.vault.open_json(
        work.conn, key_id, issuer=work.issuer, table=table, column=column, row=row, sealed=sealed
    )


def open_text(work: Work, key_id: str, table: str, column: str, row: str, sealed: bytes | None) -> str:
    """Opens one cell of text; None is the empty text."""
    value = open_json(work, key_id, table, column, row, sealed)
    return "" if value is None else str(value)
