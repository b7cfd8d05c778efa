"""A site that sends mail by a real server, and the short ways to a mail that waits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from forum import db, mail
from forum.db import session, transactional
from forum.mail.models import Mail
from tests.parts.post import PostOffice

ORIGIN = "https://forum.example.org"
SENDER = "Peer support <forum@example.org>"
TO = "ana.example@example.net"


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server that is open."""
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture
def sends(app: Flask) -> Iterator[Callable[[str], None]]:
    """`sends(url)`: this site sends its mail there."""
    settings = app.config["SITE"]
    yield lambda url: mail.use(replace(settings, mail_url=url, mail_from=SENDER, origin=ORIGIN))
    mail.use(settings)


@pytest.fixture
def clock(database: str, tmp_path: Path) -> Callable[[float], object]:
    """Moves the one clock so many seconds ahead."""
    path = tmp_path / "clock"
    db.connect(database, str(path))
    return lambda seconds: path.write_text(str(seconds))


def queued(kind: str = "confirm_address", to: str = TO, **facts: str) -> int:
    """A mail that waits."""
    if kind == "confirm_address":
        facts = {"path": "/account/email/a-long-token", "lasts": "a day"}
    transactional(mail.queue)(kind, to, **facts)
    return rows()[-1].id


def rows() -> list[Mail]:
    """All mail that is kept, as it is now."""
    session.rollback()
    found = session.query(Mail).order_by(Mail.id).all()
    session.expunge_all()
    return found
