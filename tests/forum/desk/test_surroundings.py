"""What stands around a post: what its writer said before may raise it, by a step, and never lowers it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from forum import texts
from forum.db import now, session
from forum.desk import service, surroundings
from forum.desk.models import DecisionKind
from forum.threads import service as threads
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk
from tests.parts.statements import statements

GREEN, AMBER, RED, CRISIS = Level


def said_and_closed(desk: Desk, body: str) -> None:
    """Ana says it, and a moderator looked and closed the case."""
    case = desk.case_about(body)
    fence = desk.claimed(case, desk.cast.maya)
    service.decide(desk.cast.maya, case.id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())


def level_of(desk: Desk, body: str, **how) -> tuple[Level, list[str]]:
    """What the worker says of a new post, and for which reasons."""
    post = desk.said(body, **how)
    desk.read()
    return _read(post.text_id)


def _read(text_id: int) -> tuple[Level, list[str]]:
    session.rollback()
    newest = select(texts.Screening).where(texts.Screening.text_id == text_id)
    read = session.scalars(newest.order_by(texts.Screening.id.desc())).first()
    assert read is not None and read.level is not None
    return read.level, [finding["category"] for finding in read.findings or []]


@pytest.fixture(autouse=True)
def by_day(monkeypatch):
    monkeypatch.setattr(surroundings, "_is_night", lambda moment: False)


def test_quiet_words_soon_after_danger_that_somebody_looked_at_are_looked_at_too(desk: Desk, clock):
    said_and_closed(desk, "this is red")
    assert level_of(desk, "never mind") == (AMBER, ["surroundings"])
    assert level_of(desk, "all is well") == (GREEN, []), "the last words before these were not in danger"


def test_quiet_words_much_later_are_quiet_words(desk: Desk, clock):
    said_and_closed(desk, "this is red")
    clock(surroundings.A_MOMENT_AGO.total_seconds() + 60)
    assert level_of(desk, "never mind") == (GREEN, [])


def test_words_that_still_wait_on_the_desk_raise_nothing_since_somebody_is_due_to_look_anyway(desk: Desk):
    desk.case_about("this is crisis")
    assert level_of(desk, "never mind")[0] is GREEN
    desk.case_about("this is red")
    assert level_of(desk, "this is amber")[0] is AMBER


def test_somebody_who_struggles_again_after_two_dangers_is_looked_at_within_the_hour(desk: Desk, clock):
    said_and_closed(desk, "this is red")
    assert level_of(desk, "this is amber")[0] is AMBER
    clock(3 * 3600)
    said_and_closed(desk, "this is crisis")
    level, why = level_of(desk, "this is amber")
    assert (level, why[-1]) == (RED, "surroundings")
    case = desk.cases()[-1]
    assert case.due_at - now() < timedelta(hours=1)


def test_at_night_one_danger_is_enough(desk: Desk, monkeypatch):
    monkeypatch.setattr(surroundings, "_is_night", lambda moment: True)
    assert level_of(desk, "this is amber")[0] is AMBER, "the night alone says nothing"
    said_and_closed(desk, "this is red")
    assert level_of(desk, "this is amber")[0] is RED


def test_in_a_thread_that_the_writer_opened_in_danger_a_struggle_weighs_more(desk: Desk, cast: Cast, clock):
    opening = desk.said("see above", title="this is crisis")
    desk.read()
    [case] = desk.cases()
    service.decide(
        cast.maya, case.id, desk.claimed(case, cast.maya), DecisionKind.NOTHING_NEEDED, form_key=new_key()
    )
    clock(3 * 24 * 3600)
    replies = [
        threads.reply(who, opening.thread_id, "this is amber", new_key()) for who in (cast.ana, cast.ben)
    ]
    by_ana, by_ben = (reply.text_id for reply in replies)
    desk.read()
    assert _read(by_ana)[0] is RED
    assert _read(by_ben)[0] is AMBER, "they opened it in no danger"


def test_nobody_elses_words_count_and_none_that_were_said_as_the_team(desk: Desk, cast: Cast, app):
    case = desk.case_about("this is red")
    said = "you said red, how are you?"
    fence = desk.claimed(case, cast.maya)
    service.decide(cast.maya, case.id, fence, DecisionKind.REACH_OUT, message=said, form_key=new_key())
    assert level_of(desk, "never mind", by=cast.ben)[0] is GREEN
    assert level_of(desk, "never mind", by=cast.maya)[0] is GREEN


@pytest.mark.parametrize("body", ["this is red", "this is crisis"])
def test_what_is_urgent_by_itself_stays_what_it_is(desk: Desk, body):
    said_and_closed(desk, "this is crisis")
    said_and_closed(desk, "this is crisis")
    level, why = level_of(desk, body)
    assert body.endswith(level.value)
    assert "surroundings" not in why


def test_who_is_in_distress_often_is_never_read_as_less_so(desk: Desk):
    for _ in range(surroundings.MOST + 2):
        said_and_closed(desk, "this is crisis")
    assert level_of(desk, "this is crisis")[0] is CRISIS
    assert level_of(desk, "this is amber")[0] is RED


def test_the_night_is_that_of_the_site(app, monkeypatch):
    monkeypatch.undo()
    moments = {"2026-01-10T23:30+00:00": True, "2026-01-10T06:59+00:00": True, "2026-01-10T12:00+00:00": False,
               "2026-07-10T06:30+00:00": False}  # fmt: skip
    for moment, night in moments.items():
        assert surroundings._is_night(now().fromisoformat(moment)) is night, moment


def test_looking_around_costs_two_statements_after_one_post_and_after_many(desk: Desk):
    def cost() -> int:
        post = desk.said("this is amber")
        reading = select(texts.Screening.id).where(texts.Screening.text_id == post.text_id)
        screening_id = session.scalars(reading).one()
        with statements() as asked:
            surroundings.around(screening_id, AMBER)
        return len(asked)

    assert cost() == 2
    for _ in range(4):
        said_and_closed(desk, "this is red")
    assert cost() == 2
