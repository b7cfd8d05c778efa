"""Two stages, one answer: the model raises, the lexicon alone says crisis, and what cannot be read goes to a person."""

import math

import pytest

from moderation.screening import Level, model, screen, transparent
from moderation.screening.levels import CUTS
from moderation.screening.model import Missing

GREEN, AMBER, RED, CRISIS = Level
PLAIN = "the curtains are blue and the soup was good"
DENIED = "I don't want to die, I never did"


@pytest.fixture
def sure(monkeypatch):
    """Sets how sure the model is."""

    def set_to(probability):
        monkeypatch.setattr(model, "probability", lambda reading, facts=None: probability)
        monkeypatch.setattr(model, "why", lambda reading: [])
        monkeypatch.setattr(model, "version", lambda: "model-tried")

    return set_to


@pytest.mark.parametrize(
    ("probability", "level"), [(0.0, GREEN), (CUTS.amber, AMBER), (CUTS.red, RED), (1.0, RED)]
)
def test_the_model_raises_by_its_cuts_and_never_to_crisis(sure, probability, level):
    sure(probability)
    screening = screen(PLAIN)
    assert screening.level is level
    assert (screening.findings == ()) == (level is GREEN)
    assert screening.version.endswith("+model-tried")


def test_the_model_never_lowers(sure):
    sure(0.0)
    for text in ("I feel so hopeless", "I want to kill myself", "I took them all an hour ago"):
        assert screen(text).level is transparent(text).level
        assert screen(text).findings == transparent(text).findings


def test_a_model_that_disagrees_with_a_lowered_rule_asks_for_a_look(sure):
    assert transparent(DENIED).level is GREEN
    sure(0.7)
    assert screen(DENIED).level is AMBER
    sure(0.99)
    assert screen(DENIED).level is RED


def test_what_is_said_beside_denied_words_speaks_for_itself(monkeypatch):
    monkeypatch.setattr(model, "probability", lambda reading, facts=None: 0.5 * ("arms" in reading.words))
    beside = f"{PLAIN}, said he with folded arms"
    denied = f"{beside}. I never wanted to die."
    assert transparent(denied).level.rank < RED.rank
    assert screen(denied).level is screen(beside).level is RED
    assert screen("I never wanted to die in their arms").level is AMBER


@pytest.mark.parametrize("probability", [math.nan, math.inf])
def test_a_number_that_is_none_goes_to_a_person(sure, probability):
    sure(probability)
    assert screen(PLAIN).level is AMBER
    assert screen(PLAIN).findings[0].category == "unread"


def test_a_missing_model_goes_to_a_person_at_the_level_of_the_lexicon(monkeypatch):
    def missing(*_):
        raise Missing("gone")

    monkeypatch.setattr(model, "probability", missing)
    assert screen(PLAIN).level is AMBER
    assert screen("I took them all an hour ago").level is CRISIS
    assert screen(PLAIN).findings[0].category == "unread"


def test_the_score_is_the_probability_whatever_the_level(sure):
    for probability in (0.0, 0.28, 1.0):
        sure(probability)
        assert {screen(PLAIN).score, screen("I want to kill myself").score} == {probability}


def test_what_is_in_another_language_or_wordless_is_not_given_to_the_model(sure):
    sure(1.0)
    assert screen("🙂🙂").level is GREEN
    assert screen("Ayer fui al mercado con mi hermana y compramos manzanas y pan").level is AMBER


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("Tonight", GREEN),
        ("  evenings… ", GREEN),
        ("Take care", GREEN),
        ("I am here.", GREEN),
        ("Goodbye", RED),
    ],
)
def test_of_a_few_words_alone_the_model_says_nothing(sure, words, level):
    sure(1.0)
    assert screen(words).level is level is transparent(words).level
