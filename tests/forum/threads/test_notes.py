"""Content notes: the words stay closed until opened, wherever the post is shown; kept, read and told like all words."""

import re

import pytest
from sqlalchemy import select

from forum.accounts.models import User
from forum.audit import AuditEntry
from forum.db import session
from forum.desk import queries as desk
from forum.desk import service as working
from forum.desk.models import Case
from forum.errors import Denied, Invalid, NotFound
from forum.outbox import OutboxMessage
from forum.policy import STRANGER
from forum.texts import Screening, Text, TextKind, drafted_note
from forum.threads import queries, service
from forum.threads.models import ContentNote, Post
from moderation.screening import Level
from tests.forum.browsing import fields_of
from tests.forum.cast import Cast, new_key

CRISIS = "I have decided to end my life tonight"


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread that Ana began."""
    return service.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id


def _note_of(post_id: int) -> str | None:
    session.rollback()
    session.expire_all()
    found = queries.view(post_id)
    assert found is not None
    return found[0].note


def test_the_words_are_closed_in_page_push_and_fragment_alike(cast, talk, browse):
    post = service.reply(cast.ben, talk, "A hard day.", new_key(), note="contains: loss <and> food")
    closed = "<details"
    browser = browse(STRANGER)
    page, changes = browser.get(f"/threads/{talk}").text, browser.get(f"/threads/{talk}/changes?since=1").json
    (pushed,) = [one["html"] for one in changes["posts"] if one["id"] == post.id]
    for html in (page, pushed):
        before, _, _ = html.partition("A hard day.")
        assert "Contains: loss &lt;and&gt; food" in before
        assert before.rindex(closed) > before.rindex("Contains") - 120
        assert "<details open" not in html


def test_an_author_adds_changes_and_takes_away_a_note_later(cast, talk):
    post_id = service.reply(cast.ben, talk, "A hard day.", new_key()).id
    service.note(cast.ben, post_id, "loss")
    service.note(cast.ben, post_id, "loss")
    assert _note_of(post_id) == "loss"
    service.note(cast.ben, post_id, "loss, violence")
    assert _note_of(post_id) == "loss, violence"
    service.note(cast.ben, post_id, " ")
    assert _note_of(post_id) is None
    assert len(session.scalars(select(ContentNote)).all()) == 2, "what was said stays as evidence"
    changed = select(OutboxMessage.id).where(OutboxMessage.topic == "post.changed")
    assert len(session.scalars(changed).all()) == 3


def test_a_moderators_note_is_recorded_told_kindly_and_not_the_authors_to_change(cast, talk, browse):
    post_id = service.reply(cast.ben, talk, "A hard day.", new_key(), note="food").id
    service.note(cast.maya, post_id, "loss")
    assert _note_of(post_id) == "loss"
    acts = select(AuditEntry.act, AuditEntry.detail).where(AuditEntry.thing == "post")
    assert session.execute(acts).all() == [("note", "")]
    assert session.get_one(User, cast.ben.user_id).team_wrote_at is not None
    browser = browse(cast.ben)
    for path in ("/notices", f"/posts/{post_id}"):
        page = browser.get(path).text
        assert "Contains: loss" in page
        assert "Your words were not changed" in page
    with pytest.raises(Denied, match="a moderator put one there"):
        service.note(cast.ben, post_id, "")
    service.note(cast.noor, post_id, "")
    assert _note_of(post_id) is None


def test_nobody_else_notes_and_what_is_gone_takes_none(cast, talk):
    post = service.reply(cast.ben, talk, "A hard day.", new_key())
    for actor in (cast.ana, cast.omar, cast.kim, STRANGER):
        with pytest.raises(NotFound):
            service.note(actor, post.id, "loss")
    service.withdraw(cast.ben, post.id)
    with pytest.raises(Denied):
        service.note(cast.maya, post.id, "loss")


def test_a_note_is_short_and_of_one_line(cast, talk):
    with pytest.raises(Invalid, match="at most 80 characters") as refused:
        service.reply(cast.ben, talk, "A hard day.", new_key(), note="x" * 81)
    assert refused.value.field == "note"
    assert drafted_note("Contains:  self-harm \n and food").body == "self-harm and food"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("self-harm", Level.GREEN),
        ("Self harm, suicide and food.", Level.GREEN),
        ("violence", Level.GREEN),
        (CRISIS, Level.CRISIS),
        (f"self-harm, {CRISIS}", Level.CRISIS),
    ],
)
def test_naming_a_subject_is_no_sign_of_danger_and_anything_more_is_read(cast, talk, line, level):
    post = service.reply(cast.ben, talk, "A hard day.", new_key(), note=line)
    note = select(Text).where(Text.kind == TextKind.NOTE)
    for reading in session.scalars(select(Screening.id)).all():
        working.screen(reading)
    session.rollback()
    words = session.scalars(note.execution_options(populate_existing=True)).one()
    assert words.worst_level is level
    case = session.scalars(select(Case).where(Case.text_id == words.id)).one_or_none()
    assert (case is not None) is (level is not Level.GREEN)
    cared_for = session.scalars(select(User.care_post_id).where(User.id == cast.ben.user_id)).one()
    assert cared_for == (post.id if case else None)
    if case is not None:
        page = desk.case(cast.maya, case.id)
        assert (page.post_id, page.can_hide, page.can_note) == (post.id, True, True)


def test_a_moderator_who_notes_is_not_offered_care_and_the_case_does_not_blame_the_author(cast, talk):
    post_id = service.reply(cast.ben, talk, "A hard day.", new_key()).id
    service.note(cast.maya, post_id, f"somebody says: {CRISIS}")
    for reading in session.scalars(select(Screening.id)).all():
        working.screen(reading)
    session.rollback()
    assert session.scalars(select(User.id).where(User.care_offered_at.is_not(None))).all() == []
    (row,) = desk.open_cases(cast.noor)
    assert desk.case(cast.noor, row.id).can_hide is False


def test_a_thread_list_shows_what_the_opening_post_contains(cast, talk, browse):
    post = service.start(cast.ana, cast.slug, "A hard week", "Words.", new_key(), note="food")
    assert "Contains: food" in browse(STRANGER).get(f"/communities/{cast.slug}").text
    service.withdraw(cast.ana, post.id)
    assert "Contains: food" not in browse(STRANGER).get(f"/communities/{cast.slug}").text


def test_the_forms_have_a_place_for_it_and_a_mistake_keeps_it(cast, talk, browse):
    browser, replies = browse(cast.ben), f"/threads/{talk}/replies"
    form = fields_of(browser.get(f"/threads/{talk}"), replies) | {"body": "A hard day.", "note": "x" * 81}
    again = fields_of(browser.post(replies, data=form), replies)
    assert (again["body"], again["note"]) == ("A hard day.", "x" * 81)
    assert browser.post(replies, data=again | {"note": "food"}).status_code == 303
    post_id = session.scalars(select(Post.id).order_by(Post.id.desc()).limit(1)).one()
    note = f"/posts/{post_id}/note"
    assert fields_of(browser.get(note), note)["note"] == "food"
    moderator = browse(cast.maya)
    assert note in moderator.get(f"/threads/{talk}").text
    assert note not in browse(cast.omar).get(f"/threads/{talk}").text
    saved = moderator.post(note, data={"note": "loss", "next": "/desk"})
    assert saved.headers["Location"] == "/desk"


def test_a_note_that_is_refused_keeps_nobody_of_danger_from_people(cast, talk, browse):
    post = service.reply(cast.ben, talk, "A hard day.", new_key())
    ben = browse(cast.ben)
    page = ben.post(f"/posts/{post.id}/note", data={"note": f"{CRISIS}. " * 4})
    assert page.status_code == 422
    assert "you can reach someone now" in page.text
    assert "you can reach someone now" not in ben.post(f"/posts/{post.id}/note", data={"note": "x" * 90}).text


@pytest.mark.parametrize("words", [{"body": "Mine."}, {}])
def test_a_note_that_could_not_be_sent_is_there_to_be_seen(cast, talk, browse, words):
    form = words | {"note": "loss and food", "form_key": new_key()}
    ana = browse(cast.ana)
    page = ana.post(f"/threads/{talk}/replies", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403
    assert re.search(
        r'<input class="input" id="field-note" name="note" type="text" value="loss and food">', page.text
    )
