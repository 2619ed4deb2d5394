import re
import uuid

from hypothesis import given
from hypothesis import strategies as st

from shiming.platform.ids import ALPHABET, normalise_reference, reference, reference_valid, uuid7

references = st.builds(lambda _: reference(), st.integers())


def test_uuid7_is_version_7_and_increases():
    made = [uuid7() for _ in range(5000)]
    assert made == sorted(set(made))
    assert {uuid.UUID(text).version for text in made} == {7}
    assert {uuid.UUID(text).variant for text in made} == {uuid.RFC_4122}


def test_reference_looks_readable():
    assert re.fullmatch(r"[2-9A-Y]{4}-[2-9A-Y]{4}-[2-9A-Y]{2}", reference())
    assert not set("01ILOSZ") & set(ALPHABET)


@given(references, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_found(text, place, letter):
    letters = text.replace("-", "")
    changed = letters[:place] + letter + letters[place + 1 :]
    assert reference_valid(changed) == (letters[place] == letter)


@given(references, st.integers(0, 8))
def test_any_swap_of_neighbours_is_found(text, place):
    letters = text.replace("-", "")
    swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
    assert reference_valid(swapped) == (letters[place] == letters[place + 1])


@given(references)
def test_reading_aloud_does_not_matter(text):
    told = text.lower().replace("-", " ").replace("5", "s").replace("2", "z")
    assert normalise_reference(told) == text
    assert reference_valid(told)
    assert not reference_valid(text[:-1])
    assert not reference_valid("")
