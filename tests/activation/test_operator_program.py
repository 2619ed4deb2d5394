"""The acts at an operator that is a program of its own, over HTTP: done once a key, confirmed by how the line stands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shiming.activation.connectors.http import HttpOperator
from shiming.activation.operator import Line, LineOrder, LineState
from shiming.platform import http
from shiming.registration.restrictions import never_barred

NUMBER, OTHER = "8986001234567890120", "8986001234567890138"


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[tuple[HttpOperator, Path]]:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "tests.standins.operator_and_sms", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        port = program.stdout.readline().strip()
        yield HttpOperator(http.client(), f"http://127.0.0.1:{port}/operator", honours_keys=True), log
        program.terminate()


def done(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def test_every_act_is_done_and_seen(operator: tuple[HttpOperator, Path]) -> None:
    ask, log = operator
    assert ask.line(NUMBER) == Line("none", ())
    barred = LineOrder("restrict", NUMBER, ("sms-out", "data"), act_number="10690")
    assert ask.carry_out(barred, "k1") == LineState.ACKNOWLEDGED
    assert ask.carry_out(barred, "k1") == LineState.ACKNOWLEDGED
    assert ask.line(NUMBER) == Line("in-service", ("sms-out", "data"))
    said = done(log)
    assert len(said) == 1
    assert said[0]["never"] == list(never_barred())
    assert said[0]["act_number"] == "10690"
    assert {"name": "sms-out", "service": "sms", "direction": "out"} in said[0]["bar"]  # type: ignore[operator]
    ask.open_line(NUMBER, "k2", lift=False)
    assert ask.line(NUMBER) == Line("in-service", ("sms-out", "data"))
    ask.carry_out(LineOrder("suspend", NUMBER), "k3")
    assert ask.line(NUMBER) == Line("suspended", ("sms-out", "data"))
    ask.open_line(NUMBER, "k4")
    assert ask.line(NUMBER) == Line("in-service", ())
    assert ask.confirmed(NUMBER)
    ask.carry_out(LineOrder("update-holder", NUMBER), "k5")
    assert set(done(log)[-1]) == {"what", "key", "number"}
    ask.carry_out(LineOrder("swap", NUMBER, new_number=OTHER), "k6")
    assert (ask.line(NUMBER), ask.line(OTHER)) == (Line("cancelled", ()), Line("in-service", ()))
    ask.carry_out(LineOrder("cancel", OTHER), "k7")
    assert ask.line(OTHER) == Line("cancelled", ())
