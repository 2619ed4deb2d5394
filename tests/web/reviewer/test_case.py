"""Declared beside read, cut where they differ."""

from types import SimpleNamespace

from shiming.registration.values import Field, Reading
from shiming.web.reviewer.case import LONG_TERM, Picture, field_rows, pieces, plain


def reading(**fields: Field) -> Reading:
    return Reading(fields=fields)


def picture(read: Reading | None) -> Picture:
    return Picture(SimpleNamespace(slot="document-front"), read, ())  # type: ignore[arg-type]


def test_texts_are_compared_without_case_spaces_and_joining_marks() -> None:
    assert plain("ERIKSSON, Anna-Maria") == plain("eriksson anna maria")
    assert plain("阿卜·力") == plain("阿卜力")
    assert plain("１２") == plain("12")
    assert plain("李梅") != plain("李海")


def test_only_the_differing_characters_are_cut_out() -> None:
    left, right = pieces("李梅", "李海")
    assert [(p.text, p.same) for p in left] == [("李", True), ("梅", False)]
    assert [(p.text, p.same) for p in right] == [("李", True), ("海", False)]


def test_a_field_is_taken_from_the_picture_that_read_it_most_surely() -> None:
    sure, unsure = Field("李梅", "李梅", 0.98, "ocr"), Field("李海", "李海", 0.40, "ocr")
    rows = field_rows({"name": "李梅"}, [picture(reading(name=unsure)), picture(reading(name=sure)), picture(None)])
    assert [(r.name, r.shown, r.differs) for r in rows] == [("name", "李梅", False)]


def test_one_empty_side_is_no_difference() -> None:
    rows = {
        r.name: r for r in field_rows({"address": "某地"}, [picture(reading(ethnicity=Field("汉", "汉", 0.9, "ocr")))])
    }
    assert rows["address"].differs is None
    assert rows["ethnicity"].differs is None


def test_a_document_without_end_reads_long_term() -> None:
    endless = reading(date_of_expiry=Field(None, "长期", 0.9, "ocr"))
    (row,) = field_rows({"date_of_expiry": LONG_TERM}, [picture(endless)])
    assert row.differs is False


def test_a_guardians_document_is_laid_beside_what_was_declared_of_the_guardian() -> None:
    own = Picture(SimpleNamespace(slot="document-front"), reading(name=Field("样本宝", "样本宝", 0.9, "ocr")), ())  # type: ignore[arg-type]
    other = reading(name=Field("样本兰", "样本兰", 0.99, "ocr"))
    theirs = Picture(SimpleNamespace(slot="guardian-document-front"), other, ())  # type: ignore[arg-type]
    rows = {row.name: row for row in field_rows({"name": "样本宝", "guardian_name": "样本兰"}, [own, theirs])}
    assert [rows[name].differs for name in ("name", "guardian_name")] == [False, False]
