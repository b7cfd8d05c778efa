"""Whoever writes that they are in danger is shown who can help, at once, privately, and until they put it away."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from forum.care import help_lines
from forum.db import now
from forum.threads import service as threads
from tests.forum.browsing import fields_of
from tests.forum.cast import Cast, new_key

GREEN = "Radio before anything else. A voice in the kitchen that wants nothing from me."
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
PANEL = 'id="care"'


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread of Ana's that anyone can read."""
    return threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id


@pytest.fixture
def ben(cast: Cast, browse: Callable[..., FlaskClient]) -> FlaskClient:
    """Ben's browser, without JavaScript."""
    return browse(cast.ben)


def _replies(browser: FlaskClient, thread_id: int, body: str):
    form = fields_of(browser.get(f"/threads/{thread_id}"), f"/threads/{thread_id}/replies")
    return browser.post(f"/threads/{thread_id}/replies", data=form | {"body": body})


def test_the_panel_is_on_the_page_that_follows_the_post(talk, ben):
    answer = _replies(ben, talk, CRISIS)
    assert answer.headers["Location"] == f"/threads/{talk}#care"
    page = ben.get(answer.headers["Location"]).text
    assert PANEL in page
    assert "written the letters" in page, "the post is published like any other"
    for line in help_lines.chosen("GB", now()):
        assert line.name in page.replace("&#39;", "'")
    assert '<a href="/posts/2"' in page or 'href="/posts/2"' in page, "the way back to their words"


def test_the_lines_know_of_what_was_written_about(talk, ben, visitor):
    _replies(ben, talk, "I am scared of him. He hits me and he has locked the door. He will kill me tonight.")
    panel = ben.get("/care/panel").text
    assert "National Domestic Abuse Helpline" in panel
    assert "Emergency services" in panel
    assert "National Domestic Abuse Helpline" not in visitor.get("/").text


def test_nobody_else_sees_it(cast, talk, ben, browse, visitor):
    _replies(ben, talk, CRISIS)
    for browser in (browse(cast.ana), browse(cast.maya), visitor):
        assert PANEL not in browser.get(f"/threads/{talk}").text
        assert browser.get("/care/panel").status_code == 204


def test_other_words_bring_no_panel(talk, ben):
    answer = _replies(ben, talk, GREEN)
    assert answer.headers["Location"] == f"/threads/{talk}#post-2"
    assert PANEL not in ben.get(f"/threads/{talk}").text


def test_it_stands_on_every_page_until_it_is_put_away(cast, talk, ben):
    _replies(ben, talk, CRISIS)
    for path in (f"/communities/{cast.slug}", "/notices", "/"):
        assert PANEL in ben.get(path).text, path
    form = fields_of(ben.get(f"/threads/{talk}"), "/care/put-away")
    answer = ben.post("/care/put-away", data=form)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/")
    for path in (f"/threads/{talk}", "/"):
        assert PANEL not in ben.get(path).text, path
    assert ben.get("/care/panel").status_code == 204
    _replies(ben, talk, CRISIS + " Again.")
    assert PANEL in ben.get(f"/threads/{talk}").text, "and comes again when it is needed again"


def test_a_script_gets_the_post_and_the_panel_in_one_round_trip(talk, ben):
    key = new_key()
    answer = ben.post(
        f"/threads/{talk}/replies",
        data={"body": CRISIS, "form_key": key},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["post"]["html"].lstrip().startswith("<article")
    assert (told["post"]["position"], told["post"]["revision"], told["revision"]) == (2, 2, 2)
    assert told["post"]["html"] in ben.get(f"/threads/{talk}").text, "the same markup as on the page"
    assert PANEL in told["care"]
    assert told["form_key"] != key
    assert told["care"].strip() in ben.get("/care/panel").text


def test_a_script_gets_no_panel_for_other_words(talk, ben):
    form = {"body": GREEN, "form_key": new_key()}
    told = ben.post(f"/threads/{talk}/replies", data=form, headers={"Accept": "application/json"}).get_json()
    assert told["care"] is None


def test_a_panel_promises_nothing_but_the_stated_hours(talk, ben):
    _replies(ben, talk, CRISIS)
    panel = ben.get("/care/panel").text.lower()
    for promise in (
        "within minutes",
        "right away",
        "immediately",
        "we will call",
        "guarantee",
        "24/7 moderators",
    ):
        assert promise not in panel


def test_only_who_is_logged_in_puts_a_panel_away_and_comes_back_to_a_page(cast, visitor):
    page = visitor.post("/care/put-away", data={"next": "/"})
    assert page.status_code == 401
    assert visitor.get(fields_of(page, "/log-in")["next"]).status_code == 200
