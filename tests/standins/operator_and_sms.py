"""An operator and an SMS gateway in one small HTTP server, for tests: it speaks the documented protocols and writes down
what it did.

``python -m tests.standins.operator_and_sms LOG [--careless]`` prints its port. ``LOG`` gets one JSON line for each thing
done. With ``--careless`` it takes no notice of ``Idempotency-Key``: each request is done. It answers late, by chance, before
or after it did what it was asked, so that a client may die at any point.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_SLOWEST_SECONDS = 0.12
_STATES = {"suspend": "suspended", "resume": "in-service", "cancel": "cancelled"}
_ACTS = (*_STATES, "restrict", "holder", "swap")


class Record:
    """What was done, on disk and by key."""

    def __init__(self, path: Path, *, careless: bool) -> None:
        self._path, self._careless = path, careless
        self._lock = threading.Lock()
        self._by_key: dict[tuple[str, str], dict[str, Any]] = {}
        self._states: dict[str, dict[str, Any]] = {}

    def do(self, what: str, key: str, body: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """Does a thing once a key (or each time), and gives the answer."""
        with self._lock:
            if not self._careless and (what, key) in self._by_key:
                return self._by_key[what, key]
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"what": what, "key": key, **body}, ensure_ascii=False) + "\n")
            self._by_key[what, key] = answer
            if what == "line":
                self._change(body["number"], "in-service", [] if body.get("lift") == "all" else None)
            elif what in _STATES:
                self._change(body["number"], _STATES[what], None)
            elif what == "restrict":
                self._change(body["number"], None, [bar["name"] for bar in body["bar"]])
            elif what == "swap":
                self._change(body["new_number"], "in-service", self._line(body["number"])["barred"])
                self._change(body["number"], "cancelled", None)
            return answer

    def _line(self, number: str) -> dict[str, Any]:
        return self._states.setdefault(number, {"state": "in-service", "barred": []})

    def _change(self, number: str, state: str | None, barred: list[str] | None) -> None:
        line = self._line(number)
        if state is not None:
            line["state"] = state
        if barred is not None:
            line["barred"] = barred

    def line(self, number: str) -> dict[str, Any]:
        """How a line stands; ``none`` for one never heard of."""
        with self._lock:
            return dict(self._states.get(number, {"state": "none", "barred": []}))


class Server(ThreadingHTTPServer):
    """Says nothing about clients that die: that is what this test is for."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(record: Record) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            if len(sent) < int(self.headers["Content-Length"]):
                self.close_connection = True  # the client died while it asked: nothing is done
                return
            body = json.loads(sent)
            key = self.headers.get("Idempotency-Key", "")
            time.sleep(random.random() * _SLOWEST_SECONDS)  # a slow network, not a wait for anything
            status, answer = self._answer(key, body)
            time.sleep(random.random() * _SLOWEST_SECONDS)
            data = json.dumps(answer).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _answer(self, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            if self.path == "/sms":
                return 202, record.do("sms", key, body, {"id": f"m-{random.getrandbits(48):x}"})
            if self.path == "/operator/lines":
                kept = {"number": body["number"], "lift": body.get("lift", "all")}
                return 202, record.do("line", key, kept, {"state": "opening"})
            if self.path == "/operator/lines/query":
                return 200, record.line(body["number"])
            act = self.path.removeprefix("/operator/lines/")
            if act in _ACTS:
                return 202, record.do(act, key, body, {})
            return 404, {}

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing to say: what was done is in the record."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--careless", action="store_true")
    args = parser.parse_args()
    server = Server(("127.0.0.1", 0), _handler(Record(args.log, careless=args.careless)))
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
