"""What the machine asked for and what people said of it, counted for whoever runs the site."""

import pytest
from sqlalchemy import select, update

from forum.db import now, session, transactional
from forum.desk import labels, service
from forum.desk.models import Case, DecisionKind, Said
from forum.learning.report import Tally, report
from forum.texts import Screening, Text
from forum.threads import service as threads
from moderation.screening import Level
from tests.forum.cast import Cast, new_key

CALM = "The kettle is on and the radio is playing."
HOPELESS = "I feel so hopeless these days and I cannot see it getting better."
DECIDED = "I have decided to end my life tonight and I have written the letters. Goodbye."


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=["screening", *words])


def cases_about(cast: Cast, *bodies: str) -> list[int]:
    """Said and read: the cases, in the order of the words."""
    found: list[int] = []
    for body in bodies:
        post = threads.start(cast.ana, cast.slug, "Mornings", body, new_key())
        for screening_id in session.scalars(select(Screening.id).where(Screening.level.is_(None))).all():
            service.screen(screening_id)
        session.rollback()
        found += session.scalars(select(Case.id).where(Case.text_id == post.text_id)).all()
    return found


def closed(cast: Cast, case_id: int, kind: DecisionKind) -> None:
    fence = service.claim(cast.maya, case_id).fence
    service.decide(cast.maya, case_id, fence, kind, message="Hello.", form_key=new_key())


def test_alerts_are_counted_by_posts_and_what_people_said_by_category(cast):
    first, second, third, danger = cases_about(cast, HOPELESS, HOPELESS, HOPELESS, DECIDED)
    for _ in range(4):
        cases_about(cast, CALM)
    closed(cast, first, DecisionKind.REACH_OUT)
    closed(cast, second, DecisionKind.NOTHING_NEEDED)
    closed(cast, third, DecisionKind.NOTHING_NEEDED)
    labels.mark(
        cast.noor, third, Said.FALSE_ALARM
    )  # what is said in so many words counts before what was done
    labels.mark(cast.noor, danger, Said.RIGHT)
    told = report(30)
    assert told.posts == 8, "what the team wrote to one of them is not counted"
    assert told.levels[Level.CRISIS] == 1
    assert told.per_thousand(1) == pytest.approx(125)
    assert told.categories["hopelessness"] == Tally(alerts=3, agreed=1, false_alarms=1, nothing_needed=1)
    assert told.categories["goodbye"].agreed == 1


def test_misses_are_told_by_the_level_that_the_machine_gave(cast):
    first, second = cases_about(cast, HOPELESS, HOPELESS)
    given = session.scalars(select(Case.level).where(Case.id == first)).one()
    labels.mark(cast.maya, first, Said.MISSED)
    fence = service.claim(cast.maya, second).fence
    service.raise_level(cast.maya, second, fence, Level.CRISIS)
    told = report(30)
    assert (told.missed, told.raised) == ({given: 1}, {given: 1})


def test_a_mark_that_was_taken_back_by_another_counts_no_more(cast):
    [case] = cases_about(cast, HOPELESS)
    labels.mark(cast.maya, case, Said.MISSED)
    labels.mark(cast.maya, case, Said.FALSE_ALARM)
    told = report(30)
    assert not told.missed
    assert told.categories["hopelessness"].false_alarms == 1


def test_what_is_older_than_asked_for_is_not_counted(cast):
    cases_about(cast, HOPELESS)
    _read_long_ago()
    assert report(30).posts == 0


@transactional
def _read_long_ago() -> None:
    session.execute(update(Screening).values(screened_at=now().replace(year=2020)))


def test_the_command_prints_counts_and_not_a_word_of_anybody(cast, run):
    case, _ = cases_about(cast, HOPELESS, DECIDED)
    closed(cast, case, DecisionKind.REACH_OUT)
    said = run("report", "--days", "7")
    assert said.exit_code == 0, said.output
    assert "2 posts were read." in said.output
    assert "crisis 500.0 (1)" in said.output
    assert "hopeless, or unable to go on" in said.output
    assert "1 (100%)" in said.output
    assert "Missed, as moderators marked it: none" in said.output
    words = session.scalars(select(Text.id)).all()
    assert words
    for secret in ("getting better", "letters", "Ana", "Maya", "Mornings"):
        assert secret not in said.output


def test_of_a_site_where_nothing_was_said_the_command_says_so(cast, run):
    assert "0 posts were read." in run("report").output
