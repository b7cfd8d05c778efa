"""Who leaves says what is to happen with their words; it happens in small steps, once, and coming back undoes none."""

from threading import Event, Thread

import pytest
from sqlalchemy import select

from forum import db, events, outbox, policy, texts
from forum.agreements import service as agreements
from forum.db import now, session
from forum.desk import service as desk
from forum.desk.models import Signal, SignalKind
from forum.errors import Denied
from forum.events import MemberLeft, TextWithdrawn
from forum.policy import STRANGER
from forum.spaces import service as spaces
from forum.spaces.models import Departure, Farewell
from forum.texts import Screening, Text
from forum.threads import queries, service
from forum.threads.models import Post, PostState
from tests.forum.cast import Cast, new_key

CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread that Ben began and Ana answered."""
    thread_id = service.start(cast.ben, cast.slug, "Mornings", "Kettle first.", new_key(), "food").thread_id
    service.reply(cast.ana, thread_id, "Ben, thank you.", new_key())
    service.reply(cast.ben, thread_id, "And tea.", new_key())
    return thread_id


def follow(event: events.Event) -> None:
    """What the relay does with it."""
    if isinstance(event, MemberLeft):
        service.follow_departure(event.departure_id)
    if isinstance(event, TextWithdrawn):
        desk.note_withdrawal(event.text_id)


def carry_all() -> None:
    while outbox.carry(follow):
        pass
    session.expire_all()


def shown(thread_id: int) -> list[tuple[str, str | None]]:
    return [(view.author_name, view.html) for view in queries.posts_after(thread_id, 0, 100)]


def test_words_may_stay_with_the_name(cast, talk):
    before = shown(talk)
    spaces.leave(cast.ben, cast.slug)
    carry_all()
    assert shown(talk) == before
    assert session.scalars(select(Departure)).all() == []


def test_words_may_stay_without_the_name(cast, talk, browse):
    private = desk.write_to_team(cast.ben, cast.slug, "A word.", new_key()).thread_id
    revision = queries.thread(STRANGER, talk).revision
    spaces.leave(cast.ben, cast.slug, Farewell.NAMELESS)
    carry_all()
    views = queries.posts_after(talk, 0, 100)
    assert [view.author_name for view in views] == ["Somebody who left", "Ana", "Somebody who left"]
    assert [view.html for view in views] == [
        "<p>Kettle first.</p>\n", "<p>Ben, thank you.</p>\n", "<p>And tea.</p>\n"
    ]  # fmt: skip
    assert len(queries.changes_since(talk, revision) or []) == 2, "open pages are told"
    assert "Ben" not in browse(STRANGER).get(f"/communities/{cast.slug}").text
    page = browse(STRANGER).get(f"/threads/{talk}").text
    assert f'data-author="{cast.ben.user_id}"' not in page, "nothing says that they are of one person"
    assert shown(private)[0][0] == "Ben", "the team knows who it talks with"
    own = browse(cast.ben).get(f"/posts/{views[0].id}").text
    assert "took your name along" in own
    assert "Kettle first." in own


@pytest.mark.parametrize(
    "say",
    [
        lambda cast, talk: service.reply(cast.ben, talk, "One more thing.", new_key()),
        lambda cast, _: service.start(cast.ben, cast.slug, "One more thing", "It is this.", new_key()),
    ],
    ids=["reply", "start"],
)
def test_who_leaves_while_their_words_are_on_the_way_leaves_no_name(cast, talk, monkeypatch, say):
    """The policy said yes a moment before: it is asked again where nobody can leave any more."""
    require = policy.require

    def and_then_they_leave(*args, **kwargs):
        require(*args, **kwargs)
        monkeypatch.setattr(policy, "require", require)
        spaces.leave(cast.ben, cast.slug, Farewell.NAMELESS)
        carry_all()

    monkeypatch.setattr(policy, "require", and_then_they_leave)
    with pytest.raises(Denied, match="join this community"):
        say(cast, talk)
    names = session.scalars(select(Post.nameless).where(Post.author_id == cast.ben.user_id))
    assert set(names) == {True}


def test_who_leaves_in_the_moment_of_the_commit_waits_for_it(cast, talk, monkeypatch):
    kept, gone = texts.kept, Event()

    def leave() -> None:
        spaces.leave(cast.ben, cast.slug, Farewell.NAMELESS)
        gone.set()
        session.remove()

    def and_they_try_to_leave(*args, **kwargs):
        monkeypatch.setattr(texts, "kept", kept)
        leaving.start()
        assert not gone.wait(0.3), "the words are not stored yet"
        return kept(*args, **kwargs)

    leaving = Thread(target=leave)
    monkeypatch.setattr(texts, "kept", and_they_try_to_leave)
    service.reply(cast.ben, talk, "One more thing.", new_key())
    leaving.join(timeout=20)
    carry_all()
    assert set(session.scalars(select(Post.nameless).where(Post.author_id == cast.ben.user_id))) == {True}


def test_all_words_may_be_withdrawn_with_name_titles_and_notes(cast, talk):
    spaces.leave(cast.ben, cast.slug, Farewell.WITHDRAW)
    carry_all()
    assert shown(talk) == [
        ("Somebody who left", None),
        ("Ana", "<p>Ben, thank you.</p>\n"),
        ("Somebody who left", None),
    ]
    assert queries.shown_title(queries.thread(STRANGER, talk)) == "Withdrawn by its author"
    taken = select(Text.kind).where(Text.withdrawn_at.is_not(None)).order_by(Text.id)
    assert session.scalars(taken).all() == ["title", "post", "note", "post"]
    assert session.scalars(select(Departure.done_at)).one() is not None


def test_many_words_go_in_small_steps_that_may_break_off_and_happen_twice(cast, talk, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 3)
    for number in range(7):
        service.reply(cast.ben, talk, f"Number {number}.", new_key())
    spaces.leave(cast.ben, cast.slug, Farewell.WITHDRAW)
    departure_id = session.scalars(select(Departure.id)).one()
    service.follow_departure(departure_id)
    service.follow_departure(departure_id)
    gone = select(Post.id).where(Post.author_id == cast.ben.user_id, Post.state == PostState.WITHDRAWN)
    assert len(session.scalars(gone).all()) == 6
    carry_all()
    assert len(session.scalars(gone).all()) == 9
    revision = queries.thread(STRANGER, talk).revision
    service.follow_departure(departure_id)
    carry_all()
    assert queries.thread(STRANGER, talk).revision == revision


def test_words_of_danger_that_go_with_somebody_are_a_sign(cast, talk):
    service.reply(cast.ben, talk, CRISIS, new_key())
    for reading in session.scalars(select(Screening.id)).all():
        desk.screen(reading)
    spaces.leave(cast.ben, cast.slug, Farewell.WITHDRAW)
    carry_all()
    assert SignalKind.WITHDRAWAL in session.scalars(select(Signal.kind)).all()


def test_hidden_words_go_too_and_those_elsewhere_stay(cast, talk):
    from forum.db import transactional

    hidden = service.reply(cast.ben, talk, "Too much.", new_key())
    transactional(service.hide)(hidden.id, "A rule")
    elsewhere = service.start(cast.ben, cast.private_slug, "Six weeks", "Quiet.", new_key()).thread_id
    spaces.leave(cast.ben, cast.slug, Farewell.WITHDRAW)
    carry_all()
    assert session.get_one(Post, hidden.id).state is PostState.WITHDRAWN
    assert shown(elsewhere) == [("Ben", "<p>Quiet.</p>\n")]


def test_coming_back_restores_nothing_and_new_words_have_a_name(cast, talk):
    spaces.leave(cast.ben, cast.slug, Farewell.NAMELESS)
    from forum import login
    from forum.accounts.models import User

    session.rollback()
    back = login.actor_of(session.get_one(User, cast.ben.user_id))
    agreements.join(back, cast.slug, 1)
    session.rollback()
    back = login.actor_of(session.get_one(User, cast.ben.user_id))
    service.reply(back, talk, f"Here again, {now():%A}.", new_key())
    carry_all()
    assert [name for name, _ in shown(talk)] == ["Somebody who left", "Ana", "Somebody who left", "Ben"]


def test_the_page_says_beforehand_what_stays_and_takes_the_choice(cast, talk, browse):
    browser, leave = browse(cast.ben), f"/communities/{cast.slug}/leave"
    page = browser.get(leave).text
    for words in (
        "with my name",
        "without my name",
        "All of it is withdrawn",
        "cannot be undone",
        "need not say why",
    ):
        assert words in page
    assert browser.post(leave, data={"words": "nameless"}).status_code == 303
    assert session.scalars(select(Departure.farewell)).one() is Farewell.NAMELESS


def test_whom_everybody_forgot_for_an_hour_is_thought_of_again(cast, talk, database, tmp_path):
    spaces.leave(cast.ben, cast.slug, Farewell.WITHDRAW)
    while outbox.carry(lambda event: None):  # the event is lost
        pass
    service.follow_forgotten_departures()
    carry_all()
    assert session.scalars(select(Departure.done_at)).one() is None, "not yet: it may be under way"
    clock = tmp_path / "clock"
    clock.write_text("3600")
    db.connect(database, str(clock))
    service.follow_forgotten_departures()
    carry_all()
    assert session.scalars(select(Departure.done_at)).one() is not None
    assert shown(talk)[0] == ("Somebody who left", None)
    service.follow_forgotten_departures()
    assert not outbox.carry(follow), "once"
