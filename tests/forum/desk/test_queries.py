"""What the desk shows: the most pressing first, to its own moderators alone, and nothing that is lost on the way."""

import pytest
from sqlalchemy import select

from forum import policy
from forum.db import session
from forum.desk import queries, service
from forum.desk.models import Case, DecisionKind
from forum.errors import NotFound
from forum.policy import Permission
from forum.threads import service as threads
from moderation import screening
from moderation.cases import DUE_WITHIN
from moderation.screening import Level, Screening
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk


def test_the_most_pressing_case_stands_first_and_of_two_alike_the_one_that_is_due_first(
    desk: Desk, cast: Cast, clock
):
    for seconds, body in enumerate(["amber one", "red one", "crisis one", "red two", "crisis two"]):
        clock(seconds * 10)
        desk.case_about(body)
    levels = [row.level for row in queries.open_cases(cast.maya)]
    assert levels == [Level.CRISIS, Level.CRISIS, Level.RED, Level.RED, Level.AMBER]
    assert [row.id for row in queries.open_cases(cast.maya)] == [3, 5, 2, 4, 1]


def test_a_long_queue_is_read_page_by_page_without_a_gap(desk: Desk, cast: Cast, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    for body in ("amber one", "red one", "crisis one", "red two", "amber two"):
        desk.case_about(body)
    first = queries.open_cases(cast.maya)
    second = queries.open_cases(cast.maya, after=first[-1].id)
    third = queries.open_cases(cast.maya, after=second[-1].id)
    assert [row.id for row in first + second + third] == [3, 2, 4, 1, 5]


def test_a_row_says_what_it_is_about_in_plain_words_and_none_of_the_text(desk: Desk, cast: Cast, clock):
    desk.case_about("a secret that is red and red")
    clock(DUE_WITHIN[Level.RED].total_seconds() + 300)
    [row] = queries.open_cases(cast.maya)
    assert (row.author_name, row.space_name) == ("Ana", "Living with bipolar")
    assert row.categories == ["hopeless, or unable to go on"]
    assert (row.overdue, row.due_words) == (True, "due 5 minutes ago")
    assert "secret" not in repr(row)


def test_the_list_and_the_single_form_agree_over_the_whole_cast(desk: Desk, cast: Cast):
    here = desk.case_about("this is red")
    lea_id = cast.lea.user_id
    elsewhere = Case(space_id=cast.other_id, text_id=here.text_id, level=Level.RED, opened_at=here.opened_at,
                     due_at=here.due_at, closed_at=here.due_at)  # fmt: skip
    session.add(elsewhere)
    session.commit()
    for actor in cast.everybody:
        listed = set(session.scalars(select(Case.id).where(policy.desk_spaces(actor, Case.space_id))))
        for case in (here, elsewhere):
            assert policy.allows(actor, Permission.WORK_CASE, case) is (case.id in listed)
            if case.id not in listed:
                with pytest.raises(NotFound):
                    queries.case(actor, case.id)
        if actor.moderates:
            shown = {row.id for row in queries.open_cases(actor)}
            assert shown == ({here.id} if actor in cast.moderators else set())
        else:
            for ask in (queries.open_cases, queries.being_read):
                with pytest.raises(NotFound):
                    ask(actor)
    assert lea_id is not None


def test_a_moderator_of_another_community_finds_no_case_and_nothing_being_read(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    desk.said("this is crisis")
    assert queries.open_cases(cast.kim) == []
    assert queries.being_read(cast.kim) == []
    with pytest.raises(NotFound):
        queries.case(cast.kim, case.id)
    with pytest.raises(NotFound):
        queries.open_cases(cast.kim, after=case.id)


def test_dangerous_words_stand_on_the_desk_from_their_commit_on(desk: Desk, cast: Cast):
    post = desk.said("this is red", title="and this is crisis")
    desk.said("this is amber")
    first, second = queries.being_read(cast.maya)
    assert (first.level, second.level) == (Level.CRISIS, Level.RED)
    assert first.post_url == second.post_url == f"/threads/{post.thread_id}?after=0#post-{post.id}"
    desk.read()
    assert queries.being_read(cast.maya) == []
    assert len(queries.open_cases(cast.maya)) == 3


def test_words_that_got_worse_stand_there_although_an_older_case_is_open(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    post = desk.post_of(case)
    threads.edit(cast.ana, post.id, "this is red", 1)
    assert [text.level for text in queries.being_read(cast.maya)] == [Level.RED]
    desk.read()
    threads.edit(cast.ana, post.id, "this is still red", 2)
    assert queries.being_read(cast.maya) == []


def test_a_text_that_breaks_the_screener_stays_in_sight_all_the_time(desk: Desk, cast: Cast, monkeypatch):
    desk.said("this is crisis")
    monkeypatch.setattr(
        screening.Screener, "screen", staticmethod(lambda text: Screening(Level.GREEN, 0.0, (), "x"))
    )
    in_sight = len(queries.being_read(cast.maya)) + len(queries.open_cases(cast.maya))
    desk.read()
    assert in_sight == len(queries.being_read(cast.maya)) + len(queries.open_cases(cast.maya)) == 1


def test_a_case_shows_the_words_as_they_stood_and_the_conversation_as_it_is(desk: Desk, cast: Cast):
    case = desk.case_about("I said <b>red</b>")
    post = desk.post_of(case)
    threads.reply(cast.ben, post.thread_id, "I hear you", new_key())
    desk.edited(post, "better now")
    page = queries.case(cast.maya, case.id)
    assert page.signals[0].marked_html.startswith('I said &lt;b&gt;<mark id="signal-')
    assert [(f.number, f.words, f.reason) for f in page.signals[0].findings] == [
        (1, "hopeless, or unable to go on", "the word itself")]  # fmt: skip
    assert [view.html for view in page.around] == ["<p>better now</p>\n", "<p>I hear you</p>\n"]
    assert [rule.id for rule in page.rules] == cast.rule_ids


@pytest.mark.parametrize(("body", "shown"), [("this is amber", False), ("this is red", True)])
def test_withdrawn_words_stay_on_the_desk_while_a_case_is_open_and_after_red_longer(
    desk: Desk, cast: Cast, body, shown
):
    case = desk.case_about(body)
    fence = desk.claimed(case, cast.maya)
    threads.withdraw(cast.ana, desk.post_of(case).id)
    assert "this is" in queries.case(cast.maya, case.id).signals[0].marked_html
    service.decide(cast.maya, case.id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    [signal, *_] = queries.case(cast.maya, case.id).signals
    assert ("this is" in signal.marked_html) is shown


def test_a_closed_case_says_who_decided_what(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    service.decide(cast.maya, case.id, desk.claimed(case, cast.maya), DecisionKind.HIDE, rule_id=cast.rule_ids[0],
                   reason="it frightens", form_key=new_key())  # fmt: skip
    page = queries.case(cast.noor, case.id)
    [decision] = page.decisions
    assert (decision.by_name, decision.kind_words, decision.rule_title) == (
        "Maya", "Hid the post", "Share what helped me")  # fmt: skip
    assert page.case.closed_at is not None and not page.case.overdue
