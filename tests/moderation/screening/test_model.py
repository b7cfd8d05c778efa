"""The statistical stage: a table that is read and never run, and what it says."""

import gzip
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.screening import CATEGORIES, model
from moderation.screening.lexicon import lexicon
from moderation.screening.model import Missing, Model

DANGER = "I have written the letters and tonight I am going to end my life."
CALM = "We walked the dog along the canal, had soup, and talked about the new curtains."


def head(**changes):
    told = {
        "unit": 0.5,
        "grams": ["#0", "dark", "garden", "so dark"],
        "rarity": [2, 2, 2, 2],
        "weights": [0, 8, -8, 4],
        "bias": -1.0,
    }
    return told | changes


def weighing(short, long, **facts):
    return {"centres": [0.0, 0.0], "short": short, "long": long, "facts": facts, "shift": 0.0}


def table(**changes):
    told = {
        "form": model.FORM,
        "version": "model-tried",
        "kinds": [["brother", "sister"]],
        "heads": [head()],
        "alone": weighing([1.0, 0.0], [1.0, 0.0]),
        "with_facts": weighing([1.0, 0.0], [1.0, 0.0], calmed=-2.0, score=3.0),
    }
    return told | changes


def scored(text, **changes):
    return Model(table(**changes)).probability(lexicon().read(text))


def test_what_speaks_for_danger_raises_and_what_speaks_against_lowers():
    assert scored("it is dark") > scored("nothing known here") > scored("my garden")
    assert scored("nothing known here") == pytest.approx(1 / (1 + math.e))


def test_two_words_side_by_side_are_known_as_such():
    assert scored("so dark") == pytest.approx(1 / (1 + math.exp(1 - (4 + 2) / math.sqrt(2))))


def test_words_of_one_kind_count_alike():
    heads = [head(weights=[4, 0, 0, 0], bias=0.0)]
    assert (
        scored("my sister", heads=heads)
        == scored("my brother", heads=heads)
        > scored("my kettle", heads=heads)
    )


def test_what_the_first_stage_found_counts_where_it_is_told():
    small, read = Model(table()), lexicon().read("it is dark")
    told = [
        small.probability(read, facts) for facts in ({"calmed": 1.0}, {}, {"unknown": 9.0}, {"score": 0.9})
    ]
    assert told[0] < told[1] == told[2] < told[3]
    assert small.probability(read) == small.probability(read, {})


def test_the_length_of_a_text_says_only_how_far_to_believe_each_sign():
    long = {"alone": weighing([0.0, 0.0], [2.0, 0.0])}
    assert scored("it is dark", **long) < scored("it is dark " * 40, **long)
    assert scored("it is " * 40, heads=[head(bias=0.0)], **long) == 0.5


def test_the_strongest_passage_speaks_apart_from_the_whole():
    strongest = {"alone": weighing([0.0, 1.0], [0.0, 1.0])}
    calm = "My garden is green. " * 5
    assert scored(f"{calm} It is dark. {calm}", **strongest) == scored("It is dark.", **strongest)


@pytest.mark.parametrize(
    "changes",
    [
        {"form": 0},
        {"heads": [head(grams=["dark"])]},
        {"heads": [head(weights=[1])]},
        {"heads": [head(bias=math.nan)]},
        {"heads": [head(rarity=["a", "b", "c", "d"])]},
        {"alone": weighing([math.inf, 0.0], [0.0, 0.0])},
        {"alone": weighing([1.0], [1.0])},
        {"with_facts": weighing([1.0, 0.0], [1.0, 0.0], score=math.nan)},
    ],
)
def test_a_table_that_is_wrong_is_missing(tmp_path, changes):
    file = tmp_path / "model.json.gz"
    file.write_bytes(gzip.compress(json.dumps(table()).encode()))
    assert model.loaded(file).version == "model-tried"
    file.write_bytes(gzip.compress(json.dumps(table(**changes)).encode()))
    with pytest.raises(Missing):
        model.loaded(file)


def test_a_table_that_is_cut_short_or_changed_or_away_is_missing(tmp_path):
    whole = model.TABLE.read_bytes()
    file = tmp_path / "model.json.gz"
    broken = bytearray(whole)
    broken[len(whole) // 2] ^= 1
    for damaged in (
        whole[:-100],
        bytes(broken),
        b"",
        b"not a table",
        gzip.compress(b"[]"),
        gzip.compress(b"{}"),
    ):
        file.write_bytes(damaged)
        with pytest.raises(Missing):
            model.loaded(file)
    file.unlink()
    with pytest.raises(Missing):
        model.loaded(file)


def test_the_table_that_ships_is_small():
    assert model.TABLE.stat().st_size < 5_000_000


def test_it_tells_danger_from_a_calm_day():
    assert model.probability(DANGER) > 0.5 > 0.1 > model.probability(CALM)


def test_one_sentence_is_found_in_a_very_long_text():
    long = f"{CALM} " * 250
    assert model.probability(f"{long}{DANGER} {long}") > 5 * model.probability(long * 2)


def test_saying_it_again_says_no_more():
    once, twice = (model.pieces(lexicon().read(text)) for text in (DANGER, f"{DANGER} {DANGER}"))
    assert model.model().signs(twice) == pytest.approx(model.model().signs(once))


def test_it_shows_few_places_that_lie_in_the_text():
    found = model.why(f"{CALM} {DANGER}")
    assert 1 <= len(found) <= 3
    assert all(0 <= one.start < one.end <= len(f"{CALM} {DANGER}") for one in found)
    assert {one.category for one in found} <= set(CATEGORIES)


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=120))
def test_any_text_has_a_probability(text):
    assert 0 <= model.probability(text) <= 1
    assert all(0 <= one.start < one.end <= len(text) for one in model.why(text))
