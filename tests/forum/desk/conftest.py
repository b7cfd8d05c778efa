"""A screener that says what the tests need, and the short ways to words on the desk."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from forum import db, texts
from forum.db import session
from forum.desk import queries, service
from forum.desk.models import Case
from forum.policy import Actor
from forum.threads import service as threads
from forum.threads.models import Post
from moderation import screening
from moderation.screening import Finding, Level, Screening
from tests.forum.cast import Cast, new_key


def by_its_words(text: str) -> Screening:
    """The level is named in the text: the desk is tested here, not the reading."""
    found = [
        Finding("hopelessness", m.start(), m.end(), "the word itself") for m in re.finditer(_LEVELS, text)
    ]
    level = Level.highest(*(Level(text[f.start : f.end]) for f in found))
    return Screening(level, level.rank / 3, tuple(found), "by its words")


_LEVELS = r"\b(amber|red|crisis)\b"


@pytest.fixture(autouse=True)
def plain_screener(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both stages read alike."""
    monkeypatch.setattr(screening.Screener, "transparent", staticmethod(by_its_words))
    monkeypatch.setattr(screening.Screener, "screen", staticmethod(by_its_words))


@pytest.fixture
def blind_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the worker finds anything."""
    monkeypatch.setattr(
        screening.Screener, "transparent", staticmethod(lambda text: Screening(Level.GREEN, 0.0, (), "blind"))
    )


@pytest.fixture
def clock(database: str, tmp_path: Path) -> Callable[[float], object]:
    """Moves the one clock so many seconds ahead."""
    path = tmp_path / "clock"
    db.connect(database, str(path))
    return lambda seconds: path.write_text(str(seconds))


class Desk:
    """The short ways: somebody says something, it is read, somebody claims the case."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def said(self, body: str, *, by: Actor | None = None, title: str = "Nights") -> Post:
        """A new conversation."""
        post = threads.start(by or self.cast.ana, self.cast.slug, title, body, new_key())
        session.expunge(post)  # a copy of the row as it is now
        return post

    def read(self) -> list[int]:
        """The worker reads all that waits; answers the screenings' ids."""
        waiting = select(texts.Screening.id).where(texts.Screening.state != texts.ScreeningState.DONE)
        ids = list(session.scalars(waiting.order_by(texts.Screening.id)))
        for screening_id in ids:
            service.screen(screening_id)
        return ids

    def edited(self, post: Post, body: str) -> None:
        """The author changes the words, and they are read."""
        number = session.scalars(select(texts.Text.number).where(texts.Text.id == post.text_id)).one()
        threads.edit(self.cast.ana, post.id, body, number)
        self.read()

    def cases(self) -> list[Case]:
        """All of them, open and closed."""
        session.rollback()
        rows = list(session.scalars(select(Case).order_by(Case.id)))
        session.expunge_all()
        return rows

    def case_about(self, body: str, *, by: Actor | None = None) -> Case:
        """Said and read: the case that it made."""
        post = self.said(body, by=by)
        self.read()
        return next(case for case in self.cases() if case.text_id == post.text_id)

    def post_of(self, case: Case) -> Post:
        """The post that the case is about."""
        session.rollback()
        post = session.scalars(select(Post).where(Post.text_id == case.text_id)).one()
        session.expunge(post)
        return post

    def claimed(self, case: Case, by: Actor) -> int:
        """The fence of a fresh claim."""
        return service.claim(by, case.id).fence

    def kinds(self, case: Case) -> list[str]:
        """What the case's signals are."""
        return [signal.kind.value for signal in queries.case(self.cast.lea, case.id).signals]


@pytest.fixture
def desk(cast: Cast) -> Desk:
    """The desk of the community."""
    return Desk(cast)


def together(calls: list[Callable[[], object]]) -> list[Exception]:
    """Begin all of them at the same moment, each in a thread; returns what they raised."""
    barrier, raised = threading.Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
        except Exception as trouble:
            raised.append(trouble)
        finally:
            session.remove()

    session.remove()
    running = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return raised
