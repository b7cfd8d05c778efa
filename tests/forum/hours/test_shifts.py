"""Somebody of the team says until when they are here: it is told truly, everywhere, and to nobody who they are."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from forum import db, outbox
from forum.accounts import service as accounts
from forum.accounts import sign_ins
from forum.accounts.models import EndedBecause, SignIn
from forum.db import now, session, transactional
from forum.errors import Invalid, NotFound
from forum.events import CoverChanged, Event, SignInEnded
from forum.hours import queries, service
from forum.hours.cover import NOBODY, stated_hours
from forum.hours.models import Shift
from forum.policy import STRANGER, Actor
from forum.site import queries as site
from forum.spaces.models import Membership
from tests.forum import cast as people
from tests.forum.cast import Cast

DAY = stated_hours("08:00", "23:00", "Europe/London")


@pytest.fixture
def clock(database: str, tmp_path: Path) -> Callable[[float], object]:
    """Moves the one clock so many seconds ahead."""
    path = tmp_path / "clock"
    db.connect(database, str(path))
    return lambda seconds: path.write_text(str(seconds))


@pytest.fixture
def team(app, cast: Cast) -> Cast:
    """Everybody, with moderators and a lead who are logged in."""
    for actor in (cast.maya, cast.noor, cast.kim, cast.lea):
        people.log_in(app.test_client(), actor)
    queries.forget()
    return cast


def in_hours(hours: float) -> str:
    return f"{now() + timedelta(hours=hours):%Y-%m-%dT%H:%MZ}"


def told() -> list[Event]:
    """What the relay would carry, and it is carried."""
    events: list[Event] = []
    outbox.carry(events.append)
    return events


def is_here() -> bool:
    """As a page says it, and as an open page is told."""
    session.rollback()
    as_told = queries.cover_as_saved()
    queries.forget()
    assert queries.cover().here == as_told.here
    return as_told.is_here


def test_a_lead_is_here_for_every_community_until_they_leave(team):
    assert not is_here()
    service.be_here(team.lea, in_hours(2))
    assert is_here()
    assert [one.name for one in queries.colleagues(team.maya)] == ["Lea"]
    service.leave(team.lea)
    assert not is_here()
    service.leave(team.lea)
    assert told() == [CoverChanged("here"), CoverChanged("gone")], "leaving twice is leaving once"


def test_a_moderator_is_here_for_their_communities_and_not_for_others(team):
    service.be_here(team.maya, in_hours(2))
    assert not is_here(), "nobody is for the community that Kim moderates"
    assert "of Living with bipolar until" in queries.cover().here
    assert "Carers" not in queries.cover().here
    service.be_here(team.kim, in_hours(3))
    assert is_here()
    for name in ("Maya", "Kim"):
        assert name not in str(queries.told(queries.cover())), "pages do not say who"


def test_it_lapses_by_the_clock_without_anybody_doing_anything(team, clock):
    service.be_here(team.lea, in_hours(2))
    assert is_here()
    clock(2 * 3600 + 1)
    assert not is_here()
    assert queries.colleagues(team.lea) == []
    service.be_here(team.lea, in_hours(1))
    assert is_here()
    session.rollback()
    first, second = session.scalars(select(Shift).order_by(Shift.id))
    assert first.ended_at == first.until, "it ended when it said it would"
    assert second.ended_at is None


def test_said_anew_the_new_time_counts_and_the_same_form_twice_is_one(team):
    service.be_here(team.lea, in_hours(4))
    later = in_hours(2)
    service.be_here(team.lea, later)
    service.be_here(team.lea, later)
    (one,) = queries.colleagues(team.lea)
    assert f"{one.until:%Y-%m-%dT%H:%MZ}" == later
    assert len(session.scalars(select(Shift)).all()) == 2
    assert len(told()) == 2


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01T10:00Z", "2026-02-30T10:00Z", "23:00"])
def test_a_time_that_is_none_or_over_is_refused_where_it_was_chosen(team, until):
    with pytest.raises(Invalid) as refusal:
        service.be_here(team.lea, until)
    assert refusal.value.field == "until"
    assert told() == []


def test_nobody_says_to_be_here_for_longer_than_twelve_hours(team):
    with pytest.raises(Invalid, match="twelve hours"):
        service.be_here(team.lea, in_hours(13))


def test_who_has_no_desk_is_never_here(team):
    for actor in (team.ana, team.omar, team.olu, STRANGER):
        for act in (
            lambda actor=actor: service.be_here(actor, in_hours(1)),
            lambda actor=actor: service.leave(actor),
        ):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(NotFound):
            queries.colleagues(actor)


def test_who_logs_out_everywhere_is_not_here(team):
    service.be_here(team.lea, in_hours(2))
    sign_in = _signed_in(team.lea)
    told()
    transactional(sign_ins.end_all)(team.lea.user_id, EndedBecause.LOGGED_OUT)
    assert not is_here(), "at once, and not only when the relay came by"
    ended = [event for event in told() if isinstance(event, SignInEnded)]
    assert sign_in in [event.sign_in_id for event in ended]
    for event in ended * 2:
        service.left_by_logging_out(event.sign_in_id)
    assert told() == [CoverChanged("gone")]


def test_who_is_still_logged_in_elsewhere_stays_here(team, app):
    people.log_in(app.test_client(), team.lea)
    service.be_here(team.lea, in_hours(2))
    told()
    sign_in = _signed_in(team.lea)
    sign_ins.log_out(sign_in)
    service.left_by_logging_out(sign_in)
    assert is_here()


def test_who_loses_their_role_is_not_here_for_it_any_more(team):
    service.be_here(team.maya, in_hours(2))
    assert "Living with bipolar" in queries.cover().here
    _moderates_no_more(team.maya)
    assert not is_here()
    assert queries.cover().here == NOBODY


def test_while_the_database_is_away_nobody_is_claimed_to_be_here_for_long(team, monkeypatch):
    service.be_here(team.lea, in_hours(2))
    assert is_here()
    monkeypatch.setattr(queries, "COUNTS_FOR", -1.0)
    assert queries.cover().here == NOBODY


def test_the_choices_are_half_hours_and_suggest_the_end_of_the_stated_hours():
    found = queries.choices(datetime(2026, 1, 15, 19, 10, tzinfo=UTC), DAY)
    assert (found[0].value, found[0].words) == ("2026-01-15T19:30Z", "19:30 tonight")
    (suggested,) = [choice for choice in found if choice.suggested]
    assert suggested.words == "23:00 tonight, when the stated hours end"
    assert found[-1].words == "06:30 tomorrow"


def test_at_night_two_hours_are_suggested_and_no_two_choices_read_alike_where_clocks_go_back():
    found = queries.choices(datetime(2026, 10, 24, 23, 5, tzinfo=UTC), DAY)
    assert len({choice.words for choice in found}) == len(found)
    assert "01:30 this morning" in [choice.words for choice in found]
    assert "01:30 this morning, after the clocks went back" in [choice.words for choice in found]
    assert [choice.value for choice in found if choice.suggested] == ["2026-10-25T01:00Z"]


def test_a_moderator_says_it_on_the_desk_and_every_page_says_until_when(team, browse, visitor):
    lea = browse(team.lea)
    assert NOBODY in visitor.get("/").text
    choice = queries.choices(now(), site.facts().hours)[3]
    assert lea.post("/desk/shift", data={"until": choice.value}).headers["Location"] == "/desk"
    assert "You are here until" in lea.get("/desk").text
    for path in ("/", "/help", f"/communities/{team.slug}"):
        page = visitor.get(path).text
        assert "Moderators are here until" in page, path
        assert "Lea " not in page and "Lea<" not in page
    assert lea.post("/desk/shift/end").status_code == 303
    assert NOBODY in visitor.get("/").text
    assert visitor.get("/cover").json["is_here"] is False


def test_while_nobody_is_here_the_front_page_says_who_is_awake(team, browse, visitor):
    assert "<p data-cover-nobody>Awake now: Samaritans and Shout." in visitor.get("/").text
    service.be_here(team.lea, in_hours(2))
    assert "<p data-cover-nobody hidden>Awake now" in visitor.get("/").text


def test_a_time_that_is_over_comes_back_to_the_desk_with_its_reason(team, browse):
    answer = browse(team.maya).post("/desk/shift", data={"until": "2020-01-01T10:00Z"})
    assert answer.status_code == 422
    assert "That time is over by now" in answer.text


@transactional
def _moderates_no_more(actor: Actor) -> None:
    for membership in session.scalars(select(Membership).where(Membership.user_id == actor.user_id)):
        membership.ended_at = now()
    accounts.tell(actor.user_id or 0)


def _signed_in(actor: Actor) -> int:
    session.rollback()
    living = select(SignIn.id).where(SignIn.user_id == actor.user_id, SignIn.ended_at.is_(None))
    return session.scalars(living.order_by(SignIn.id)).all()[0]
