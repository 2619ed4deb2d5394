"""Schemas of long lists: batches of cards, rosters, imports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shiming.intake.lists import Sheet
from shiming.web.api.schemas import Answer, Request, Short, Text

Csv = Annotated[str, StringConstraints(min_length=1, max_length=21_000_000)]


class List(Answer):
    """A list and how far it is. `good` lines did something, `known` ones had been done before, `bad` ones are faulty."""

    id: str
    kind: Literal["iot-batch", "roster", "import"]
    programme: str
    state: Literal["taking", "waiting", "done", "stopped"] = Field(
        description="`taking`: being read; `waiting`: read, something is still to come; `done`; `stopped`: it came to nothing."
    )
    lines: int
    good: int
    known: int
    bad: int
    created_at: datetime

    @classmethod
    def of(cls, sheet: Sheet) -> List:
        """From the house's record."""
        return cls(
            id=sheet.id,
            kind=sheet.kind,
            programme=sheet.programme,
            state=sheet.state,
            lines=sheet.lines,
            good=sheet.good,
            known=sheet.known,
            bad=sheet.bad,
            created_at=sheet.created_at,
        )


class ListOfLists(Answer):
    """Lists, newest first."""

    lists: list[List]


class BatchConsents(Request):
    """Terms and privacy notice, which must be agreed to."""

    terms: bool
    privacy: bool


class BatchRequest(Request):
    """A company's list of cards, with the company and the person who answers for it."""

    programme: Short = Field(examples=["iot-sim"])
    company_name: Text
    company_number: Text = Field(description="The number in the companies' register.")
    company_address: Text = ""
    name: Text = Field(description="The responsible person, as on their identity document.")
    address: Text = Field(description="The responsible person's address.")
    delivery_code: Text = Field("", description="The secret of all cards whose line has none of its own.")
    consents: BatchConsents
    csv: Csv = Field(
        description="Columns `iccid`, `eid` or `number`, and `secret` where cards have their own.",
        examples=["iccid,secret\n8986001234567890120,4711\n"],
    )


class MoreCards(Request):
    """One more list for a batch that is not decided yet, such as one with corrected lines."""

    csv: Csv
    delivery_code: Text = ""


class Batch(Answer):
    """A batch: go on with its registration (evidence, declaration, submission) by `registration_id`."""

    registration_id: str
    reference: str
    state: str
    lists: list[List]
    reserved: int = Field(description="Cards that wait for the decision.")
    opened: int = Field(description="Cards bound to the company, in service or on the way.")
    in_service: int
    released: int = Field(description="Cards given back to the stock.")


class Batches(Answer):
    """An account's batches, newest first."""

    batches: list[Batch]


class RosterRequest(Request):
    """A programme's roster."""

    csv: Csv = Field(
        description="Columns `number` and `name`, and where known `date_of_birth` (YYYY-MM-DD) and `document_number`.",
        examples=["number,name,date_of_birth\nM001,Anna Eriksson,1974-08-12\n"],
    )
    replace: bool = Field(
        False, description="Whether numbers of earlier lists that are not in this one leave the roster."
    )


class ImportRequest(Request):
    """Cards in service with their holders, from another system."""

    programme: Short = Field(examples=["carrier-prepaid"])
    source: Short = Field(description="A short name of the other system; keys are unique within it.")
    csv: Csv = Field(
        description="Columns `key`, `card_number`, `name`, `document`, `document_number`, `since`; where known `msisdn`, "
        "`address`, `date_of_birth`, `document_country`, `contact`, `state`, `language`, `product`."
    )
