"""An archived community was announced, takes no new words, and loses nothing: not the desk, not the way to the team."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from forum.agreements import service as agreements
from forum.audit import AuditEntry
from forum.communities import service
from forum.db import now, session, transactional
from forum.desk import queries as desk
from forum.desk import service as working
from forum.desk.models import Case, DecisionKind
from forum.errors import Denied, Invalid
from forum.policy import STRANGER
from forum.spaces import service as spaces
from forum.spaces.models import Space
from forum.texts import Screening
from forum.threads import service as threads
from tests.forum.browsing import fields_of
from tests.forum.cast import Cast, new_key

LONDON = ZoneInfo("Europe/London")
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
WHY = "Few people come here now."


def _announced(cast: Cast, days: int = 14) -> Space:
    day = (now() + timedelta(days=days)).date().isoformat()
    return service.announce_archive(cast.lea, cast.slug, day, LONDON, WHY)


@transactional
def _the_day_comes(cast: Cast) -> None:
    session.get_one(Space, cast.space_id).archive_at = now() - timedelta(minutes=1)


def test_until_the_day_comes_people_write_on_and_are_told(cast: Cast, browse):
    _announced(cast)
    talk = threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id
    for path in (f"/communities/{cast.slug}", f"/threads/{talk}", f"/communities/{cast.slug}/threads/new"):
        page = browse(cast.ana).get(path).text
        assert "This community will be archived" in page
        assert WHY in page


def test_from_the_day_on_nothing_new_is_written_and_the_rest_goes_on(cast: Cast, browse):
    post = threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key())
    _announced(cast)
    _the_day_comes(cast)
    for write in (
        lambda: threads.reply(cast.ben, post.thread_id, "More", new_key()),
        lambda: threads.start(cast.ben, cast.slug, "Evenings", "Tea.", new_key()),
        lambda: agreements.join(cast.olu, cast.slug, 1),
    ):
        with pytest.raises(Denied, match="archived"):
            write()
    assert threads.edit(cast.ana, post.id, "Kettle second.", 1).edited_at
    assert "is archived" in browse(STRANGER).get(f"/threads/{post.thread_id}").text
    said = working.write_to_team(cast.ben, cast.slug, "Where do I go now?", new_key())
    threads.reply(cast.maya, said.thread_id, "Carers is open to you.", new_key())
    threads.withdraw(cast.ana, post.id)
    spaces.leave(cast.ben, cast.slug)


def test_words_of_danger_that_an_archive_stops_can_go_to_the_team(cast: Cast, browse):
    _announced(cast)
    _the_day_comes(cast)
    browser, start = browse(cast.ben), f"/communities/{cast.slug}/threads"
    page = browser.post(start, data={"title": "Tonight", "body": CRISIS, "form_key": new_key()})
    assert page.status_code == 403
    assert fields_of(page, start)["body"] == CRISIS
    to_team = fields_of(page, f"/communities/{cast.slug}/team")
    assert to_team["body"] == f"Tonight\n\n{CRISIS}"
    assert browser.post(f"/communities/{cast.slug}/team", data=to_team).status_code == 303


def test_the_desk_goes_on_with_what_is_open(cast: Cast, browse):
    threads.start(cast.ben, cast.slug, "Mornings", CRISIS, new_key())
    for reading in session.scalars(select(Screening.id)).all():
        working.screen(reading)
    told = browse(cast.lea).get(f"/site/communities/{cast.slug}/settings").text
    assert "1 case is open there" in told
    _announced(cast)
    _the_day_comes(cast)
    (row,) = desk.open_cases(cast.maya)
    fence = working.claim(cast.maya, row.id).fence
    working.decide(cast.maya, row.id, fence, DecisionKind.REACH_OUT, message="I am here.", form_key=new_key())
    assert session.get_one(Case, row.id).closed_at


def test_the_day_must_be_after_today_and_the_reason_is_said(cast: Cast):
    today = now().date()
    for day in ("", "soon", str(today), str(today - timedelta(days=1))):
        with pytest.raises(Invalid) as refused:
            service.announce_archive(cast.lea, cast.slug, day, LONDON, WHY)
        assert refused.value.field == "archive_on"
    with pytest.raises(Invalid) as refused:
        service.announce_archive(cast.lea, cast.slug, "2999-07-01", LONDON, "  ")
    assert refused.value.field == "archive_reason"
    space = service.announce_archive(cast.lea, cast.slug, "2999-07-01", LONDON, WHY)
    assert space.archive_at == datetime(2999, 6, 30, 23, tzinfo=UTC), "as the day begins where the site is"


def test_it_can_be_opened_again_and_both_are_recorded(cast: Cast):
    _announced(cast)
    _the_day_comes(cast)
    service.reopen(cast.lea, cast.slug)
    service.reopen(cast.lea, cast.slug)
    assert threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).position == 1
    acts = select(AuditEntry.act).where(AuditEntry.by_id == cast.lea.user_id).order_by(AuditEntry.id)
    assert session.scalars(acts).all() == ["archive", "reopen"]


def test_the_form_proposes_two_weeks_and_a_mistake_keeps_the_reason(cast: Cast, browse):
    browser, settings = browse(cast.lea), f"/site/communities/{cast.slug}/settings"
    form = fields_of(browser.get(settings), f"/site/communities/{cast.slug}/archive")
    assert 13 <= (datetime.fromisoformat(form["archive_on"]).date() - now().date()).days <= 15
    page = browser.post(
        f"/site/communities/{cast.slug}/archive", data={"archive_on": "2001-01-01", "archive_reason": WHY}
    )
    assert page.status_code == 422
    assert fields_of(page, f"/site/communities/{cast.slug}/archive")["archive_reason"] == WHY
    done = browser.post(f"/site/communities/{cast.slug}/archive", data=form | {"archive_reason": WHY})
    assert done.status_code == 303
    assert "It will be archived" in browser.get(settings).text
