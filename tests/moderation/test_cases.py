"""The tables that say when somebody is due to look and what may be done to a case."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from moderation import cases
from moderation.cases import DUE_WITHIN, HELD_FOR, CaseState, Move
from moderation.screening import Level


def test_everything_but_green_needs_a_person():
    assert [level for level in Level if not cases.needs_a_person(level)] == [Level.GREEN]


def test_red_and_crisis_suggest_danger():
    assert [level for level in Level if cases.is_urgent(level)] == [Level.RED, Level.CRISIS]


@pytest.mark.parametrize("level", [level for level in Level if cases.needs_a_person(level)])
def test_whatever_needs_a_person_has_a_due_time_and_a_lease_that_ends_before_it(level):
    assert HELD_FOR[level] < DUE_WITHIN[level]


def test_the_worse_the_sooner():
    assert all(
        DUE_WITHIN[worse] < DUE_WITHIN[better]
        for better, worse in pairwise([Level.AMBER, Level.RED, Level.CRISIS])
    )


def test_what_follows_danger_needs_a_person():
    assert cases.is_urgent(cases.AFTER_DANGER)


@pytest.mark.parametrize("move", Move)
def test_nothing_leaves_a_closed_case(move):
    assert cases.after(CaseState.CLOSED, move) is None


@pytest.mark.parametrize("move", Move)
def test_only_closing_closes_a_case(move):
    assert cases.after(CaseState.OPEN, move) is (CaseState.CLOSED if move is Move.CLOSE else CaseState.OPEN)


MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("level", [level for level in Level if cases.needs_a_person(level)])
def test_somebody_is_due_to_look_so_long_after_the_words_were_saved(level):
    assert cases.due_at(MOMENT, level, ["hopelessness"]) == MOMENT + DUE_WITHIN[level]
    assert cases.due_at(MOMENT, level, []) == MOMENT + DUE_WITHIN[level]


def test_no_clock_runs_where_nothing_is_known_but_that_the_language_is_not_read():
    assert cases.due_at(MOMENT, Level.AMBER, ["unread_language"]) == cases.NO_CLOCK
    assert cases.due_at(MOMENT, Level.AMBER, ["unread_language", "hopelessness"]) < cases.NO_CLOCK
    assert cases.due_at(MOMENT, Level.RED, ["unread_language"]) < cases.NO_CLOCK
