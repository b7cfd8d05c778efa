"""What the tests of the web application share."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum import create_app, db
from forum.config import Settings
from forum.policy import Actor
from tests.forum import cast as people
from tests.forum.browsing import Browser
from tests.forum.cast import Cast
from tests.parts.databases import SECRET

NOWHERE = "redis://127.0.0.1:1"  # nobody listens there


@pytest.fixture
def cast(database: str) -> Cast:
    """The people of the tests, in a fresh database of each kind."""
    return people.gathered()


@pytest.fixture(scope="session")
def _app() -> Iterator[Flask]:
    settings = Settings(
        database_url="sqlite://",
        redis_url=NOWHERE,
        secret_key=SECRET,
        encryption_key=SECRET,
        site_mode="testing",
        limits=False,
    )
    app = create_app(settings, read_only_sockets=True)
    app.test_client_class = Browser
    yield app
    db.disconnect()


@pytest.fixture
def app(_app: Flask, database: str) -> Flask:
    """The site without its sockets, on this test's database; its broker is away and nothing is limited."""
    return _app


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A browser that has never been here."""
    return app.test_client()


@pytest.fixture
def browse(app: Flask) -> Callable[[Actor], FlaskClient]:
    """`browse(cast.ana)`: a browser in which that person is logged in; `browse(STRANGER)`: a visitor's."""

    def opened(actor: Actor) -> FlaskClient:
        return people.log_in(app.test_client(), actor) if actor.known else app.test_client()

    return opened
