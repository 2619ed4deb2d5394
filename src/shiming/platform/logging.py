"""Logs for machines (JSON) and people, with personal data taken out before a line is written.

Redaction is the second line of defence; the first is not to log personal data at all.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

MASK = "[removed]"
# fmt: off
PERSONAL_KEYS = frozenset({
    "account_contact", "address", "authorization", "birth", "code", "contact", "cookie", "date_of_birth",
    "display_name", "email", "fields", "form", "given_names", "holder_name", "iccid", "id_number", "imei", "msisdn",
    "name", "number", "party_name", "password", "payload", "personal_number", "phone", "pin", "raw", "secret",
    "surname", "text", "to", "token", "username", "value",
})
# fmt: on
"""Event keys whose values are removed whatever they hold."""
_MEASURE = re.compile(r"(?:^|_)(?:bytes|ms|ns|seconds|pixels|port|pid|seq|lineno)$")
_KEPT = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
_PERSONAL = re.compile(
    rf"(?P<kept>{_KEPT.pattern})"
    r"|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|(?<![\w])\+?\d(?:[ ()-]{0,2}\d){6,}[Xx]?"  # seven digits and more, however spaced: numbers, telephones, dates
    r"|\d{7,}",
    re.IGNORECASE,
)
_OURS = ("shiming", "uvicorn")
"""The loggers that follow the level set; all others keep to warnings."""
_MARKS = frozenset({"timestamp", "level", "logger"})


def redacted(text: str) -> str:
    """``text`` without e-mail addresses and runs of seven and more digits; UUIDs stay."""
    return _PERSONAL.sub(lambda match: match["kept"] or MASK, text)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that takes personal data out of an event."""
    for key, value in event.items():
        if key not in _MARKS and not key.startswith("_"):
            event[key] = _clean(key, value)
    return event


def configure(form: Literal["console", "json"] = "console", level: str = "info", stream: TextIO | None = None) -> None:
    """Sends structlog's and the standard library's logs, uvicorn's too, through one redacting line writer on stderr."""
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    first: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        stamp,
    ]
    render: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=first,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, render],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries write what they work on at lower levels: Pillow a picture's author and place. Only our own level can be lowered.
    root.setLevel(max(logging.getLevelNamesMapping()[level.upper()], logging.WARNING))
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    _adopt_uvicorn()
    structlog.configure(
        processors=[*first, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class AccessFilter(logging.Filter):
    """Leaves method, path and status of uvicorn's access lines: no query string, no client address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record in place."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            _client, method, path, _version, status = record.args
            record.msg, record.args = "%s %s %s", (method, str(path).partition("?")[0], status)
        return True


def _adopt_uvicorn() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    access = logging.getLogger("uvicorn.access")
    access.filters[:] = [AccessFilter()]


def _clean(key: str, value: Any) -> Any:
    if key.lower() in PERSONAL_KEYS:
        return MASK
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 10**6 or _MEASURE.search(key) else MASK
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(key, item) for item in value]
    return redacted(repr(value))
