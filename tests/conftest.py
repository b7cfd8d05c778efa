"""The real parts that tests ask for by name; each starts when the first test needs it."""

from collections.abc import Iterator

import pytest

from tests.parts.broker import Broker
from tests.parts.databases import PostgresDatabases, SqliteDatabases
from tests.parts.postgres import Postgres


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    server = Postgres()
    try:
        server.start()
        yield PostgresDatabases(server)
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated database that `forum.db` is connected to, once of each kind; answers its URL."""
    from forum import db

    databases = request.getfixturevalue(f"{request.param}_databases")
    url = databases.create()
    db.connect(url)
    yield url
    db.disconnect()
    databases.drop(url)


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    server = Broker(tmp_path_factory.mktemp("broker"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def broker(_broker: Broker) -> Iterator[Broker]:
    """A real, empty broker: `broker.url`; a test may `stop()` and `start()` it."""
    _broker.empty()
    yield _broker
    if not _broker.running:
        _broker.start()
