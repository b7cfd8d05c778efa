"""Every entry of the lexicon does what its own examples say, and can be reviewed."""

import pytest

from moderation.screening import AGREED_RULES, CATEGORIES, Level, Screener
from moderation.screening.agreed import Shape
from moderation.screening.lexicon import Entry, lexicon
from moderation.screening.scope import Scope

ENTRIES = lexicon().entries
RAISING = [entry for entry in ENTRIES if entry.category in CATEGORIES]
HINTS = [entry for entry in ENTRIES if entry.category not in CATEGORIES]
SHAPES = lexicon().shapes
EVERY_RULE = Screener.of(rules=AGREED_RULES)


def meant_by(text: str) -> set[str]:
    words = lexicon()
    reading = words.read(text)
    return {meant.hit.entry.id for meant in Scope(reading, words, words.hits(reading), AGREED_RULES).meant()}


def found_in(text: str) -> set[str]:
    words = lexicon()
    return {hit.entry.id for hit in words.hits(words.read(text))}


@pytest.mark.parametrize("entry", RAISING, ids=lambda entry: entry.id)
def test_an_entry_is_recognised_where_it_should_be_and_nowhere_else(entry):
    missed = [text for text in entry.matches if entry.id not in meant_by(text)]
    lower = [text for text in entry.matches if EVERY_RULE.transparent(text).level.rank < entry.level.rank]
    mistaken = [text for text in entry.not_matches if entry.id in meant_by(text)]
    assert (missed, lower, mistaken) == ([], [], [])


@pytest.mark.parametrize("entry", HINTS, ids=lambda entry: entry.id)
def test_a_figure_of_speech_or_a_cue_is_recognised_and_other_words_are_not(entry):
    missed = [text for text in entry.matches if entry.id not in found_in(text)]
    mistaken = [text for text in entry.not_matches if entry.id in found_in(text)]
    assert (missed, mistaken) == ([], [])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.id)
def test_a_shape_is_recognised_where_it_should_be_and_nowhere_else(shape):
    assert [text for text in shape.matches if not list(shape.found_in(text))] == []
    assert [text for text in shape.not_matches if list(shape.found_in(text))] == []


def test_every_entry_can_be_reviewed():
    everything: list[Entry | Shape] = [*ENTRIES, *SHAPES]
    incomplete = [
        entry.id
        for entry in everything
        if not (entry.reason and entry.because and entry.matches and entry.not_matches)
    ]
    assert incomplete == []
    assert all(0 < entry.weight < 1 for entry in ENTRIES)


def test_every_category_has_an_entry_and_plain_words():
    made_elsewhere = {"unread", "unread_language", "reads_like_danger", "surroundings"}
    assert {entry.category for entry in RAISING} == set(CATEGORIES) - made_elsewhere
    assert all(name and "_" not in name for name in CATEGORIES.values())


def test_the_version_names_the_edition_and_changes_with_the_files():
    edition, _, fingerprint = lexicon().version.rpartition("-")
    assert edition
    assert len(fingerprint) == 10
    assert int(fingerprint, 16) >= 0


def test_figures_of_speech_and_cues_carry_no_level():
    assert {entry.level for entry in HINTS} == {Level.GREEN}
