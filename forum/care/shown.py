"""Help lines as a page shows them at one moment: whether each answers now, and how sure this site is of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from forum.care import queries
from forum.care.help_lines import HelpLine

NOT_CHECKED = "Not checked by us yet"


@dataclass(frozen=True)
class ShownLine:
    """A line, with what is true of it now. `is_open` is None where nobody knows the exact hours."""

    line: HelpLine
    is_open: bool | None
    hours: str
    checked: str


def shown(lines: Iterable[HelpLine], now: datetime) -> list[ShownLine]:
    """The lines in the same order."""
    standings = ((line, line.at(now)) for line in lines)
    return [
        ShownLine(line, standing.is_open, standing.words, _checked(queries.checked_at(line)))
        for line, standing in standings
    ]


def _checked(at: datetime | None) -> str:
    if at is None:
        return NOT_CHECKED
    day = f"{at.day} {at:%B %Y}"
    return f"Last checked by us on {day}, a while ago" if queries.is_old(at) else f"Checked by us on {day}"
