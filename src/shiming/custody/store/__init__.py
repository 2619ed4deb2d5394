"""Custody's SQL: one module a subject."""

from shiming.custody.store import tables

__all__ = ["tables"]
