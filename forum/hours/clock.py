"""Times of day in a time zone: read, turned into instants, and said as people say them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
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


def time_of_day(words: str, *, is_end: bool = False) -> time:
    """What HH:MM means; as an end, 24:00 is midnight too. ValueError with a sentence for anything else."""
    if is_end and words == "24:00":
        return MIDNIGHT
    try:
        return datetime.strptime(words, "%H:%M").replace(tzinfo=UTC).time()
    except ValueError as wrong:
        raise ValueError(f"{words} is not a time of day (HH:MM).") from wrong


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When it is this time there. In UTC, since Python compares two times of one zone by their clocks, which is
    wrong where clocks change."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A coming time as said on the day of `now`: '23:00 tonight', '08:00 tomorrow'."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock, days = named(local.time()), (local.date() - today).days
    if clock == "midnight" and days == 1:
        return "midnight tonight"
    if days == 0:
        part = "this morning" if local.hour < 12 else "this afternoon" if local.hour < 18 else "tonight"
        return f"{clock} {part}"
    return f"{clock} tomorrow" if days == 1 else f"{clock} on {local:%A}"


def named(clock: time) -> str:
    """A time of day in words."""
    return "midnight" if clock == MIDNIGHT else f"{clock:%H:%M}"


def zone_words(zone: ZoneInfo) -> str:
    """Whose clock it is."""
    return ZONE_WORDS.get(zone.key) or zone.key.rpartition("/")[2].replace("_", " ") + " time"
