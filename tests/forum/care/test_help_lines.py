"""Whoever needs a line finds one that fits and answers, in every country and with nothing else running."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from forum.care import help_lines
from forum.care.help_lines import (
    AGES,
    HelpLine,
    Wish,
    WrongLines,
    chosen,
    countries,
    country,
    every_line,
    lines_for,
    lines_for_the_young,
    topics_in,
    topics_of,
    world_lines,
)
from moderation.screening import CATEGORIES

CODES = [known.code for known in countries()]
NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # a Sunday
WEEK = [NIGHT + timedelta(hours=hours) for hours in range(0, 7 * 24, 5)]
UNDER_18, UNDER_25, UNDER_35, OLDER = AGES


def ids(lines: tuple[HelpLine, ...]) -> list[str]:
    return [line.id for line in lines]


@pytest.fixture
def site_writes(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """`site_writes(toml)`: the site has this file of its own."""

    def writes(toml: str) -> None:
        file = tmp_path / "own.toml"
        file.write_text(toml)
        help_lines.use(str(file))

    yield writes
    help_lines.use("")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("at_most", [2, 3])
def test_at_every_hour_every_country_has_somebody_awake_to_talk_to_and_an_emergency_number(
    code: str, at_most: int
) -> None:
    for now in WEEK:
        first, *others, last = chosen(code, now, at_most=at_most)
        assert not first.emergency and first.call and first.at(now).is_open
        assert last.emergency and last.call
        assert len(others) <= at_most - 2


@pytest.mark.parametrize("code", CODES)
def test_who_says_nothing_of_themselves_is_sent_to_no_line_for_others(code: str) -> None:
    for now in WEEK:
        for line in chosen(code, now):
            assert not line.has_ages and not line.about, line.id
            assert line.country in (code, code.partition("-")[0])


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("ages", AGES, ids=lambda ages: ages.id)
def test_nobody_is_too_old_or_too_young_for_a_line_they_are_shown(code: str, ages: help_lines.Ages) -> None:
    for topic in (None, *topics_in(code)):
        wish = Wish(ages, frozenset({topic.id} if topic else ()))
        for line in chosen(code, NIGHT, wish):
            assert line.is_for(ages), line.id
            assert not line.about or wish.topics & set(line.about), line.id


@pytest.mark.parametrize(
    ("code", "wish", "expected"),
    [
        ("gb", Wish(), ["gb-samaritans", "gb-shout", "gb-emergency"]),
        ("GB-NIR", Wish(), ["gb-lifeline-ni", "gb-shout", "gb-emergency"]),
        ("GB-WLS", Wish(), ["gb-call-wales", "gb-samaritans", "gb-emergency"]),
        ("GB", Wish(UNDER_18), ["gb-childline", "gb-shout", "gb-emergency"]),
        ("GB", Wish(UNDER_25), ["gb-samaritans", "gb-shout", "gb-emergency"]),  # Childline is for under 19
        ("GB", Wish(UNDER_35, frozenset({"suicide"})), ["gb-papyrus", "gb-samaritans", "gb-emergency"]),
        ("GB", Wish(OLDER, frozenset({"suicide"})), ["gb-samaritans", "gb-shout", "gb-emergency"]),
        ("GB", Wish(None, frozenset({"eating"})), ["gb-samaritans", "gb-beat", "gb-emergency"]),
        ("GB", Wish(None, frozenset({"abuse"})), ["gb-domestic-abuse", "gb-shout", "gb-emergency"]),
        ("IE", Wish(None, frozenset({"suicide"})), ["ie-pieta", "ie-samaritans", "ie-emergency"]),
        ("US", Wish(), ["us-988", "us-crisis-text-line", "us-emergency"]),
        ("CA", Wish(None, frozenset({"indigenous"})), ["ca-hope-for-wellness", "ca-988", "ca-emergency"]),
        ("NZ", Wish(UNDER_25), ["nz-youthline", "nz-1737", "nz-emergency"]),
    ],
)
def test_the_lines_fit_the_country_the_age_and_what_it_is_about(
    code: str, wish: Wish, expected: list[str]
) -> None:
    assert ids(chosen(code, NIGHT, wish)) == expected


def test_a_line_that_is_closed_waits_behind_those_that_answer() -> None:
    """Butterfly, in Sydney, answers from 08:00 to midnight."""
    about = Wish(None, frozenset({"eating"}))
    awake, asleep = (datetime(2026, 11, 22, hour, 30, tzinfo=UTC) for hour in (3, 14))
    assert "au-butterfly" in ids(chosen("AU", awake, about))
    assert "au-butterfly" not in ids(chosen("AU", asleep, about))
    assert "au-butterfly" in ids(lines_for("AU")), "it still stands on the page, with its hours"


def test_wales_scotland_and_northern_ireland_have_lines_of_their_own_and_not_each_others() -> None:
    for code, own in {
        "GB-WLS": "gb-call-wales",
        "GB-SCT": "gb-breathing-space",
        "GB-NIR": "gb-lifeline-ni",
    }.items():
        here = ids(lines_for(code))
        assert here[0] == own and "gb-samaritans" in here
        assert not {"gb-call-wales", "gb-breathing-space", "gb-lifeline-ni", "gb-nhs-111"} - {own} & set(here)
    assert {"gb-call-wales", "gb-breathing-space", "gb-lifeline-ni"} < set(ids(lines_for("GB")))


@pytest.mark.parametrize("code", ["XX", "", "*", "../gb"])
def test_a_country_without_lines_of_its_own_is_shown_those_for_anywhere(code: str) -> None:
    assert lines_for(code) == world_lines() != ()
    assert country(code) is None
    assert ids(chosen(code, NIGHT)) == ["world-find-a-helpline", "world-befrienders", "world-emergency-112"]


def test_a_country_is_found_by_its_code_in_either_case() -> None:
    found = country("ie")
    assert found is not None and (found.code, found.name) == ("IE", "Ireland")


def test_the_young_are_shown_their_lines_or_those_for_everybody() -> None:
    assert ids(lines_for_the_young("GB", NIGHT)) == ["gb-childline"]
    assert ids(lines_for_the_young("US", NIGHT)) == ids(chosen("US", NIGHT))


def test_what_the_machine_finds_in_words_says_what_they_are_about() -> None:
    assert topics_of(["eating_disorder", "hopelessness"]) == {"eating"}
    assert topics_of(["plan", "abuse_now"]) == {"suicide", "abuse"}
    assert topics_of([]) == frozenset()
    known = {finding for topic in help_lines._in_use().topics for finding in topic.findings}
    assert known <= set(CATEGORIES), "words of the machine, and no others"


@pytest.mark.parametrize("line", every_line(), ids=lambda line: line.id)
def test_every_line_says_who_it_is_for_where_it_comes_from_and_when_it_was_listed(line: HelpLine) -> None:
    assert line.call or line.text or line.chat_url or line.url
    assert line.name and line.for_whom and line.source.startswith("https://")
    assert date(2026, 1, 1) < line.listed_on
    assert line.at(NIGHT).words


def test_no_two_lines_share_an_id() -> None:
    assert len({line.id for line in every_line()}) == len(every_line())


OWN = """
without = ["gb-calm"]

[[lines]]
id = "town-line"
country = "GB"
name = "The town line"
for_whom = "anyone in our town"
call = "01632 960123"
hours = "Fri-Sun 20:00-02:00"
time_zone = "Europe/London"
source = "https://town.example"
listed_on = 2026-11-20

[[lines]]
id = "gb-shout"
country = "GB"
name = "Shout"
for_whom = "anyone who would rather text"
text = "85258"
text_word = "TOWN"
hours = "day and night"
source = "https://giveusashout.org"
listed_on = 2026-11-20
"""


def test_a_site_adds_changes_and_leaves_out_lines_without_code(site_writes: Callable[[str], None]) -> None:
    before = ids(lines_for("GB"))
    site_writes(OWN)
    here = lines_for("GB")
    assert ids(here) == ["town-line", *(id for id in before if id != "gb-calm")], (
        "new ones first, others in place"
    )
    assert next(line for line in here if line.id == "gb-shout").text_word == "TOWN"
    saturday_night = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert ids(chosen("GB", saturday_night)) == ["town-line", "gb-shout", "gb-emergency"]
    assert ids(chosen("GB", NIGHT)) == ["gb-samaritans", "gb-shout", "gb-emergency"], "it is closed by then"


def test_a_site_adds_a_country(site_writes: Callable[[str], None]) -> None:
    line = OWN.partition("[[lines]]")[2].partition("[[lines]]")[0].replace('"GB"', '"NL"')
    site_writes(f'[[countries]]\ncode = "NL"\nname = "Netherlands"\n[[lines]]{line}')
    assert countries()[0].code == "NL"
    assert ids(lines_for("nl")) == ["town-line"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("this is no toml", "cannot be read"),
        ('[[helplines]]\nid = "x"', "'helplines' is none of"),
        ('without = ["gb-nothing"]', "no help line 'gb-nothing' to leave out"),
        (OWN.replace('"01632 960123"', '"call us"'), "'town-line': 'call us' is no number"),
        (OWN.replace("Fri-Sun", "weekends"), "'town-line': 'weekends 20:00-02:00' is no span of hours"),
        (OWN.replace("20:00-02:00", "20:00-26:00"), "26:00 is not a time of day"),
        (OWN.replace('time_zone = "Europe/London"', ""), "need a time_zone"),
        (OWN.replace('call = "01632 960123"', ""), "no way to reach it"),
        (OWN.replace("https://town.example", "http://town.example"), "begins with https://"),
        (OWN.replace('country = "GB"', 'country = "ZZ"'), "no country 'ZZ'"),
        (OWN.replace("for_whom", "fro_whom"), "'fro_whom' that nobody knows"),
        (OWN.replace('for_whom = "anyone in our town"', ""), "is not complete"),
        (OWN.replace("2026-11-20", '"last week"'), "must be a date"),
        (OWN.replace('hours = "Fri', 'about = ["cats"]\nhours = "Fri'), "no topic 'cats'"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place_and_the_reason(
    site_writes: Callable[[str], None], wrong: str, says: str
) -> None:
    with pytest.raises(WrongLines, match=says):
        site_writes(wrong)
    assert lines_for("GB"), "and what was known before stays"


def test_a_changed_line_is_another_one_to_whoever_checks_it(site_writes: Callable[[str], None]) -> None:
    before = help_lines.line("gb-shout"), help_lines.line("gb-samaritans")
    site_writes(OWN)
    after = help_lines.line("gb-shout"), help_lines.line("gb-samaritans")
    assert before[0] and after[0] and before[0].mark != after[0].mark
    assert before[1] and after[1] and before[1].mark == after[1].mark
