"""Values beside, below and joined to their labels."""

from datetime import date

import pytest

from shiming.reading.documents import _labelled
from shiming.reading.documents._labelled import Layout, Shown, asked, read
from tests.reading.documents.lines import line, text

_TODAY = date(2026, 11, 21)
_FIELDS = tuple(
    asked(name, row)
    for name, row in {
        "surname": {"kind": "name", "labels": ["Surname", "Nom"]},
        "given_names": {"kind": "name", "labels": ["Given names", "Prénoms"], "lines": 2},
        "sex": {"kind": "sex", "labels": ["Sex", "Sexe"]},
        "date_of_birth": {"kind": "date", "labels": ["Date of birth", "Date de naissance"], "order": "dmy"},
        "date_of_expiry": {"kind": "date", "labels": ["Date of expiry"], "order": "dmy"},
        "number": {"kind": "number", "labels": ["Document No"], "pattern": "[A-Z]{2}[0-9]{6}"},
    }.items()
)


def _values(*lines):
    return {name: field.value for name, field in read(text(*lines), _FIELDS, _TODAY).items()}


def test_below_right_and_joined_give_the_same():
    below = _values(
        line("Surname / Nom", 100, 100),
        line("MEIER", 100, 124, 28),
        line("Sex/Sexe", 500, 100),
        line("F", 500, 124, 28),
    )
    right = _values(line("Surname", 100, 100), line("MEIER", 300, 100), line("Sex", 100, 140), line("F", 300, 140))
    joined = _values(line("Surname: MEIER", 100, 100), line("Sex: F", 100, 140))
    assert below == right == joined == {"surname": "MEIER", "sex": "F"}


def test_labels_of_one_row_over_one_line_of_values():
    found = _values(
        line("Date of birth", 100, 100), line("Sex", 278, 100), line("Date of expiry", 340, 100),
        line("01.02.1990        F     03.04.2030", 100, 126),
    )  # fmt: skip
    assert found == {"date_of_birth": "1990-02-01", "sex": "F", "date_of_expiry": "2030-04-03"}


def test_two_labels_in_one_line():
    found = _values(line("Sex Date of birth", 100, 100), line("F", 100, 124), line("01.02.1990", 140, 124))
    assert found == {"sex": "F", "date_of_birth": "1990-02-01"}


def test_a_value_of_two_lines_ends_where_the_next_label_begins():
    found = _values(
        line("Given names", 100, 100), line("ANNA MARIA", 100, 124), line("VON DER HEIDE", 100, 150),
        line("Surname", 100, 180), line("ZHOU", 100, 204),
    )  # fmt: skip
    assert found == {"given_names": "ANNA MARIA VON DER HEIDE", "surname": "ZHOU"}


def test_a_value_serves_one_label_only():
    found = _values(line("Date of birth", 100, 100), line("Date of expiry", 100, 160), line("01.02.2030", 100, 184))
    assert found == {"date_of_expiry": "2030-02-01"}


def test_an_unknown_translation_is_no_value():
    found = _values(line("Surname / Apellidos", 100, 100), line("GARCÍA", 100, 124))
    assert found == {"surname": "GARCÍA"}


def test_numbered_labels_and_numbers_in_brackets():
    found = _values(line("1. Surname / Nom (1)", 100, 100), line("MEIER", 100, 124))
    assert found == {"surname": "MEIER"}


def test_a_label_inside_a_word_is_none():
    assert _values(line("Nominal value", 100, 100), line("ABC", 100, 124)) == {}
    assert _values(line("Sexton Street", 100, 100), line("F", 100, 124)) == {}


def test_a_label_with_a_wrong_character_is_known_and_in_doubt():
    fields = read(text(line("Date 0f birtn", 100, 100), line("01.02.1990", 100, 124)), _FIELDS, _TODAY)
    assert fields["date_of_birth"].value == "1990-02-01"
    assert fields["date_of_birth"].confidence < 0.9


def test_a_field_is_as_sure_as_it_is_likely_that_every_letter_is_right():
    fields = read(text(line("Surname", 100, 100), line("MEIER", 100, 124, sure=0.9)), _FIELDS, _TODAY)
    assert fields["surname"].confidence == round(0.9**5, 4)


def test_places_are_told_in_the_whole_picture():
    box = read(text(line("Surname", 100, 100), line("MEIER", 100, 126)), _FIELDS, _TODAY)["surname"].box
    assert box[0] == (0.1, 0.2)
    assert box[2] == pytest.approx((0.15, 0.2317), abs=1e-3)


def test_recognised_by_a_mark_and_labels_and_never_by_labels_alone():
    layout = Layout("FR", {"front": Shown(_FIELDS, ("CARTE NATIONALE",))})
    labels = [line(label, 100, 100 + 40 * i) for i, label in enumerate(("Nom", "Prénoms", "Sexe", "Date de naissance"))]
    assert layout.recognise(text(*labels)) is None
    seen = layout.recognise(text(line("CARTE NATI0NALE", 100, 40), *labels))
    assert seen is not None
    assert (seen.side, seen.country) == ("front", "FR")
    assert 0.5 < seen.confidence < 0.99
    assert layout.recognise(text(line("CARTE NATIONALE", 100, 40), labels[0])) is None


def test_the_outline_is_fitted_to_what_was_seen():
    places = ({"text": "^Surname", "x": 0.1, "y": 0.2}, {"text": "^Sex", "x": 0.1, "y": 0.8})
    page = text(line("Surname", 150, 190), line("Sex", 150, 490))
    outline = _labelled.by_places(page, places, 1.6)
    assert outline[0] == pytest.approx((70, 100))
    assert outline[2] == pytest.approx((870, 600))
    assert _labelled.by_places(text(line("Surname", 150, 190)), places, 1.6) is None


def test_a_space_that_only_the_ink_shows_makes_a_name_less_sure(monkeypatch):
    rows = (line("Surname", 100, 100), line("MEIERHOF", 100, 124))
    assert read(text(*rows), _FIELDS, _TODAY)["surname"].confidence > 0.9
    monkeypatch.setattr(_labelled.spacing, "breaks", lambda cut: [0.6])
    field = read(text(*rows), _FIELDS, _TODAY)["surname"]
    assert (field.value, field.confidence) == ("MEIERHOF", 0.85)
    spaced = (rows[0], line("MEIER HOF", 100, 124))
    monkeypatch.setattr(_labelled.spacing, "breaks", lambda cut: [5.5 / 9])
    assert read(text(*spaced), _FIELDS, _TODAY)["surname"].confidence > 0.9
