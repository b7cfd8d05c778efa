"""Whether a help line answers is told truly at every instant, also over midnight and where the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest

from forum.care.opening import Opening, opening

EVENINGS = opening("every day 17:00-24:00", "Europe/London", "")
WEEKDAYS = opening("Mon-Fri 09:00-18:00, Sat 10:00-14:00", "Europe/London", "")
NIGHTS = opening("Mon-Thu 18:00-02:00, Fri 18:00-24:00, Sat-Sun 00:00-24:00", "Europe/London", "")
SYDNEY = opening("every day 08:00-24:00", "Australia/Sydney", "")
OVER_SUNDAY = opening("Sat-Mon 20:00-23:00", "America/New_York", "")


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "now", "is_open"),
    [
        (EVENINGS, "2026-11-22 16:59:59", False),
        (EVENINGS, "2026-11-22 17:00", True),
        (EVENINGS, "2026-11-22 23:59:59", True),
        (EVENINGS, "2026-11-23 00:00", False),
        (EVENINGS, "2026-07-01 16:00", True),  # in summer London is an hour ahead of UTC
        (WEEKDAYS, "2026-11-20 17:59", True),  # a Friday
        (WEEKDAYS, "2026-11-21 09:30", False),
        (WEEKDAYS, "2026-11-21 10:00", True),
        (WEEKDAYS, "2026-11-22 11:00", False),
        (NIGHTS, "2026-11-20 01:59", True),  # still Thursday's night
        (NIGHTS, "2026-11-20 02:00", False),
        (NIGHTS, "2026-11-21 00:00", True),
        (NIGHTS, "2026-11-22 23:59", True),
        (NIGHTS, "2026-11-23 00:00", False),
        (SYDNEY, "2026-11-22 12:59", True),
        (SYDNEY, "2026-11-22 13:00", False),
        (SYDNEY, "2026-07-01 13:59", True),  # no summer time there in July
        (OVER_SUNDAY, "2026-11-24 01:30", True),  # Monday evening in New York
        (OVER_SUNDAY, "2026-11-25 01:30", False),
        # The clocks of London go forward on 29 March 2026 and back on 25 October 2026.
        (EVENINGS, "2026-03-29 15:59", False),
        (EVENINGS, "2026-03-29 16:00", True),
        (EVENINGS, "2026-10-25 16:59", False),
        (EVENINGS, "2026-10-25 17:00", True),
    ],
)
def test_a_line_answers_within_its_hours_and_not_outside(hours: Opening, now: str, is_open: bool) -> None:
    assert hours.at(at(now)).is_open is is_open


@pytest.mark.parametrize(
    ("hours", "now", "words"),
    [
        (
            EVENINGS,
            "2026-11-22 20:00",
            "Open now, until midnight tonight. Every day from 17:00 to midnight (UK time)",
        ),
        (
            EVENINGS,
            "2026-11-22 03:00",
            "Closed now, opens at 17:00 this afternoon. Every day from 17:00 to midnight (UK time)",
        ),
        (
            WEEKDAYS,
            "2026-11-21 15:00",
            "Closed now, opens at 09:00 on Monday. "
            "Monday to Friday from 09:00 to 18:00, and Saturday from 10:00 to 14:00 (UK time)",
        ),
        (opening("day and night", "", ""), "2026-11-22 03:00", "Open day and night"),
        (opening("every day 00:00-24:00", "Europe/London", ""), "2026-11-22 03:00", "Open now"),
        (
            opening("", "", "weekday evenings"),
            "2026-11-22 03:00",
            "Weekday evenings; we do not know more exactly",
        ),
    ],
)
def test_the_words_say_whether_it_is_open_now_and_its_usual_hours(
    hours: Opening, now: str, words: str
) -> None:
    assert hours.at(at(now)).words == words


def test_a_weekend_without_a_break_ends_on_monday_and_not_at_each_midnight() -> None:
    assert NIGHTS.at(at("2026-11-20 20:00")).words.startswith("Open now, until midnight on Monday")


def test_where_nobody_knows_the_hours_nothing_is_claimed() -> None:
    assert opening("", "", "it differs").at(at("2026-11-22 03:00")).is_open is None


@pytest.mark.parametrize("around", ["2026-03-29", "2026-10-25"])
@pytest.mark.parametrize(
    "hours", [EVENINGS, WEEKDAYS, NIGHTS, opening("every day 01:15-01:45", "Europe/London", "")]
)
def test_across_a_change_of_clocks_no_quarter_of_an_hour_is_without_an_answer(
    hours: Opening, around: str
) -> None:
    for quarter in range(-96, 192):
        found = hours.at(at(around) + timedelta(minutes=15 * quarter))
        assert found.is_open is not None
        assert found.words.startswith(("Open now, until", "Closed now, opens"))


@pytest.mark.parametrize(
    ("hours", "zone", "in_words", "says"),
    [
        ("", "", "", "Give the hours"),
        ("day and night", "", "always", "not both"),
        ("every day 9-17", "Europe/London", "", "no span of hours"),
        ("Mon-Freitag 09:00-17:00", "Europe/London", "", "no span of hours"),
        ("Mon-Fry 09:00-17:00", "Europe/London", "", "names no day"),
        ("every day 09:00-17:00", "Europe/Londinium", "", "need a time_zone"),
        ("every day 09:60-17:00", "Europe/London", "", "09:60 is not a time of day"),
    ],
)
def test_hours_that_say_nothing_are_refused_with_a_sentence(
    hours: str, zone: str, in_words: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        opening(hours, zone, in_words)
