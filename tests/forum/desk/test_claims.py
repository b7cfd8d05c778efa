"""A case is in one pair of hands at a time, and nobody's silence keeps it there."""

from functools import partial

import pytest
from sqlalchemy import select

from forum.audit import AuditEntry
from forum.db import now, session
from forum.desk import queries, service
from forum.desk.models import DecisionKind
from forum.errors import Conflict, NotFound
from forum.outbox import OutboxMessage
from moderation.cases import HELD_FOR
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk, together


def acts(case) -> list[tuple[int | None, str]]:
    session.rollback()
    entries = select(AuditEntry).where(AuditEntry.thing == "case", AuditEntry.thing_id == case.id)
    return [(entry.by_id, entry.act) for entry in session.scalars(entries.order_by(AuditEntry.id))]


def test_whoever_claims_a_case_holds_it_for_as_long_as_its_level_says(desk: Desk, cast: Cast):
    case = desk.case_about("this is crisis")
    held = service.claim(cast.maya, case.id)
    assert held.holder_id == cast.maya.user_id
    assert held.held_until is not None
    assert HELD_FOR[Level.CRISIS].total_seconds() - 5 < (held.held_until - now()).total_seconds() <= 180
    assert acts(case) == [(cast.maya.user_id, "claim")]


def test_of_two_moderators_who_claim_at_the_same_moment_one_has_it_and_the_other_learns_who(
    desk: Desk, cast: Cast
):
    case = desk.case_about("this is crisis")
    case_id, both = case.id, (cast.maya, cast.noor)
    raised = together([partial(service.claim, actor, case_id) for actor in both])
    session.rollback()
    row = queries.open_cases(cast.lea)[0]
    assert row.held_by in ("Maya", "Noor")
    assert [type(refusal) for refusal in raised] == [Conflict]
    assert f"{row.held_by} holds this case: for 2 minutes more" in str(raised[0])
    assert len(acts(case)) == 1


def test_claiming_a_case_of_ones_own_prolongs_it_and_keeps_the_fence(desk: Desk, cast: Cast, clock):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    clock(60)
    again = service.claim(cast.maya, case.id)
    assert again.fence == fence
    assert again.held_until is not None
    assert again.held_until > now() + HELD_FOR[Level.RED] * 0.9
    assert acts(case) == [(cast.maya.user_id, "claim")]


def test_a_claim_that_lapsed_can_be_taken_and_the_queue_says_that_nobody_holds_it(
    desk: Desk, cast: Cast, clock
):
    case = desk.case_about("this is crisis")
    fence = desk.claimed(case, cast.maya)
    with pytest.raises(Conflict, match="Maya holds this case"):
        service.claim(cast.noor, case.id)
    clock(HELD_FOR[Level.CRISIS].total_seconds() + 1)
    assert queries.open_cases(cast.noor)[0].held_by is None
    assert desk.claimed(case, cast.noor) == fence + 1


def test_the_queue_says_who_holds_what_and_what_is_ones_own(desk: Desk, cast: Cast):
    desk.claimed(desk.case_about("this is red"), cast.maya)
    assert [(row.held_by, row.held_by_me) for row in queries.open_cases(cast.noor)] == [("Maya", False)]
    assert [(row.held_by, row.held_by_me) for row in queries.open_cases(cast.maya)] == [("Maya", True)]


def test_a_case_that_is_given_back_is_free_at_once(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    service.release(cast.maya, case.id, fence)
    service.release(cast.maya, case.id, fence)  # the same form sent twice
    assert desk.claimed(case, cast.noor) == fence + 1
    assert [act for _, act in acts(case)] == ["claim", "release", "claim"]


def test_nobody_gives_back_what_another_holds(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    with pytest.raises(Conflict, match="Maya holds this case"):
        service.release(cast.noor, case.id, fence)


def test_a_closed_case_cannot_be_claimed(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    service.decide(
        cast.maya, case.id, desk.claimed(case, cast.maya), DecisionKind.NOTHING_NEEDED, form_key=new_key()
    )
    with pytest.raises(Conflict, match="closed"):
        service.claim(cast.noor, case.id)


def test_the_desk_is_told_of_every_change(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    service.release(cast.maya, case.id, fence)
    session.rollback()
    told = (
        select(OutboxMessage.payload).where(OutboxMessage.topic == "case.changed").order_by(OutboxMessage.id)
    )
    assert [(event["case_id"], event["change"]) for event in session.scalars(told)] == [
        (case.id, "opened"), (case.id, "claimed"), (case.id, "released")]  # fmt: skip


def test_for_everybody_else_there_is_no_case_to_claim(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    fence = desk.claimed(case, cast.maya)
    for actor in cast.everybody:
        if actor not in cast.moderators:
            with pytest.raises(NotFound):
                service.claim(actor, case.id)
            with pytest.raises(NotFound):
                service.release(actor, case.id, fence)
            with pytest.raises(NotFound):
                service.decide(actor, case.id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())
            with pytest.raises(NotFound):
                service.raise_level(actor, case.id, fence, Level.CRISIS)
    assert len(acts(case)) == 1
