"""The contract over every programme that a shop serves: a clerk, the customer's signatures, the original seen, a decision."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from shiming import programmes
from shiming.registration import store
from tests.contract.journey import Journey, marked
from tests.contract.test_programmes import office
from tests.rows.test_shop import ink, open_shop, sent_code
from tests.web.support import SECRET, Office, Person

__all__ = ["office"]
NAMES = [name for name in programmes.offered(demo=False) if "shop" in programmes.load(name).channels]


class Desk:
    """A clerk who serves one customer by what the interface says is missing."""

    def __init__(self, journey: Journey, clerk: Person) -> None:
        self.journey, self.clerk = journey, clerk
        body = {"programme": journey.name, "card_number": journey.card(), "secret": SECRET}
        self.id = str(clerk.ok("POST", "/v1/clerk/registrations", json=body)["id"])
        self.path = f"/v1/clerk/registrations/{self.id}"

    def fill(self) -> None:
        """Until nothing is missing."""
        for _ in range(40):
            missing = self.clerk.ok("GET", self.path)["missing"]
            if not missing:
                return
            kind, _, name = missing[0].partition(":")
            self._give(kind, name)
        raise AssertionError(f"still missing: {missing}")

    def _give(self, kind: str, name: str) -> None:
        signed: dict[str, Any] = {"signature": base64.b64encode(ink()).decode()}
        if kind == "contact":
            self.clerk.ok("POST", f"{self.path}/contact", json={"contact": "customer@example.org"})
            self.clerk.ok("POST", f"{self.path}/contact/code", json={"code": sent_code(self.journey.office)})
        elif kind == "consent":
            given = dict.fromkeys(self.journey.rules.consents, True)
            self.clerk.ok("POST", f"{self.path}/signatures/consents", json={"consents": given, **signed})
        elif kind in ("document", "form"):
            self.journey.write(self.clerk, self.path)
        elif kind == "slot":
            data = {"slot": name, "capture_id": f"capture-{name}-0001"}
            self.clerk.ok("POST", f"{self.path}/evidence", data=data, files={"file": marked(name)})
        elif kind == "declaration":
            self.clerk.ok("POST", f"{self.path}/signatures/declaration", json=signed)
        elif kind == "attestation":
            self.journey.look()
            self.clerk.ok("POST", f"{self.path}/attestation", json={"version": "attestation-1"})
        else:
            raise AssertionError(f"a clerk cannot give {kind}:{name}")

    def submit(self) -> str:
        """Hands it in; where it stands then."""
        self.fill()
        self.clerk.ok("POST", f"{self.path}/submission")
        self.journey.look()
        return self.state()

    def state(self) -> str:
        """Where it stands."""
        with self.journey.office.workspace.read() as work:
            return str(store.get(work, self.id).state)


@pytest.fixture(params=NAMES)
def desk(request: pytest.FixtureRequest, office: Office) -> Desk:
    """A customer of one programme at the desk."""
    return Desk(Journey(office, request.param), open_shop(office))


def test_in_a_shop_it_is_approved(desk: Desk) -> None:
    state = desk.submit()
    if desk.journey.rules.review_mode == "always":
        assert state == "in-review", desk.journey.reasons(desk.id)
        desk.journey.decide(desk.id, "approve")
    assert desk.state() == "approved", desk.journey.reasons(desk.id)
    with desk.journey.office.workspace.read() as work:
        assert store.get(work, desk.id).channel == "shop"


def test_in_a_shop_it_is_refused_by_a_person(desk: Desk) -> None:
    desk.journey.doubt()
    assert desk.submit() == "in-review", desk.journey.reasons(desk.id)
    desk.journey.decide(desk.id, "reject", reasons=["DOCUMENT_NOT_GENUINE"])
    assert desk.state() == "rejected"


def test_a_programme_for_shops_alone_is_not_begun_online(office: Office) -> None:
    alone = [name for name in NAMES if not {"online", "late"} & set(programmes.load(name).channels)]
    assert alone == ["bank-card"]
    holder = office.holder()
    journey = Journey(office, alone[0])
    answer = holder.call("POST", "/v1/registrations", json=journey.request(journey.card()))
    assert answer.status_code in (409, 422)
    assert holder.ok("GET", "/v1/registrations") == {"registrations": []}
