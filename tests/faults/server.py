"""The server process of the crash tests: a whole house on a data folder, and holders who register as fast as they can.

``python -m tests.faults.server COUNT paper|real``, settings from the environment. Prints ``ready`` and, when every
registration is finished and no message is left to be sent, ``done``. Made to be killed at any moment.
"""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Sequence
from typing import Any

from PIL import Image

from shiming.accounts import holders as accounts
from shiming.audit.work import Workspace
from shiming.intake import cards, consents, evidence, forms, submission
from shiming.pipeline.house import House
from shiming.pipeline.vision import PictureRead
from shiming.platform import logging
from shiming.platform.settings import Settings
from shiming.reading.documents.sample import sample_set
from shiming.registration import store
from shiming.registration.states import CardState, RegistrationState
from shiming.registration.values import Actor, Document, Face, FaceComparison, Field, Reading, Role
from tests.faults.people import SLOTS, Holder, form, holders, marked_picture

PROGRAMME = "carrier-5g-auto"
_QUALITY = {
    "blur": 0.1,
    "glare": 0.0,
    "brightness": 0.5,
    "overexposed": 0.0,
    "document_width": 1600.0,
    "margin": 0.1,
    "chroma": 20.0,
    "skew": 0.0,
    "shadow": 0.0,
}
_FACE = {
    "inter_eye": 120.0,
    "size": 0.5,
    "cut": 0.0,
    "offset_x": 0.0,
    "offset_y": 0.0,
    "yaw": 0.0,
    "pitch": 0.0,
    "roll": 0.0,
    "eyes_open": 0.3,
    "sharpness": 200.0,
    "brightness": 128.0,
    "dynamic_range": 7.0,
}


class PaperVision:
    """Reads what a picture's comment says. In place of the pool where a test is about crashes, not about reading."""

    def read(self, data: bytes, *, kind: str, documents: Sequence[str], side: str | None) -> PictureRead:
        with Image.open(io.BytesIO(data)) as picture:
            said: dict[str, Any] = json.loads(picture.info["comment"])
        fields = {name: Field(value, value or "长期", 0.99, "ocr") for name, value in said["fields"].items()}
        document = None
        if said["slot"] != "selfie":
            document = Document("cn-resident-id", "front" if said["slot"].endswith("front") else "back", "CN", 0.99)
        faces = () if said["slot"] == "document-back" else (Face((0.3, 0.2, 0.7, 0.8), 0.99, _FACE),)
        return PictureRead(data, Reading(document, fields, None, _QUALITY, faces))

    def compare(self, portrait: bytes, selfie: bytes) -> FaceComparison:
        return FaceComparison(0.9, 0.42, 0.34, 1e-4, "paper", "0" * 64, may_reject=True)


def _pictures(holder: Holder, vision: str) -> dict[str, bytes]:
    if vision == "paper":
        return {slot: marked_picture(holder, slot) for slot in SLOTS}
    made = sample_set(1000 + holder.index)
    return {"document-front": made["front"], "document-back": made["back"], "selfie": made["selfie"]}


def register(workspace: Workspace, holder: Holder, vision: str) -> None:
    """All that a holder does, each deed a call of its own; begun anew after a crash it goes on where it was."""
    with workspace.write() as work:
        account = accounts.find(work, accounts.normalise_contact(holder.phone))
        assert account is not None
        actor = Actor(Role.HOLDER, account)
        mine = store.for_account(work, account)
    if mine and mine[0].state != RegistrationState.DRAFT:
        return
    with workspace.write() as work:
        claim = cards.claim(
            work,
            actor,
            programme=PROGRAMME,
            number=holder.number,
            secret=holder.secret,
            name=holder.who.name,
            address=holder.who.address,
            language="zh_CN",
        )
        assert claim is not None
    id = claim.registration_id
    with workspace.write() as work:
        cards.redeem(work, actor, id, claim.code)
    for kind in ("privacy", "terms", "face"):
        with workspace.write() as work:
            consents.record(work, actor, id, kind, True, "zh_CN")
    for slot, data in _pictures(holder, vision).items():
        with workspace.write() as work:
            evidence.accept(work, actor, id, slot=slot, capture_id=f"capture-{holder.index}-{slot}", data=data)
    with workspace.write() as work:
        forms.save(work, actor, id, form(holder), "cn-resident-id")
    with workspace.write() as work:
        forms.declare(work, actor, id)
    with workspace.write() as work:
        submission.submit(work, actor, id)


def finished(workspace: Workspace, count: int) -> bool:
    """Whether nothing is left to be done: all decided, every message sent, in doubt or given up, every line open that was
    ordered without doubt."""
    with workspace.read() as work:
        decided = store.in_states(work, [RegistrationState.APPROVED, RegistrationState.IN_REVIEW])
        states = work.conn.exec_driver_sql("select topic, state, count(*) from outbox group by topic, state").all()
        waiting = len(store.cards_in_state(work, CardState.ACTIVATING))
    open_messages = sum(n for _, state, n in states if state in ("pending", "sending"))
    doubtful_orders = sum(n for topic, state, n in states if topic == "operator" and state in ("uncertain", "failed"))
    return len(decided) == count and open_messages == 0 and waiting <= doubtful_orders


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    count, vision = int(sys.argv[1]), sys.argv[2]
    settings = Settings()
    logging.configure(settings.log_format, settings.log_level)
    house = House.open(settings, vision=PaperVision() if vision == "paper" else None)
    committed = threading.Event()
    house.workspace.listeners.append(committed.set)
    house.start()
    say("ready")
    for holder in holders(count):
        register(house.workspace, holder, vision)
    while not finished(house.workspace, count):
        committed.wait(1)
        committed.clear()
    say("done")
    house.close()


if __name__ == "__main__":
    main()
