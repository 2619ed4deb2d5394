"""End-to-end tests of the requirement rows: an installation with its web interface, on both databases."""

from tests.web.conftest import office

__all__ = ["office"]
