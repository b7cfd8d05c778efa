"""A moderator sees more danger than the machine did."""

import pytest
from sqlalchemy import select

from forum.accounts.models import User
from forum.audit import AuditEntry
from forum.db import now, session
from forum.desk import service
from forum.desk.models import DecisionKind
from forum.errors import Conflict, Invalid
from forum.threads import service as threads
from moderation.cases import DUE_WITHIN
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.forum.desk.conftest import Desk


def test_a_raised_case_is_due_sooner_and_its_author_is_offered_care(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    fence = desk.claimed(case, cast.maya)
    service.raise_level(cast.maya, case.id, fence, Level.CRISIS)
    service.raise_level(cast.maya, case.id, fence, Level.CRISIS)  # the same form sent twice
    [case] = desk.cases()
    assert case.level is Level.CRISIS
    assert case.due_at <= now() + DUE_WITHIN[Level.CRISIS]
    assert desk.kinds(case) == ["screening", "moderator"]
    assert session.get_one(User, cast.ana.user_id).care_offered_at is not None
    entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "raise")).all()
    assert [(entry.by_id, entry.detail) for entry in entries] == [(cast.maya.user_id, "to crisis")]


def test_a_level_never_falls_and_only_the_holder_raises_it(desk: Desk, cast: Cast):
    case = desk.case_about("this is red")
    with pytest.raises(Conflict):
        service.raise_level(cast.maya, case.id, 0, Level.CRISIS)
    fence = desk.claimed(case, cast.maya)
    with pytest.raises(Invalid):
        service.raise_level(cast.maya, case.id, fence, Level.AMBER)
    with pytest.raises(Conflict):
        service.raise_level(cast.noor, case.id, fence, Level.CRISIS)
    assert desk.cases()[0].level is Level.RED


def test_an_edit_or_a_withdrawal_after_a_moderator_saw_danger_is_a_signal(desk: Desk, cast: Cast):
    case = desk.case_about("this is amber")
    fence = desk.claimed(case, cast.maya)
    service.raise_level(cast.maya, case.id, fence, Level.RED)
    service.decide(cast.maya, case.id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    desk.edited(desk.post_of(case), "all is well")
    threads.withdraw(cast.ana, desk.post_of(case).id)
    service.note_withdrawal(case.text_id)
    _, again = desk.cases()
    assert (again.level, desk.kinds(again)) == (Level.RED, ["edit", "withdrawal"])
