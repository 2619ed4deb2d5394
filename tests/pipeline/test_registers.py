"""The HTTP connector to registers, against a program of its own: what counts as an answer, and what never does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from shiming.pipeline.registers import open_registers
from shiming.pipeline.registers.service import Answer, Kind, NoAnswer, Question, Register, named
from shiming.platform.settings import RegisterSettings, Settings
from tests.standins.register_program import PATIENCE, TOKEN, Program, register_program

WHO = {"document": "cn-resident-id", "country": "CN", "number": "1", "name": "样本梅", "date_of_birth": "1990-03-07"}
KNOWN = {"name": "样本梅", "date_of_birth": "1990-03-07", "cards": 4}


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with register_program() as running:
        running.tell(people={"1": KNOWN})
        yield running


@pytest.fixture
def register(program: Program) -> Register:
    program.tell(manner="truthful")
    found = named(program.registers("national_id"), "National-ID")
    assert found is not None
    return found


def question(kind: Kind = "identity", **changes: str) -> Question:
    return Question("national-id", kind, {**WHO, **changes})


def test_a_truthful_register_says_yes_no_unknown_and_how_many(register: Register, program: Program) -> None:
    assert register.ask(question(), "a") == Answer("yes", None, "2026-11-20")
    assert register.ask(question(name="样本海"), "b").says == "no"
    assert register.ask(question(number="2"), "c").says == "unknown"
    assert register.ask(question("cards"), "d") == Answer(None, 4, "2026-11-20")
    last = program.asked()[-1]
    assert last["token"] == f"Bearer {TOKEN}"
    assert last["path"] == "/cards/count"
    assert last["body"] == {"id": "d", **WHO}


@pytest.mark.parametrize("kind", ["identity", "cards"])
@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("html", "BAD_ANSWER"),
        ("other", "BAD_ANSWER"),
        ("maybe", "BAD_ANSWER"),
        ("negative", "BAD_ANSWER"),
        ("endless", "BAD_ANSWER"),
        ("slow", "NO_ANSWER"),
        ("drip", "NO_ANSWER"),
        ("busy", "HTTP_503"),
        ("moved", "HTTP_302"),
    ],
)
def test_everything_else_is_no_answer(register: Register, program: Program, manner: str, code: str, kind: Kind) -> None:
    program.tell(manner=manner)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match=code):
        register.ask(question(kind), "a")
    assert time.monotonic() - began < PATIENCE * 6


def test_a_dead_register_is_no_connection() -> None:
    with register_program() as running:
        register = named(running.registers("dead"), "dead")
        assert register is not None
        running.kill()
        with pytest.raises(NoAnswer, match="NO_CONNECTION"):
            register.ask(question(), "a")


@pytest.mark.parametrize("url", ["http://register.example", "ftp://register.example", "http://10.0.0.1/", "nonsense"])
def test_personal_data_do_not_travel_in_clear(url: str) -> None:
    with pytest.raises(ValueError, match="SHIMING_REGISTERS__NATIONAL_ID__URL"):
        open_registers(Settings(registers={"national-id": RegisterSettings(url=url)}))


def test_a_register_is_set_up_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "SHIMING_REGISTERS__NATIONAL_ID__URL", "https://register.example/v1/")
    monkeypatch.setitem(os.environ, "SHIMING_REGISTERS__NATIONAL_ID__TOKEN", "secret")
    settings = Settings()
    registers = open_registers(settings)
    assert named(registers, "national-id") is named(registers, "NATIONAL_ID") is not None
    assert "secret" not in repr(settings)


def test_a_question_does_not_show_whom_it_is_about() -> None:
    assert "样本梅" not in repr(question())
