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


def table(**changes):
    told = {
        "form": model.FORM,
        "version": "model-tried",
        "unit": 0.5,
        "kinds": [["brother", "sister"]],
        "grams": ["#0", "dark", "garden", "so dark"],
        "rarity": [2, 2, 2, 2],
        "heads": [{"weights": [0, 8, -8, 4], "bias": -1.0}],
        "alone": [1.0, 0.0],
        "with_rules": [1.0, 3.0, 0.0],
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
    heads = [{"weights": [4, 0, 0, 0], "bias": 0.0}]
    assert (
        scored("my sister", heads=heads)
        == scored("my brother", heads=heads)
        > scored("my kettle", heads=heads)
    )


def test_what_the_first_stage_said_counts_where_it_is_told():
    small = Model(table())
    read = lexicon().read("it is dark")
    assert small.probability(read, 0.9) > small.probability(read, 0.1) > small.probability(read) - 1e-9 > 0


@pytest.mark.parametrize(
    "changes",
    [
        {"form": 0},
        {"grams": ["dark"]},
        {"heads": [{"weights": [1], "bias": 0.0}]},
        {"heads": [{"weights": [1, 1, 1, 1], "bias": math.nan}]},
        {"alone": [math.inf, 0.0]},
        {"alone": [1.0]},
        {"rarity": ["a", "b", "c", "d"]},
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
    assert model.probability(f"{DANGER} {DANGER}") == pytest.approx(model.probability(DANGER))


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
