"""What registration needs, said of one situation: required or not, why, by what, and what nobody knows yet (row C1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from shiming.countries import vocabulary as v
from shiming.countries.policy import Fact, Policy

PRODUCTS: tuple[str, ...] = get_args(v.Product)
CHANNELS = ("online", "shop")
PERSONS = ("adult", *get_args(v.People))
"""``adult``: a person of age of whom more is not said."""
PLANS: tuple[str, ...] = get_args(v.Plan)
_UNKNOWN = "unknown"
_NEEDED = (
    "required",
    "release_before_registration",
    "accepted_documents",
    "biometric",
    "document_copy",
    "face_storage",
    "cap_per_person",
    "minimum_age",
    "retention",
)


def _(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: where a card is sold, which product, how; and, where answers depend on it, to whom."""

    product: str
    channel: str
    person: str = "adult"
    age: int | None = None
    number_country: str | None = None
    plan: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: a gettext message id and its parameters."""

    text: str
    params: Mapping[str, str] = field(default_factory=dict)

    def english(self) -> str:
        """The line as it is written here."""
        return self.text.format(**self.params)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer. None stands for unknown; rows are those that hold in the situation."""

    policy: Policy
    question: Question
    confirmed: bool
    required: bool | None
    release: bool | None
    """Whether card or profile may be released before somebody is registered (row C4)."""
    online: bool | None
    documents: tuple[v.Row, ...] | None
    methods: tuple[v.Row, ...] | None
    refused: tuple[v.Row, ...] | None
    copies: str | None
    biometric: tuple[v.Row, ...] | None
    faces: str | None
    caps: tuple[v.Row, ...] | None
    least_age: int | None
    minors: str | None
    retention: tuple[v.Row, ...] | None
    authority: tuple[v.Row, ...] | None
    to_find_out: tuple[str, ...]

    @property
    def outcome(self) -> Literal["required", "not-required", "unknown"]:
        """The one word of it."""
        return {True: "required", False: "not-required", None: "unknown"}[self.required]  # type: ignore[return-value]

    @property
    def alone(self) -> bool | None:
        """Whether a person of that age may register alone; None where age or law is not known."""
        if self.question.age is None or self.least_age is None:
            return None
        return self.question.age >= self.least_age

    def why(self, country: str | None = None) -> tuple[Line, ...]:
        """The answer in plain words. ``country`` is its name in the reader's language."""
        named = {"country": country or self.policy.name}
        lines = [Line(_WHY[self.outcome], named)]
        if self.required is False:
            lines.append(Line(_("You may register all the same, if you want to: then the card is proven to be yours.")))
        lines.append(Line(_RELEASE[self.release]))
        if self.required is not False and self.question.channel == "online":
            lines.append(Line(_ONLINE[self.online]))
        if self.alone is False:
            lines.append(Line(_ALONE[self.minors], {"age": str(self.least_age)}))
        if not self.confirmed:
            lines.append(
                Line(_("Nobody of the issuer has confirmed this yet. It is what was found, and no legal advice."))
            )
        return tuple(lines)


_WHY = {
    "required": _("{country}: the law asks for registration of this card."),
    "not-required": _("{country}: no law asks for registration of this card."),
    "unknown": _(
        "{country}: whether the law asks for registration of this card is not known for certain. Count on it."
    ),
}
_RELEASE = {
    True: _("The card or the eSIM profile may be handed out before anybody is registered."),
    False: _("The card or the eSIM profile is released only after registration."),
    None: _(
        "Whether the card may be released before registration is not known for certain, so it is released only after."
    ),
}
_ONLINE = {
    True: _("You can register online."),
    False: _("You cannot register online; go to a shop with the original of your document."),
    None: _("Whether online registration is allowed is not known for certain."),
}
_ALONE = {
    "guardian": _("People younger than {age} are registered by a parent or guardian."),
    "refused": _("People younger than {age} may not be registered."),
    None: _("People younger than {age} may not register alone."),
}


def explain(policy: Policy, question: Question, *, confirmed: bool = False) -> Explanation:
    """What a policy says of a question. ``confirmed``: an officer answers for this version."""
    asked = _situation(policy, question)
    required = policy.answer("required", asked)
    age = policy.about("minimum_age", asked)
    return Explanation(
        policy=policy,
        question=question,
        confirmed=confirmed,
        required=required,
        release=True if required is False else policy.answer("release_before_registration", asked),
        online=policy.answer("online_allowed", asked) if question.channel == "online" else None,
        documents=policy.about("accepted_documents", asked),
        methods=policy.about("methods", asked),
        refused=policy.about("methods_refused", asked),
        copies=policy.answer("document_copy", asked),
        biometric=policy.about("biometric", asked),
        faces=policy.answer("face_storage", asked),
        caps=policy.about("cap_per_person", asked),
        least_age=max((row.years for row in age or () if isinstance(row, v.Age)), default=None),
        minors=policy.answer("minors", asked),
        retention=policy.about("retention", asked),
        authority=policy.about("authority_check", asked),
        to_find_out=_to_find_out(policy, asked, required, question.channel),
    )


def _situation(policy: Policy, question: Question) -> v.Situation:
    own = question.number_country in (None, policy.country)
    return v.Situation(
        product=question.product,
        channel=question.channel,
        people=None if question.person == "adult" else question.person,
        plan=question.plan,
        number="own" if own else "foreign",
        on=question.on,
    )


def _to_find_out(policy: Policy, asked: v.Situation, required: bool | None, channel: str) -> tuple[str, ...]:
    if required is False:
        return ()
    needed = (*_NEEDED, *(("online_allowed",) if channel == "online" else ()))
    return tuple(key for key in needed if policy.about(key, asked) is None)


def as_json(found: Explanation) -> dict[str, Any]:
    """The answer as one JSON object; ``docs/policy.md`` says what each key is. Unknown is the word ``unknown``."""
    question = found.question
    return {
        "country": found.policy.country,
        "name": found.policy.name,
        "product": question.product,
        "channel": question.channel,
        "person_class": question.person,
        "age": {
            "given": question.age,
            "least_alone": _or_unknown(found.least_age),
            "alone": _or_unknown(found.alone),
            "minors": _or_unknown(found.minors),
        },
        "number_country": question.number_country or found.policy.country,
        "plan": question.plan,
        "required": _or_unknown(found.required),
        "outcome": found.outcome,
        "why": [line.english() for line in found.why()],
        "release_before_registration": _or_unknown(found.release),
        "online_allowed": _or_unknown(found.online) if question.channel == "online" else None,
        "documents": _rows(found.documents),
        "methods": {"any_of": _rows(found.methods), "refused": _rows(found.refused)},
        "document_copy": _or_unknown(found.copies),
        "biometric": _rows(found.biometric),
        "face_storage": _or_unknown(found.faces),
        "caps": _rows(found.caps),
        "retention": _rows(found.retention),
        "authority_check": _rows(found.authority),
        "to_find_out": list(found.to_find_out),
        "facts": [fact_as_json(found.policy, fact) for fact in found.policy.facts.values()],
        "policy_version": found.policy.version,
        "gathered_on": found.policy.gathered_on.isoformat(),
        "confirmed": found.confirmed,
    }


def fact_as_json(policy: Policy, fact: Fact) -> dict[str, Any]:
    """One fact with its certainty and its sources."""
    return {
        "key": fact.key,
        "known": fact.known,
        "value": fact.value,
        "says": fact.says,
        "certainty": fact.certainty,
        "source": [policy.sources[name].reference for name in fact.source],
        "note": fact.note,
        "supplied_on": fact.supplied.on.isoformat() if fact.supplied else None,
    }


def _or_unknown(value: Any) -> Any:
    return _UNKNOWN if value is None else value


def _rows(rows: tuple[v.Row, ...] | None) -> Any:
    if rows is None:
        return _UNKNOWN
    return [row.model_dump(mode="json", by_alias=True, exclude_defaults=True) for row in rows]
