"""What the desk says in plain words: pure functions and tables, so that nobody has to know our terms."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from forum.desk.models import DecisionKind, Said, SignalKind
from moderation.screening import CATEGORIES, Level

LEVEL_WORDS: dict[Level, str] = {
    Level.CRISIS: "Someone may be in danger now",
    Level.RED: "Risk, look within the hour",
    Level.AMBER: "Someone is struggling, look today",
    Level.GREEN: "Nothing was found",
}

UNREAD_LANGUAGE = "In a language that the machine does not read"

SIGNAL_WORDS: dict[SignalKind, str] = {
    SignalKind.SCREENING: "Found when these words were read by the machine",
    SignalKind.EDIT: "Changed by its author after words that suggested danger",
    SignalKind.WITHDRAWAL: "Withdrawn by its author after words that suggested danger",
    SignalKind.MODERATOR: "Raised by a moderator",
    SignalKind.TO_TEAM: "Said to the team in private: somebody should answer",
}

DECISION_WORDS: dict[DecisionKind, str] = {
    DecisionKind.NOTHING_NEEDED: "Nothing needed",
    DecisionKind.REACH_OUT: "Reached out to the author",
    DecisionKind.HIDE: "Hid the post",
}

# What a mark says of the machine's reading, as it stands on the case.
MARK_WORDS: dict[Said, str] = {
    Said.RIGHT: "the machine was right to ask for a look",
    Said.FALSE_ALARM: "a false alarm",
    Said.MISSED: "the machine missed how serious it is",
}

NO_LONGER_SHOWN = "Withdrawn by its author. The words are no longer shown, as the case is closed."


def due_words(due_at: datetime, moment: datetime) -> str:
    """How far off a due time is, as one would say it: 'due in 11 minutes', 'due now', 'due 2 hours ago'."""
    if due_at >= moment:
        ahead = lasting(due_at - moment)
        return f"due in {ahead}" if ahead else "due now"
    gone = lasting(moment - due_at)
    return f"due {gone} ago" if gone else "due now"


def lasting(span: timedelta) -> str:
    """A stretch of time in its largest fitting unit, rounded down; empty when it is under a minute."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return ""


def unproven_words(seconds: float, late_after: timedelta) -> str:
    """For how long no text was seen to reach the desk; empty while that is no longer than it should be."""
    since = timedelta(seconds=seconds)
    return lasting(since) if since > late_after else ""


def held_words(name: str, until: datetime, moment: datetime) -> str:
    """Who holds a case and for how long at most, for somebody who came second."""
    left = lasting(until - moment) or "less than a minute"
    return f"{name} holds this case: for {left} more, or longer if they go on with it."


def category_words(category: str) -> str:
    """A finding's category in plain words; one that nobody explained yet is shown as it is."""
    return CATEGORIES.get(category, category.replace("_", " "))


def categories_words(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a case is about: each category once, in the order in which they were found."""
    return list(dict.fromkeys(category_words(str(finding["category"])) for finding in findings))
