"""What registration needs in a country; and for officers the facts, what is unknown, and who answers for it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from shiming import countries
from shiming.audit.work import Work
from shiming.countries import store
from shiming.countries.explaining import Question, as_json, explain, fact_as_json
from shiming.countries.vocabulary import People, Plan, Product
from shiming.registration.problems import Problem
from shiming.web.api import schemas
from shiming.web.api.identity import HouseWorkspace, Officer
from shiming.web.api.once import OnceOnly
from shiming.web.api.problems import ProblemRoute

router = APIRouter(route_class=ProblemRoute, tags=["policy"])
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.", examples=["US"])]
Code = Annotated[str, Path(alias="country", pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
Unknown = Literal["unknown"]
Rows = list[dict[str, Any]] | Unknown


class PolicyFact(schemas.Answer):
    """One fact: what is known, how surely, and from where."""

    key: str
    known: bool = Field(description="Whether the program decides on it. Low certainty counts as unknown.")
    value: Any = Field(description="Typed rows, or what stands for one; null where nothing is known.")
    says: str = Field(description="What the source says, in words; decides nothing.")
    certainty: Literal["high", "medium", "low"]
    source: list[str]
    note: str
    supplied_on: date | None = Field(description="The day of the source, where an officer supplied the fact.")


class AgeAnswer(schemas.Answer):
    """Who may register alone."""

    given: int | None
    least_alone: int | Unknown
    alone: bool | Unknown
    minors: str


class Methods(schemas.Answer):
    """How identity may be shown."""

    any_of: Rows
    refused: Rows


class PolicyAnswer(schemas.Answer):
    """What registration needs. The word `unknown` stands where nobody knows for certain."""

    country: str
    name: str
    product: str
    channel: str
    person_class: str
    age: AgeAnswer
    number_country: str
    plan: str | None
    required: bool | Unknown
    outcome: Literal["required", "not-required", "unknown"]
    why: list[str]
    release_before_registration: bool | Unknown = Field(
        description="Whether card or eSIM profile may be released first."
    )
    online_allowed: bool | Unknown | None
    documents: Rows
    methods: Methods
    document_copy: str
    biometric: Rows
    face_storage: str
    caps: Rows
    retention: Rows
    authority_check: Rows
    to_find_out: list[str] = Field(description="What an officer must find out.")
    facts: list[PolicyFact]
    policy_version: str
    gathered_on: date
    confirmed: bool = Field(description="Whether an officer of this installation answers for it.")


class PolicyState(schemas.Answer):
    """A country's policy as an officer sees it."""

    country: str
    name: str
    proposed_version: str = Field(description="With everything known today.")
    version_in_force: str
    confirmed: bool
    unknown: list[str] = Field(description="Facts that the program could decide on and does not know.")
    facts: list[PolicyFact]


class FactRequest(schemas.Request):
    """A fact that an officer found out."""

    key: str = Field(max_length=64, examples=["minimum_age"])
    value: Any = Field(description="As in a `policy.toml`: a plain value, or rows.", examples=[16])
    reference: str = Field(min_length=1, max_length=500, description="The source: an address, or the place in a law.")
    dated: date = Field(description="The day of the source.")
    certainty: Literal["high", "medium"] = "high"
    note: str = Field("", max_length=1000)


class ConfirmRequest(schemas.Request):
    """An officer answers for the proposed version."""

    version: str = Field(max_length=64, description="The proposed version that was looked at.")
    immediate: bool = Field(False, description="It holds for open registrations too.")


@router.get("/policy/explain", summary="What registration needs")
def explained(
    house: HouseWorkspace,
    country: Annotated[CountryCode, Query(description="Country of sale.")],
    product: Annotated[Product, Query()],
    channel: Annotated[Literal["online", "shop"], Query()],
    person_class: Annotated[People | Literal["adult"], Query()] = "adult",
    age: Annotated[int | None, Query(ge=0, le=150)] = None,
    number_country: Annotated[CountryCode | None, Query(description="Country of the card's number.")] = None,
    plan: Annotated[Plan | None, Query()] = None,
) -> PolicyAnswer:
    """Needs no account. Not required and unknown are answers."""
    _known(country)
    with house.read() as work:
        question = Question(product, channel, person_class, age, number_country, plan, work.now.date())
        found = explain(
            store.in_force(work, country), question, confirmed=store.confirmation(work, country) is not None
        )
    return PolicyAnswer(**as_json(found))


@router.get("/policy/{country}", summary="A country's policy")
def state(country: Code, officer: Officer, house: HouseWorkspace) -> PolicyState:
    """Every fact of the proposed version, with its certainty and source."""
    _known(country)
    with house.read() as work:
        return _state(work, country)


@router.post("/policy/{country}/facts", status_code=201, response_model=PolicyState, summary="Supply a fact")
def supply(country: Code, body: FactRequest, officer: Officer, once: OnceOnly) -> Response:
    """Makes a new proposed version, which comes into force when an officer confirms it."""

    def write(work: Work) -> PolicyState:
        store.supply(
            work,
            officer,
            country,
            body.key,
            body.value,
            reference=body.reference,
            dated=body.dated,
            note=body.note,
            certainty=body.certainty,
        )
        return _state(work, country)

    return once.run(officer, body.model_dump(mode="json"), write)


@router.post("/policy/{country}/confirmation", status_code=201, response_model=PolicyState, summary="Confirm a country")
def confirm(country: Code, body: ConfirmRequest, officer: Officer, once: OnceOnly) -> Response:
    """Brings the proposed version into force. WRONG_STATE when something was supplied meanwhile."""

    def write(work: Work) -> PolicyState:
        store.confirm(work, officer, country, body.version, immediate=body.immediate)
        return _state(work, country)

    return once.run(officer, body.model_dump(), write)


def _known(country: str) -> None:
    if country not in countries.names():
        raise Problem("INVALID_FORM", fields={"country": "INVALID_FORM"})


def _state(work: Work, country: str) -> PolicyState:
    made = store.proposed(work, country)
    last = store.confirmation(work, country)
    return PolicyState(
        country=country,
        name=made.name,
        proposed_version=made.version,
        version_in_force=store.in_force(work, country).version,
        confirmed=last is not None and last.version == made.version,
        unknown=[key for key in countries.VOCABULARY if not made.knows(key)],
        facts=[PolicyFact(**fact_as_json(made, fact)) for fact in made.facts.values()],
    )
