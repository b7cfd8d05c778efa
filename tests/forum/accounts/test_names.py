"""Nobody can be taken for somebody else by their name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.accounts.names import LONGEST_KEY, name_key


@pytest.mark.parametrize(
    "look_alike",
    [
        "maya",
        "MAYA",
        " Maya ",
        "Ｍａｙａ",
        "𝐌𝐚𝐲𝐚",
        "Мауа",  # Cyrillic
        "Mаya",  # Cyrillic in the middle
        "Μaya",  # Greek
        "Maya\u034f",
        "Ma\ufe0fya",
        "Maya\u3164",
        "\u2800Maya",
    ],
)
def test_names_that_look_alike_are_one(look_alike):
    assert name_key(look_alike) == name_key("Maya")


@pytest.mark.parametrize(
    ("one", "another"),
    [("Maya", "Mayá"), ("Maya", "Maya B"), ("Анна", "Инна"), ("小明", "小红"), ("Sam", "Sam 2")],
)
def test_names_that_look_different_are_two(one, another):
    assert name_key(one) != name_key(another)


@pytest.mark.parametrize("nothing", ["", "  ", "\u3164", "\ufe0f", "\u2800\u115f", "\x00"])
def test_a_name_of_unseen_characters_is_no_name(nothing):
    assert name_key(nothing) == ""


@given(st.text(max_size=60))
def test_a_key_is_its_own_key_and_fits_its_column(name):
    key = name_key(name)
    assert name_key(key) == key
    assert len(key) <= LONGEST_KEY


ACCENTS = (
    "\u0316\u0300" * 20_000
)  # marks that stand in the wrong order: sorting them takes the square of their number


def test_a_name_of_endless_accents_costs_nobody_their_time():
    began = time.process_time()
    assert len(name_key("a" + ACCENTS)) <= LONGEST_KEY
    assert time.process_time() - began < 0.2
