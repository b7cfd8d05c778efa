"""The canary goes the whole way, is nobody's business, and leaves nothing behind; when none arrives, it is said."""

import gzip
import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from forum import backup, db, outbox, policy, screeners
from forum.accounts import service as accounts
from forum.columns import MACHINE
from forum.communities import queries as communities
from forum.db import session
from forum.desk import canary, queries, service
from forum.desk.canary import EVERY, LATE_AFTER, Canary
from forum.desk.models import Case
from forum.errors import NotFound
from forum.events import TextSaved
from forum.home.queries import TROUBLE, fitness
from forum.mine import service as mine
from forum.mine.models import Notice
from forum.models import Base
from forum.spaces import queries as spaces
from forum.texts import Screening, ScreeningState, Text
from forum.threads import queries as threads
from forum.threads import service as thread_service
from forum.threads.models import Post, Thread
from moderation.screening import Level, model
from tests.forum.cast import Cast
from tests.forum.desk.conftest import Desk

NOWHERE = "redis://127.0.0.1:1"


@pytest.fixture(autouse=True)
def plain_screener(monkeypatch):
    """The shipped screener reads here."""
    monkeypatch.undo()


@pytest.fixture
def world(cast: Cast, clock):
    """The people, and a clock that stands at their beginning."""
    clock(0)
    return cast


def delivered() -> list[object]:
    """What the relay carries and the worker does of it."""
    events: list[object] = []
    while outbox.carry(events.append):
        pass
    for event in events:
        if isinstance(event, TextSaved):
            service.screen(event.screening_id)
    return events


def row() -> Canary:
    session.rollback()
    return session.scalars(select(Canary)).one()


def rows_of_the_machine() -> dict[str, int]:
    """How many rows lean on the machine's account or space."""
    session.rollback()
    columns = (Text.author_id, Thread.author_id, Post.author_id, Screening.space_id, Case.space_id)
    return {
        column.class_.__tablename__: session.scalars(select(func.count()).where(column == MACHINE)).one()
        for column in columns
    }


def test_its_words_are_red_at_first_sight_and_for_both_stages():
    live = screeners.live()
    for screening in (live.transparent(canary.WORDS), live.screen(canary.WORDS)):
        assert screening.level is Level.RED
        assert canary.FINDS in {finding.category for finding in screening.findings}
    assert live.screen(canary.TITLE).level is Level.GREEN


def test_it_goes_the_whole_way_and_is_cleared_once_its_case_stands(world, clock):
    canary.fly()
    assert rows_of_the_machine()["screenings"] == 2, "its title and its words"
    sent_at = row().sent_at
    clock(30)
    canary.fly()
    assert row().arrived_at is None, "nobody has read it"
    delivered()
    assert rows_of_the_machine()["cases"] == 1
    clock(60)
    canary.fly()
    assert row().arrived_at == sent_at
    assert set(rows_of_the_machine().values()) == {0}
    assert canary.seconds_since() >= 60


def test_the_next_one_is_sent_after_five_minutes_and_rows_do_not_pile_up(world, clock):
    for number in range(4):
        clock(number * EVERY.total_seconds() + number)
        canary.fly()
        canary.fly()
        assert rows_of_the_machine()["posts"] == 1
        delivered()
        clock(number * EVERY.total_seconds() + 30)
        canary.fly()
        assert set(rows_of_the_machine().values()) == {0}
    assert session.scalar(select(func.count()).select_from(Canary)) == 1


def test_while_one_is_on_its_way_no_other_is_sent_behind_it(world, clock):
    canary.fly()
    for minutes in (6, 12, 600):
        clock(minutes * 60)
        canary.fly()
        assert rows_of_the_machine()["posts"] == 1
        assert rows_of_the_machine()["cases"] == 0
    delivered()
    canary.fly()
    assert canary.seconds_since() == pytest.approx(600 * 60, abs=30), "it took ten hours, and that is said"


def test_one_that_was_read_by_a_broken_machine_has_not_arrived(world, clock, monkeypatch):
    def missing(*_):
        raise model.Missing("gone")

    monkeypatch.setattr(model, "probability", missing)
    canary.fly()
    delivered()
    assert rows_of_the_machine()["cases"] == 2, "and a person would have got it"
    clock(LATE_AFTER.total_seconds() + 1)
    canary.fly()
    assert row().arrived_at is None
    assert "pipeline_unproven_seconds" in fitness(NOWHERE).trouble
    assert rows_of_the_machine()["posts"] == 1, "another one is tried"
    monkeypatch.undo()
    db.session.remove()


def test_the_desk_and_the_numbers_say_when_none_arrived_and_that_it_is_over(world, clock, browse):
    maya = browse(world.maya)
    canary.fly()
    delivered()
    clock(60)
    canary.fly()
    assert "pipeline_unproven_seconds" not in fitness(NOWHERE).trouble
    assert "may not be reading" not in maya.get("/desk").text
    clock(LATE_AFTER.total_seconds() + 61)
    assert "pipeline_unproven_seconds" in fitness(NOWHERE).trouble
    for path in ("/desk", "/desk/queue"):
        page = maya.get(path).text
        assert "may not be reading" in page and "for 10 minutes" in page
    canary.fly()
    assert "pipeline_unproven_seconds" in fitness(NOWHERE).trouble, "sent is not arrived"
    delivered()
    canary.fly()
    assert "pipeline_unproven_seconds" not in fitness(NOWHERE).trouble
    assert "may not be reading" not in maya.get("/desk").text


def test_a_site_whose_clock_never_began_says_so_too(world, clock):
    assert fitness(NOWHERE).pipeline_unproven_seconds < 60
    clock(TROUBLE["pipeline_unproven_seconds"] + 60)
    assert "pipeline_unproven_seconds" in fitness(NOWHERE).trouble


def test_nobody_sees_it_and_nothing_counts_it(world: Cast, clock, browse):
    before = {path: _shown(browse, world.lea, path) for path in ("/", "/desk/queue", "/site/communities")}
    canary.fly()
    delivered()
    post = session.scalars(select(Post).where(Post.author_id == MACHINE)).one()
    case = session.scalars(select(Case).where(Case.space_id == MACHINE)).one()
    for actor in world.everybody:
        with pytest.raises(NotFound):
            threads.thread(actor, post.thread_id)
        with pytest.raises(NotFound):
            spaces.space(actor, canary.SLUG)
        assert MACHINE not in {space.id for space in spaces.communities(actor)}
        if policy.allows(actor, policy.Permission.SEE_DESK):
            assert (queries.open_cases(actor), queries.being_read(actor)) == ([], [])
            with pytest.raises(NotFound):
                queries.case(actor, case.id)
            with pytest.raises(NotFound):
                service.claim(actor, case.id)
    assert [row.open_cases for row in communities.communities(world.lea)] == [0, 0, 0]
    mine.notice_post(post.id)
    assert session.scalars(select(Notice)).all() == []
    assert {path: _shown(browse, world.lea, path) for path in before} == before
    clock(3 * 3600)
    found = fitness(NOWHERE)
    assert (found.oldest_overdue_case_seconds, found.oldest_pending_screening_seconds) == (0, 0)


def _shown(browse, actor, path: str) -> str:
    answer = browse(actor).get(path)
    assert answer.status_code == 200, path
    return str(answer.text).partition("<main")[2] or str(answer.text)


def test_nobody_can_be_the_machine(world, browse, visitor):
    canary.fly()
    for name in (canary.NAME, "#-machine-", "-machine-", "machine", ""):
        found = accounts.named(name)
        assert found is None, name
    for password in ("", "a lamp in the window"):
        answer = visitor.post("/log-in", data={"name": canary.NAME, "password": password})
        assert answer.status_code == 422


def test_a_pending_canary_is_no_text_of_a_person_that_waits(world, clock):
    canary.fly()
    clock(3600)
    assert session.scalar(select(func.count()).where(Screening.state != ScreeningState.DONE)) == 2
    assert fitness(NOWHERE).oldest_pending_screening_seconds == 0


def test_what_was_sent_and_then_forgotten_by_a_process_that_died_is_sent_again_in_time(
    world, clock, monkeypatch
):
    with monkeypatch.context() as dying:
        dying.setattr(thread_service, "start", lambda *_: None)
        canary.fly()
    assert rows_of_the_machine()["posts"] == 0
    clock(EVERY.total_seconds() + 1)
    canary.fly()
    assert rows_of_the_machine()["posts"] == 1


# What leans on the rows that a canary makes. Cleared: by `_clear`. The others say why nothing of a canary is in them.
CLEARED = {"signals", "cases", "posts", "threads", "screenings", "text_versions"}
NEVER = {
    "decisions": "nobody can claim or decide its case",
    "content_notes": "it has none, and nobody can add one",
    "notices": "nobody is told of it",
    "labels": "nobody can decide or mark its case",
    "shadow_readings": "candidates read nothing of it",
}


def test_whatever_leans_on_its_rows_is_cleared_with_them_or_never_made():
    made = {"texts", "text_versions", "screenings", "threads", "posts", "cases", "signals"}
    leaning = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in made
    }
    assert leaning == CLEARED | set(NEVER)


def test_a_backup_holds_nothing_of_it_and_a_restore_begins_without(world: Cast, desk: Desk, sqlite_databases):
    desk.case_about("I want to kill myself")
    canary.fly()
    delivered()
    file = io.BytesIO()
    written = backup.write(db.engine(), file)
    file.seek(0)
    assert canary.WORDS.encode() not in gzip.decompress(file.getvalue())
    session.remove()
    url = sqlite_databases.create()
    db.connect(url)
    assert backup.read(db.engine(), file) == written
    assert set(rows_of_the_machine().values()) == {0}
    assert session.scalars(select(Canary)).all() == []
    assert len(session.scalars(select(Case)).all()) == 1, "those of people are there"
    canary.fly()
    delivered()
    canary.fly()
    assert row().arrived_at is not None


def test_another_thing_in_the_same_moment_is_not_taken_for_one(world, desk: Desk, monkeypatch, clock):
    """Only its own case counts: a member's in the same words does not prove anything of the canary."""
    canary.fly()
    desk.said(canary.WORDS)
    for reading in session.scalars(select(Screening.id).where(Screening.space_id != MACHINE)).all():
        service.screen(reading)
    clock(60)
    canary.fly()
    assert row().arrived_at is None
    assert fitness(NOWHERE).pipeline_unproven_seconds > 30
    assert timedelta(seconds=TROUBLE["pipeline_unproven_seconds"]) == LATE_AFTER
