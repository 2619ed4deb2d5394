"""The server of the crash tests: the whole program behind its real HTTP interface, made to be killed at any moment.

``python -m tests.faults.server``, settings from the environment. The same parts as ``shiming serve`` puts together; only the
eyes are a stand-in that reads what a picture's comment says, because these tests are about crashes, not about reading.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import uvicorn
from PIL import Image

from shiming.pipeline.house import House
from shiming.pipeline.vision import FaceCodes, PictureRead
from shiming.platform import logging
from shiming.platform.settings import Settings
from shiming.registration.values import Document, Face, FaceComparison, Field, Reading
from shiming.web.app import create_app
from tests.policies import confirm_all

_QUALITY = {
    "blur": 0.1,
    "glare": 0.0,
    "brightness": 0.5,
    "overexposed": 0.0,
    "document_width": 1600.0,
    "margin": 0.1,
    "chroma": 20.0,
    "lean": 0.0,
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

    def compare(self, portrait: bytes, selfie: bytes, known: Face | None = None) -> FaceComparison:
        return FaceComparison(0.9, 0.42, 0.34, 1e-4, "paper", "0" * 64, may_reject=True)

    def template(self, selfie: bytes, model: str) -> FaceCodes:
        return FaceCodes(b"", "FACE_NONE")


def main() -> None:
    settings = Settings()
    logging.configure(settings.log_format, settings.log_level)
    house = House.open(settings, vision=PaperVision())
    confirm_all(house.workspace)
    app = create_app(house)
    house.start()
    try:
        uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)
    finally:
        house.close()


if __name__ == "__main__":
    main()
