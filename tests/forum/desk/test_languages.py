"""Words that the machine does not read stand in a lane of their own: shown, counted, without a clock, never green."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from forum.db import session
from forum.desk import queries, service
from forum.desk.models import DecisionKind
from forum.errors import NotFound
from forum.home.queries import fitness
from forum.threads import service as threads
from moderation import cases, screening
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk
from tests.parts.statements import statements

SPANISH = "Ayer fui al mercado con mi hermana y compramos manzanas y pan para la semana"
GERMAN = "Gestern war ich mit meiner Schwester auf dem Markt und wir haben Brot gekauft"
WITH_CRISIS = f"{SPANISH}. I am going to kill myself tonight."


@pytest.fixture(autouse=True)
def plain_screener(monkeypatch):
    """The shipped lexicon reads here, and needs no model for what it does not read."""
    monkeypatch.undo()


def lane(desk: Desk) -> queries.Lane:
    session.rollback()
    return queries.in_other_languages(desk.cast.maya)


def test_words_in_another_language_stand_in_the_lane_and_in_no_queue(desk: Desk):
    spanish = desk.case_about(SPANISH)
    german = desk.case_about(GERMAN)
    found = lane(desk)
    assert (found.count, [row.id for row in found.cases]) == (2, [spanish.id, german.id])
    assert queries.open_cases(desk.cast.maya) == []
    assert {spanish.level, german.level} == {Level.AMBER}, "never green"
    row = found.cases[0]
    assert (row.has_clock, row.overdue, row.due_words) == (False, False, "")
    assert row.level_words == "In a language that the machine does not read"


def test_no_clock_runs_for_them(desk: Desk, clock):
    desk.case_about(SPANISH)
    clock(timedelta(days=400).total_seconds())
    assert not lane(desk).cases[0].overdue
    assert fitness("redis://127.0.0.1:1").oldest_overdue_case_seconds == 0


def test_a_known_crisis_phrase_inside_them_makes_an_ordinary_case(desk: Desk):
    case = desk.case_about(WITH_CRISIS)
    assert screening.transparent(WITH_CRISIS).level is Level.CRISIS
    assert lane(desk).count == 0
    [row] = queries.open_cases(desk.cast.maya)
    assert (row.id, row.level, row.has_clock) == (case.id, Level.CRISIS, True)


def test_so_does_a_later_wording_with_one(desk: Desk):
    case = desk.case_about(SPANISH)
    desk.edited(desk.post_of(case), WITH_CRISIS)
    assert lane(desk).count == 0
    assert [row.id for row in queries.open_cases(desk.cast.maya)] == [case.id]


def test_a_moderator_who_reads_it_raises_it_into_the_queue(desk: Desk, cast: Cast):
    case = desk.case_about(SPANISH)
    service.raise_level(cast.maya, case.id, desk.claimed(case, cast.maya), Level.RED)
    assert lane(desk).count == 0
    [row] = queries.open_cases(cast.maya)
    assert row.level is Level.RED and row.due_at < cases.NO_CLOCK


def test_or_closes_it_like_any_other(desk: Desk, cast: Cast):
    case = desk.case_about(SPANISH)
    fence = desk.claimed(case, cast.maya)
    assert lane(desk).cases[0].held_by == "Maya"
    service.decide(cast.maya, case.id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    assert lane(desk).count == 0


def test_said_to_the_team_somebody_waits_for_an_answer(desk: Desk, cast: Cast):
    service.write_to_team(cast.ana, cast.slug, SPANISH, new_key())
    desk.read()
    assert lane(desk).count == 0
    assert len(queries.open_cases(cast.maya)) == 1


def test_after_danger_they_are_looked_at_by_the_clock(desk: Desk, cast: Cast, app):
    for body in ("I want to kill myself", "I am going to kill myself tonight"):
        case = desk.case_about(body)
        fence = desk.claimed(case, cast.maya)
        service.decide(cast.maya, case.id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    desk.case_about(SPANISH)
    assert lane(desk).count == 0
    assert [row.level for row in queries.open_cases(cast.maya)] == [Level.RED]


def test_only_the_moderators_of_a_space_see_its_lane(desk: Desk, cast: Cast):
    desk.case_about(SPANISH)
    assert queries.in_other_languages(cast.kim).count == 0
    assert queries.in_other_languages(cast.lea).count == 1
    for stranger in (cast.ana, cast.olu, cast.omar):
        with pytest.raises(NotFound):
            queries.in_other_languages(stranger)


def test_the_lane_counts_all_and_shows_the_oldest_at_one_cost(desk: Desk, cast: Cast, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    first = desk.case_about(SPANISH)
    with statements() as few:
        lane(desk)
    opening = desk.post_of(first)
    for number in range(3):
        threads.reply(cast.ben, opening.thread_id, f"{GERMAN} {number}", new_key())
    desk.read()
    with statements() as many:
        found = lane(desk)
    assert (found.count, len(found.cases)) == (4, 2)
    assert len(few) == len(many) == 1


def test_the_desk_page_shows_the_lane_beside_the_queue(desk: Desk, cast: Cast, browse):
    maya: FlaskClient = browse(cast.maya)
    assert "In other languages" not in maya.get("/desk").text
    case = desk.case_about(SPANISH)
    for path in ("/desk", "/desk/queue"):
        page = maya.get(path).text
        assert "In other languages (1)" in page
        assert f'id="case-{case.id}"' in page and "manzanas" not in page
        assert "Nothing is waiting" in page
    page = maya.get(f"/desk/cases/{case.id}").text
    assert "In a language that the machine does not read" in page
    assert "look today" not in page.partition("signals-heading")[0], "nobody is told to hurry"
