"""What stands around a text raises within bounds and never lowers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.screening import Level, Screening, Surroundings, raised

GREEN, AMBER, RED, CRISIS = Level
TEXT = "some words"
SCORES = {GREEN: 0.1, AMBER: 0.3, RED: 0.6, CRISIS: 0.9}


def after(level, **around):
    return raised(Screening(level, SCORES[level], (), "v"), Surroundings(**around), TEXT)


@pytest.mark.parametrize(
    ("level", "around", "becomes"),
    [
        (GREEN, {}, GREEN),
        (GREEN, {"recent": [RED]}, AMBER),
        (GREEN, {"recent": [GREEN, RED]}, GREEN),
        (AMBER, {"recent": [RED]}, AMBER),
        (AMBER, {"recent": [RED, CRISIS]}, RED),
        (AMBER, {"recent": [AMBER, RED], "night": True}, RED),
        (AMBER, {"opening": RED}, RED),
        (AMBER, {"night": True}, AMBER),
        (RED, {"recent": [CRISIS, CRISIS], "opening": CRISIS, "night": True}, RED),
    ],
)
def test_the_bounds_are_as_written(level, around, becomes):
    assert after(level, **around).level is becomes


def test_what_was_raised_says_why_and_scores_in_its_band():
    screening = after(AMBER, recent=[RED, RED])
    assert [finding.category for finding in screening.findings] == ["surroundings"]
    assert screening.score == 0.5


levels = st.sampled_from(list(Level))


@given(levels, st.lists(levels, max_size=5), levels, st.booleans())
def test_nothing_around_a_text_lowers_it_or_makes_it_a_crisis(level, recent, opening, night):
    screening = after(level, recent=recent, opening=opening, night=night)
    assert level.rank <= screening.level.rank <= max(level.rank, RED.rank)
    assert screening.level.rank - level.rank <= 1
    assert screening.score >= SCORES[level]
