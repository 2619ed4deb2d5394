"""Boolean formulas of a programme: which evidence a registration needs.

Atoms are slots (``document-front``), ``attestation`` (a clerk signed for having seen the original) and conditions
(``document=passport``, ``channel=shop``, ``person=minor``, ``face=refused``), joined by ``and``, ``or``, ``not`` and
brackets. ``not`` stands before a condition or a bracket of conditions only: nobody can be asked to hand in nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

_TOKEN = re.compile(r"\s*(?:(?P<word>[a-z0-9][a-z0-9-]*(?:=[a-z0-9-]+)?)|(?P<mark>[()]))")
_OPERATORS = ("and", "or", "not")
CONDITIONS = ("document", "channel", "person", "face")
"""What a condition may ask of a registration."""
Context = Mapping[str, str | None]
"""The conditions' values by name; None = not settled yet, and then no condition on it holds."""


class FormulaError(ValueError):
    """A formula that cannot be read; the message says what was expected where."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as written. The empty one asks for nothing."""

    text: str = ""

    def atoms(self) -> frozenset[str]:
        """Every slot and condition in it. Raises ``FormulaError``."""
        return frozenset(_atoms(_tree(self.text)))

    def alternatives(self, context: Context) -> tuple[tuple[str, ...], ...]:
        """The smallest sets of slots that would do, each in the order written; none when the conditions rule out every one."""
        tree = _tree(self.text)
        found = list(dict.fromkeys([()] if tree is None else _alternatives(tree, context)))
        return tuple(slots for slots in found if not any(set(other) < set(slots) for other in found))

    def needed(self, context: Context, present: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The slots of the alternative that lacks fewest; of several such, the one written first."""
        choices = self.alternatives(context)
        return min(choices, key=lambda slots: len(set(slots) - present), default=())

    def met(self, context: Context, present: frozenset[str]) -> bool:
        """Whether what is present will do."""
        return any(set(slots) <= present for slots in self.alternatives(context))


@cache
def _tree(text: str) -> Any:
    tokens = list(_tokens(text))
    if not tokens:
        return None
    tree, rest = _any(tokens)
    if rest:
        raise FormulaError(f"expected `and`, `or` or the end, got {rest[0]!r}")
    for node in _negated(tree):
        bare = [atom for atom in _atoms(node) if "=" not in atom]
        if bare:
            raise FormulaError(f"expected a condition such as document=passport after `not`, got {bare[0]!r}")
    return tree


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise FormulaError(
                f"expected a slot, a condition, `and`, `or`, `not` or a bracket, got {text[place:][:20]!r}"
            )
        place = match.end()
        yield match["word"] or match["mark"]


def _any(tokens: list[str]) -> tuple[Any, list[str]]:
    return _joined(tokens, "or", lambda rest: _joined(rest, "and", _one))


def _joined(tokens: list[str], word: str, part: Any) -> tuple[Any, list[str]]:
    node, rest = part(tokens)
    nodes = [node]
    while rest and rest[0] == word:
        node, rest = part(rest[1:])
        nodes.append(node)
    return (nodes[0] if len(nodes) == 1 else (word, *nodes)), rest


def _one(tokens: list[str]) -> tuple[Any, list[str]]:
    if not tokens:
        raise FormulaError("expected a slot or a condition, got the end")
    head, rest = tokens[0], tokens[1:]
    if head == "not":
        node, rest = _one(rest)
        return ("not", node), rest
    if head == "(":
        node, rest = _any(rest)
        if not rest or rest[0] != ")":
            raise FormulaError("expected a closing bracket, got " + (repr(rest[0]) if rest else "the end"))
        return node, rest[1:]
    if head == ")" or head in _OPERATORS:
        raise FormulaError(f"expected a slot or a condition, got {head!r}")
    return head, rest


def _atoms(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif node is not None:
        for part in node[1:]:
            yield from _atoms(part)


def _negated(node: Any) -> Iterator[Any]:
    if isinstance(node, str) or node is None:
        return
    if node[0] == "not":
        yield node[1]
    for part in node[1:]:
        yield from _negated(part)


def _holds(node: Any, context: Context) -> bool:
    if isinstance(node, str):
        name, _, value = node.partition("=")
        return context.get(name) == value
    if node[0] == "not":
        return not _holds(node[1], context)
    join = all if node[0] == "and" else any
    return join(_holds(part, context) for part in node[1:])


def _alternatives(node: Any, context: Context) -> list[tuple[str, ...]]:
    if isinstance(node, str) and "=" not in node:
        return [(node,)]
    if isinstance(node, str) or node[0] == "not":
        return [()] if _holds(node, context) else []
    parts = [_alternatives(part, context) for part in node[1:]]
    if node[0] == "or":
        return [slots for part in parts for slots in part]
    found: list[tuple[str, ...]] = [()]
    for part in parts:
        found = [tuple(dict.fromkeys((*before, *slots))) for before in found for slots in part]
    return found
