"""The set phrase of the second act, as people type it."""

import pytest

from shiming.activation.phrases import fold, says


@pytest.mark.parametrize(
    "text",
    ["KTKK", "ktkk", " kt kk ", "ＫＴＫＫ", "“KTKK”", "KTKK。", "kt-kk", "KTKK\n"],
)
def test_ways_to_type_it(text: str) -> None:
    assert says(text, "KTKK")


@pytest.mark.parametrize("text", ["", "  ", "KTK", "KTKKK", "please KTKK", "KT1K", "不要KTKK"])
def test_what_is_not_it(text: str) -> None:
    assert not says(text, "KTKK")


def test_traditional_and_simplified_are_one_phrase() -> None:
    assert says("確認開通", "确认开通")
    assert says("啟用", "启用")
    assert not says("停用", "启用")


def test_a_programme_without_a_phrase_is_never_satisfied_by_an_empty_text() -> None:
    assert not says("", "")
    assert not says("!!!", "???")
    assert fold("　Ａ b") == "ab"
