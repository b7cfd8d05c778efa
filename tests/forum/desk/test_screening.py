"""From words to a case: once, whatever happens on the way, and never silently to green."""

import signal
import time
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import func, select

from forum import texts
from forum.accounts.models import User
from forum.care import service as care
from forum.db import session
from forum.desk import queries, service
from forum.desk.models import Case, DecisionKind, Signal
from forum.outbox import OutboxMessage
from forum.threads import service as threads
from forum.threads.models import Post
from moderation import screening
from moderation.cases import DUE_WITHIN, CaseState
from moderation.screening import Finding, Level, Screening
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk, together


def offered(actor) -> bool:
    session.rollback()
    return session.get_one(User, actor.user_id).care_offered_at is not None


def reading_of(post: Post) -> texts.Screening:
    session.rollback()
    newest = select(texts.Screening).where(texts.Screening.text_id == post.text_id)
    return session.scalars(newest.order_by(texts.Screening.id.desc()).limit(1)).one()


@pytest.mark.parametrize("level", [Level.AMBER, Level.RED, Level.CRISIS])
def test_words_of_amber_and_above_open_a_case_that_is_due_from_when_they_were_saved(desk: Desk, level):
    post = desk.said(f"this is {level.value}")
    desk.read()
    [case] = desk.cases()
    assert (case.text_id, case.level, case.state) == (post.text_id, level, CaseState.OPEN)
    assert case.due_at == reading_of(post).saved_at + DUE_WITHIN[level]


def test_green_words_open_none(desk: Desk):
    desk.said("a good morning")
    desk.read()
    assert desk.cases() == []


def test_a_text_read_twice_opens_one_case(desk: Desk):
    desk.said("this is red")
    for screening_id in desk.read():
        service.screen(screening_id)
    [case] = desk.cases()
    assert desk.kinds(case) == ["screening"]
    assert (
        session.scalar(select(func.count(OutboxMessage.id)).where(OutboxMessage.topic == "case.changed")) == 1
    )


def test_a_task_that_is_delivered_to_many_workers_at_once_opens_one_case(desk: Desk):
    reading_id = reading_of(desk.said("this is crisis")).id
    assert together([lambda: service.screen(reading_id)] * 6) == []
    [case] = desk.cases()
    assert desk.kinds(case) == ["screening"]


def test_two_versions_that_are_read_at_the_same_moment_feed_one_case(desk: Desk, cast: Cast):
    post = desk.said("this is red")
    threads.edit(cast.ana, post.id, "this is crisis", 1)
    session.rollback()
    ids = list(session.scalars(select(texts.Screening.id).where(texts.Screening.text_id == post.text_id)))
    assert together([partial(service.screen, one) for one in ids]) == []
    [case] = desk.cases()
    assert case.level is Level.CRISIS
    assert sorted(desk.kinds(case)) == ["edit", "screening", "screening"]


def whole(level=Level.GREEN, score=0.0, findings=(), version="x"):
    return Screening(level, score, findings, version)


def place(start: Any, end: Any, reason: Any = "why") -> Any:
    return Finding("plan", start, end, reason)


NONSENSE = [
    None,
    "green",
    7,
    {"level": "green"},
    whole(score=float("nan")),
    whole(score=float("inf")),
    whole(score=-1.0),
    whole(score=2.0),
    whole(score="0.1"),
    whole(level="green"),
    whole(findings=None),
    whole(findings=(None,)),
    whole(findings=(place(5, 2),)),
    whole(findings=(place(0, 10_000),)),
    whole(findings=(place("a", 2),)),
    whole(findings=(place(0.0, 2.5),)),
    whole(findings=(place(0, 2, reason=b"why"),)),
    whole(version=None),
]


def test_nonsense_from_the_screener_sends_the_text_to_a_person(desk: Desk, monkeypatch):
    for nonsense in NONSENSE:
        post = desk.said("a quiet sentence")
        monkeypatch.setattr(screening.Screener, "screen", staticmethod(lambda text, says=nonsense: says))
        service.screen(reading_of(post).id)
        case = desk.cases()[-1]
        assert (case.text_id, case.level) == (post.text_id, Level.AMBER), nonsense
    rows = queries.open_cases(desk.cast.maya)
    assert len(rows) == len(NONSENSE)
    assert rows[0].categories == ["could not be read by the machine"]


def test_a_crash_of_the_screener_sends_the_text_to_a_person(desk: Desk, monkeypatch):
    for trouble in (ZeroDivisionError, RecursionError, MemoryError, TimeoutError):
        monkeypatch.setattr(screening.Screener, "screen", staticmethod(Mock(side_effect=trouble)))
        post = desk.said("a quiet sentence")
        service.screen(reading_of(post).id)
        case = desk.cases()[-1]
        assert (case.text_id, case.level) == (post.text_id, Level.AMBER)


def test_a_screener_that_never_ends_is_stopped_by_the_alarm_and_a_person_reads(desk: Desk, monkeypatch):
    def ring(*_):
        raise TimeoutError

    post = desk.said("a quiet sentence")
    monkeypatch.setattr(screening.Screener, "screen", staticmethod(lambda text: time.sleep(30)))
    reading_id = reading_of(post).id
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    service.screen(reading_id)
    signal.signal(signal.SIGALRM, before)
    assert [case.level for case in desk.cases()] == [Level.AMBER]


def test_a_text_that_broke_its_readers_too_often_goes_to_a_person_unread(desk: Desk, monkeypatch, clock):
    post = desk.said("a quiet sentence")
    reading_id = reading_of(post).id
    for time_over in range(texts.TRIES):
        assert texts.taken(reading_id) is not None
        clock((time_over + 1) * (texts.LEASE.total_seconds() + 1))
    monkeypatch.setattr(
        screening.Screener, "screen", staticmethod(lambda text: pytest.fail("read once more"))
    )
    service.screen(reading_id)
    assert [case.level for case in desk.cases()] == [Level.AMBER]


def test_the_worker_never_says_less_than_the_first_look(desk: Desk, monkeypatch):
    post = desk.said("this is crisis")
    monkeypatch.setattr(screening.Screener, "screen", staticmethod(lambda text: whole()))
    service.screen(reading_of(post).id)
    [case] = desk.cases()
    assert case.level is Level.CRISIS
    assert queries.case(desk.cast.maya, case.id).signals[0].findings[0].reason == "the word itself"


def test_words_that_even_the_first_look_could_not_read_are_red_whatever_the_worker_says(
    desk: Desk, monkeypatch
):
    def broken(text):
        raise ZeroDivisionError

    monkeypatch.setattr(screening.Screener, "transparent", staticmethod(broken))
    desk.said("a quiet sentence")
    desk.read()
    assert {case.level for case in desk.cases()} == {Level.RED}


def test_a_reader_that_comes_too_late_writes_nothing(desk: Desk, monkeypatch, clock):
    post = desk.said("this is red")
    reading_id = reading_of(post).id

    def slow(text):
        monkeypatch.setattr(screening.Screener, "screen", staticmethod(lambda text: whole(Level.CRISIS, 1.0)))
        clock(texts.LEASE.total_seconds() + 1)
        service.screen(reading_id)  # meanwhile another reader is given the text
        return whole(Level.RED, 0.5)

    monkeypatch.setattr(screening.Screener, "screen", staticmethod(slow))
    service.screen(reading_id)
    [case] = desk.cases()
    assert case.level is Level.CRISIS
    assert desk.kinds(case) == ["screening"]


def test_an_edit_after_red_is_a_signal_and_the_level_does_not_fall(desk: Desk):
    case = desk.case_about("this is red")
    post = desk.post_of(case)
    due_at = case.due_at
    desk.edited(post, "all is well")
    [case] = desk.cases()
    assert (case.level, case.due_at, case.state) == (Level.RED, due_at, CaseState.OPEN)
    assert desk.kinds(case) == ["screening", "edit"]
    words = [signal.marked_html for signal in queries.case(desk.cast.maya, case.id).signals]
    assert "red" in words[0] and words[1] == "all is well"


def test_an_edit_after_a_red_case_was_closed_opens_a_new_one(desk: Desk, cast: Cast):
    case = desk.case_about("this is crisis")
    fence = desk.claimed(case, cast.maya)
    service.decide(cast.maya, case.id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    desk.edited(desk.post_of(case), "all is well")
    closed, again = desk.cases()
    assert (closed.state, again.state, again.level) == (CaseState.CLOSED, CaseState.OPEN, Level.RED)
    assert desk.kinds(again) == ["edit"]


def test_an_edit_of_quiet_words_is_no_signal(desk: Desk):
    post = desk.said("all is well")
    desk.read()
    desk.edited(post, "all is very well")
    assert desk.cases() == []


def test_an_edit_that_makes_words_worse_raises_the_level_and_brings_the_due_time_nearer(desk: Desk):
    case = desk.case_about("this is amber")
    due_at = case.due_at
    desk.edited(desk.post_of(case), "this is crisis")
    [case] = desk.cases()
    assert case.level is Level.CRISIS
    assert case.due_at < due_at - timedelta(hours=7)
    assert desk.kinds(case) == ["screening", "screening"]


def test_an_edit_counts_as_a_signal_also_when_the_older_words_are_read_last(
    desk: Desk, cast: Cast, blind_first_look
):
    post = desk.said("this is red")
    threads.edit(cast.ana, post.id, "all is well", 1)
    session.rollback()
    ids = session.scalars(select(texts.Screening.id).where(texts.Screening.text_id == post.text_id)).all()
    for screening_id in sorted(ids, reverse=True):
        service.screen(screening_id)
    [case] = desk.cases()
    assert sorted(desk.kinds(case)) == ["edit", "screening"]


def test_a_withdrawal_after_red_is_a_signal_once_and_the_words_stay_as_evidence(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    threads.withdraw(cast.ana, desk.post_of(case).id)
    service.note_withdrawal(case.text_id)
    service.note_withdrawal(case.text_id)
    assert desk.kinds(case) == ["screening", "withdrawal"]
    assert all("red" in signal.marked_html for signal in queries.case(cast.maya, case.id).signals)


def test_a_withdrawal_after_the_case_was_closed_opens_a_new_one(desk: Desk, cast: Cast):
    case = desk.case_about("this is crisis")
    service.decide(
        cast.maya, case.id, desk.claimed(case, cast.maya), DecisionKind.NOTHING_NEEDED, form_key=new_key()
    )
    threads.withdraw(cast.ana, desk.post_of(case).id)
    service.note_withdrawal(case.text_id)
    _, again = desk.cases()
    assert (again.level, desk.kinds(again)) == (Level.RED, ["withdrawal"])


def test_words_withdrawn_before_they_were_read_still_reach_a_person(desk: Desk, cast: Cast, blind_first_look):
    post = desk.said("this is crisis")
    threads.withdraw(cast.ana, post.id)
    service.note_withdrawal(post.text_id)
    assert desk.cases() == []
    desk.read()
    [case] = desk.cases()
    assert desk.kinds(case) == ["screening", "withdrawal"]


def test_a_withdrawal_of_quiet_words_is_nobodys_business(desk: Desk, cast: Cast):
    post = desk.said("this is amber")
    threads.withdraw(cast.ana, post.id)
    service.note_withdrawal(post.text_id)
    assert session.scalars(select(Signal)).all() == []


def test_the_care_panel_is_offered_when_only_the_worker_sees_the_danger(
    desk: Desk, cast: Cast, blind_first_look
):
    desk.said("this is red")
    assert not offered(cast.ana)
    desk.read()
    assert offered(cast.ana)


def test_the_care_panel_that_was_put_away_is_not_offered_again_for_the_same_words(desk: Desk, cast: Cast):
    desk.said("this is red")
    assert offered(cast.ana)
    care.put_away(cast.ana.user_id or 0)
    desk.read()
    assert not offered(cast.ana)


def test_a_title_that_suggests_danger_makes_a_case_of_its_own_and_leads_to_its_thread(desk: Desk, cast: Cast):
    post = desk.said("see above", title="this is crisis")
    desk.read()
    [case] = desk.cases()
    page = queries.case(cast.maya, case.id)
    assert page.post_id == post.id
    assert page.can_hide


def test_nobody_who_writes_as_the_team_is_offered_care(desk: Desk, cast: Cast, blind_first_look):
    case = desk.case_about("this is amber")
    service.decide(
        cast.maya,
        case.id,
        desk.claimed(case, cast.maya),
        DecisionKind.REACH_OUT,
        message="you said red, how are you?",
        form_key=new_key(),
    )
    desk.read()
    assert not offered(cast.maya)
    assert Level.RED in [case.level for case in session.scalars(select(Case))]
