"""When people of the team are here, by the site's stated hours, and honest words for it at any instant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
# So near to closing nobody can be said to be expected: somebody may look, or not before the next day.
SOON = timedelta(minutes=30)
ZONE_WORDS = {
    "Europe/London": "UK time",
    "Europe/Dublin": "Irish time",
    "UTC": "UTC",
    "Etc/UTC": "UTC",
    "America/New_York": "US Eastern time",
    "America/Chicago": "US Central time",
    "America/Denver": "US Mountain time",
    "America/Los_Angeles": "US Pacific time",
    "Pacific/Auckland": "New Zealand time",
}


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
    return Hours(_clock(opens), MIDNIGHT if closes == "24:00" else _clock(closes), ZoneInfo(time_zone))


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


def _clock(words: str) -> time:
    try:
        return datetime.strptime(words, "%H:%M").replace(tzinfo=UTC).time()
    except ValueError as wrong:
        raise ValueError(f"{words} is not a time of day (HH:MM).") from wrong


def _watches_around(now: datetime, hours: Hours) -> list[tuple[datetime, datetime]]:
    today = now.astimezone(hours.zone).date()
    watches = [_watch(today + timedelta(days), hours) for days in range(-2, 4)]
    # The hour that a change of the clocks leaves out can swallow a short watch whole.
    return [(start, end) for start, end in watches if start < end]


def _watch(day: date, hours: Hours) -> tuple[datetime, datetime]:
    last_day = day if hours.closes > hours.opens else day + timedelta(days=1)
    return _instant(day, hours.opens, hours.zone), _instant(last_day, hours.closes, hours.zone)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # In UTC, since Python compares two times of one zone by their clocks, which is wrong where clocks change.
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _expected(now: datetime, closes_at: datetime | None, opens_at: datetime, hours: Hours) -> str:
    zone = _zone_words(hours.zone)
    if closes_at is None:
        return f"Nobody from our team is expected to look before {_moment(opens_at, now, hours)} ({zone})."
    if closes_at - now < SOON:
        closing = _named(closes_at.astimezone(hours.zone).time())
        return (
            f"Moderators here keep hours {_span(hours)}, and it is nearly {closing}. "
            "Someone may look before then. "
            f"If not, nobody is expected to look before {_moment(opens_at, now, hours)}."
        )
    return (
        f"Moderators here keep hours {_span(hours)}, so someone is expected to look "
        f"before {_moment(closes_at, now, hours)}. We cannot say exactly when."
    )


def _span(hours: Hours) -> str:
    opens, closes = (_named(clock) for clock in (hours.opens, hours.closes))
    return f"from {opens} to {closes} ({_zone_words(hours.zone)})"


def _moment(at: datetime, now: datetime, hours: Hours) -> str:
    """A coming time as said on the day of `now`: '23:00 tonight', '08:00 tomorrow'."""
    local, today = at.astimezone(hours.zone), now.astimezone(hours.zone).date()
    clock, days = _named(local.time()), (local.date() - today).days
    if clock == "midnight" and days == 1:
        return "midnight tonight"
    if days == 0:
        part = "this morning" if local.hour < 12 else "this afternoon" if local.hour < 18 else "tonight"
        return f"{clock} {part}"
    return f"{clock} tomorrow" if days == 1 else f"{clock} on {local:%A}"


def _named(clock: time) -> str:
    return "midnight" if clock == MIDNIGHT else f"{clock:%H:%M}"


def _zone_words(zone: ZoneInfo) -> str:
    return ZONE_WORDS.get(zone.key) or zone.key.rpartition("/")[2].replace("_", " ") + " time"
