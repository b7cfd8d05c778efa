"""Nobody can be taken for somebody else by their name."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.accounts.names import LONGEST_KEY, is_the_teams, name_key, plain_key, tells


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
        "Mayá",
        "Ma\u0323ya",
        "Maya\u0332\u0332",
        "M.a.y.a",
        "_Maya_",
        "Ma-ya",
        "Ma ya",
        "·Maya·",
    ],
)
def test_names_that_look_alike_are_one(look_alike):
    assert name_key(look_alike) == name_key("Maya")


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Maya", "Maya B"),
        ("Анна", "Инна"),
        ("小明", "小红"),
        ("Sam", "Sam 2"),
        ("Sam", "Sam ❤️"),
        ("Майя", "Маия"),
        ("か", "が"),
        ("कि", "की"),
    ],
)
def test_names_that_look_different_are_two(one, another):
    assert name_key(one) != name_key(another)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Olive", "0live"),
        ("Mila", "M1la"),
        ("Mila", "MiIa"),
        ("All", "AII"),
        ("Ilse", "lIse"),
        ("Marnie", "Mamie"),
        ("Winnie", "VVinnie"),
        ("Zoë", "Zoe"),
        ("Łukasz", "Lukasz"),
        ("Sadiq\u0301\u0301", "Sadiq"),
        ("ن\u0650\u0650", "ن\u0650"),
        ("Rosa 10", "Rosa lO"),
    ],
)
def test_what_is_drawn_alike_counts_as_one(one, another):
    assert name_key(one) == name_key(another)


@pytest.mark.parametrize("nothing", ["", "  ", "\u3164", "\ufe0f", "\u2800\u115f", "\x00", "...", "_"])
def test_a_name_of_unseen_characters_is_no_name(nothing):
    assert name_key(nothing) == ""


@given(st.text(max_size=60))
def test_a_key_is_its_own_key_and_fits_its_column(name):
    key = name_key(name)
    assert name_key(key) == key
    assert len(key) <= LONGEST_KEY


IN_ANY_SCRIPT = st.text(st.characters(categories=["Ll", "Lu", "Lt", "Lo", "Nd"]), min_size=1, max_size=15)


@given(IN_ANY_SCRIPT)
def test_letters_of_every_script_make_a_name(name):
    unseen = [letter for letter in name if not plain_key(letter)]
    assert name_key(name) or len(unseen) == len(name)


@given(IN_ANY_SCRIPT, st.sampled_from("\u0301\u0332\u20dd\u200d\ufe0f.-_ '\u00b7"))
def test_no_mark_or_separator_behind_a_latin_name_makes_another_name(name, more):
    assert name_key(f"{name}xa{more}") == name_key(f"{name}xa{more}{more}") == name_key(f"{name}xa")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "maya@mail.example",
            "maya (at) mail",
            "maya at mail dot com",
            "rosa dot com",
            "rosa.com",
            "www.rosa",
        ),
        *(
            "@maya",
            "insta: maya",
            "Insta maya99",
            "snap:rosa",
            "ig=rosa",
            "discord rosa",
            "t.me/rosa",
            "text me",
        ),
        *("07700 900123", "+44 7700 900 123", "０７７００９００１２３", "call 0770"),
    ],
)
def test_a_name_that_says_where_else_somebody_is_is_told_why_not(name):
    assert "where else to find you" in tells(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "42kg",
            "４２kg",
            "42㎏",
            "42 kilos",
            "forty kilos",
            "9 stone",
            "nine stone",
            "9st",
            "9 st 4",
            "11st",
        ),
        *("500mg", "0.5 g", "500 kcal", "bmi 16", "BMI:16", "cw 45", "95lbs", "8 pounds", "20 units"),
    ],
)
def test_a_name_with_a_weight_or_a_dose_is_told_why_not(name):
    assert "weight, a dose or an amount" in tells(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Rosa 1987",
            "Finn 2",
            "Rosa, 52",
            "O'Brien-2",
            "Agent 007",
            "Anna-Lena",
            "J.R.",
            "Dr. Who",
            "St. John",
        ),
        *(
            "1st light",
            "21st Century",
            "Cal 2",
            "Stone",
            "Rolling Stone",
            "Signal Hill",
            "24/7",
            "Mia at dawn",
        ),
        *(
            "Mum of 2",
            "Two Moons",
            "Five Stars",
            "3 geese",
            "Snap Dragon",
            "Mail order",
            "Dot",
            "小明2",
            "Анна 1990",
        ),
        *("Modest", "Leader", "Team Rocket", "🌻", "ليلى", "हिन्दी", "Unit 7", "Grace 3"),
    ],
)
def test_an_honest_name_is_left_alone(name):
    assert tells(name) == ""
    assert not is_the_teams(name)
    assert name_key(name)


@given(st.text(max_size=700))
def test_any_name_is_judged_in_no_time(name):
    began = time.process_time()
    tells(name)
    assert time.process_time() - began < 0.2


ACCENTS = (
    "\u0316\u0300" * 20_000
)  # marks that stand in the wrong order: sorting them takes the square of their number


def test_a_name_of_endless_accents_costs_nobody_their_time():
    began = time.process_time()
    assert len(name_key("a" + ACCENTS)) <= LONGEST_KEY
    assert time.process_time() - began < 0.2
