"""Whoever needs a line finds one, in every country and with nothing else running."""

import re
from datetime import date
from urllib.parse import urlsplit

import pytest

from forum.care.help_lines import HelpLine, countries, country, lines_for, world_lines

CODES = [known.code for known in countries()]
ALL = [line for code in CODES for line in lines_for(code)] + list(world_lines())


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("limit", [2, 3, None])
def test_every_country_has_someone_to_talk_to_and_an_emergency_number(code: str, limit: int | None) -> None:
    lines = lines_for(code, limit)
    assert not lines[0].emergency and (lines[0].call or lines[0].text)
    assert any(line.emergency and line.call for line in lines)
    assert limit is None or len(lines) <= limit


def test_the_united_kingdom_is_offered_a_call_a_text_and_the_emergency_services() -> None:
    assert [line.id for line in lines_for("gb", limit=3)] == ["gb-samaritans", "gb-shout", "gb-emergency"]


@pytest.mark.parametrize("code", ["XX", "", "*", "../gb"])
def test_a_country_without_lines_of_its_own_is_shown_those_for_anywhere(code: str) -> None:
    assert lines_for(code) == world_lines() != ()
    assert country(code) is None


def test_a_country_is_found_by_its_code_in_either_case() -> None:
    found = country("ie")
    assert found is not None and (found.code, found.name) == ("IE", "Ireland")


@pytest.mark.parametrize("line", ALL, ids=lambda line: line.id)
def test_every_line_can_be_reached_and_says_where_it_comes_from(line: HelpLine) -> None:
    assert line.call or line.text or line.chat_url or line.url
    for number in filter(None, (line.call, line.text)):
        assert re.fullmatch(r"[0-9][0-9 -]*", number)
    for address in filter(None, (line.source, line.url, line.chat_url)):
        assert urlsplit(address).scheme == "https" and urlsplit(address).hostname
    assert line.text or not line.text_word
    assert line.name and line.hours
    assert date(2026, 1, 1) < line.checked_on


def test_no_two_lines_share_an_id() -> None:
    assert len({line.id for line in ALL}) == len(ALL)
