"""A browser without scripts: keeps cookies, reads forms out of pages and sends them as they stand."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx2

from tests.web.support import Office


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self.forms and given.get("name"):
            kind = given.get("type", "text")
            if kind in ("radio", "checkbox"):
                if "checked" in given:
                    self.forms[-1][1][given["name"]] = given["value"]
            elif kind != "file":
                self.forms[-1][1][given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


class Browser:
    """One person's browser at an installation."""

    def __init__(self, office: Office, language: str = "en") -> None:
        self.office = office
        self.client = office.client()
        self.client.headers["Accept-Language"] = language
        self.page: httpx2.Response
        self.path = ""

    def open(self, path: str) -> httpx2.Response:
        """Opens a page, following where it leads."""
        self._arrive(self.client.get(path), path)
        return self.page

    def send(self, action: str, files: dict[str, Any] | None = None, **fields: str) -> httpx2.Response:
        """Fills in and sends the form of this page that goes to ``action``; follows where it leads."""
        forms = [values for target, values in self.parsed().forms if target == action]
        assert forms, f"no form to {action} on {self.path}: {[t for t, _ in self.parsed().forms]}"
        self._arrive(self.client.post(action, data={**forms[0], **fields}, files=files), action)
        return self.page

    def parsed(self) -> _Forms:
        """The forms and words of this page."""
        parser = _Forms()
        parser.feed(self.page.text)
        return parser

    @property
    def text(self) -> str:
        """What this page says."""
        return " ".join(" ".join(self.parsed().text).split())

    def sign_in(self, contact: str = "holder@example.org") -> None:
        """Signs in by a code."""
        self.open("/sign-in")
        self.send("/sign-in", contact=contact)
        self.send("/sign-in/code", code=self.office.last_code())

    def _arrive(self, answer: httpx2.Response, path: str) -> None:
        self.path = path
        while answer.status_code in (302, 303, 307):
            self.path = answer.headers["location"]
            answer = self.client.get(self.path)
        self.page = answer
