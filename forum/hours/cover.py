"""When people of the team are here, by the site's stated hours, and honest words for it at any instant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forum.hours.clock import instant, moment, named, time_of_day, zone_words

# So near to closing nobody can be said to be expected: somebody may look, or not before the next day.
SOON = timedelta(minutes=30)


@dataclass(frozen=True)
class Hours:
    """The hours of every day, in the site's time zone; `closes` at or before `opens` is on the next day."""

    opens: time
    closes: time
    zone: ZoneInfo

    @property
    def all_day(self) -> bool:
        """Whether somebody keeps watch day and night."""
        return self.opens == self.closes


@dataclass(frozen=True)
class Cover:
    """What is true at one instant. The times are the next ones, in UTC; None when always open."""

    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    sentence: str
    expected: str


def stated_hours(opens: str, closes: str, time_zone: str) -> Hours:
    """The hours as the settings say them (HH:MM, the end may be 24:00); ValueError if they are wrong."""
    if opens == closes:
        raise ValueError("The hours begin and end at the same time: write 00:00 and 24:00 for day and night.")
    return Hours(time_of_day(opens), time_of_day(closes, is_end=True), ZoneInfo(time_zone))


def cover(now: datetime, hours: Hours) -> Cover:
    """Whether somebody keeps watch at `now`, until when, and what may be said about it."""
    if hours.all_day:
        return Cover(
            True,
            None,
            None,
            "Moderators keep hours day and night.",
            "Moderators here keep hours day and night, so someone is expected to look. "
            "We cannot say exactly when.",
        )
    now = now.astimezone(UTC)
    watches = _watches_around(now, hours)
    opens_at = min(start for start, _ in watches if start > now)
    current = next((end for start, end in watches if start <= now < end), None)
    closes_at = current or min(end for start, end in watches if start >= opens_at)
    return Cover(
        current is not None,
        opens_at,
        closes_at,
        f"Moderators keep hours {_span(hours)}.",
        _expected(now, current, opens_at, hours),
    )


def _watches_around(now: datetime, hours: Hours) -> list[tuple[datetime, datetime]]:
    today = now.astimezone(hours.zone).date()
    watches = [_watch(today + timedelta(days), hours) for days in range(-2, 4)]
    # The hour that a change of the clocks leaves out can swallow a short watch whole.
    return [(start, end) for start, end in watches if start < end]


def _watch(day: date, hours: Hours) -> tuple[datetime, datetime]:
    last_day = day if hours.closes > hours.opens else day + timedelta(days=1)
    return instant(day, hours.opens, hours.zone), instant(last_day, hours.closes, hours.zone)


def _expected(now: datetime, closes_at: datetime | None, opens_at: datetime, hours: Hours) -> str:
    zone = zone_words(hours.zone)
    if closes_at is None:
        return (
            f"Nobody from our team is expected to look before {moment(opens_at, now, hours.zone)} ({zone})."
        )
    if closes_at - now < SOON:
        closing = named(closes_at.astimezone(hours.zone).time())
        return (
            f"Moderators here keep hours {_span(hours)}, and it is nearly {closing}. "
            "Someone may look before then. "
            f"If not, nobody is expected to look before {moment(opens_at, now, hours.zone)}."
        )
    return (
        f"Moderators here keep hours {_span(hours)}, so someone is expected to look "
        f"before {moment(closes_at, now, hours.zone)}. We cannot say exactly when."
    )


def _span(hours: Hours) -> str:
    opens, closes = (named(clock) for clock in (hours.opens, hours.closes))
    return f"from {opens} to {closes} ({zone_words(hours.zone)})"
