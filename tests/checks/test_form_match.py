"""What was declared against what was read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiming.checks import _compare, form_match
from shiming.countries.cn.han import _SIMPLIFIED, _TRADITIONAL, simplified
from shiming.registration.values import Outcome

from .cases import FORM, FRONT, case, outcomes, passport_case


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("李梅", " 李 梅 "),
        ("古丽·阿依", "古丽阿依"),
        ("古丽・阿依", "古丽•阿依"),
        ("張偉", "张伟"),
        ("Anna Maria Eriksson", "ERIKSSON ANNA MARIA"),
        ("eriksson, anna-maria", "ERIKSSON ANNA MARIA"),
        ("Jürgen Müller", "MUELLER JUERGEN"),
        ("Zoë d'Arc", "DARC ZOE"),
        ("Bjørn Ødegård", "OEDEGAARD BJOERN"),
        ("Łukasz Wałęsa", "WALESA LUKASZ"),
        ("ＬＩ Mei", "LI MEI"),
        ("Ou Yang Mei", "OUYANG MEI"),
    ],
)
def test_names_that_are_the_same(one, other):
    assert _compare.names(one, other).similarity == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("李梅", "李海"),
        ("李梅", "李梅梅"),
        ("Anna Eriksson", "ERIKSSON ANNA MARIA"),
        ("Ann", "ANNA"),
        ("Jurgen Muller", "MUELLER JUERGEN"),
        ("", "李梅"),
    ],
)
def test_names_that_are_not(one, other):
    assert _compare.names(one, other).similarity < 1.0


def test_a_name_cut_in_the_zone():
    whole = "Nilavadhanananda Chayapa Dejthamrong Krasuang"
    cut = "NILAVADHANANANDA CHAYAPA DEJTHAMRONG K"
    assert _compare.names(whole, cut, mrz=True).similarity == 1.0
    assert _compare.names(whole, cut).similarity < 1.0
    assert _compare.names("Somebody Else " + whole[:10], cut, mrz=True).similarity < 1.0


def test_other_scripts_cannot_be_compared():
    assert not _compare.names("李梅", "LI MEI").comparable


@given(st.text(min_size=1, max_size=30))
def test_any_text_can_be_compared(text):
    assert 0.0 <= _compare.names(text, "ERIKSSON ANNA").similarity <= 1.0
    assert 0.0 <= _compare.addresses(text, FRONT["address"]).similarity <= 1.0


def test_folding_is_lined_up():
    assert len(_TRADITIONAL) == len(_SIMPLIFIED)
    assert simplified("漢張龍國華麗學書數時眾矯艙躍驚羅鑫韓蘇劉歐陽") == "汉张龙国华丽学书数时众矫舱跃惊罗鑫韩苏刘欧阳"


def test_a_form_that_agrees():
    assert set(outcomes(form_match.run(case())).values()) == {"pass"}


def test_differences_are_named_per_field():
    found = list(form_match.run(case(form={**FORM, "name": "李海", "sex": "男"})))
    assert outcomes(found) == {
        ("MISMATCH_NAME", "name"): "fail",
        ("MISMATCH_ID_NUMBER", "number"): "pass",
        ("MISMATCH_SEX", "sex"): "fail",
        ("MISMATCH_ADDRESS", "address"): "pass",
    }
    (name,) = [f for f in found if f.item == "name"]
    assert name.details == {"given": "李海", "read": "李梅", "confidence": 0.98}
    assert name.measure < name.limit == 1.0


def test_fields_not_given_are_not_run_and_extra_ones_are_compared():
    found = outcomes(form_match.run(case(form={"date_of_birth": "1990/3/7", "date_of_expiry": "2039.03.21"})))
    assert found == {
        ("MISMATCH_NAME", "name"): "not-run",
        ("MISMATCH_ID_NUMBER", "number"): "not-run",
        ("MISMATCH_ADDRESS", "address"): "not-run",
        ("MISMATCH_BIRTH", "date_of_birth"): "pass",
        ("MISMATCH_EXPIRY", "date_of_expiry"): "pass",
    }


def test_an_unsure_reader_blames_nobody():
    found = outcomes(form_match.run(case(form={**FORM, "name": "李海"}, confidence=0.5)))
    assert found["MISMATCH_NAME", "name"] == "warn"


def test_a_name_that_was_not_read_is_a_doubt():
    found = outcomes(form_match.run(case(front={"name": None, "address": None})))
    assert found["MISMATCH_NAME", "name"] == "unable"
    assert found["MISMATCH_ADDRESS", "address"] == "not-run"


def test_a_shorter_or_longer_address_is_the_same_and_another_is_not():
    def address(text):
        return outcomes(form_match.run(case(form={**FORM, "address": text})))["MISMATCH_ADDRESS", "address"]

    assert address("杭州市西湖区云杉路12号3栋2单元501室") == "pass"
    assert address("浙江省 杭州市 西湖区 云杉路12号 3栋2单元501室") == "pass"
    assert address("福建省厦门市思明区白鹭街299号4栋5单元1401室") == "fail"


def test_a_passport_is_compared_by_its_zone():
    form = {"name": "Anna Maria Eriksson", "number": "L898902C3"}
    found = outcomes(form_match.run(passport_case(form=form)))
    assert found["MISMATCH_NAME", "name"] == found["MISMATCH_ID_NUMBER", "number"] == "pass"
    (name,) = [f for f in form_match.run(passport_case(form={"name": "李梅"})) if f.item == "name"]
    assert name.outcome is Outcome.UNABLE


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ("陳大文", "pass"),
        ("Tai Man Chan", "pass"),
        ("CHAN, TAI MAN", "pass"),
        ("Tai Man Wong", "fail"),
        ("陈大武", "fail"),
    ],
)
def test_a_name_in_two_scripts_is_compared_in_the_one_that_was_given(given, outcome):
    """Travel permits print the name in Chinese characters and in Latin letters."""
    printed = {"name": "陈大文", "surname": "CHAN", "given_names": "TAI MAN"}
    found = outcomes(form_match.run(case(front=printed, form={**FORM, "name": given})))
    assert found["MISMATCH_NAME", "name"] == outcome
