"""Which moves a case may make and when somebody is due to look: pure tables, tested without a database."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from moderation.screening import Level


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    CLOSED = "closed"


class Move(StrEnum):
    """What can be done to a case."""

    FEED = "feed"
    CLAIM = "claim"
    RELEASE = "release"
    CLOSE = "close"


# A new signal about a closed case opens a new one, so nothing leaves CLOSED.
MOVES: dict[tuple[CaseState, Move], CaseState] = {
    (CaseState.OPEN, Move.FEED): CaseState.OPEN,
    (CaseState.OPEN, Move.CLAIM): CaseState.OPEN,
    (CaseState.OPEN, Move.RELEASE): CaseState.OPEN,
    (CaseState.OPEN, Move.CLOSE): CaseState.CLOSED,
}

# How soon a person is to look, from the moment the words were saved. Crisis may be tightened, never loosened.
DUE_WITHIN: dict[Level, timedelta] = {
    Level.CRISIS: timedelta(minutes=15),
    Level.RED: timedelta(hours=1),
    Level.AMBER: timedelta(hours=8),
}

# What an edit or a withdrawal asks for when the words before it suggested danger, whatever the words say now.
AFTER_DANGER = Level.RED

# A claim without a sign of life lapses after this long, so that nobody's silence keeps a case from the others.
HELD_FOR: dict[Level, timedelta] = {
    Level.CRISIS: timedelta(minutes=3),
    Level.RED: timedelta(minutes=15),
    Level.AMBER: timedelta(minutes=15),
}


# The due time of what stands in the lane of words that the machine does not read: no clock runs, and a signal that
# has one is always sooner. A date, so that whatever asks what is late leaves the lane out.
NO_CLOCK = datetime(9000, 1, 1, tzinfo=UTC)
_NOTHING_BUT_THE_LANGUAGE = {"unread_language"}


def due_at(since: datetime, level: Level, categories: Collection[str]) -> datetime:
    """When somebody is to have looked at words that were saved at `since`, and in which these things were found.

    NO_CLOCK where all that was found is that the machine does not read their language.
    """
    if level is Level.AMBER and set(categories) == _NOTHING_BUT_THE_LANGUAGE:
        return NO_CLOCK
    return since + DUE_WITHIN[level]


def after(state: CaseState, move: Move) -> CaseState | None:
    """The state that `move` leads to from `state`, or None when there is no such move."""
    return MOVES.get((state, move))


def needs_a_person(level: Level) -> bool:
    """Whether a text of this level is put on the desk."""
    return level is not Level.GREEN


def is_urgent(level: Level) -> bool:
    """Whether this level suggests danger: red or crisis."""
    return level in (Level.RED, Level.CRISIS)
