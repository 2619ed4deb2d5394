"""Answers to what people ask, by id; a programme names those that matter for it (row E6)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and the paragraphs of its answer, as gettext message ids."""

    id: str
    title: str
    points: tuple[str, ...]


@cache
def answers() -> Mapping[str, Answer]:
    """Every answer by id, in the order people read them."""
    data = tomllib.loads(files(__package__).joinpath("answers.toml").read_text("utf-8"))
    return {id: Answer(id, row["title"], tuple(row["points"])) for id, row in data.items()}


def chosen(ids: Iterable[str]) -> tuple[Answer, ...]:
    """The answers with these ids, in reading order. Ids without an answer are left out."""
    wanted = set(ids)
    return tuple(answer for id, answer in answers().items() if id in wanted)
