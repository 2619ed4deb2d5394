"""The generic unit: says what it could read, never surely, never before another unit, and not of what is no document."""

import io

import pytest
from PIL import Image, ImageDraw

from shiming import reading
from shiming.reading import _document, documents
from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photograph, write
from shiming.reading.documents.other_document import sample
from shiming.reading.documents.other_document.unit import parse, recognise
from tests.reading.documents.lines import line, text


@pytest.mark.parametrize(
    ("manner", "seed", "how"),
    [
        ("fr", 2, {"background": "wood", "skew": 3, "tilt": 8}),
        ("tr", 3, {"background": "cloth", "rotate": 90, "skew": -3}),
        ("id", 4, {"tilt": 25, "skew": 4}),
        ("th", 5, {"blur": 1.8}),
        ("ja", 6, {"rotate": 180}),
    ],
)
def test_a_card_by_labels_of_its_language(manner, seed, how):
    person = sample.person(seed)
    picture = photograph(sample.draw(person, portraits.portrait("drawn"), manner)["front"], seed=seed, **how)
    read = reading.read_picture(picture)
    assert read.document is not None
    assert (read.document.type, read.document.country) == ("other-document", sample.MANNERS[manner].country)
    assert read.document.confidence < 0.5
    expected = sample.expected(person, manner)
    right = {name for name, value in expected.items() if name in read.fields and read.fields[name].value == value}
    assert len(right) >= len(expected) - 1, {name: read.fields.get(name) for name in expected.keys() - right}
    for name, field in read.fields.items():
        assert field.confidence <= (0.95 if name.startswith("date") else 0.85)


_PAGE = """It was in the year of 1812 that the family name of the
house first stood in the parish register. Date of birth and
place of birth were written in one hand, his nationality in
another. Surname and given names, said the clerk, make a
man; sex and address only make it easier to find him. No
document number 4711 was ever issued on 12.03.1813 to one
who could not say who he was."""
_RECEIPT = """ZENITH MARKET GMBH
Adresse: Ringstr. 12
Datum: 12.03.2024  15:31
Bon-Nr 0004711
Milch 1,5%        1,19
Brot              2,49
Name: Kasse 3
SUMME EUR         3,68
Gültig bis 12.04.2024"""
_CARD = """ANNA MARIA MEIER
Head of Registration
Zenith Telecom plc
Address: 12 Ring Road, Utopia
Tel. +44 20 7946 0000
anna@zenith.example"""
_KEYS = """Q W E R T Y U I O P
A S D F G H J K L
Z X C V B N M
CTRL ALT SPACE ENTER"""


@pytest.mark.parametrize("said", [_PAGE, _RECEIPT, _CARD, _KEYS], ids=["book", "receipt", "business-card", "keyboard"])
def test_what_is_no_identity_document_is_none(said):
    picture = Image.new("RGB", (1200, 900), (236, 232, 224))
    pen = ImageDraw.Draw(picture)
    for i, row in enumerate(said.splitlines()):
        write(pen, (80, 60 + i * 70), row, 40)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    read = reading.read_picture(out.getvalue())
    assert read.document is None
    assert read.fields == {}


_CLEAR = (
    line("REPUBLIC OF KENYA", 100, 20, 30), line("Surname", 100, 100), line("OTIENO", 100, 124), line("Date of birth", 100, 170),
    line("01.12.1990", 100, 194), line("ID number", 100, 240), line("12345678", 100, 264),
)  # fmt: skip


def test_it_takes_labels_with_values_and_a_number_two_dates_or_a_face(monkeypatch):
    from shiming.reading.documents.other_document import unit

    monkeypatch.setattr(unit, "_has_face", lambda text: False)
    seen = recognise(text(*_CLEAR))
    assert (seen.side, seen.country) == ("front", "KE")
    assert recognise(text(*_CLEAR[:5])) is None, "two labels only"
    without = (*_CLEAR[:5], line("Sex", 400, 170), line("F", 400, 194))
    assert recognise(text(*without)) is None, "no number, one date"
    monkeypatch.setattr(unit, "_has_face", lambda text: True)
    assert recognise(text(*without)) is not None
    weak = (line("Name", 100, 100), line("MEIER", 100, 124), line("Address", 100, 170), line("RING ROAD 1", 100, 194))
    assert recognise(text(*weak, *_CLEAR[5:])) is None, "nothing that only identity documents have"


def test_a_date_that_could_be_either_way_round_is_in_doubt():
    rows = [line("02.03.1990", 100, 194) if row.text.startswith("01.12") else row for row in _CLEAR]
    assert parse(text(*_CLEAR), "front")["date_of_birth"].confidence <= 0.5, "1 December or 12 January"
    assert parse(text(*rows), "front")["date_of_birth"].value == "1990-03-02"
    clear = [line("21.03.1990", 100, 194) if row.text.startswith("01.12") else row for row in _CLEAR]
    assert parse(text(*clear), "front")["date_of_birth"].confidence > 0.85


def test_a_name_is_what_the_other_names_leave():
    german = (
        line("Name", 100, 100), line("MEIER", 100, 124), line("Vornamen", 100, 170), line("ANNA", 100, 194),
        line("Geburtstag", 100, 240), line("21.03.1990", 100, 264), line("Gültig bis", 400, 240), line("21.03.2030", 400, 264),
    )  # fmt: skip
    values = {name: field.value for name, field in parse(text(*german), "front").items()}
    assert values == {
        "surname": "MEIER",
        "given_names": "ANNA",
        "date_of_birth": "1990-03-21",
        "date_of_expiry": "2030-03-21",
    }


def test_it_is_asked_only_where_no_other_unit_knows_the_page():
    rows = (line("REPUBLIC OF SINGAPORE", 100, 20), line("IDENTITY CARD NO. S1234567D", 100, 50), *_CLEAR[1:])
    page = text(*rows, line("Name", 100, 320), line("TAN", 100, 344), line("Sex", 400, 170), line("F", 400, 194))
    assert documents.available()[documents.GENERIC].recognise(page) is not None
    assert [unit.TYPE for unit, _ in _document._answers(page)] == ["sg-nric"]
    lone = text(*_CLEAR)
    assert [unit.TYPE for unit, _ in _document._answers(lone)] == [documents.GENERIC]
