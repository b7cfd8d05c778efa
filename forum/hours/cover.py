"""When people of the team are here: who said so, the site's stated hours, and honest words for it at any instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forum.hours.clock import MIDNIGHT, instant, moment, named, time_of_day, zone_words

# So near to the end nobody can be said to be expected: somebody may look, or not before the next day.
SOON = timedelta(minutes=30)
NOBODY = "Nobody from our team is here right now."
NOT_EXACTLY = "We cannot say exactly when."


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
class OnDuty:
    """Somebody said that they are here until then, for these communities (by name)."""

    until: datetime
    communities: frozenset[str]


@dataclass(frozen=True)
class Cover:
    """What is true at one instant. `is_here`: somebody is, for every community. `open` is by the stated hours, and
    the times are the next ones, in UTC; None when always open. `changes_at`: when other words become true."""

    is_here: bool
    here: str
    sentence: str
    expected: str
    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    changes_at: datetime


def stated_hours(opens: str, closes: str, time_zone: str) -> Hours:
    """The hours as the settings say them (HH:MM, the end may be 24:00); ValueError if they are wrong."""
    if opens == closes:
        raise ValueError("The hours begin and end at the same time: write 00:00 and 24:00 for day and night.")
    return Hours(time_of_day(opens), time_of_day(closes, is_end=True), ZoneInfo(time_zone))


def cover(
    now: datetime, hours: Hours, on_duty: Iterable[OnDuty] = (), communities: Iterable[str] = ()
) -> Cover:
    """Whether somebody is here at `now`, until when, and what may be said about it.

    'Moderators are here' is said only while somebody is for each of `communities`: where a moderator of one is here,
    it is said of that one. What may be expected follows from who is here and from the stated hours together.
    """
    now = now.astimezone(UTC)
    ends = _ends(now, on_duty, communities)
    known = [end for end in ends.values() if end is not None]
    until = min(known) if known and len(known) == len(ends) else None
    watches = [] if hours.all_day else _watches_around(now, hours)
    opens_at = min((start for start, _ in watches if start > now), default=None)
    current = next((end for start, end in watches if start <= now < end), None)
    closes_at = current or min(
        (end for start, end in watches if opens_at and start >= opens_at), default=None
    )
    covered_until = _joined(now, max(filter(None, (until, current)), default=None), watches)
    here = _here(now, ends, until, hours.zone)
    return Cover(
        is_here=until is not None,
        here=here,
        sentence=f"Moderators keep hours {_span(hours)}.",
        expected=f"{here} {_expected(now, until, covered_until, watches, hours)}",
        open=hours.all_day or current is not None,
        opens_at=opens_at,
        closes_at=closes_at,
        changes_at=_changes_at(now, (*ends.values(), opens_at, current, covered_until), hours.zone),
    )


def _ends(now: datetime, on_duty: Iterable[OnDuty], communities: Iterable[str]) -> dict[str, datetime | None]:
    """For each community, until when somebody is here for it; None: nobody is."""
    here = [one for one in on_duty if one.until > now]
    return {
        name: max((one.until for one in here if name in one.communities), default=None)
        for name in communities
    }


def _here(now: datetime, ends: dict[str, datetime | None], until: datetime | None, zone: ZoneInfo) -> str:
    whose = zone_words(zone)
    if until is not None:
        return f"Moderators are here until {moment(until, now, zone)} ({whose})."
    some = {name: end for name, end in sorted(ends.items()) if end is not None}
    if not some:
        return NOBODY
    of_each = "; ".join(f"of {name} until {moment(end, now, zone)}" for name, end in some.items())
    return f"Moderators of some communities are here ({whose}): {of_each}."


def _expected(
    now: datetime,
    until: datetime | None,
    covered_until: datetime | None,
    watches: list[tuple[datetime, datetime]],
    hours: Hours,
) -> str:
    """What may be expected, after it was said who is here."""
    kept = f"The team keeps hours {_span(hours)}"
    if hours.all_day:
        return f"{kept}, so someone is expected to look. {NOT_EXACTLY}"
    opens_at = min(start for start, _ in watches if start > (covered_until or now))
    not_before = f"nobody is expected to look before {moment(opens_at, now, hours.zone)}"
    if covered_until is None:
        return f"{_begun(not_before)} ({zone_words(hours.zone)})."
    by_who_is_here = covered_until == until
    if covered_until - now >= SOON:
        if by_who_is_here:
            return f"Someone is expected to look before then. {NOT_EXACTLY}"
        before = moment(covered_until, now, hours.zone)
        return f"{kept}, so someone is expected to look before {before}. {NOT_EXACTLY}"
    nearly = (
        "That is soon" if by_who_is_here else f"{kept}, and it is nearly {_clock(covered_until, hours.zone)}"
    )
    return f"{nearly}. Someone may look before then. If not, {not_before}."


def _joined(
    now: datetime, until: datetime | None, watches: list[tuple[datetime, datetime]]
) -> datetime | None:
    """Until when it goes on without a break, where stated hours begin before that."""
    for start, end in watches:
        if until is not None and now < end and start <= until < end:
            until = end
    return until


def _changes_at(now: datetime, moments: Iterable[datetime | None], zone: ZoneInfo) -> datetime:
    """The next moment that the words depend on; at midnight 'tomorrow' becomes 'today'."""
    midnight = instant(now.astimezone(zone).date() + timedelta(days=1), MIDNIGHT, zone)
    known = [at for at in moments if at is not None]
    return min(at for at in (midnight, *known, *(at - SOON for at in known)) if at > now)


def _watches_around(now: datetime, hours: Hours) -> list[tuple[datetime, datetime]]:
    today = now.astimezone(hours.zone).date()
    watches = [_watch(today + timedelta(days), hours) for days in range(-2, 5)]
    # The hour that a change of the clocks leaves out can swallow a short watch whole.
    return [(start, end) for start, end in watches if start < end]


def _watch(day: date, hours: Hours) -> tuple[datetime, datetime]:
    last_day = day if hours.closes > hours.opens else day + timedelta(days=1)
    return instant(day, hours.opens, hours.zone), instant(last_day, hours.closes, hours.zone)


def _span(hours: Hours) -> str:
    if hours.all_day:
        return "day and night"
    return f"from {named(hours.opens)} to {named(hours.closes)} ({zone_words(hours.zone)})"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return named(at.astimezone(zone).time())


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
