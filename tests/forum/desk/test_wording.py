"""What the desk says in plain words."""

from datetime import UTC, datetime, timedelta

import pytest

from forum.desk import wording
from forum.desk.models import DecisionKind, SignalKind
from moderation.screening import Level

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (11.5, "due in 11 minutes"), (1, "due in 1 minute"), (0.5, "due now"), (0, "due now"), (-0.5, "due now"),
        (-5, "due 5 minutes ago"), (60, "due in 1 hour"), (119, "due in 1 hour"), (-120, "due 2 hours ago"),
        (60 * 25, "due in 1 day"), (-60 * 24 * 3, "due 3 days ago"),
    ],
)  # fmt: skip
def test_a_due_time_is_said_as_one_would_say_it(minutes, words):
    assert wording.due_words(NOON + timedelta(minutes=minutes), NOON) == words


def test_who_came_second_learns_who_was_first_and_for_how_long():
    assert wording.held_words("Noor", NOON + timedelta(minutes=3), NOON) == (
        "Noor holds this case: for 3 minutes more, or longer if they go on with it."
    )
    assert "less than a minute" in wording.held_words("Noor", NOON + timedelta(seconds=3), NOON)


def test_everything_that_the_desk_shows_has_words():
    assert set(wording.LEVEL_WORDS) == set(Level)
    assert set(wording.SIGNAL_WORDS) == set(SignalKind)
    assert set(wording.DECISION_WORDS) == set(DecisionKind)


def test_each_category_is_said_once_and_in_plain_words():
    findings = [{"category": name} for name in ("plan", "means", "plan", "some_new_one")]
    assert wording.categories_words(findings) == [
        "a plan to end their life",
        "has the means at hand, or is looking for them",
        "some new one",
    ]
