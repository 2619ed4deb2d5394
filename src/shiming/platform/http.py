"""The HTTP client for partners' systems: bounded waits, no redirects, proxies from the environment."""

from __future__ import annotations

import httpx2

import shiming
from shiming.platform.limits import limit


def client(
    base_url: str = "",
    token: str | None = None,
    transport: httpx2.BaseTransport | None = None,
    read_seconds: float | None = None,
) -> httpx2.Client:
    """A client for one partner. ``token`` goes out as a bearer token. Close it, or use it as a context manager."""
    headers = {"User-Agent": f"shiming/{shiming.__version__}"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    timeout = httpx2.Timeout(
        read_seconds or limit("shiming.platform", "http.read_seconds"),
        connect=limit("shiming.platform", "http.connect_seconds"),
    )
    return httpx2.Client(
        base_url=base_url, headers=headers, timeout=timeout, transport=transport, follow_redirects=False
    )
