"""The real parts that tests ask for by name; each starts when the first test needs it."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.parts import browser as browsers
from tests.parts.broker import Broker
from tests.parts.databases import PostgresDatabases, SqliteDatabases
from tests.parts.frail import FrailSite
from tests.parts.postgres import Postgres
from tests.parts.site import Site

Visit = Callable[..., Page]
FAILED = pytest.StashKey[bool]()
POLICY = "Content Security Policy"
# What is slow says so by what it asks for, so nobody has to remember a mark.
SLOW_PARTS = {"site", "frail_site", "own_site", "strict_site", "postgres_databases"}


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


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A whole real site with its demo community, shared by the tests of a run: `site.address`."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.start()
    yield site
    assert site.stop() == 0, site.said.read_text()


@pytest.fixture(scope="session")
def frail_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrailSite]:
    """A site shared by the tests that hurt its parts: each leaves it whole."""
    site = FrailSite(tmp_path_factory.mktemp("frail") / "site")
    site.start()
    yield site
    assert site.stop() == 0, site.said.read_text()


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A site for one test alone, not yet started: for tests that hurt it."""
    site = Site(tmp_path / "site")
    yield site
    if site.started:
        site.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser; a test opens its pages with `visit`."""
    with browsers.opened() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """`visit(address, **options)`: a page as one more person sees it, with cookies of their own.

    Options are those of a Playwright context (`java_script_enabled=False`, `color_scheme="dark"`). A script
    that throws or a breach of the content security policy fails the test; of a failed test pictures are kept.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def visit(address: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if POLICY in said.text else None)
        page.goto(address)
        return page

    yield visit
    failed = request.node.stash.get(FAILED, False)
    for context in contexts:
        for page in context.pages:
            if failed:
                browsers.keep_picture(page, request.node.name)
        context.close()
    assert troubles == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know whether the test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start much, and those that drive a browser; begin with the files that take longest, so
    that no process is left alone with one of them at the end."""
    items.sort(key=lambda item: not {"worker", "faults", "journeys"} & set(item.path.parts))
    for item in items:
        parts = set(getattr(item, "fixturenames", ()))
        if parts & SLOW_PARTS or "postgres" in item.name.split("[")[-1]:
            item.add_marker(pytest.mark.slow)
        if "browser" in parts:
            item.add_marker(pytest.mark.browser)
        if parts & {"database", "broker", "sqlite_databases"}:
            item.add_marker(pytest.mark.store)
