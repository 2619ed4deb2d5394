"""Texts: each in every language, short, with the way to verify it at its end."""

from __future__ import annotations

import pytest

from shiming.notices.texts import message_ids, render, templates
from shiming.platform.i18n import translator

PARAMS = {
    "site": "https://id.example",
    "text": "Half the price.",
    "stop_url": "https://id.example/account/consents",
    "code": "123456",
    "minutes": 10,
    "reference": "ABCD-EFGH-JK",
    "expires_at": "2026-11-24T01:00:00+00:00",
    "due_at": "2026-11-25T10:00:00+00:00",
    "reasons": ["IMG_BLUR", "DOC_EXPIRED"],
    "items": ["document-front", "selfie"],
    "end": "0120",
    "cards": 12,
    "number": "10010",
    "phrase": "KTKK",
}
IDS = sorted(set(templates()) - {"verify", "items"})


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("template", IDS)
def test_every_text_is_whole_and_says_how_to_verify_it(template: str, language: str) -> None:
    text = render(
        template, language, PARAMS, zone="Asia/Shanghai", verify_url="https://id.example/messages", mark="ABCD-EFGH"
    )
    assert text.subject
    assert text.body.endswith("https://id.example/messages") or "https://id.example/messages" in text.body[-40:]
    assert "ABCD-EFGH" in text.body
    assert "{" not in text.body
    if language == "zh_CN":
        # Two parts of a Chinese SMS (67 characters each) without the address, its mark among them.
        assert len(text.body) - len("https://id.example/messages") < 134


def test_every_text_is_translated() -> None:
    missing = [text for text in message_ids() if not translator("zh_CN").has(text)]
    assert missing == []


def test_moments_are_written_in_the_issuers_zone_and_lists_in_the_readers_language() -> None:
    zh = render("submitted", "zh_CN", PARAMS, zone="Asia/Shanghai", verify_url="u", mark="m").body
    en = render("submitted", "en", PARAMS, zone="Asia/Shanghai", verify_url="u", mark="m").body
    assert "2026年11月25日 18:00" in zh
    assert "25 Nov 2026, 18:00" in en
    again = render("decision-retry", "en", PARAMS, zone="Asia/Shanghai", verify_url="u", mark="m").body
    assert "the front of your document and the picture of your face" in again
    assert "The picture is blurred." in again


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(KeyError, match="due_at"):
        render("submitted", "en", {"reference": "X"}, zone="Asia/Shanghai", verify_url="u", mark="m")
