"""Two recognisers instead of one: what they agree on, what they do not, and what neither read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from shiming import reading
from shiming.reading import _second_look, _votes, certainty
from shiming.reading.documents import Text, _chinese, _chinese_number, _places
from shiming.reading.documents import _drawing as drawing
from shiming.reading.documents._layout import rows
from shiming.reading.documents._people import person
from shiming.reading.documents.cn_resident_id import sample
from shiming.reading.vision import alignment, han, ocr, unread
from shiming.reading.vision.ocr import Line
from shiming.reading.vision.page import Page
from shiming.reading.vision.view import View
from shiming.registration.values import Field

_GREY = Image.new("RGB", (400, 500), (150, 150, 160))


def _line(
    said: str, left: float = 100, top: float = 100, size: float = 30, sure: float = 1.0, slope: float = 0.0
) -> Line:
    width = size * len(said)
    quad = np.array([[left, top], [left + width, top + slope * width], [left + width, top + slope * width + size],
                     [left, top + size]], np.float32)  # fmt: skip
    places = tuple((i + 0.5) / len(said) for i in range(len(said)))
    return Line(said, sure, quad, (sure,) * len(said), None, places)


def _text(*lines: Line) -> Text:
    return _text_on(np.full((600, 1000, 3), 255, np.uint8), *lines)


def _text_on(image: np.ndarray, *lines: Line) -> Text:
    return Text(Page(View.of(image), [line.quad for line in lines], np.eye(3), (1000, 600), 0.0), lines)


def _fields(text: Text) -> dict[str, Field]:
    line = text.lines[0]
    sure = float(np.prod(line.certain))
    return {"name": Field(line.text, line.text, sure, "ocr", text.page.box(line.quad))}


@pytest.fixture
def said(monkeypatch):
    """What the recognisers are made to say: the first, the second."""
    answers = {"first": ("", 1.0), "second": ("", 1.0)}

    def say(_image, *, second=False, alphabet=None):
        words, sure = answers["second" if second else "first"]
        return words, (sure,) * len(words)

    monkeypatch.setattr(ocr, "say", say)
    monkeypatch.setattr(ocr, "known_to_second", lambda: frozenset("王小明李晓"))
    return answers


def test_what_both_read_is_surer_than_what_one_read(said):
    said["second"] = ("王小明", 0.99)
    _, fields = _second_look.read(_text(_line("王小明")), _fields)
    assert fields["name"].value == "王小明"
    assert fields["name"].confidence > 0.98**3


def test_forms_of_one_character_are_no_difference(said):
    said["second"] = ("李晓明", 0.99)
    _, fields = _second_look.read(_text(_line("李曉明")), _fields)
    assert fields["name"].confidence > 0.98**3


def test_where_they_differ_most_votes_decide_and_a_doubt_is_left(said):
    said["first"], said["second"] = ("王小明", 0.8), ("王小明", 0.95)
    _, fields = _second_look.read(_text(_line("王不明", sure=0.7)), _fields)
    assert fields["name"].value == "王小明"
    assert 0.1 < fields["name"].confidence < 0.95


def test_what_only_one_of_them_can_read_is_never_sure(said):
    said["first"], said["second"] = ("王喆", 1.0), ("王小", 0.6)
    _, fields = _second_look.read(_text(_line("王喆")), _fields)
    assert fields["name"].value == "王喆"
    assert fields["name"].confidence < 0.9


def test_a_character_that_the_first_missed_is_found_or_leaves_a_doubt(said):
    said["first"] = said["second"] = ("王小明", 0.99)
    _, fields = _second_look.read(_text(_line("王明")), _fields)
    assert fields["name"].value == "王小明"
    assert fields["name"].confidence < 0.9


def test_a_character_is_not_dropped_because_others_are_silent(said):
    said["first"] = said["second"] = ("王明", 1.0)
    _, fields = _second_look.read(_text(_line("王喆明", sure=0.5)), _fields)
    assert fields["name"].confidence < 0.9


def _rivalled(said: str, at: int, rival: str, sure: float) -> Line:
    rivals = tuple((rival, sure) if i == at else ("", 1e-6) for i in range(len(said)))
    return replace(_line(said, sure=0.9999), rivals=rivals)


def test_what_both_read_alike_is_doubted_for_a_likely_rival(said):
    said["first"], said["second"] = ("王小明", 0.999), ("王小明", 0.97)
    _, plain = _second_look.read(_text(_rivalled("王小明", 1, "少", 1e-6)), _fields)
    _, near = _second_look.read(_text(_rivalled("王小明", 1, "少", 0.03)), _fields)
    assert plain["name"].confidence > near["name"].confidence
    unsure = replace(_rivalled("王小明", 1, "少", 0.03), certain=(0.9999, 0.95, 0.9999))
    said["second"] = ("王小明", 0.9)
    _, doubted = _second_look.read(_text(unsure), _fields)
    assert doubted["name"].value == "王小明"
    assert doubted["name"].confidence < 0.95, "more looks by the same two do not make it sure"


def test_a_common_character_gives_way_to_the_rare_one_it_was_taken_for(said):
    said["first"] = said["second"] = ("王颖明", 0.99)
    text, fields = _second_look.read(_text(_rivalled("王颖明", 1, "颍", 0.2)), _fields)
    assert fields["name"].value == "王颍明"
    assert fields["name"].confidence < 0.9
    assert text.lines[0].rivals[1][0] == "颖", "what was read first is the second choice now"


def test_silence_of_the_second_is_about_a_character_that_it_does_not_know(said, monkeypatch):
    monkeypatch.setattr(ocr, "known_to_second", lambda: frozenset("埔桥镇湾"))
    said["first"], said["second"] = ("埔桥镇", 0.9), ("桥镇", 0.99)
    _, fields = _second_look.read(_text(_rivalled("埔桥镇", 0, "埇", 0.06)), _fields)
    assert fields["name"].value == "埇桥镇"
    assert fields["name"].confidence < 0.9
    _, fields = _second_look.read(_text(_rivalled("埔桥镇", 0, "湾", 0.06)), _fields)
    assert fields["name"].value == "埔桥镇", "the second would have read it"


def test_a_rare_character_of_the_first_outweighs_a_common_one_of_the_second(said, monkeypatch):
    monkeypatch.setattr(ocr, "known_to_second", lambda: frozenset("高汊汉河村"))
    said["first"], said["second"] = ("高汊河村", 0.7), ("高汉河村", 0.97)
    _, fields = _second_look.read(_text(_line("高汊河村", sure=0.7)), _fields)
    assert fields["name"].value == "高汊河村"
    assert fields["name"].confidence < 0.9
    said["first"], said["second"] = ("高汉河村", 0.7), ("高汊河村", 0.97)
    _, fields = _second_look.read(_text(_line("高汉河村", sure=0.7)), _fields)
    assert fields["name"].value == "高汊河村"


@pytest.mark.parametrize(
    ("said_char", "rival", "share"),
    [("颖", "颍", 0.01), ("颍", "颖", 0.2), ("明", "朋", 0.2), ("彝", "彞", 0.2)],
    ids=["hardly any share", "a commoner rival", "both common", "no rare character but a form"],
)
def test_no_other_rival_is_answered(said, said_char, rival, share):
    word = f"王{said_char}明"
    said["first"] = said["second"] = (word, 0.99)
    _, fields = _second_look.read(_text(_rivalled(word, 1, rival, share)), _fields)
    assert fields["name"].value == word


def test_lines_without_a_doubt_are_not_looked_at_a_third_time(said, monkeypatch):
    said["first"], said["second"] = ("王小明", 0.8), ("王小明", 0.97)
    looked = []
    monkeypatch.setattr(_votes, "views", lambda cut: looked.append(cut.shape[1]) or [cut])

    def both(text: Text) -> dict[str, Field]:
        sure = float(np.prod([p for line in text.lines for p in line.certain]))
        quad = np.array([[100, 100], [190, 100], [190, 190], [100, 190]], np.float32)
        return {"name": Field("王小明", "王小明", sure, "ocr", text.page.box(quad))}

    clear, weak = (
        _rivalled("王小明", 0, "", 1e-6),
        replace(_line("王不明", top=160, sure=0.7), rivals=(("", 1e-6),) * 3),
    )
    _second_look.read(_text(clear, weak), both)
    assert len(looked) == 1


def test_a_recogniser_names_the_likeliest_other_of_each_chinese_character():
    face = drawing.font(48)
    image = Image.new("RGB", (420, 72), (238, 238, 238))
    ImageDraw.Draw(image).text((12, 8), "北京市朝阳区12号", font=face, fill=(25, 25, 25))
    pixels = np.asarray(image)[:, :, ::-1].copy()
    quad = np.array([[0, 0], [420, 0], [420, 72], [0, 72]], np.float32)
    line = ocr.recognise(pixels, [quad])[0]
    assert line.text.replace(" ", "") == "北京市朝阳区12号"
    assert len(line.rivals) == len(line.text)
    for character, (other, share) in zip(line.text, line.rivals, strict=True):
        if share:
            assert han.is_chinese(character)
            assert han.is_chinese(other)
            assert han.key(other) != han.key(character)
            assert share < 0.5
        else:
            assert other == ""
    assert sum(share > 0 for _, share in line.rivals) >= 4


def test_what_is_nearly_sure_is_not_promised():
    assert certainty.free(0.99) == 0.99
    assert certainty.free(0.93) < 0.9
    assert certainty.free(0.4) == 0.4
    steps = [certainty.free(x / 100) for x in range(101)]
    assert steps == sorted(steps)


def test_a_county_that_is_none_is_named_by_the_second_choice():
    def others(text: str, **choices: str) -> list[str]:
        return [choices.get(c, "") for c in text]

    for read, printed in (
        ("安徽省阜阳市颖州区人民路1号", "安徽省阜阳市颍州区人民路1号"),
        ("阜阳市公安局颖东分局", "阜阳市公安局颍东分局"),
        ("颖上县公安局", "颍上县公安局"),
    ):
        assert _places.mended(read, others(read, 颖="颍")) == printed
        assert _places.mended(read, others(read)) == read
    known = "北京市朝阳区朝外大街"
    assert _places.mended(known, others(known, 朝="潮", 阳="明")) == known
    no_county = "陕西省西安市高新区锦业路"
    assert _places.mended(no_county, others(no_county, 新="薪", 高="商")) == no_county


def test_the_list_of_places_proves_their_names_but_for_twins():
    assert _places.listed("安徽省亳州市谯城区胜利街") >= {4, 5, 6, 7, 8}
    assert 9 not in _places.listed("安徽省亳州市谯城区胜利街")
    assert 3 not in _places.listed("北京市东城区和平里"), "西城区 is there too"
    assert not _places.listed("安徽省亳州市樵城区胜利街") & {6, 7, 8}, "there is none"
    assert _places.listed("收货人合计金额") == frozenset()


def test_what_the_list_of_places_proves_is_sure():
    def sure(words: str, at: int) -> float:
        line = _line(words, left=50, size=30, sure=0.999)
        line = replace(line, certain=tuple(0.5 if i == at else 0.999 for i in range(len(words))))
        found = _chinese.address(_text(line), rows((line,)))
        assert found is not None
        return found.confidence

    words = "住址安徽省亳州市谯城区胜利街382号"
    assert sure(words, words.index("谯")) >= 0.9
    assert sure(words, words.index("胜")) < 0.6


def test_a_proven_field_and_its_line_are_not_read_again(monkeypatch):
    monkeypatch.setattr(ocr, "say", lambda *_, **__: pytest.fail("read again"))
    text = _text(_line("110105199003079999"))
    box = text.page.box(text.lines[0].quad)
    looked, _ = _second_look.read(text, lambda _: {"number": Field("1", "1", 0.99, "ocr", box)})
    assert [line.text for line in looked.lines] == ["110105199003079999"]


def test_readings_are_laid_beside_each_other_where_they_fit():
    first, other = [(c, 1.0) for c in "王明山"], [(c, 1.0) for c in "王小明出"]
    laid = alignment.pairs(first, other)
    assert laid == [(0, 0), (None, 1), (1, 2), (2, 3)]
    assert list(alignment.extras(laid)) == [(1, [1])]


@pytest.mark.parametrize("kind", ["alone", "agree", "clear", "differ", "voted", "lone"])
def test_more_evidence_is_never_less_certain(kind):
    steps = [certainty.right(kind, x / 100, 30) for x in range(101)]
    assert steps == sorted(steps)
    assert steps[0] < 0.2
    assert steps[-1] < 1.0
    assert certainty.right(kind, 1.0, 8) <= 0.97


def test_print_that_goes_on_beyond_the_box_leaves_a_doubt(said):
    said["first"] = said["second"] = ("5-110", 0.999)
    line, image = _line("5-110", sure=0.999, size=30), np.full((600, 1000, 3), 255, np.uint8)
    cv2.rectangle(image, (100, 104), (249, 126), (30, 30, 30), 2)
    _, ended = _second_look.read(_text_on(image, line), _fields)
    for left in (252, 266):
        cv2.rectangle(image, (left, 104), (left + 10, 126), (30, 30, 30), -1)
    _, cut_off = _second_look.read(_text_on(image, line), _fields)
    assert cut_off["name"].confidence < 0.9 < ended["name"].confidence


def test_ink_that_nothing_was_read_from():
    cut = np.full((40, 160, 3), 240, np.uint8)
    for x in (5, 45, 85):
        cv2.rectangle(cut, (x, 5), (x + 28, 34), (20, 20, 20), 3)
        cv2.line(cut, (x, 20), (x + 28, 20), (20, 20, 20), 3)
    read = Line("王明", 1.0, np.zeros((4, 2), np.float32), (1.0, 1.0), None, (19 / 160, 59 / 160))
    assert unread.gaps(cut, read) == [2]
    narrow = cut.copy()
    narrow[:, 85:] = 240
    assert unread.gaps(narrow, read) == [2], "the box was drawn around something more"
    whole = Line("王明山", 1.0, np.zeros((4, 2), np.float32), (1.0,) * 3, None, (19 / 120, 59 / 120, 99 / 120))
    assert unread.gaps(cut[:, :120], whole) == []


def test_a_character_nobody_read_is_missed_where_the_box_is_much_higher_than_the_print():
    cut = np.full((45, 160, 3), 240, np.uint8)
    for x in (2, 32, 62, 92, 122):
        cv2.rectangle(cut, (x, 9), (x + 22, 36), (20, 20, 20), 3)
        cv2.line(cut, (x, 22), (x + 22, 22), (20, 20, 20), 3)
    places = (14 / 160, 44 / 160, 74 / 160, 134 / 160)
    read = Line("姓名高白", 1.0, np.zeros((4, 2), np.float32), (1.0,) * 4, None, places)
    assert unread.gaps(cut, read) == [3]


def _broken(below: str | None) -> list[int]:
    """An address of two full lines, and a third that the detector missed, or none."""
    image = np.full((300, 500, 3), 236, np.uint8)
    for row, text in enumerate(["AAAAAAAAAA", "BBBBBBBBBB", below or ""]):
        cv2.putText(image, text, (60, 90 + 40 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (30, 30, 30), 2)
    quads = [np.array([[58, top], [270, top], [270, top + 34], [58, top + 34]], np.float32) for top in (62, 102)]
    lines = [
        Line(text, 1.0, quad, (1.0,) * 10, None, ()) for text, quad in zip(("A" * 10, "B" * 10), quads, strict=True)
    ]
    return [at for at, line in enumerate(lines) if unread.goes_on_below(View.of(image), line, lines, quads)]


def test_a_last_digit_below_a_full_line_leaves_a_doubt():
    assert _broken(None) == []
    assert _broken("5") == [1]
    assert _broken("1") == [1]


def test_folding_keeps_what_a_card_can_print():
    assert han.fold("漢張黃畬") == "汉张黄畲"
    assert han.fold("乾於喆龑昇") == "乾於喆龑昇"
    assert han.key("Ａ") == han.key("A")
    assert han.key("•") == han.key("·")


def test_rows_of_a_sloping_page():
    said = (("性别男民族汉", 100, 100), ("1990年3月7日生", 420, 128), ("住址北京市朝阳区", 100, 140))
    lines = [_line(*line, slope=0.08) for line in said]
    assert [row.text for row in rows(lines)] == ["性别男民族汉1990年3月7日生", "住址北京市朝阳区"]


def test_a_character_in_two_boxes_is_one():
    lines = [_line("2013", 100, 100), _line("3年5月", 190, 100)]
    assert [row.text for row in rows(lines)] == ["2013年5月"]


def test_places_are_evidence():
    assert _places.begins("广西壮族自治区玉林市玉州区上坪村")
    assert not _places.begins("重庆市秀山土家族苗放自治县北环中路")
    assert not _places.begins("收货人合计金额")
    assert _places.authority("西岗区公女局") == "西岗区公安局"
    assert _places.is_office("北海市公安局铁山港分局")
    assert not _places.is_office("合计金额128电话")
    assert _places.is_of_known_place("余姚市公安局")
    assert not _places.is_of_known_place("某某某公安局")


def _agreed(number: str, **printed: str) -> dict[str, Field]:
    found = {name: Field(value, value, 0.9, "ocr") for name, value in printed.items()}
    return _chinese.agreed({"number": Field(number, number, 0.99, "ocr"), **found})


def test_the_number_proves_birth_and_sex_or_puts_them_in_doubt():
    who = person(3)
    good = _agreed(who.number, date_of_birth=who.date_of_birth.isoformat(), sex=who.sex)
    assert {good["date_of_birth"].confidence, good["sex"].confidence} == {0.99}
    bad = _agreed(who.number, date_of_birth="1950-01-01", sex="F" if who.sex == "M" else "M")
    assert bad["date_of_birth"].confidence <= 0.5
    assert bad["sex"].confidence <= 0.5
    assert bad["date_of_birth"].value == "1950-01-01"


@pytest.mark.parametrize(("last", "fits"), [("2030-05-06", True), ("2031-05-06", False), ("2040-05-07", True)])
def test_cards_run_for_whole_years(last, fits):
    assert _chinese.RESIDENT.fit("2020-05-06", last) is fits


def _read(card: Image.Image):
    return reading.read_picture(cv2.imencode(".jpg", cv2.cvtColor(np.asarray(card), cv2.COLOR_RGB2BGR))[1].tobytes())


def test_a_number_printed_wrong_stays_wrong_and_is_never_sure():
    who = person(3)
    wrong = who.number[:-1] + ("1" if who.number[-1] != "1" else "2")
    read = _read(sample.draw(person(3, number=wrong), _GREY)["front"])
    assert not _chinese_number.adds_up(wrong)
    assert read.fields["number"].value == wrong
    assert read.fields["number"].confidence <= 0.5


def test_a_date_of_birth_that_the_number_contradicts_stays_as_printed_and_in_doubt():
    read = _read(sample.draw(replace(person(3), date_of_birth=date(1987, 6, 5)), _GREY)["front"])
    assert read.fields["number"].confidence >= 0.99
    assert read.fields["date_of_birth"].value == "1987-06-05"
    assert read.fields["date_of_birth"].confidence <= 0.5


def test_what_two_recognisers_read_of_a_clear_card_is_sure():
    who = person(5)
    read = _read(sample.draw(who, _GREY)["front"])
    assert read.fields["name"].value == who.name
    assert min(read.fields[name].confidence for name in ("name", "address", "ethnicity")) >= 0.9


def test_a_third_look_sees_what_is_in_doubt_with_its_neighbours_and_no_more():
    cut = np.zeros((40, 800, 3), np.uint8)
    middles = [20.0 + 40 * i for i in range(20)]
    one, other = _votes.windows([3, 16], middles, cut)
    assert (one.span, other.span) == ((3, 4), (16, 17))
    assert one.seen[0] <= 1 < 6 <= one.seen[1]
    assert one.columns == (one.seen[0] * 40, one.seen[1] * 40)
    (both,) = _votes.windows([3, 5], middles, cut)
    assert both.span == (3, 6)
    (whole,) = _votes.windows([0, 4, 8, 12, 16, 19], middles, cut)
    assert (whole.span, whole.seen, whole.columns) == ((0, 20), (0, 20), (0, 800))
