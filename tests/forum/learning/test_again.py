"""Words of open cases are read once more when a lead asks: further each time, never twice counted, never lower."""

import pytest
from sqlalchemy import select

from forum import texts
from forum.accounts.models import User
from forum.audit import AuditEntry
from forum.db import session, transactional
from forum.desk import service as desk
from forum.desk.models import Case, DecisionKind
from forum.errors import NotFound
from forum.learning import again
from forum.learning.models import Rereading
from forum.policy import STRANGER
from forum.texts import Screening, Text
from forum.threads import service as threads
from forum.threads.models import Post
from moderation import screening
from moderation.screening import Finding, Level
from tests.forum.cast import Cast, new_key


@pytest.fixture
def reads(monkeypatch):
    """`reads(Level.AMBER)`: from now on the machine reads everything as that."""

    def as_level(level: Level, *, edition: str = "new") -> None:
        found = () if level is Level.GREEN else (Finding("hopelessness", 0, 3, "says so"),)
        says = screening.Screening(level, level.rank / 3, found, edition)
        for stage in ("transparent", "screen"):
            monkeypatch.setattr(screening.Screener, stage, staticmethod(lambda text, says=says: says))

    as_level(Level.AMBER, edition="old")
    return as_level


def said(cast: Cast, body: str) -> Post:
    post = threads.start(cast.ana, cast.slug, "Mornings", body, new_key())
    for screening_id in session.scalars(select(Screening.id).where(Screening.level.is_(None))).all():
        desk.screen(screening_id)
    session.rollback()
    return post


def latest() -> Rereading:
    session.rollback()
    run = again.latest()
    assert run is not None
    return run


def about(post: Post) -> Case:
    session.rollback()
    return session.scalars(select(Case).where(Case.text_id == post.text_id)).one()


def test_a_case_rises_when_the_new_screener_finds_more_and_its_author_is_offered_care(cast, reads):
    post = said(cast, "Grey days.")
    reads(Level.RED)
    again.begin(cast.lea)
    assert again.go_on(10) is False
    assert about(post).level is Level.RED
    reading = session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()
    assert (reading.level, reading.screener) == (Level.RED, "new")
    assert session.get_one(Text, post.text_id).worst_level is Level.RED
    assert session.get_one(User, cast.ana.user_id).care_offered_at is not None
    run = latest()
    assert (run.total, run.done, run.rose) == (2, 2, 2), "the words and the title"
    assert run.finished_at is not None


@pytest.mark.parametrize("level", [Level.GREEN, Level.AMBER])
def test_a_case_never_falls_and_what_was_read_stays(cast, reads, level):
    post = said(cast, "Grey days.")
    reads(level)
    again.begin(cast.lea)
    again.go_on(10)
    assert about(post).level is Level.AMBER
    reading = session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()
    assert (reading.level, reading.screener) == (Level.AMBER, "old")
    assert latest().rose == 0


def test_what_is_written_of_a_reading_is_never_replaced_by_less(cast, reads):
    post = said(cast, "Grey days.")
    kept = session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()
    reading = texts.read_before(kept.id)
    assert reading is not None
    for level in (Level.GREEN, Level.AMBER):
        assert _written(reading, screening.Screening(level, 0.0, (), "new")) is None
    session.refresh(kept)
    assert (kept.level, kept.screener) == (Level.AMBER, "old")


@transactional
def _written(reading: texts.Reading, result: screening.Screening) -> Screening | None:
    return texts.raised(reading, result)


def test_a_screener_that_breaks_now_changes_nothing(cast, reads, monkeypatch):
    post = said(cast, "Grey days.")

    def breaks(text):
        raise RecursionError

    monkeypatch.setattr(screening.Screener, "screen", staticmethod(breaks))
    again.begin(cast.lea)
    again.go_on(10)
    assert about(post).level is Level.AMBER
    assert latest().finished_at is not None


def test_closed_cases_are_left_alone(cast, reads):
    post = said(cast, "Grey days.")
    fence = desk.claim(cast.maya, about(post).id).fence
    desk.decide(cast.maya, about(post).id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    reads(Level.CRISIS)
    again.begin(cast.lea)
    again.go_on(10)
    assert about(post).level is Level.AMBER
    assert latest().total == 1, "the title's case is open"


def test_who_is_killed_loses_one_reading_and_the_next_goes_on_there(cast, reads, monkeypatch):
    for number in range(3):
        said(cast, f"Grey days {number}.")
    reads(Level.RED)
    again.begin(cast.lea)
    read: list[int] = []
    first = desk.read_again

    def dies_at_the_third(screening_id: int) -> bool:
        if len(read) == 2:
            raise SystemExit
        read.append(screening_id)
        return first(screening_id)

    monkeypatch.setattr(desk, "read_again", dies_at_the_third)
    with pytest.raises(SystemExit):
        again.go_on(10)
    assert latest().done == 2

    def reads_and_tells(screening_id: int) -> bool:
        read.append(screening_id)
        return first(screening_id)

    monkeypatch.setattr(desk, "read_again", reads_and_tells)
    assert again.go_on(10) is False
    assert len(read) == len(set(read)) == 6
    assert (latest().done, latest().rose) == (6, 6)


def test_a_text_that_kills_its_reader_again_and_again_is_passed_over(cast, reads, monkeypatch):
    said(cast, "Grey days.")
    again.begin(cast.lea)

    def dies(screening_id: int) -> bool:
        raise SystemExit

    monkeypatch.setattr(desk, "read_again", dies)
    for _ in range(again.TRIES):
        with pytest.raises(SystemExit):
            again.go_on(10)
    with pytest.raises(SystemExit):
        again.go_on(10)  # the next text
    assert latest().done == 1


def test_it_stops_when_its_time_is_over_and_says_that_something_is_left(cast, reads):
    said(cast, "Grey days.")
    again.begin(cast.lea)
    assert again.go_on(0) is True
    assert again.go_on(10) is False
    assert again.go_on(10) is False, "nothing was asked for"


def test_asked_for_twice_it_is_one_and_audited_once(cast, reads):
    said(cast, "Grey days.")
    assert again.begin(cast.lea).id == again.begin(cast.lea).id
    entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "screen_again")).all()
    assert [(entry.by_id, entry.detail) for entry in entries] == [(cast.lea.user_id, "2 readings")]


def test_nobody_but_a_lead_asks_for_it(cast):
    for actor in (cast.ana, cast.maya, cast.omar, STRANGER):
        with pytest.raises(NotFound):
            again.begin(actor)


def test_a_lead_asks_on_the_page_or_at_the_terminal_and_sees_how_far_it_is(cast, reads, browse, app):
    said(cast, "Grey days.")
    lea = browse(cast.lea)
    assert lea.post("/site/screening/again").status_code == 303
    assert "0 of 2 readings made again" in lea.get("/site/screening").text
    again.go_on(10)
    assert "2 readings made again, 0 found more" in lea.get("/site/screening").text
    said_by_it = app.test_cli_runner().invoke(args=["screening", "again"])
    assert "0 of 2 were made again" in said_by_it.output, said_by_it.output
