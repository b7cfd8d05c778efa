"""The people with power: a lead sees who they are, and resets a second factor that was lost; never a password."""

import pytest
from sqlalchemy import select

from forum.accounts import service as accounts
from forum.accounts.models import SecondFactor
from forum.audit import AuditEntry
from forum.db import now, session, transactional
from forum.errors import Denied, NotFound
from forum.policy import Actor
from forum.team import queries, service
from tests.forum.cast import PASSWORD


@transactional
def _switched_on(actor: Actor) -> None:
    assert actor.user_id is not None
    session.add(SecondFactor(user_id=actor.user_id, secret="kept", last_step=0, on_since=now()))


def _on() -> set[int]:
    session.rollback()
    return set(session.scalars(select(SecondFactor.user_id)))


def test_a_lead_sees_everybody_with_power_and_whether_a_code_is_asked_for(cast, browse):
    _switched_on(cast.maya)
    rows = {row.name: (row.leads, row.moderates, row.second_factor) for row in queries.people(cast.lea)}
    both = ("After a loss", "Living with bipolar")
    assert rows == {
        "Kim": (False, ("Carers",), False),
        "Lea": (True, (), False),
        "Maya": (False, both, True),
        "Noor": (False, both, False),
    }
    page = browse(cast.lea).get("/site/team")
    assert "Lea (you)" in page.text
    assert page.text.count("Reset the second factor") == 1
    assert 'type="password"' not in page.text


def test_a_reset_is_audited_ends_every_sign_in_and_lets_them_in_by_password(cast, browse):
    maya, lea = browse(cast.maya), browse(cast.lea)
    _switched_on(cast.maya)
    answer = lea.post(f"/site/team/{cast.maya.user_id}/second-factor/reset")
    assert answer.status_code == 303
    assert maya.get("/account").status_code == 303
    assert "Your second factor was reset" in maya.get("/log-in").text
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.by_id, entry.act, entry.thing, entry.thing_id) == (
        cast.lea.user_id,
        "reset_second_factor",
        "user",
        cast.maya.user_id,
    )
    assert accounts.log_in("Maya", PASSWORD).token
    lea.post(f"/site/team/{cast.maya.user_id}/second-factor/reset")
    assert len(session.scalars(select(AuditEntry)).all()) == 1, "the same form sent twice is one reset"


def test_nobody_resets_their_own_and_nobody_that_of_a_member(cast, browse):
    for person in (cast.lea, cast.ana):
        _switched_on(person)
    with pytest.raises(Denied):
        service.reset_second_factor(cast.lea, cast.lea.user_id)
    assert browse(cast.lea).post(f"/site/team/{cast.lea.user_id}/second-factor/reset").status_code == 403
    for user_id in (cast.ana.user_id, 999_999):
        with pytest.raises(NotFound):
            service.reset_second_factor(cast.lea, user_id)
    for actor in (cast.maya, cast.ana):
        with pytest.raises(NotFound):
            service.reset_second_factor(actor, cast.lea.user_id)
    assert _on() == {cast.lea.user_id, cast.ana.user_id}
