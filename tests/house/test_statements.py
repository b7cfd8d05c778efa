"""A page costs the same number of reads whatever it shows, and a read never writes."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Select, insert, select, text

from forum import db
from forum.db import now, session, transactional
from forum.desk import service as desk
from forum.policy import STRANGER
from forum.texts import Screening, ScreeningState, Text, TextKind, TextVersion
from forum.threads import service as threads
from forum.threads.models import Post, Thread
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.parts.statements import statements

CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."

# The most statements that a page may cost: for a visitor, a member, a moderator (None: not their page).
MOST = {
    "/": (1, 3, 3),
    "/help": (0, 0, 0),
    "/cover": (0, 0, 0),
    "/log-in": (0, 2, 2),
    "/sign-up": (0, 2, 2),
    "/privacy": (1, 3, 3),
    "/terms/1": (2, 4, 4),
    "/site/invitations": (None, None, 3),
    "/communities/{slug}": (2, 4, 4),
    "/communities/{slug}/agreement": (3, 5, 5),
    "/communities/{slug}/threads/new": (None, 6, 6),
    "/threads/{thread}": (3, 6, 6),
    "/threads/{thread}?after=0&through=100": (3, 6, 6),
    "/threads/{thread}/changes?since=0": (3, 5, 5),
    "/posts/1": (None, 4, None),
    "/posts/1/edit": (None, 4, None),
    "/notices": (None, 6, 6),
    "/notices/words": (None, 2, 2),
    "/account": (None, 2, 2),
    "/account/sign-ins": (None, 4, 4),
    "/account/password": (None, 2, 2),
    "/account/recovery-code": (None, 2, 2),
    "/account/second-factor": (None, 3, 3),
    "/account/email": (None, 3, 3),
    "/recover": (0, 2, 2),
    "/care/panel": (0, 2, 2),
    "/desk": (None, None, 8),
    "/desk/shift": (None, None, 3),
    "/desk/queue": (None, None, 7),
    "/desk/cases/1": (None, None, 10),
}

CARE_PANEL = (0, 1, 0)  # Ana's words suggested danger: a page with her panel asks what they were about


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread of Ana's with one post, which is on the desk."""
    opening = threads.start(cast.ana, cast.slug, "Mornings", CRISIS, new_key())
    thread_id = opening.thread_id
    for reading in session.scalars(select(Screening.id)).all():
        desk.screen(reading)
    return thread_id


@transactional
def _many_posts(thread_id: int, author_id: int | None, space_id: int, until: int) -> None:
    """Fill the thread up to so many posts, written straight into the tables."""
    thread = session.get_one(Thread, thread_id)
    moment = now()
    for position in range(thread.post_count + 1, until + 1):
        words = {"kind": TextKind.POST, "author_id": author_id, "space_id": space_id, "number": 1}
        text_id = session.scalars(
            insert(Text).values(**words, worst_level=Level.GREEN).returning(Text.id)
        ).one()
        session.execute(
            insert(TextVersion).values(text_id=text_id, number=1, body="x", html="<p>x</p>", saved_at=moment)
        )
        session.add(
            Post(
                thread_id=thread_id,
                position=position,
                revision=position,
                author_id=author_id,
                text_id=text_id,
                form_key=f"filled-{position}",
                published_at=moment,
            )
        )
    thread.post_count = thread.revision = until


def _pages(talk: int, cast: Cast) -> dict[str, tuple[int | None, ...]]:
    return {path.format(slug=cast.slug, thread=talk): most for path, most in MOST.items()}


def _cost(browser: FlaskClient, path: str) -> int:
    with statements() as said:
        page = browser.get(path)
    assert page.status_code in (200, 204), path
    writes = [
        statement for statement in said if not re.match(r"\s*(SELECT|WITH)\b", statement, re.IGNORECASE)
    ]
    assert writes == [], path
    return len(said)


def test_no_page_costs_more_than_it_should_and_none_writes(cast, talk, browse):
    browsers = browse(STRANGER), browse(cast.ana), browse(cast.maya)
    for path, most in _pages(talk, cast).items():
        for browser, at_most, panel in zip(browsers, most, CARE_PANEL, strict=True):
            if at_most is not None:
                cost = _cost(browser, path)
                assert cost <= at_most + panel, f"{path}: {cost} statements"


def test_a_page_costs_the_same_with_one_post_and_with_many(cast, talk, browse):
    browsers = browse(STRANGER), browse(cast.ana), browse(cast.maya)
    few = _costs(browsers, cast, talk)
    _many_posts(talk, cast.ben.user_id, cast.space_id, 20)
    assert _costs(browsers, cast, talk) == few
    _many_posts(talk, cast.ben.user_id, cast.space_id, 220)
    assert _costs(browsers, cast, talk) == few
    for browser in browsers:
        first, last = _cost(browser, f"/threads/{talk}"), _cost(browser, f"/threads/{talk}?after=200")
        assert last <= first + 1, "the last page costs what the first does, but for the title's state"


def _costs(browsers: tuple[FlaskClient, ...], cast: Cast, talk: int) -> dict[tuple[int, str], int]:
    return {
        (number, path): _cost(browser, path)
        for path, most in _pages(talk, cast).items()
        for number, (browser, at_most) in enumerate(zip(browsers, most, strict=True))
        if at_most is not None and "changes" not in path
    }


def test_the_desk_costs_the_same_with_one_case_and_with_many(cast, talk, browse):
    browser = browse(cast.maya)
    before = _cost(browser, "/desk")
    for number in range(8):
        threads.reply(cast.ben, talk, f"{CRISIS} {number}", new_key())
    assert _cost(browser, "/desk") == before, "as texts that are being read"
    waiting = select(Screening.id).where(Screening.state != ScreeningState.DONE)
    for reading in session.scalars(waiting).all():
        desk.screen(reading)
    assert _cost(browser, "/desk") == before, "and as cases"


def test_a_community_costs_the_same_with_one_thread_and_with_many(cast, talk, browse):
    browser, path = browse(cast.ana), f"/communities/{cast.slug}"
    before = _cost(browser, path)
    for number in range(25):
        threads.start(cast.ben, cast.slug, f"Evenings {number}", "Tea.", new_key())
    assert _cost(browser, path) == before


def test_a_page_of_posts_is_found_by_its_key_and_not_by_reading_the_thread(cast, talk):
    _many_posts(talk, cast.ben.user_id, cast.space_id, 220)
    for after in (0, 200):
        page = (
            select(Post)
            .where(Post.thread_id == talk, Post.position > after, Post.position <= after + 20)
            .order_by(Post.position)
        )
        assert "uq_posts_thread_id_position" in _plan(page) or "sqlite_autoindex_posts" in _plan(page)
    changes = (
        select(Post).where(Post.thread_id == talk, Post.revision > 210).order_by(Post.revision).limit(101)
    )
    assert "ix_posts_changes" in _plan(changes)


def test_the_latest_threads_are_found_by_their_key(cast, talk):
    latest = (
        select(Thread)
        .where(Thread.space_id == cast.space_id, Thread.kind == "conversation")
        .order_by(Thread.last_post_at.desc(), Thread.id.desc())
        .limit(21)
    )
    assert "ix_threads_latest" in _plan(latest)


def _plan(query: Select) -> str:
    """How the database would find this: with its statistics fresh, and reading whole tables out of the question."""
    sql = str(query.compile(db.engine(), compile_kwargs={"literal_binds": True}))
    session.rollback()
    with db.engine().connect() as connection:
        if db.engine().dialect.name == "sqlite":
            rows = connection.execute(text("EXPLAIN QUERY PLAN " + sql.replace(":", "\\:")))
            plan = "\n".join(row[3] for row in rows)
            assert "SCAN" not in plan
            assert "TEMP B-TREE" not in plan
            return plan
        connection.execute(text("ANALYZE"))
        connection.execute(text("SET enable_seqscan = off"))
        return "\n".join(row[0] for row in connection.execute(text("EXPLAIN " + sql.replace(":", "\\:"))))
