"""Closing a case: care cites no rule, hiding cites one and tells its author why, and nothing happens twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from forum import texts
from forum.accounts.models import User
from forum.audit import AuditEntry
from forum.db import session
from forum.desk import queries, service
from forum.desk.models import Decision, DecisionKind
from forum.errors import Conflict, Invalid, LogInFirst, NotFound
from forum.outbox import OutboxMessage
from forum.policy import STRANGER
from forum.threads import queries as thread_queries
from forum.threads import service as threads
from forum.threads.models import PostState, ThreadKind
from moderation.cases import HELD_FOR, CaseState
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk, together

HIDE, REACH_OUT, NOTHING = DecisionKind.HIDE, DecisionKind.REACH_OUT, DecisionKind.NOTHING_NEEDED


def topics() -> list[str]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage.topic).order_by(OutboxMessage.id)))


def test_nothing_needed_closes_the_case_and_tells_nobody_but_the_desk(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    decision = service.decide(cast.maya, case.id, desk.claimed(case, cast.maya), NOTHING, form_key=new_key())
    assert (decision.kind, decision.rule_id, decision.decided_by) == (NOTHING, None, cast.maya.user_id)
    [case] = desk.cases()
    assert case.state is CaseState.CLOSED and case.closed_at is not None and case.holder_id is None
    assert queries.open_cases(cast.maya) == []
    assert "team.wrote" not in topics()
    assert desk.post_of(case).state is PostState.PUBLISHED


def test_reaching_out_begins_a_private_thread_between_the_author_and_the_team(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    decision = service.decide(
        cast.maya,
        case.id,
        desk.claimed(case, cast.maya),
        REACH_OUT,
        message="How are you, Ana?",
        form_key=new_key(),
    )
    assert decision.thread_id is not None
    thread = thread_queries.thread(cast.ana, decision.thread_id)
    assert (thread.kind, thread.person_id) == (ThreadKind.REACH_OUT, cast.ana.user_id)
    [said] = thread_queries.posts_after(thread.id, 0, 20)
    assert (said.author_name, said.author_id) == ("The team", 0)
    assert [row.thread_id for row in queries.reach_outs(cast.ana)] == [thread.id]
    assert session.get_one(User, cast.ana.user_id).team_wrote_at is not None
    assert "team.wrote" in topics()
    for other in (cast.ben, cast.omar, cast.olu, cast.kim, STRANGER):
        with pytest.raises(NotFound):
            thread_queries.thread(other, thread.id)
        assert queries.reach_outs(other) == []


def test_hiding_cites_a_rule_and_only_its_author_reads_the_words_and_the_reason(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    service.decide(cast.maya, case.id, desk.claimed(case, cast.maya), HIDE, rule_id=cast.rule_ids[2],
                   reason="There is a **method** in it.", form_key=new_key())  # fmt: skip
    post = desk.post_of(case)
    view = thread_queries.view(post.id)
    assert view is not None
    assert (view[0].state, view[0].html, view[0].rule_title) == (
        PostState.HIDDEN,
        None,
        "No methods, no numbers",
    )
    own = thread_queries.own_post(cast.ana, post.id)
    assert own.text.current.body == "this is red"
    decision = queries.decision_about(own)
    assert decision is not None
    assert decision.rule_title == "No methods, no numbers"
    assert decision.reason_html == "<p>There is a <strong>method</strong> in it.</p>\n"
    assert queries.decisions_about(cast.ana) == [decision]
    assert queries.decisions_about(cast.ben) == []
    assert {"team.wrote", "post.changed"} <= set(topics())


def test_the_reason_is_screened_like_all_words(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    service.decide(cast.maya, case.id, desk.claimed(case, cast.maya), HIDE, rule_id=cast.rule_ids[2],
                   reason="because it says crisis", form_key=new_key())  # fmt: skip
    desk.read()
    about_reason = desk.cases()[-1]
    page = queries.case(cast.noor, about_reason.id)
    assert about_reason.level is Level.CRISIS
    assert (page.post_id, page.around, page.rules, page.can_hide) == (None, [], [], False)
    fence = desk.claimed(about_reason, cast.noor)
    with pytest.raises(Invalid, match="nothing here that hiding would change"):
        service.decide(
            cast.noor, about_reason.id, fence, HIDE, rule_id=cast.rule_ids[0], reason="x", form_key=new_key()
        )
    service.decide(cast.noor, about_reason.id, fence, NOTHING, form_key=new_key())


def test_hiding_what_a_title_says_hides_the_thread_s_opening(desk: Desk, cast: Cast):
    post = desk.said("see above", title="this is red")
    desk.read()
    [case] = desk.cases()
    service.decide(cast.maya, case.id, desk.claimed(case, cast.maya), HIDE, rule_id=cast.rule_ids[0],
                   reason="The title frightens.", form_key=new_key())  # fmt: skip
    own = thread_queries.own_post(cast.ana, post.id)
    assert own.state is PostState.HIDDEN
    assert queries.decision_about(own) is not None
    assert queries.decisions_about(cast.ana)[0].post_id == post.id


@pytest.mark.parametrize("kind", [NOTHING, REACH_OUT])
def test_care_that_cites_a_rule_is_refused(desk: Desk, cast: Cast, kind):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    with pytest.raises(Invalid, match="Care cites no rule") as refused:
        service.decide(
            cast.maya, case.id, fence, kind, rule_id=cast.rule_ids[0], message="Hello", form_key=new_key()
        )
    assert refused.value.field == "rule_id"


def test_what_is_missing_is_said_beside_its_field(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    refusals: list[tuple[DecisionKind, dict[str, Any], str]] = [
        (HIDE, {"reason": "because"}, "rule_id"),
        (HIDE, {"reason": "because", "rule_id": cast.other_rule_id}, "rule_id"),
        (HIDE, {"rule_id": cast.rule_ids[0], "reason": "  "}, "reason"),
        (REACH_OUT, {"message": ""}, "message"),
    ]
    for kind, given, field in refusals:
        with pytest.raises(Invalid) as refused:
            service.decide(cast.maya, case.id, fence, kind, form_key=new_key(), **given)
        assert refused.value.field == field
    assert desk.cases()[0].state is CaseState.OPEN
    assert desk.post_of(case).state is PostState.PUBLISHED


def test_the_same_form_sent_twice_is_one_decision(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence, key = desk.claimed(case, cast.maya), new_key()

    def send() -> int:
        return service.decide(cast.maya, case.id, fence, REACH_OUT, message="How are you?", form_key=key).id

    assert together([send, send, send]) == []
    assert send() == send()
    assert session.scalar(select(func.count(Decision.id))) == 1
    assert len(queries.reach_outs(cast.ana)) == 1


def test_an_old_form_with_other_words_is_not_taken_for_the_decision_that_was_made(desk: Desk, cast: Cast):
    case, key = desk.case_about("this is red"), new_key()
    fence = desk.claimed(case, cast.maya)
    service.decide(cast.maya, case.id, fence, REACH_OUT, message="How are you?", form_key=key)
    with pytest.raises(Conflict, match="Maya closed this case meanwhile"):
        service.decide(cast.maya, case.id, fence, REACH_OUT, message="Something else", form_key=key)
    other = desk.case_about("this is red")
    service.decide(cast.maya, other.id, desk.claimed(other, cast.maya), NOTHING, form_key=key)
    assert all(case.closed_at is not None for case in desk.cases())


def test_only_the_holder_decides(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    with pytest.raises(Conflict, match="Nobody holds this case"):
        service.decide(cast.maya, case.id, 0, NOTHING, form_key=new_key())
    fence = desk.claimed(case, cast.maya)
    with pytest.raises(Conflict, match="Maya holds this case"):
        service.decide(cast.noor, case.id, fence, NOTHING, form_key=new_key())


def test_a_decision_with_an_older_fence_is_refused_and_changes_nothing(desk: Desk, cast: Cast, clock):
    case = desk.case_about("this is crisis")
    fence = desk.claimed(case, cast.maya)
    clock(HELD_FOR[Level.CRISIS].total_seconds() + 1)
    new_fence = desk.claimed(case, cast.noor)
    with pytest.raises(Conflict, match="Noor holds this case"):
        service.decide(cast.maya, case.id, fence, REACH_OUT, message="Hello", form_key=new_key())
    assert queries.reach_outs(cast.ana) == []
    service.decide(cast.noor, case.id, new_fence, NOTHING, form_key=new_key())
    with pytest.raises(Conflict, match="Noor closed this case meanwhile"):
        service.decide(cast.maya, case.id, fence, REACH_OUT, message="Hello", form_key=new_key())


def test_a_claim_that_lapsed_and_that_nobody_took_still_counts(desk: Desk, cast: Cast, clock):
    case = desk.case_about("this is crisis")
    fence = desk.claimed(case, cast.maya)
    clock(HELD_FOR[Level.CRISIS].total_seconds() + 600)
    service.decide(
        cast.maya, case.id, fence, REACH_OUT, message="Sorry, this took a while.", form_key=new_key()
    )
    assert len(queries.reach_outs(cast.ana)) == 1


def test_a_post_that_its_author_withdrew_meanwhile_is_not_hidden(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    threads.withdraw(cast.ana, desk.post_of(case).id)
    assert not queries.case(cast.maya, case.id).can_hide
    with pytest.raises(Invalid, match="withdrawn or hidden already"):
        service.decide(
            cast.maya, case.id, fence, HIDE, rule_id=cast.rule_ids[0], reason="x", form_key=new_key()
        )
    assert queries.decisions_about(cast.ana) == []
    assert session.scalars(select(texts.Text).where(texts.Text.kind == texts.TextKind.REASON)).all() == []


def test_hiding_and_withdrawing_at_the_same_moment_never_lock_each_other_out(desk: Desk, cast: Cast):
    for _ in range(3):
        post = desk.said("this is red")
        post_id, text_id = post.id, post.text_id
        desk.read()
        case = desk.cases()[-1]
        case_id, fence = case.id, desk.claimed(case, cast.maya)

        def hide(case_id: int = case_id, fence: int = fence) -> None:
            service.decide(
                cast.maya, case_id, fence, HIDE, rule_id=cast.rule_ids[0], reason="x", form_key=new_key()
            )

        calls: list[Callable[[], object]] = [
            hide,
            partial(threads.withdraw, cast.ana, post_id),
            partial(service.note_withdrawal, text_id),
        ]
        assert [one for one in together(calls) if not isinstance(one, Invalid)] == []


def test_nobody_reaches_out_to_themselves(desk: Desk, cast: Cast):
    case = desk.case_about("this is red", by=cast.maya)
    assert not queries.case(cast.maya, case.id).can_reach_out
    with pytest.raises(Invalid, match="your own words"):
        service.decide(
            cast.maya, case.id, desk.claimed(case, cast.maya), REACH_OUT, message="Hello", form_key=new_key()
        )


def test_every_use_of_power_leaves_an_entry_without_a_word_of_anyones_text(desk: Desk, cast: Cast):
    given: dict[DecisionKind, dict[str, Any]] = {
        REACH_OUT: {"message": "private words"},
        HIDE: {"rule_id": cast.rule_ids[1], "reason": "private words"},
    }
    for kind in DecisionKind:
        case = desk.case_about("this is amber")
        fence = desk.claimed(case, cast.maya)
        service.decide(cast.maya, case.id, fence, kind, form_key=new_key(), **given.get(kind, {}))
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.by_id, entry.act, entry.thing, entry.thing_id, entry.space_id) == (
            cast.maya.user_id, kind.value, "case", case.id, cast.space_id)  # fmt: skip
        assert "words" not in entry.detail
    assert entry is not None and entry.detail == f"fence {fence} rule {cast.rule_ids[1]}"


def test_a_member_gives_words_to_the_team_once_and_they_make_a_case(desk: Desk, cast: Cast):
    key = new_key()
    post = service.write_to_team(cast.ana, cast.slug, "this is crisis", key)
    post_id, thread_id = post.id, post.thread_id
    assert service.write_to_team(cast.ana, cast.slug, "this is crisis", key).id == post_id
    desk.read()
    thread = thread_queries.thread(cast.noor, thread_id)
    assert (thread.kind, thread.person_id) == (ThreadKind.REACH_OUT, cast.ana.user_id)
    [case] = desk.cases()
    page = queries.case(cast.maya, case.id)
    assert (page.post_id, page.can_hide, page.can_reach_out) == (post_id, False, True)


def test_the_same_words_sent_to_the_team_twice_at_once_are_one_thread(desk: Desk, cast: Cast):
    key = new_key()
    assert together([lambda: service.write_to_team(cast.ana, cast.slug, "please read this", key)] * 4) == []
    assert len(queries.reach_outs(cast.ana)) == 1


def test_whoever_has_an_account_may_write_to_a_team_and_a_visitor_is_asked_to_log_in(cast: Cast):
    assert service.write_to_team(cast.olu, cast.slug, "hello", new_key()).author_id == cast.olu.user_id
    with pytest.raises(LogInFirst):
        service.write_to_team(STRANGER, cast.slug, "hello", new_key())
    with pytest.raises(NotFound):
        service.write_to_team(cast.ana, "nowhere", "hello", new_key())


def test_what_the_team_wrote_is_new_until_it_was_opened(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    service.decide(
        cast.maya, case.id, desk.claimed(case, cast.maya), REACH_OUT, message="Hello", form_key=new_key()
    )
    service.opened_from_team(cast.ben)
    assert session.get_one(User, cast.ana.user_id).team_wrote_at is not None
    service.opened_from_team(cast.ana)
    session.rollback()
    assert session.get_one(User, cast.ana.user_id).team_wrote_at is None


def test_a_person_may_raise_a_level_and_then_the_author_is_offered_care(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    post, fence = desk.post_of(case), desk.claimed(case, cast.maya)
    assert session.get_one(User, cast.ana.user_id).care_post_id is None
    service.raise_level(cast.maya, case.id, fence, Level.CRISIS)
    service.raise_level(cast.maya, case.id, fence, Level.CRISIS)  # the same form sent twice
    [raised] = desk.cases()
    assert raised.level is Level.CRISIS and raised.due_at < case.due_at
    assert desk.kinds(raised) == ["screening", "moderator"]
    assert session.get_one(User, cast.ana.user_id).care_post_id == post.id
    assert topics().count("care.offered") == 1
    with pytest.raises(Invalid):
        service.raise_level(cast.maya, case.id, fence, Level.RED)
    with pytest.raises(Conflict):
        service.raise_level(cast.lea, case.id, fence, Level.RED)
    with pytest.raises(NotFound):
        service.raise_level(cast.ana, case.id, fence, Level.CRISIS)


def test_what_a_person_says_to_the_team_is_always_answered_by_somebody(desk: Desk, cast: Cast):
    opening = service.write_to_team(cast.ana, cast.slug, "Could somebody explain rule two to me?", new_key())
    thread_id = opening.thread_id
    desk.read()
    [case] = desk.cases()
    assert (case.level, desk.kinds(case)) == (Level.AMBER, ["to_team"])
    fence = desk.claimed(case, cast.maya)
    decision = service.decide(cast.maya, case.id, fence, REACH_OUT, message="Of course.", form_key=new_key())
    assert decision.thread_id == thread_id, "the answer goes on in the same thread"
    assert session.get_one(User, cast.ana.user_id).team_wrote_at is not None
    desk.read()
    assert len(desk.cases()) == 1, "the team's own words ask nobody to look"
    service.opened_from_team(cast.ana)
    threads.reply(cast.maya, thread_id, "One more thing.", new_key())
    session.rollback()
    assert session.get_one(User, cast.ana.user_id).team_wrote_at is not None
