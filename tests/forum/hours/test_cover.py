"""The stated hours are told truly at every instant, also where the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest

from forum.hours.cover import NOBODY, SOON, Hours, OnDuty, cover, stated_hours

DAY = stated_hours("08:00", "23:00", "Europe/London")
NIGHT = stated_hours("20:00", "02:00", "Europe/London")
TO_MIDNIGHT = stated_hours("08:00", "24:00", "Europe/London")
ALWAYS = stated_hours("00:00", "24:00", "Europe/London")


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "is_open"),
    [
        (DAY, "2026-01-15 07:59:59", False),
        (DAY, "2026-01-15 08:00:00", True),
        (DAY, "2026-01-15 22:59:59", True),
        (DAY, "2026-01-15 23:00:00", False),
        # In summer the clocks of London are one hour ahead of UTC.
        (DAY, "2026-07-15 06:59:59", False),
        (DAY, "2026-07-15 07:00:00", True),
        (DAY, "2026-07-15 22:00:00", False),
        (NIGHT, "2026-01-15 19:59:59", False),
        (NIGHT, "2026-01-15 20:00:00", True),
        (NIGHT, "2026-01-15 23:59:59", True),
        (NIGHT, "2026-01-16 00:00:00", True),
        (NIGHT, "2026-01-16 01:59:59", True),
        (NIGHT, "2026-01-16 02:00:00", False),
        (TO_MIDNIGHT, "2026-01-15 23:59:59", True),
        (TO_MIDNIGHT, "2026-01-16 00:00:00", False),
        (ALWAYS, "2026-01-15 03:00:00", True),
        (ALWAYS, "2026-01-15 00:00:00", True),
    ],
)
def test_the_site_is_open_within_its_hours_and_closed_outside(hours: Hours, now: str, is_open: bool) -> None:
    assert cover(at(now), hours).open is is_open


@pytest.mark.parametrize(
    ("hours", "now", "opens_at", "closes_at"),
    [
        (DAY, "2026-01-15 12:00", "2026-01-16 08:00", "2026-01-15 23:00"),
        (DAY, "2026-01-15 23:30", "2026-01-16 08:00", "2026-01-16 23:00"),
        (DAY, "2026-01-15 03:00", "2026-01-15 08:00", "2026-01-15 23:00"),
        (NIGHT, "2026-01-16 01:00", "2026-01-16 20:00", "2026-01-16 02:00"),
        # The night before the clocks go forward (29 March 2026) and back (25 October 2026).
        (DAY, "2026-03-28 23:30", "2026-03-29 07:00", "2026-03-29 22:00"),
        (DAY, "2026-10-24 22:30", "2026-10-25 08:00", "2026-10-25 23:00"),
        (NIGHT, "2026-10-24 22:30", "2026-10-25 20:00", "2026-10-25 02:00"),
        (NIGHT, "2026-03-28 22:30", "2026-03-29 19:00", "2026-03-29 01:00"),
    ],
)
def test_the_next_opening_and_closing_are_in_utc(
    hours: Hours, now: str, opens_at: str, closes_at: str
) -> None:
    found = cover(at(now), hours)
    assert found.opens_at == at(opens_at)
    assert found.closes_at == at(closes_at)


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        (
            DAY,
            "2026-01-15 12:00",
            "The team keeps hours from 08:00 to 23:00 (UK time), so someone is expected to look "
            "before 23:00 tonight. We cannot say exactly when.",
        ),
        (
            DAY,
            "2026-01-15 23:30",
            "Nobody is expected to look before 08:00 tomorrow (UK time).",
        ),
        (
            DAY,
            "2026-01-16 03:00",
            "Nobody is expected to look before 08:00 this morning (UK time).",
        ),
        (
            DAY,
            "2026-01-15 22:45",
            "The team keeps hours from 08:00 to 23:00 (UK time), and it is nearly 23:00. "
            "Someone may look before then. If not, nobody is expected to look before 08:00 tomorrow.",
        ),
        (
            NIGHT,
            "2026-01-15 21:00",
            "The team keeps hours from 20:00 to 02:00 (UK time), so someone is expected to look "
            "before 02:00 tomorrow. We cannot say exactly when.",
        ),
        (
            NIGHT,
            "2026-01-16 00:30",
            "The team keeps hours from 20:00 to 02:00 (UK time), so someone is expected to look "
            "before 02:00 this morning. We cannot say exactly when.",
        ),
        (
            TO_MIDNIGHT,
            "2026-01-15 12:00",
            "The team keeps hours from 08:00 to midnight (UK time), so someone is expected to look "
            "before midnight tonight. We cannot say exactly when.",
        ),
        (
            ALWAYS,
            "2026-01-15 03:00",
            "The team keeps hours day and night, so someone is expected to look. We cannot say exactly when.",
        ),
    ],
)
def test_the_words_say_when_a_person_is_expected_and_no_more(hours: Hours, now: str, expected: str) -> None:
    assert cover(at(now), hours).expected == f"{NOBODY} {expected}"


def test_the_short_sentence_gives_the_hours_and_whose_clock() -> None:
    now = at("2026-01-15 12:00")
    assert cover(now, DAY).sentence == "Moderators keep hours from 08:00 to 23:00 (UK time)."
    elsewhere = stated_hours("09:00", "17:30", "America/Argentina/Buenos_Aires")
    assert cover(now, elsewhere).sentence == "Moderators keep hours from 09:00 to 17:30 (Buenos Aires time)."


@pytest.mark.parametrize(
    "hours",
    [
        DAY,
        NIGHT,
        TO_MIDNIGHT,
        stated_hours("01:15", "01:45", "Europe/London"),
        stated_hours("01:30", "02:15", "Europe/London"),
        stated_hours("22:00", "21:00", "Pacific/Auckland"),
    ],
)
@pytest.mark.parametrize("around", ["2026-03-28", "2026-10-24", "2026-04-04", "2026-09-26"])
def test_across_a_change_of_clocks_no_minute_is_promised_wrongly(hours: Hours, around: str) -> None:
    for minutes in range(0, 3 * 24 * 60, 17):
        now = at(around) + timedelta(minutes=minutes)
        found = cover(now, hours)
        assert found.opens_at is not None and found.closes_at is not None
        assert now < found.opens_at and now < found.closes_at
        assert cover(found.opens_at, hours).open
        assert not cover(found.closes_at, hours).open
        assert found.open == (found.closes_at < found.opens_at)
        assert found.expected.removeprefix(f"{NOBODY} ").startswith("Nobody") is not found.open


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        ("08:00", "08:00"),
        ("8am", "23:00"),
        ("08:00", "25:00"),
        ("24:00", "08:00"),
    ],
)
def test_hours_that_say_nothing_are_refused(opens: str, closes: str) -> None:
    with pytest.raises(ValueError, match=r"same time|not a time of day"):
        stated_hours(opens, closes, "Europe/London")


# ------------------------------------------------------------------ who said that they are here

BOTH = ("Bipolar", "Carers")


def here_until(words: str, *communities: str) -> OnDuty:
    return OnDuty(at(words), frozenset(communities or BOTH))


@pytest.mark.parametrize(
    ("on_duty", "now", "here"),
    [
        ([], "2026-01-15 12:00", NOBODY),
        (
            [here_until("2026-01-15 23:00")],
            "2026-01-15 12:00",
            "Moderators are here until 23:00 tonight (UK time).",
        ),
        ([here_until("2026-01-15 23:00")], "2026-01-15 23:00", NOBODY),
        (
            [here_until("2026-07-16 01:00")],  # in summer, after midnight
            "2026-07-15 20:00",
            "Moderators are here until 02:00 tomorrow (UK time).",
        ),
        (
            [here_until("2026-01-15 15:00"), here_until("2026-01-15 18:30")],
            "2026-01-15 12:00",
            "Moderators are here until 18:30 tonight (UK time).",
        ),
        (
            [here_until("2026-01-15 15:00", "Carers"), here_until("2026-01-15 18:30", "Bipolar")],
            "2026-01-15 12:00",
            "Moderators are here until 15:00 this afternoon (UK time).",
        ),
        (
            [here_until("2026-01-15 18:30", "Carers")],
            "2026-01-15 12:00",
            "Moderators of some communities are here (UK time): of Carers until 18:30 tonight.",
        ),
        ([here_until("2026-01-15 18:30", "Archived")], "2026-01-15 12:00", NOBODY),
    ],
)
def test_that_moderators_are_here_is_said_only_while_somebody_is_for_every_community(
    on_duty: list[OnDuty], now: str, here: str
) -> None:
    found = cover(at(now), DAY, on_duty, BOTH)
    assert found.here == here
    assert found.is_here is here.startswith("Moderators are")
    assert found.expected.startswith(here)


@pytest.mark.parametrize(
    ("hours", "until", "now", "expected"),
    [
        (DAY, "2026-01-15 23:00", "2026-01-15 20:00",
         "Someone is expected to look before then. We cannot say exactly when."),
        (DAY, "2026-01-15 15:00", "2026-01-15 12:00",
         "The team keeps hours from 08:00 to 23:00 (UK time), so someone is expected to look before 23:00 tonight. "
         "We cannot say exactly when."),
        (DAY, "2026-01-16 03:00", "2026-01-16 01:00",
         "Someone is expected to look before then. We cannot say exactly when."),
        (DAY, "2026-01-16 03:00", "2026-01-16 02:45",
         "That is soon. Someone may look before then. If not, nobody is expected to look before 08:00 this morning."),
        (DAY, "2026-01-16 08:10", "2026-01-16 07:55",  # the stated hours go on where this ends
         "The team keeps hours from 08:00 to 23:00 (UK time), so someone is expected to look before 23:00 tonight. "
         "We cannot say exactly when."),
        (ALWAYS, "2026-01-16 03:00", "2026-01-16 01:00",
         "The team keeps hours day and night, so someone is expected to look. We cannot say exactly when."),
    ],
)  # fmt: skip
def test_what_may_be_expected_follows_from_who_is_here_and_the_stated_hours_together(
    hours: Hours, until: str, now: str, expected: str
) -> None:
    found = cover(at(now), hours, [here_until(until)], BOTH)
    assert found.expected == f"{found.here} {expected}"


@pytest.mark.parametrize("around", ["2026-03-28", "2026-10-24", "2026-06-01"])
@pytest.mark.parametrize("hours", [DAY, NIGHT, ALWAYS])
def test_the_words_change_exactly_when_they_say_that_they_will(hours: Hours, around: str) -> None:
    on_duty = [here_until(f"{around} 22:15"), here_until(f"{around} 18:45", "Carers")]
    for step in range(0, 48 * 4):
        now = at(around) + timedelta(minutes=15 * step)
        found = cover(now, hours, on_duty, BOTH)
        assert now < found.changes_at <= now + timedelta(hours=25)
        just_before = cover(found.changes_at - timedelta(seconds=1), hours, on_duty, BOTH)
        assert (just_before.here, just_before.is_here) == (found.here, found.is_here)
        if found.changes_at - now > SOON:
            assert cover(now + timedelta(seconds=1), hours, on_duty, BOTH).expected == found.expected
