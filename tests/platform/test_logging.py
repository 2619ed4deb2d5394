import io
import json
import logging

import pytest
import structlog

from shiming.platform import logging as platform_logging


@pytest.fixture
def lines():
    """Configures JSON logs into a buffer and gives what was written; puts the process' logging back afterwards."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    stream = io.StringIO()
    platform_logging.configure("json", "info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "secret",
    [
        "13800138000",
        "11010519491231002X",
        "138 0013 8000",
        "+44 (20) 7946-0958",
        "li.mei@example.com",
        "１３８００１３８０００",
    ],
)
def test_personal_patterns_are_removed(lines, secret):
    structlog.get_logger("shiming.test").info(f"before {secret} after", note=f"<{secret}>", deep={"list": [secret]})
    [line] = lines()
    assert secret not in json.dumps(line, ensure_ascii=False)
    assert line["event"].startswith("before")


def test_personal_keys_are_removed_and_ids_stay(lines):
    uuid = "01a1fc42-fb08-76d3-abb1-123456789012"
    structlog.get_logger("shiming.test").info(
        "x", name="李梅", contact="c", registration=uuid, elapsed_ms=210, size_bytes=12345678
    )
    [line] = lines()
    assert "李梅" not in json.dumps(line, ensure_ascii=False)
    assert (line["registration"], line["elapsed_ms"], line["size_bytes"]) == (uuid, 210, 12345678)


def test_tracebacks_are_cleaned(lines):
    try:
        raise ValueError("call 13800138000")
    except ValueError:
        logging.getLogger("any.library").exception("failed for %s", "13800138000")
    [line] = lines()
    assert "13800138000" not in json.dumps(line)
    assert "ValueError" in line["exception"]


def test_access_lines_have_no_query_and_no_client(lines):
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "203.0.113.9:1", "GET", "/status?name=%E6%9D%8E", "1.1", 200
    )
    [line] = lines()
    assert line["event"] == "GET /status 200"
