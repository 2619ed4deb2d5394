"""Names as zones write them: ICAO 9303 part 3, section 6."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiming.reading.transliteration import spellings, transliterate


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Müller-Lüdenscheidt", "MUELLER LUEDENSCHEIDT"),
        ("Ó Briain", "O BRIAIN"),
        ("D’Agostino Straße", "DAGOSTINO STRASSE"),
        ("Þórður Ævarsdóttir", "THORDUR AEVARSDOTTIR"),
        ("Nguyễn Thị Ánh", "NGUYEN THI ANH"),
        ("Søren Åberg", "SOEREN AABERG"),
        ("ışık", "ISIK"),
        ("Ткаченко Мар’яна", "TKACHENKO MARIANA"),
        ("Щербаков Юрий", "SHCHERBAKOV IURII"),
        ("محمود عبدالرحيم", "MXHMWD EBDALRXHYM"),
        ("محمّد", "MXHMMD"),
        ("Saint-John  Smith", "SAINT JOHN SMITH"),
    ],
)
def test_the_recommended_spelling(name: str, written: str) -> None:
    assert transliterate(name) == written
    assert written in spellings(name)


def test_other_spellings_that_states_use() -> None:
    assert {"MUELLER", "MUXXLLER", "MULLER"} <= spellings("Müller")
    assert {"NUNEZ", "NUNXXEZ", "NXXUNXXEZ"} <= spellings("Ñuñez") | spellings("Nuñez")
    assert "LYU" in spellings("Lü")
    assert {"HRYHORII", "GRIGORII"} & spellings("Григорій")


def test_chinese_characters_stay() -> None:
    assert transliterate("李梅") == "李梅"


@given(st.text(max_size=40))
def test_any_text_has_a_bounded_number_of_spellings(text: str) -> None:
    assert 1 <= len(spellings(text)) <= 64
    assert transliterate(text) in spellings(text)
