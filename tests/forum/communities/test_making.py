"""A lead makes communities, describes them and says who looks after them; everybody else finds nothing there."""

from threading import Event, Thread

import pytest
from sqlalchemy import select

from forum import login
from forum.accounts import service as accounts
from forum.accounts.models import User
from forum.agreements import queries as agreements
from forum.agreements import service as joining
from forum.agreements.models import Acceptance
from forum.audit import AuditEntry
from forum.communities import service
from forum.communities.service import Description, Plan
from forum.db import session
from forum.errors import Invalid, NotFound
from forum.outbox import OutboxMessage
from forum.policy import STRANGER
from forum.spaces.models import Membership, Role, Space
from tests.forum.browsing import fields_of
from tests.forum.cast import Cast

PURPOSE, FOR_WHOM = "A place to put down what you carry.", "For people who look after somebody."


def plan(name: str = "Night owls", **more) -> Plan:
    return Plan(name, PURPOSE, FOR_WHOM, **more)


def as_they_are(actor):
    session.rollback()
    return login.actor_of(session.get_one(User, actor.user_id))


def test_a_community_begins_with_an_agreement_and_those_who_look_after_it(cast: Cast):
    space = service.make(cast.lea, plan("Für Nachteulen & Co.", moderators=[" maya "], organisers=["Omar"]))
    assert (space.slug, space.is_open, space.minimum_age) == ("fur-nachteulen-co", True, None)
    assert len(agreements.version_in_force(space.id).rules) == 4
    roles = select(Membership.user_id, Membership.role).where(Membership.space_id == space.id)
    assert dict(session.execute(roles).all()) == {
        cast.maya.user_id: Role.MODERATOR,
        cast.omar.user_id: Role.ORGANISER,
    }
    acts = session.execute(
        select(AuditEntry.by_id, AuditEntry.act, AuditEntry.detail).where(AuditEntry.space_id == space.id)
    ).all()
    assert acts == [
        (cast.lea.user_id, "create", ""),
        (cast.lea.user_id, "give_role", "organiser"),
        (cast.lea.user_id, "give_role", "moderator"),
    ]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (plan("  "), "name"),
        (plan("x" * 81), "name"),
        (Plan("Owls", " ", FOR_WHOM), "purpose"),
        (Plan("Owls", PURPOSE, ""), "for_whom"),
        (plan(minimum_age=17), "minimum_age"),
        (plan(minimum_age=100), "minimum_age"),
        (plan("夜更かし"), "slug"),
        (plan(slug="Not an address"), "slug"),
        (plan("Carers"), "slug"),
        (plan(moderators=["Maia"]), "moderators"),
        (plan(organisers=["Maya", "Nobody"]), "organisers"),
        (plan(organisers=["Maya"], moderators=["MAYA"]), "moderators"),
        (plan(rules=[]), "rules"),
    ],
)
def test_what_cannot_be_taken_is_said_by_its_field_and_nothing_is_made(cast: Cast, wish: Plan, field: str):
    with pytest.raises(Invalid) as refused:
        service.make(cast.lea, wish)
    assert refused.value.field == field
    assert set(session.scalars(select(Space.slug))) == {cast.slug, cast.other_slug, cast.private_slug}


def test_only_a_lead_makes_or_changes_a_community(cast: Cast):
    for actor in (cast.ana, cast.maya, cast.omar, STRANGER):
        with pytest.raises(NotFound):
            service.make(actor, plan())
        with pytest.raises(NotFound):
            service.describe(actor, cast.slug, Description("Mine", PURPOSE, FOR_WHOM))
        with pytest.raises(NotFound):
            service.give_role(actor, cast.slug, "Olu", Role.MODERATOR)


def test_a_community_that_is_closed_has_a_new_audience_at_once(cast: Cast):
    closed = Description("Living with bipolar", PURPOSE, FOR_WHOM, is_open=False, minimum_age=18)
    space = service.describe(cast.lea, cast.slug, closed)
    assert (space.is_open, space.audience_epoch, space.minimum_age) == (False, 2, None)
    assert _topics() == ["audience.changed"]
    service.describe(cast.lea, cast.slug, closed)
    opened = service.describe(cast.lea, cast.slug, Description("Living with bipolar", PURPOSE, FOR_WHOM))
    assert opened.audience_epoch == 2, "nobody loses anything when it opens"
    changes = select(AuditEntry.detail).where(AuditEntry.act == "describe").order_by(AuditEntry.id)
    assert session.scalars(changes).all() == ["purpose for_whom is_open", "is_open"]


def test_a_role_is_given_and_taken_and_whoever_loses_the_desk_hears_no_more(cast: Cast, browse):
    browser = browse(cast.ben)
    assert "Log out" in browser.get("/").text
    service.give_role(cast.lea, cast.slug, "Ben", Role.MODERATOR)
    assert "Log out" not in browser.get("/").text, "who has other rights logs in again"
    service.give_role(cast.lea, cast.slug, "Ben", Role.MODERATOR)
    assert as_they_are(cast.ben).moderates
    assert "audience.changed" not in _topics()
    space = service.give_role(cast.lea, cast.slug, "Ben", Role.MEMBER)
    assert not as_they_are(cast.ben).moderates
    assert space.audience_epoch == 2
    assert "audience.changed" in _topics()
    service.give_role(cast.lea, cast.slug, "Olu", Role.ORGANISER)
    assert as_they_are(cast.olu).memberships == {cast.space_id: Role.ORGANISER}
    given = select(AuditEntry.detail).where(AuditEntry.act == "give_role").order_by(AuditEntry.id)
    assert session.scalars(given).all() == ["moderator", "member", "organiser"]
    with pytest.raises(Invalid, match="Nobody here is called"):
        service.give_role(cast.lea, cast.slug, "Somebody", Role.MODERATOR)


def test_an_age_above_the_sites_is_asked_for_when_joining_and_kept_with_the_yes(cast: Cast, browse):
    slug = service.make(cast.lea, plan(minimum_age=25)).slug
    with pytest.raises(Invalid, match="25 or older") as refused:
        joining.join(cast.olu, slug, 1)
    assert refused.value.field == "age"
    browser, join = browse(cast.olu), f"/communities/{slug}/join"
    page = browser.get(join)
    assert "I am 25 or older" in page.text
    form = fields_of(page, join)
    assert browser.post(join, data=form | {"age": ""}).status_code == 422
    assert browser.post(join, data=form).status_code == 303
    stated = select(Acceptance.age_stated).where(Acceptance.user_id == cast.olu.user_id)
    assert session.scalars(stated).all() == [25]
    joining.join(cast.olu, cast.slug, 1)
    assert session.scalars(stated.order_by(Acceptance.id)).all() == [25, None]


def test_the_form_makes_a_community_and_a_mistake_keeps_what_was_typed(cast: Cast, browse):
    browser = browse(cast.lea)
    form = fields_of(browser.get("/site/communities/new"), "/site/communities")
    typed = {"name": "Night <owls>", "purpose": PURPOSE, "for_whom": FOR_WHOM, "reading": "members"}
    wrong = browser.post(
        "/site/communities", data=form | typed | {"moderators": "Maia", "rule-1-title": "Kindness first"}
    )
    assert wrong.status_code == 422
    again = fields_of(wrong, "/site/communities")
    assert (again["name"], again["purpose"], again["moderators"]) == ("Night <owls>", PURPOSE, "Maia")
    assert again["rule-1-title"] == "Kindness first"
    made = browser.post("/site/communities", data=again | {"reading": "members", "moderators": "Maya\nNoor"})
    assert made.headers["Location"] == "/site/communities/night-owls/settings"
    assert "<b>Maya</b>, moderator" in browser.get(made.headers["Location"]).text
    assert "Kindness first" in browser.get("/communities/night-owls/agreement").text
    assert "Only members can read" in browse(STRANGER).get("/communities/night-owls").text


def test_a_community_without_a_moderator_says_so_to_the_lead(cast: Cast, browse):
    service.make(cast.lea, plan())
    browser = browse(cast.lea)
    for page in ("/site/communities", "/site/communities/night-owls/settings"):
        assert "Nobody moderates this community" in browser.get(page).text


def test_nobody_but_a_lead_finds_the_pages(cast: Cast, browse):
    for actor in (cast.ana, cast.maya, STRANGER):
        browser = browse(actor)
        for path in ("", "/new", f"/{cast.slug}/settings", "/missing/settings"):
            assert browser.get(f"/site/communities{path}").status_code == 404
        for path in ("", f"/{cast.slug}/settings", f"/{cast.slug}/roles"):
            assert browser.post(f"/site/communities{path}", data={"name": "x"}).status_code == 404


def _topics() -> list[str]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage.topic).order_by(OutboxMessage.id)))


def test_who_joins_while_a_lead_gives_them_a_role_has_it_and_nobody_sees_trouble(cast: Cast, monkeypatch):
    """Neither finds them a member yet when they look."""
    rights_changed, troubles, done = accounts.rights_changed, [], Event()

    def join() -> None:
        try:
            joining.join(cast.olu, cast.slug, 1)
        except Exception as trouble:
            troubles.append(trouble)
        done.set()
        session.remove()

    joins = Thread(target=join)

    def while_they_join(user_id: int) -> None:
        joins.start()
        done.wait(0.3)
        rights_changed(user_id)

    monkeypatch.setattr(accounts, "rights_changed", while_they_join)
    service.give_role(cast.lea, cast.slug, "Olu", Role.MODERATOR)
    joins.join(timeout=20)
    assert troubles == []
    session.rollback()
    roles = select(Membership.role).where(
        Membership.user_id == cast.olu.user_id, Membership.space_id == cast.space_id
    )
    assert session.scalars(roles).all() == [Role.MODERATOR]
