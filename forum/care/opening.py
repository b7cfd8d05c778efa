"""When a help line answers: its hours as data, and what may be said of them at any instant."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forum.hours.clock import instant, moment, named, time_of_day, zone_words

ALWAYS = "day and night"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_WORDS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPAN = re.compile(r"(every day|[A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? (\d\d:\d\d)-(\d\d:\d\d)")
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """The same hours on some days of the week (0 is Monday); `closes` at or before `opens` is on the next day."""

    first: int
    last: int
    opens: time
    closes: time

    @property
    def days(self) -> tuple[int, ...]:
        """The days, which may run over a Sunday."""
        return tuple((self.first + more) % 7 for more in range((self.last - self.first) % 7 + 1))

    @property
    def words(self) -> str:
        """As in 'Monday to Friday from 09:00 to 18:00'."""
        if len(self.days) == 7:
            days = "every day"
        else:
            days = " to ".join(DAY_WORDS[day] for day in dict.fromkeys((self.first, self.last)))
        return f"{days} from {named(self.opens)} to {named(self.closes)}"


@dataclass(frozen=True)
class Standing:
    """How a line stands at one instant. `is_open` is None where nobody knows the exact hours."""

    is_open: bool | None
    words: str


@dataclass(frozen=True)
class Opening:
    """When a line answers: day and night, at certain hours of its time zone, or only known `in_words`."""

    spans: tuple[Span, ...] = ()
    zone: ZoneInfo | None = None
    in_words: str = ""

    @property
    def usual(self) -> str:
        """When it answers, as one may say it at any time."""
        if self.in_words:
            return f"{_begun(self.in_words)}; we do not know more exactly"
        if self.zone is None:
            return "Open day and night"
        return f"{_begun(', and '.join(span.words for span in self.spans))} ({zone_words(self.zone)})"

    def at(self, now: datetime) -> Standing:
        """Whether it answers at `now`, and what may be said about it."""
        if self.in_words:
            return Standing(None, self.usual)
        if self.zone is None:
            return Standing(True, self.usual)
        usual = self.usual
        times = _times_around(now, self.spans, self.zone)
        closes_at = next((end for start, end in times if start <= now < end), None)
        if closes_at is None:
            opens_at = min(start for start, _ in times if start > now)
            return Standing(False, f"Closed now, opens at {moment(opens_at, now, self.zone)}. {usual}")
        if closes_at - now > _WEEK:
            return Standing(True, "Open now")
        return Standing(True, f"Open now, until {moment(closes_at, now, self.zone)}. {usual}")


def opening(hours: str, time_zone: str, in_words: str) -> Opening:
    """Hours as a file says them: 'day and night', or 'Mon-Fri 09:00-18:00, Sat 10:00-14:00' with a time zone, or
    words alone; ValueError with a sentence when they say nothing, or two things."""
    if bool(hours) == bool(in_words):
        raise ValueError("Give the hours, or hours_in_words where nobody knows them exactly, and not both.")
    if in_words:
        return Opening(in_words=in_words)
    if hours == ALWAYS:
        return Opening()
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        raise ValueError("Hours need a time_zone by its name, as in Europe/London.") from None
    return Opening(tuple(_span(one) for one in hours.split(", ")), zone)


def _span(words: str) -> Span:
    found = _SPAN.fullmatch(words)
    if found is None:
        raise ValueError(
            f"'{words}' is no span of hours, as in 'Mon-Fri 09:00-18:00' or 'every day 17:00-24:00'."
        )
    first, last, opens, closes = found.groups()
    if first == "every day":
        first, last = DAYS[0], DAYS[-1]
    last = last or first
    if first not in DAYS or last not in DAYS:
        raise ValueError(f"'{words}' names no day of the week: write {', '.join(DAYS)}.")
    return Span(DAYS.index(first), DAYS.index(last), time_of_day(opens), time_of_day(closes, is_end=True))


def _times_around(now: datetime, spans: tuple[Span, ...], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """From when to when it is open, in UTC; where one time ends as the next begins, they are one."""
    today = now.astimezone(zone).date()
    single = sorted(
        (instant(day, span.opens, zone), instant(last, span.closes, zone))
        for day in (today + timedelta(days) for days in range(-2, 10))
        for span in spans
        if day.weekday() in span.days
        for last in [day if span.closes > span.opens else day + timedelta(days=1)]
    )
    times: list[tuple[datetime, datetime]] = []
    for start, end in single:
        if times and start <= times[-1][1]:
            times[-1] = (times[-1][0], max(end, times[-1][1]))
        elif start < end:  # the hour that a change of the clocks leaves out can swallow a short time whole
            times.append((start.astimezone(UTC), end.astimezone(UTC)))
    return times


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
