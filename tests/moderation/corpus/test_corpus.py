"""What every line of the corpus must have."""

from collections import Counter

import pytest

from moderation import corpus
from moderation.screening import CATEGORIES, Level

LINES = {split: list(corpus.lines(split)) for split in corpus.SPLITS}
EVERY_LINE = [line for lines in LINES.values() for line in lines]
COUNTER_EXAMPLES = {
    "denial", "everyday", "helper", "idiom", "medical", "quote", "recovery", "struggling", "title", "voices",
}  # fmt: skip


def whole(**changes):
    fields = {
        "id": "goodbye-0001",
        "level": "crisis",
        "family": "goodbye",
        "pair": None,
        "tags": ["british"],
        "text": "thank you all, you were good to me",
        "reason": "a farewell with nothing after it",
        "reviewed_by": "author",
        "reviewed_on": "2026-11-22",
    }
    return fields | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": " "},
        {"reviewed_by": ""},
        {"reviewed_on": ""},
        {"level": "urgent"},
        {"tags": ["sad"]},
        {"text": ""},
        {"author": "somebody"},
    ],
)
def test_a_line_that_lacks_something_is_refused(changes):
    assert corpus.line(whole()).level is Level.CRISIS
    with pytest.raises(ValueError):  # noqa: PT011
        corpus.line(whole(**changes))


def test_there_are_enough_lines_of_every_level_to_learn_and_to_test():
    for split, least in (("train", 120), ("test", 40)):
        assert min(Counter(line.level for line in LINES[split]).values()) >= least


def test_no_id_and_no_text_stands_twice():
    for values in ([line.id for line in EVERY_LINE], [line.text.casefold() for line in EVERY_LINE]):
        assert [value for value, times in Counter(values).items() if times > 1] == []


def test_twins_are_two_and_in_one_split():
    splits: dict[str, list[str]] = {}
    for split, lines in LINES.items():
        for line in lines:
            if line.pair:
                splits.setdefault(line.pair, []).append(split)
    assert [pair for pair, where in splits.items() if len(where) < 2 or len(set(where)) > 1] == []


def test_a_family_is_a_category_or_a_kind_of_counter_example():
    assert {line.family for line in EVERY_LINE} <= set(CATEGORIES) | COUNTER_EXAMPLES


def test_urgent_lines_belong_to_a_category():
    urgent = {line.family for line in EVERY_LINE if line.level.rank >= Level.RED.rank}
    assert not urgent & COUNTER_EXAMPLES


def test_the_same_things_are_said_in_every_voice():
    apart = [line for line in EVERY_LINE if line.id.startswith("apart-")]
    voices = ("dialect", "faith", "learning_disability", "reclaimed", "second_language", "teenage", "voices")
    meanings = {line.pair for line in apart}
    for voice in voices:
        assert {line.pair for line in apart if voice in line.tags} == meanings
