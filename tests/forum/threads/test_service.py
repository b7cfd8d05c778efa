"""Speaking: what is answered with success is stored whole, once, in order; what is refused leaves nothing."""

import pytest
from sqlalchemy import event, func, select

from forum import db, texts
from forum.accounts.models import User
from forum.db import session, transactional
from forum.errors import Conflict, Denied, Invalid, LogInFirst, NotFound
from forum.outbox import OutboxMessage
from forum.policy import STRANGER
from forum.texts import Screening, ScreeningState, Text, TextVersion
from forum.threads import queries, service
from forum.threads.models import Post, PostState, Thread
from moderation.screening import Level
from tests.forum.cast import Cast, new_key

GREEN = "Radio before anything else. A voice in the kitchen that wants nothing from me."
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
TABLES = (Post, Thread, Text, TextVersion, Screening, OutboxMessage)


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread that Ana began."""
    return service.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id


def test_a_thread_begins_with_its_opening_post(cast):
    post = service.start(cast.ana, cast.slug, "  Good   mornings ", "Kettle *first*.", new_key())
    thread = queries.thread(STRANGER, post.thread_id)
    (opening,) = queries.posts_after(thread.id, 0, 20)
    assert queries.shown_title(thread) == "Good mornings"
    assert (thread.post_count, thread.revision) == (1, 1)
    assert (opening.position, opening.revision, opening.author_name) == (1, 1, "Ana")
    assert opening.html == "<p>Kettle <em>first</em>.</p>\n"


def test_post_text_screening_and_event_are_stored_together(cast, talk):
    before = _counted()
    post = service.reply(cast.ben, talk, GREEN, new_key())
    after = _counted()
    assert {table: after[table] - before[table] for table in after} == {
        "posts": 1, "threads": 0, "texts": 1, "text_versions": 1, "screenings": 1, "outbox": 2,
    }  # fmt: skip
    screening = session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()
    assert (screening.state, screening.seen_level) == (ScreeningState.PENDING, Level.GREEN)
    topics = session.scalars(select(OutboxMessage.topic).order_by(OutboxMessage.id.desc()).limit(2)).all()
    assert set(topics) == {"text.saved", "post.published"}


def test_a_commit_that_fails_leaves_none_of_them(cast, talk):
    before = _counted()

    def breaks(_):
        raise ConnectionError("the database went away")

    event.listen(db.session, "before_commit", breaks)
    try:
        with pytest.raises(ConnectionError):
            service.reply(cast.ben, talk, CRISIS, new_key())
    finally:
        event.remove(db.session, "before_commit", breaks)
    assert _counted() == before
    assert _care_of(cast.ben) is None
    service.reply(cast.ben, talk, CRISIS, new_key())
    assert _counted()["posts"] == before["posts"] + 1


def test_a_refused_reply_leaves_nothing_behind(cast, talk):
    before = _counted()
    for actor, refusal in ((cast.olu, Denied), (cast.lea, Denied), (STRANGER, LogInFirst)):
        with pytest.raises(refusal):
            service.reply(actor, talk, GREEN, new_key())
    for body in ("", " \n\t ", "\x00"):
        with pytest.raises(Invalid):
            service.reply(cast.ben, talk, body, new_key())
    assert _counted() == before


def test_a_stranger_cannot_tell_a_private_thread_from_a_missing_one(cast):
    private = service.start(cast.ana, cast.private_slug, "Six weeks", GREEN, new_key())
    assert service.reply(cast.ben, private.thread_id, "I hear you.", new_key()).position == 2
    for actor in (cast.olu, STRANGER):
        for thread_id in (private.thread_id, 999_999):
            with pytest.raises(NotFound):
                service.reply(actor, thread_id, GREEN, new_key())


def test_the_same_form_sent_twice_is_one_post(cast, talk):
    key = new_key()
    first, before = service.reply(cast.ben, talk, GREEN, key).id, _counted()
    assert service.reply(cast.ben, talk, GREEN, key).id == first
    assert _counted() == before


def test_a_form_that_came_back_with_other_words_or_to_another_place_is_another_post(cast, talk):
    key = new_key()
    there = service.start(cast.ana, cast.slug, "Evenings", GREEN, new_key()).thread_id
    posts = [(talk, GREEN), (talk, GREEN + " And more."), (there, GREEN)]
    assert len({service.reply(cast.ben, thread_id, body, key).id for thread_id, body in posts}) == 3


def test_the_same_form_sent_twice_is_one_thread(cast):
    key = new_key()
    first, before = service.start(cast.ana, cast.slug, "Mornings", GREEN, key).id, _counted()
    assert service.start(cast.ana, cast.slug, "Mornings", GREEN, key).id == first
    assert _counted() == before


def test_two_people_may_happen_to_have_the_same_key(cast, talk):
    key = new_key()
    assert service.reply(cast.ben, talk, GREEN, key).id != service.reply(cast.ana, talk, GREEN, key).id


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with\x00nothing"])
def test_a_form_without_a_proper_key_is_refused(cast, talk, key):
    with pytest.raises(Invalid, match="not complete"):
        service.reply(cast.ben, talk, GREEN, key)


def test_forty_thousand_characters_fit_and_one_more_does_not(cast, talk):
    service.reply(cast.ben, talk, "ä" * texts.LONGEST, new_key())
    before = _counted()
    with pytest.raises(Invalid, match="40,001 characters") as refusal:
        service.reply(cast.ben, talk, "ä" * (texts.LONGEST + 1), new_key())
    assert refusal.value.field == "body"
    assert _counted() == before


def test_an_edit_adds_a_version_and_leaves_the_old_one(cast, talk):
    post = service.reply(cast.ben, talk, "Tea.", new_key())
    edited = service.edit(cast.ben, post.id, "Tea, **strong**.", 1)
    kept = select(TextVersion).where(TextVersion.text_id == post.text_id).order_by(TextVersion.number)
    assert [(v.number, v.body, v.html) for v in session.scalars(kept)] == [
        (1, "Tea.", "<p>Tea.</p>\n"),
        (2, "Tea, **strong**.", "<p>Tea, <strong>strong</strong>.</p>\n"),
    ]
    assert edited.edited_at is not None
    assert (edited.position, edited.revision) == (2, 3)
    pending = session.scalars(select(Screening.state).where(Screening.text_id == post.text_id)).all()
    assert pending == [ScreeningState.PENDING] * 2


def test_an_edit_of_words_that_were_changed_meanwhile_is_a_conflict(cast, talk):
    post = service.reply(cast.ben, talk, "Tea.", new_key())
    service.edit(cast.ben, post.id, "Coffee.", 1)
    before = _counted()
    with pytest.raises(Conflict, match="another window"):
        service.edit(cast.ben, post.id, "Cocoa.", 1)
    assert _counted() == before
    assert queries.own_post(cast.ben, post.id).text.current.body == "Coffee."


def test_nobody_else_can_edit_or_withdraw(cast, talk):
    post = service.reply(cast.ben, talk, GREEN, new_key())
    for actor in (cast.ana, cast.maya, cast.lea, STRANGER):
        with pytest.raises(NotFound):
            service.edit(actor, post.id, "Other words", 1)
        with pytest.raises(NotFound):
            service.withdraw(actor, post.id)


def test_an_author_who_left_the_community_keeps_control_of_their_words(cast, talk):
    from forum.spaces import service as spaces

    post = service.reply(cast.ben, talk, GREEN, new_key())
    spaces.leave(cast.ben, cast.slug)
    assert service.withdraw(cast.ben, post.id).state is PostState.WITHDRAWN


def test_a_withdrawn_post_shows_no_words_and_cannot_be_edited(cast, talk):
    post = service.reply(cast.ben, talk, GREEN, new_key())
    withdrawn = service.withdraw(cast.ben, post.id)
    assert withdrawn.revision == 3
    view, _ = queries.view(post.id) or pytest.fail("gone")
    assert (view.state, view.html, view.edited_at) == (PostState.WITHDRAWN, None, None)
    with pytest.raises(Denied, match="cannot be changed"):
        service.edit(cast.ben, post.id, "Back again", 1)
    before = _counted()
    service.withdraw(cast.ben, post.id)
    assert _counted() == before, "withdrawn twice is withdrawn once"


def test_the_title_goes_with_the_opening_post(cast, talk):
    (opening,) = queries.posts_after(talk, 0, 20)
    service.withdraw(cast.ana, opening.id)
    assert queries.shown_title(queries.thread(STRANGER, talk)) == "Withdrawn by its author"
    (row,) = queries.latest_threads(STRANGER, queries.thread(STRANGER, talk).space)
    assert row.title_html == "Withdrawn by its author"


def test_a_hidden_post_shows_its_rule_and_can_still_be_withdrawn(cast, talk):
    post = service.reply(cast.ben, talk, GREEN, new_key())
    transactional(service.hide)(post.id, "No methods, no numbers")
    view, _ = queries.view(post.id) or pytest.fail("gone")
    assert (view.html, view.rule_title) == (None, "No methods, no numbers")
    with pytest.raises(Denied):
        service.edit(cast.ben, post.id, "Other words", 1)
    assert service.withdraw(cast.ben, post.id).state is PostState.WITHDRAWN


def test_danger_offers_care_at_once_and_everything_else_does_not(cast, talk):
    service.reply(cast.ben, talk, GREEN, new_key())
    assert _care_of(cast.ben) is None
    post = service.reply(cast.ben, talk, CRISIS, new_key())
    assert _care_of(cast.ben) == post.id
    assert _care_of(cast.ana) is None, "only the author is offered care"


def test_an_edit_or_a_title_that_suggests_danger_offers_care_too(cast, talk):
    post = service.reply(cast.ben, talk, GREEN, new_key())
    service.edit(cast.ben, post.id, CRISIS, 1)
    assert _care_of(cast.ben) == post.id
    opening = service.start(cast.omar, cast.slug, "I am going to kill myself tonight", GREEN, new_key())
    assert _care_of(cast.omar) == opening.id


def _care_of(actor):
    session.rollback()
    user = session.get_one(User, actor.user_id)
    assert (user.care_offered_at is None) == (user.care_post_id is None)
    return user.care_post_id


def _counted() -> dict[str, int]:
    session.rollback()
    return {
        table.__tablename__: session.scalars(select(func.count()).select_from(table)).one()
        for table in TABLES
    }
