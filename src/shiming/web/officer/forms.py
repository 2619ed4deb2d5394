"""The form for one fact of a policy, made from its vocabulary; and what was filled in, read back."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from shiming.countries.vocabulary import VOCABULARY, Row
from shiming.registration.documents import offered_kinds
from shiming.web.deps import FormData

CONDITIONS = ("products", "channels", "people", "plans", "since", "region")
"""Where a row holds: asked apart, and mostly left empty."""


@dataclass(frozen=True)
class Control:
    """One thing to fill in. ``kind``: ``yes-no``, ``choice``, ``many``, ``tick``, ``number``, ``text`` or ``date``."""

    name: str
    kind: str
    options: tuple[str, ...] = ()
    optional: bool = False


def controls(key: str, *, conditions: bool) -> tuple[Control, ...]:
    """What a fact is made of, or (``conditions``) where it holds."""
    return tuple(control for control in _all(VOCABULARY[key]) if (control.name in CONDITIONS) == conditions)


def _all(kind: type[Row]) -> Iterator[Control]:
    for name, field in kind.model_fields.items():
        label = field.alias or name
        if name == "numbers":
            continue
        yield _control(label, field.annotation, required=field.is_required())


def _control(name: str, annotation: Any, *, required: bool) -> Control:
    plain, optional = _without_none(annotation)
    many = get_origin(plain) is tuple
    inner = get_args(plain)[0] if many else plain
    if get_origin(inner) is Literal:
        return Control(name, "many" if many else "choice", tuple(get_args(inner)), optional or not required)
    if many:
        return Control(name, "many", offered_kinds(), optional=True)
    kinds = {"StrictBool": "tick", "bool": "tick", "int": "number", "date": "date", "str": "text"}
    kind = kinds[getattr(inner, "__name__", str(inner))]
    if kind == "tick" and required:
        kind = "yes-no"
    return Control(name, kind, optional=not required)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    rest = [part for part in get_args(annotation) if part is not type(None)]
    return _bare(rest[0]), True


def _bare(annotation: Any) -> Any:
    """A type without what ``Annotated`` adds to it."""
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def value(key: str, form: FormData) -> list[dict[str, Any]]:
    """The fact's value as filled in: one row, without what was left empty. ``supply`` says whether it can stand."""
    row: dict[str, Any] = {}
    for control in (*controls(key, conditions=False), *controls(key, conditions=True)):
        given = _given(control, form)
        # 0 is an answer, and so is no; the rest is what was left empty.
        if control.kind == "yes-no" or (given is not False and given not in ("", None, [])):
            row[control.name] = given
    return [row]


def _given(control: Control, form: FormData) -> Any:
    text = form.get(control.name)
    if control.kind == "many":
        return [one for one in form.all(control.name) if one in control.options]
    if control.kind == "tick":
        return form.on(control.name)
    if control.kind == "yes-no":
        return {"true": True, "false": False}.get(text)
    if control.kind == "number" and text.isascii() and text.isdigit():
        return int(text)
    return text


def shown(value: Any) -> list[Mapping[str, Any]]:
    """A fact's value as rows to show: each a mapping of what it says."""
    rows = value if isinstance(value, list) else [] if value is None else [value]
    return [row if isinstance(row, dict) else {"is": row} for row in rows]
