"""A registration ready to be moved, without the floors above the core."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shiming.audit.work import Work, Workspace
from shiming.platform.ids import uuid7
from shiming.registration import store
from shiming.registration.records import Registration
from shiming.registration.store import captures, moves
from shiming.registration.store import tables as t
from shiming.registration.store.sealing import seal_json
from shiming.registration.values import Actor, CapRule, Document, Field, Reading, Role, Rules, SlotRule

RULES = Rules(
    programme="test",
    programme_version="1",
    policy_version="1",
    country="CN",
    zone="Asia/Shanghai",
    card_kind="sim",
    number_scheme="iccid",
    slots=(SlotRule("document-front", "document-side", ("cn-resident-id",), "front"),),
    documents=("cn-resident-id",),
    checks=(),
    limits={},
    routing={},
    review_mode="on-refer",
    promise_working_days=3,
    attempts=3,
    retakes=2,
    caps=(CapRule(1, "programme"),),
    minimum_age=16,
    restrictions=("sms-out",),
    consents=("privacy",),
    form_fields=("name",),
    activation_code_hours=72,
    activation_code_attempts=5,
    take_back_minutes=10,
)
REVIEWER = Actor(Role.REVIEWER, "reviewer-1")


@dataclass
class Bench:
    """Makes registrations in a workspace."""

    workspace: Workspace
    programme: str = "test"

    def card(self, work: Work, number: str) -> str:
        card_id = uuid7()
        key = work.vault.new_key(work.conn, work.issuer, "card")
        work.conn.execute(
            t.card.insert().values(
                id=card_id,
                issuer=work.issuer,
                key_id=key,
                kind="sim",
                scheme="iccid",
                product="p",
                number_blind=store.card_blind(work, "iccid", number),
                number_sealed=seal_json(work, key, "card", "number_sealed", card_id, number),
                state="reserved",
                version=1,
                restrictions=["sms-out"],
                created_at=work.now,
                updated_at=work.now,
            )
        )
        return card_id

    def draft(self, *, person: str = "11010519491231002X", number: str | None = None) -> Registration:
        account = uuid7()
        with self.workspace.write() as work:
            card_id = self.card(work, number or uuid7())
            registration = moves.create(
                work,
                Actor(Role.HOLDER, account),
                programme=self.programme,
                card_id=card_id,
                account_id=account,
                language="zh_CN",
                form={"name": "李梅", "number": person},
                document="cn-resident-id",
            )
            evidence_id = captures.add(
                work,
                Actor(Role.HOLDER, account),
                registration,
                slot="document-front",
                kind="document-side",
                capture_id="capture-1",
                media_type="image/jpeg",
                data=b"picture",
            )
            reading = Reading(
                document=Document("cn-resident-id", "front", "CN", 0.99),
                fields={"number": Field(person, person, 0.99, "ocr"), "name": Field("李梅", "李梅", 0.9, "ocr")},
            )
            captures.store_reading(work, evidence_id, reading, (), picture=b"small", usable=True)
            return registration

    def submitted(self, **kwargs: str) -> Registration:
        registration = self.draft(**kwargs)
        with self.workspace.write() as work:
            return moves.submit(
                work, self.holder(registration), registration, rules=RULES, due_at=work.now, unpublished_year=False
            )

    def checking(self, **kwargs: str) -> Registration:
        registration = self.submitted(**kwargs)
        with self.workspace.write() as work:
            found = moves.begin_checking(work, registration.id, registration.n)
            assert found is not None
            return found

    @staticmethod
    def holder(registration: Registration) -> Actor:
        return Actor(Role.HOLDER, registration.account_id)


@pytest.fixture
def bench(workspace: Workspace) -> Bench:
    return Bench(workspace)
