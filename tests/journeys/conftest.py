"""Journeys: the product's stories in a real browser, through a real site with every process."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Visit
from tests.parts.people import Person, somebody_known, somebody_new
from tests.parts.site import Site

Open = Callable[..., Page]
expect.set_options(timeout=15_000)


@pytest.fixture
def opens(visit: Visit, request: pytest.FixtureRequest) -> Iterator[Open]:
    """`opens("/help")` as a visitor, `opens(path, person)` as somebody; nothing may be asked of another site.

    Options are those of a Playwright context, and `address` where the site is reached by another way.
    """
    asked: list[str] = []

    def opens(path: str, person: Person | None = None, *, address: str = "", **options: Any) -> Page:
        if person is not None:
            options["storage_state"] = person.cookies
        page = visit("about:blank", **options)
        page.context.on("request", lambda one: asked.append(one.url))
        if not path.startswith("http"):
            path = (address or request.getfixturevalue("site").address) + path
        page.goto(path)
        return page

    yield opens
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "about:"))}
    assert hosts <= {"127.0.0.1"}, f"a page asked another site: {hosts}"


@pytest.fixture
def rosa(site: Site) -> Person:
    """Somebody who signed up and joined the open community a moment ago."""
    return somebody_new(site)


@pytest.fixture
def finn(site: Site) -> Person:
    """Another one."""
    return somebody_new(site)


@pytest.fixture(scope="session")
def maya(site: Site) -> Person:
    """The moderator of both communities."""
    return somebody_known(site, "Maya")


@pytest.fixture(scope="session")
def lea(site: Site) -> Person:
    """The lead, who may work on every case."""
    return somebody_known(site, "Lea")
