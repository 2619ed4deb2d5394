"""An issuer's roster service as an HTTP server of its own, for tests: honest, lying, broken, or too slow to answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Roster:
    """What the service knows and how it behaves: ``honest``, ``other`` (answers about somebody else), ``nameless``,
    ``broken`` (500), ``nonsense`` (no JSON), ``silent`` (never answers)."""

    people: dict[str, dict[str, str]] = field(default_factory=dict)
    manner: str = "honest"
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, number: str) -> tuple[int, bytes]:
        """The answer to one question."""
        if self.manner == "broken":
            return 500, b"{}"
        if self.manner == "nonsense":
            return 200, b"<html>sign in</html>"
        person = self.people.get(number)
        if person is None:
            return 200, json.dumps({"found": False}).encode()
        told = {"found": True, "number": "0" if self.manner == "other" else number, **person}
        if self.manner == "nameless":
            told.pop("name")
        return 200, json.dumps(told).encode()


def _handler(roster: Roster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            roster.asked.append(body)
            roster.tokens.append(self.headers.get("Authorization", ""))
            if roster.manner == "silent":
                roster.ended.wait(30)
                return
            status, data = roster.answer(body["number"]) if self.path == "/entries/query" else (404, b"{}")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing to say."""

    return Handler


@contextmanager
def serve_roster(**people: dict[str, str]) -> Iterator[Roster]:
    """A roster service at an address of its own."""
    roster = Roster(dict(people))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(roster))
    roster.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield roster
    finally:
        roster.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
