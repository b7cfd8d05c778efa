"""Many people speak in one thread at the same moment: order has no gaps, and nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.db import session
from forum.errors import Conflict
from forum.outbox import OutboxMessage
from forum.texts import TextVersion
from forum.threads import service
from forum.threads.models import Post, Thread
from tests.forum.cast import Cast, new_key

PEOPLE = 8


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread that Ana began."""
    return service.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id


def test_positions_have_no_gaps_and_revisions_are_never_shared(cast, talk):
    def speak(number: int) -> None:
        for turn in range(3):
            post = service.reply(cast.ben, talk, f"{number} says {turn}", new_key())
            if turn == 1:
                service.edit(cast.ben, post.id, f"{number} says it again", 1)

    _at_once(speak, PEOPLE)
    posts = session.scalars(select(Post).where(Post.thread_id == talk).order_by(Post.position)).all()
    thread = session.get_one(Thread, talk)
    assert [post.position for post in posts] == list(range(1, 3 * PEOPLE + 2))
    assert thread.post_count == 3 * PEOPLE + 1
    revisions = [post.revision for post in posts]
    assert len(set(revisions)) == len(revisions)
    assert max(revisions) == thread.revision == 4 * PEOPLE + 1
    carried = session.scalars(
        select(OutboxMessage.payload)
        .where(OutboxMessage.topic == "post.published")
        .order_by(OutboxMessage.id)
    )
    assert [payload["post_id"] for payload in carried] == [post.id for post in posts], "told in their order"


def test_the_same_form_sent_twice_at_once_is_one_post(cast, talk):
    key = new_key()
    made = _at_once(lambda _: service.reply(cast.ben, talk, "Feeding the cat.", key).id, PEOPLE)
    assert len(set(made)) == 1
    assert session.scalars(select(func.count()).where(Post.thread_id == talk)).one() == 2
    assert session.get_one(Thread, talk).post_count == 2


def test_the_same_form_sent_twice_at_once_is_one_thread(cast):
    key = new_key()
    made = _at_once(lambda _: service.start(cast.ana, cast.slug, "Cats", "Punctual.", key).id, PEOPLE)
    assert len(set(made)) == 1
    assert session.scalars(select(func.count()).select_from(Thread)).one() == 1


def test_of_two_edits_at_once_one_is_told_about_the_other(cast, talk):
    post_id = service.reply(cast.ben, talk, "Tea.", new_key()).id

    def edit(number: int) -> str:
        try:
            service.edit(cast.ben, post_id, f"Tea, {number}.", 1)
        except Conflict:
            return "told"
        return "saved"

    assert sorted(_at_once(edit, 2)) == ["saved", "told"]
    assert session.scalars(select(func.max(TextVersion.number))).one() == 2


def test_two_withdrawals_at_once_are_one(cast, talk):
    post_id = service.reply(cast.ben, talk, "Tea.", new_key()).id
    _at_once(lambda _: service.withdraw(cast.ben, post_id).id, 2)
    assert session.get_one(Thread, talk).revision == 3
    told = select(func.count()).where(OutboxMessage.topic == "text.withdrawn")
    assert session.scalars(told).one() == 1


def _at_once(work: Callable[[int], Any], hands: int) -> list[Any]:
    """What `work(0)` … `work(hands - 1)` answer when all begin at the same moment, each with its own session."""
    start = Barrier(hands)

    def begun(number: int) -> Any:
        start.wait(timeout=30)
        try:
            return work(number)
        finally:
            session.remove()

    session.rollback()
    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(begun, range(hands)))
