"""The samples: right numbers, pictures of the stated size, the same again from the same seed."""

import io
from datetime import date
from importlib.resources import files

import pytest
from PIL import Image, ImageDraw
from stdnum.cn import ric

from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photocopy, photograph, write
from shiming.reading.documents._people import check_digit, ethnicities, person, years_later
from shiming.reading.documents.cn_resident_id import sample as resident_id
from shiming.reading.documents.passport import sample as passport
from shiming.reading.documents.sample import main, sample_person, sample_set


@pytest.mark.parametrize("seed", range(40))
def test_a_person_is_whole(seed):
    who = person(seed)
    assert ric.calc_check_digit(who.number) == who.number[-1]
    assert who.number[6:14] == f"{who.date_of_birth:%Y%m%d}"
    assert (int(who.number[16]) % 2 == 1) == (who.sex == "M")
    assert who.date_of_issue < (who.date_of_expiry or date.max)
    assert who == person(seed)


def test_check_digit_of_the_standards_example():
    # GB 11643-1999, annex: 11010519491231002X
    assert check_digit("11010519491231002") == "X"


def test_there_are_56_ethnic_groups():
    assert len(set(ethnicities())) == 56


def test_every_character_of_the_pools_can_be_drawn():
    pools = files("shiming.reading.documents").joinpath("_people.toml").read_text("utf-8")
    pen = ImageDraw.Draw(Image.new("RGB", (10, 10)))
    write(pen, (0, 0), "".join(sorted({c for c in pools if "\u4e00" <= c <= "\u9fff"})), 20)


def test_a_character_the_font_lacks_is_named():
    with pytest.raises(ValueError, match="龘"):
        resident_id.draw(person(1, name="李龘"), portraits.portrait("drawn"))


def test_mrz_of_the_icao_example():
    # ICAO 9303 part 4, appendix A (its personal number is left out here, so the composite digit is our own).
    who = person(
        1, surname="ERIKSSON", given_names="ANNA MARIA", passport_number="L898902C3", sex="F",
        date_of_birth=date(1974, 8, 12), date_of_issue=date(2002, 4, 15),
    )  # fmt: skip
    first, second = passport.mrz(who)
    assert first == "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    assert second[:28] == "L898902C36UTO7408122F1204159"
    assert len(second) == 44


def test_mrz_spells_letters_and_cuts_long_names():
    first, _ = passport.mrz(person(1, surname="Øst-Müller", given_names="Zoë d'Arc " + "Q" * 40))
    assert first.startswith("P<UTOOEST<MUELLER<<ZOE<DARC<QQ")
    assert len(first) == 44


def test_sizes():
    who, portrait = person(3), portraits.portrait("hopper")
    assert {side: image.size for side, image in resident_id.draw(who, portrait).items()} == {
        "front": (1011, 638),
        "back": (1011, 638),
    }
    assert passport.draw(who, portrait)["front"].size == (1476, 1039)


def test_a_photograph_is_a_jpeg_of_the_size_asked_for_and_the_same_again():
    image = resident_id.draw(person(2), portraits.portrait("collins"))["front"]
    taken = photograph(image, rotate=90, skew=12, tilt=15, glare=0.02, blur=1, dark=0.3, size=(800, 600), seed=4)
    assert Image.open(io.BytesIO(taken)).size == (600, 800)
    assert taken == photograph(
        image, rotate=90, skew=12, tilt=15, glare=0.02, blur=1, dark=0.3, size=(800, 600), seed=4
    )
    with pytest.raises(ValueError, match="quarter turns"):
        photograph(image, rotate=30)


def test_a_photocopy_has_no_colour():
    grey = photocopy(resident_id.draw(person(2), portraits.portrait("collins"))["front"])
    red, green, blue = (band.tobytes() for band in grey.split())
    assert red == green == blue


def test_portraits_have_a_licence_line_each():
    licences = files(portraits).joinpath("LICENCES.md").read_text("utf-8")
    for name in (*portraits.names(), *portraits.names(human=False)):
        assert f"`{name}" in licences
        assert min(portraits.portrait(name).size) >= 240
    with pytest.raises(KeyError, match="collins"):
        portraits.portrait("nobody")


def test_selfies_differ_by_seed_and_stay_small():
    assert portraits.selfie("collins", seed=1) != portraits.selfie("collins", seed=2)
    assert len(portraits.selfie("hopper")) < 1_000_000


def test_the_program_writes_a_set(tmp_path):
    assert main([str(tmp_path), "--seed", "5"]) == 0
    assert {path.stem for path in tmp_path.glob("*.jpg")} == set(sample_set(5))
    assert sample_person(5).number in (tmp_path / "person.json").read_text("utf-8")


def test_a_leap_day_ends_on_the_first_of_march():
    assert years_later(date(2024, 2, 29), 10) == date(2034, 3, 1)
