"""The words in which a country's facts are written, so that the program can decide on them.

A fact's value is a list of rows; each says what holds, and where: in which channels, for which products, people, kinds of
plan, and since when. A condition that a row does not name does not limit it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from shiming.registration.documents import offered_kinds

Product = Literal["sim", "esim", "data-card", "data-esim", "iot-sim"]
People = Literal["citizen", "foreigner", "visitor", "refugee", "minor", "company"]
Plan = Literal["prepaid", "postpaid"]
Method = Literal[
    "in-person",
    "document-photo",
    "video",
    "post",
    "chip",
    "electronic-id",
    "e-signature",
    "payment",
    "known-customer",
    "face",
    "register-transcript",
]
"""How identity is shown. ``document-photo``: a picture of the document, taken or uploaded; ``chip``: its chip is read."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is asked about. None = not said: then a row limited to some of them may hold, and counts."""

    product: str | None = None
    channel: str | None = None
    people: str | None = None
    plan: str | None = None
    number: str = "own"
    """Whether the card's number is of the country itself (``own``) or of another (``foreign``)."""
    on: date | None = None


class Row(BaseModel):
    """Where a row holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    products: tuple[Product, ...] = ()
    channels: tuple[Literal["online", "shop", "late", "batch"], ...] = ()
    people: tuple[People, ...] = ()
    plans: tuple[Plan, ...] = ()
    numbers: tuple[Literal["own", "foreign"], ...] = ("own",)
    since: date | None = None
    region: str = ""
    """A part of the country. Such a row is shown, and decides nothing: where a person lives is not asked."""

    def holds(self, asked: Situation) -> bool:
        """Whether the row speaks of that situation."""
        pairs: tuple[tuple[tuple[str, ...], str | None], ...] = (
            (self.products, asked.product),
            (self.channels, asked.channel),
            (self.people, asked.people),
            (self.plans, asked.plan),
            (self.numbers, asked.number),
        )
        if self.region or (self.since is not None and asked.on is not None and asked.on < self.since):
            return False
        return all(not named or value is None or value in named for named, value in pairs)


class Answer(Row):
    """Yes or no."""

    is_: StrictBool = Field(alias="is")


def _known_documents(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = sorted(set(value) - set(offered_kinds()))
    if unknown:
        raise ValueError(f"not among the kinds of documents.toml: {', '.join(unknown)}")
    return value


Documents = Annotated[tuple[str, ...], AfterValidator(_known_documents)]


class Accepted(Row):
    """Any of ``documents`` will do, together with all of ``plus``. ``open``: the law's list goes on beyond these.

    ``second``: a second original document is asked for. ``temporary``: only for a limited time.
    """

    documents: Documents = ()
    plus: Documents = ()
    open: StrictBool = False
    second: StrictBool = False
    temporary: StrictBool = False


class Ways(Row):
    """Any of these methods."""

    methods: tuple[Method, ...] = Field(min_length=1)


class Copy(Row):
    """What holds of copies of documents. ``not-kept``: one may be made, and nothing of it be kept. ``marked``: with a mark."""

    is_: Literal["allowed", "required", "forbidden", "not-kept", "marked"] = Field(alias="is")


class Storage(Row):
    """Whether pictures of a face may be kept."""

    is_: Literal["allowed", "forbidden"] = Field(alias="is")


class FaceDuplicates(Row):
    """Whether faces may be looked for among those of other people, with each one's consent."""

    is_: Literal["allowed", "forbidden"] = Field(alias="is")


class Biometric(Row):
    """Whether a biometric comparison is asked for; without ``kinds`` any. ``alternative``: one way among others."""

    is_: Literal["required", "alternative", "not-asked", "forbidden"] = Field(alias="is")
    kinds: tuple[Literal["face", "fingerprint"], ...] = ()


class Cap(Row):
    """At most ``count`` cards a person; without it there is no limit. ``window_days``: opened within so many days."""

    count: StrictInt | None = Field(None, ge=0)
    scope: Literal["operator", "all-operators"] | None = None
    window_days: StrictInt | None = Field(None, ge=1)


class Age(Row):
    """The least age to register alone, in whole years."""

    years: StrictInt = Field(ge=0, le=120)


class Minors(Row):
    """People younger than ``below``, from ``from_age`` on: registered by a guardian, or not at all."""

    is_: Literal["guardian", "refused"] = Field(alias="is")
    from_age: StrictInt = 0
    below: StrictInt | None = None


class Proxy(Row):
    """Whether somebody else may register for a person."""

    is_: Literal["allowed", "refused"] = Field(alias="is")


class Retention(Row):
    """How long something is kept after that moment."""

    artefact: Literal["registration", "document-copy", "face"]
    after: Literal["start", "decision", "end"]
    keep: Literal["at-least", "at-most"]
    days: StrictInt | None = None
    months: StrictInt | None = None
    years: StrictInt | None = None

    @model_validator(mode="after")
    def _one_length(self) -> Retention:
        if sum(value is not None for value in (self.days, self.months, self.years)) != 1:
            raise ValueError("expected one of days, months, years")
        return self

    @property
    def most_days(self) -> int:
        """The length in days: the longest that so many months or years can be."""
        years, months = self.years or 0, self.months or 0
        return (self.days or 0) + 31 * months - max(months - 1, 0) // 2 + 365 * years + (years + 3) // 4


class Deadline(Row):
    """What happens to cards that are not registered: ``on`` a day, or ``after_days``."""

    step: Literal["restrict", "suspend", "cancel"]
    on: date | None = None
    after_days: StrictInt | None = None
    of: Literal["card", "re-verification"] = "card"


class Authority(Row):
    """Whether a government register must be asked, and which."""

    is_: StrictBool = Field(alias="is")
    register_name: str = Field("", alias="register")


class Foreigners(Row):
    """How long a foreign person's card may live."""

    valid_days: StrictInt = Field(ge=1)


VOCABULARY: Mapping[str, type[Row]] = {
    "required": Answer,
    "release_before_registration": Answer,
    "online_allowed": Answer,
    "methods": Ways,
    "methods_refused": Ways,
    "accepted_documents": Accepted,
    "document_copy": Copy,
    "face_storage": Storage,
    "face_duplicates": FaceDuplicates,
    "biometric": Biometric,
    "cap_per_person": Cap,
    "minimum_age": Age,
    "minors": Minors,
    "proxy": Proxy,
    "retention": Retention,
    "deadline": Deadline,
    "authority_check": Authority,
    "foreigners": Foreigners,
}
"""The facts that the program can decide on. Any other is words only, and decides nothing."""
_SHORT = {"minimum_age": "years", "foreigners": "valid_days"}


def rows(key: str, value: Any) -> tuple[Row, ...]:
    """The rows of a fact's value; a plain ``true``, ``18`` or ``"forbidden"`` is one row. Raises pydantic's ValidationError."""
    if value is None:
        return ()
    given = value if isinstance(value, (list, tuple)) else [value]
    word = _SHORT.get(key, "is")
    kind = VOCABULARY[key]
    return tuple(kind.model_validate(row if isinstance(row, dict) else {word: row}) for row in given)
