"""An authority's register as a program of its own, for tests: it speaks the documented protocol, or fails to.

``python -m tests.standins.register`` prints its port. It is told things by ``POST /tell`` with any of

    ``{"people": {NUMBER: {"name": ..., "date_of_birth": ..., "cards": 0}}}``   whom it knows
    ``{"manner": NAME}``   how it behaves from now on:
        ``truthful``; ``slow`` (never answers), ``drip`` (a byte now and then, for ever); ``html`` (a sign-in page with 200),
        ``other`` (an answer to another question), ``maybe`` (a word that is no answer), ``negative`` (fewer cards than none),
        ``endless`` (an answer that does not end); ``busy`` (503), ``moved`` (302 to a yes); ``flapping`` (503, cut
        connection, truth, in turn)

and ``POST /asked`` gives back what it was asked, with the headers that matter.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "2026-11-20"
_LATE_SECONDS = 30.0
_DRIP_SECONDS = 0.1


class Book:
    """Whom the register knows, how it behaves, and what it was asked."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.manner = "truthful"
        self.asked: list[dict[str, Any]] = []
        self.turn = 0
        self.lock = threading.Lock()

    def truth(self, path: str, question: dict[str, str]) -> dict[str, Any]:
        """The right answer."""
        known = self.people.get(question["number"])
        if path == "/cards/count":
            told: dict[str, Any] = {"count": known["cards"] if known else 0}
        elif known is None:
            told = {"answer": "unknown"}
        else:
            same = all(question[key] == known[key] for key in ("name", "date_of_birth") if key in question)
            told = {"answer": "yes" if same else "no"}
        return {"id": question["id"], "version": VERSION, **told}


class Handler(BaseHTTPRequestHandler):
    """One request. ``book`` is the register's."""

    book: Book

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/tell":
            self.book.people = body.get("people", self.book.people)
            self.book.manner, self.book.turn = body.get("manner", self.book.manner), 0
            self._send(200, {})
        elif self.path == "/asked":
            self._send(200, {"asked": self.book.asked})
        else:
            with self.book.lock:
                token = self.headers.get("Authorization", "")
                self.book.asked.append({"path": self.path, "token": token, "body": body})
                turn, self.book.turn = self.book.turn, self.book.turn + 1
            self._answer(body, turn)

    def _answer(self, body: dict[str, str], turn: int) -> None:
        manner = self.book.manner
        if manner == "flapping":
            manner = ("busy", "cut", "truthful")[turn % 3]
        truth = self.book.truth(self.path, body)
        lies = {
            "other": {**truth, "id": "0"},
            "maybe": {**truth, "answer": "probably", "count": "few"},
            "negative": {**truth, "answer": True, "count": -1},
        }
        if manner in ("truthful", *lies):
            self._send(200, lies.get(manner, truth))
        elif manner in ("slow", "cut"):
            threading.Event().wait(_LATE_SECONDS if manner == "slow" else 0)
            self.close_connection = True
        elif manner in ("drip", "endless"):
            self._never_end(b" " if manner == "drip" else b" " * 10_000)
        else:
            self._strange(manner)

    def _strange(self, manner: str) -> None:
        if manner == "moved":
            self.send_response(302)
            self.send_header("Location", "/yes")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif manner == "html":
            self._send(200, b"<html><h1>yes</h1></html>")
        else:
            self._send(503, {})

    def _never_end(self, piece: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(int(_LATE_SECONDS / _DRIP_SECONDS)):
            try:
                self.wfile.write(piece)
            except OSError:
                break
            if len(piece) == 1:
                threading.Event().wait(_DRIP_SECONDS)
        self.close_connection = True

    def _send(self, status: int, told: Any) -> None:
        data = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to say: what was asked is in the self.book."""


def main() -> None:
    Handler.book = Book()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
