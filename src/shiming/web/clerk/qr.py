"""An address as a QR code, drawn into the page: no picture to load, no script to run."""

from __future__ import annotations

import cv2
from markupsafe import Markup

_QUIET = 2
"""Modules of quiet zone added to the two that the encoder leaves: ISO/IEC 18004 asks for four."""


def svg(address: str, label: str) -> Markup:
    """The code as an SVG element with a text for those who cannot see it."""
    grid = cv2.QRCodeEncoder.create().encode(address)
    size = grid.shape[0] + 2 * _QUIET
    dark = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for y, row in enumerate(grid) for x, value in enumerate(row) if not value
    )
    return Markup(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {} {}" width="220" height="220" '
        'shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d="{}" fill="#000"/></svg>'
    ).format(label, size, size, dark)
