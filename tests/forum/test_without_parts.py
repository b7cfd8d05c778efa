"""Help stands when everything else is down, also for somebody who was logged in."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask

from forum import create_app, db
from forum.care import help_lines
from forum.config import Settings
from tests.forum.browsing import Browser, fields_of
from tests.forum.conftest import NOWHERE
from tests.parts.databases import SECRET

GONE = {
    "sqlite": "sqlite:////nowhere/at/all.db",
    "postgres": "postgresql+psycopg://forum@127.0.0.1:1/forum",
}


@pytest.fixture(scope="module", params=GONE)
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A site whose database and broker are gone; its limits are on."""
    settings = Settings(
        database_url=GONE[request.param],
        redis_url=NOWHERE,
        secret_key=SECRET,
        encryption_key=SECRET,
        site_mode="testing",
    )
    app = create_app(settings)
    app.test_client_class = Browser
    yield app
    db.disconnect()


@pytest.fixture(params=["visitor", "member"])
def browser(app: Flask, request: pytest.FixtureRequest):
    """A visitor's, and that of somebody who logged in before."""
    browser = app.test_client()
    if request.param == "member":
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = "a token of before"
            cookie["_fresh"] = True
    return browser


def test_help_and_the_front_page_say_who_to_reach(browser):
    lines = help_lines.chosen("GB", db.now())
    for path in ("/help", "/"):
        began = time.monotonic()
        page = browser.get(path)
        assert page.status_code == 200, path
        assert all(line.name in page.text.replace("&#39;", "'") for line in lines), path
        assert time.monotonic() - began < 5, path
    assert "cannot show the communities right now" in page.text


def test_help_for_another_country_too(browser):
    for country in help_lines.countries():
        page = browser.get(f"/help?country={country.code}")
        assert page.status_code == 200
        assert country.name in page.text


def test_a_page_that_needs_the_database_says_who_to_reach(browser):
    page = browser.get("/threads/1")
    assert page.status_code == 503
    assert "Need someone now?" in page.text
    assert page.headers["Content-Security-Policy"]


def test_words_sent_meanwhile_are_kept_and_can_be_sent_again(browser):
    form = {"body": "I wrote this for an hour.", "form_key": "a key of before"}
    page = browser.post("/threads/1/replies", data=form)
    assert page.status_code == 503
    assert fields_of(page, "/threads/1/replies") == form
    answer = browser.post("/threads/1/replies", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.json["error"]


def test_logging_in_meanwhile_is_refused_calmly(browser):
    page = browser.post("/log-in", data={"name": "Ana", "password": "a lamp in the window"})
    assert page.status_code == 503
    assert "Need someone now?" in page.text


def test_nothing_here_is_still_nothing_here(browser):
    assert browser.get("/nowhere").status_code == 404
    assert browser.get("/healthz").text == "alive"
