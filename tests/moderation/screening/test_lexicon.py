"""Every entry of the lexicon does what its own examples say."""

import pytest

from moderation.screening import CATEGORIES, Level, transparent
from moderation.screening.lexicon import Entry, lexicon
from moderation.screening.scope import Scope

ENTRIES = lexicon().entries
RAISING = [entry for entry in ENTRIES if entry.category in CATEGORIES]
HINTS = [entry for entry in ENTRIES if entry.category not in CATEGORIES]


def examples(entries: list[Entry], kind: str) -> list[object]:
    return [
        pytest.param(entry, example, id=f"{entry.id}-{number}")
        for entry in entries
        for number, example in enumerate(getattr(entry, kind))
    ]


def meant_by(text: str) -> set[str]:
    words = lexicon()
    reading = words.read(text)
    return {meant.hit.entry.id for meant in Scope(reading, words, words.hits(reading)).meant()}


def found_in(text: str) -> set[str]:
    words = lexicon()
    return {hit.entry.id for hit in words.hits(words.read(text))}


@pytest.mark.parametrize(("entry", "example"), examples(RAISING, "matches"))
def test_what_an_entry_is_for_is_recognised_at_its_level(entry, example):
    assert entry.id in meant_by(example)
    assert transparent(example).level.rank >= entry.level.rank


@pytest.mark.parametrize(("entry", "example"), examples(RAISING, "not_matches"))
def test_what_only_looks_like_an_entry_is_not_taken_for_it(entry, example):
    assert entry.id not in meant_by(example)


@pytest.mark.parametrize(("entry", "example"), examples(HINTS, "matches"))
def test_a_figure_of_speech_or_a_cue_is_recognised(entry, example):
    assert entry.id in found_in(example)


@pytest.mark.parametrize(("entry", "example"), examples(HINTS, "not_matches"))
def test_other_words_are_no_figure_of_speech_and_no_cue(entry, example):
    assert entry.id not in found_in(example)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_can_be_reviewed(entry):
    assert entry.reason
    assert entry.matches
    assert entry.not_matches
    assert 0 < entry.weight < 1


def test_every_category_has_an_entry_and_plain_words():
    made_elsewhere = {"reads_like_danger", "unread", "unread_language"}
    assert {entry.category for entry in RAISING} == set(CATEGORIES) - made_elsewhere
    assert all(name and "_" not in name for name in CATEGORIES.values())


def test_the_version_names_the_edition_and_changes_with_the_files():
    edition, _, fingerprint = lexicon().version.rpartition("-")
    assert edition
    assert len(fingerprint) == 10
    assert int(fingerprint, 16) >= 0


def test_figures_of_speech_and_cues_carry_no_level():
    assert {entry.level for entry in HINTS} == {Level.GREEN}
