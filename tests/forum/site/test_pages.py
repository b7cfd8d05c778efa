"""The pages of a lead: a form that says what is wrong and keeps what was typed; for everybody else, nothing there."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from forum.db import session
from forum.policy import STRANGER
from forum.site import service
from forum.site.models import SiteVersion
from forum.site.queries import facts, facts_as_saved
from tests.forum.browsing import fields_of
from tests.parts.statements import statements

PAGES = ["/site", "/site/documents"]


@pytest.mark.parametrize("path", PAGES)
def test_to_all_but_a_lead_the_page_was_never_there(cast, browse, path):
    for actor in (STRANGER, cast.ana, cast.maya, cast.omar, cast.kim):
        browser = browse(actor)
        missing = browser.get("/nothing-here")
        assert (browser.get(path).status_code, browser.get(path).data) == (404, missing.data)
        assert 'href="/site"' not in browser.get("/").text
        assert browser.post(path, data=_form(facts())).status_code in (404, 405)
    assert session.scalars(select(func.count(SiteVersion.id))).one() == 0
    assert 'href="/site"' in browse(cast.lea).get("/").text


def test_a_lead_saves_the_facts_and_every_page_says_so(cast, browse):
    browser = browse(cast.lea)
    form = _form(facts_as_saved()) | {"name": "Hearth & home", "hours_from": "00:00", "hours_until": "24:00"}
    answer = browser.post("/site", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/site?saved=yes")
    page = browser.get("/site?saved=yes").text
    assert "Saved: name, hours." in page
    assert "Lea: name, hours" in page
    for path in ("/", "/help", "/log-in"):
        assert "Hearth &amp; home" in browser.get(path).text
        assert "Moderators keep hours day and night." in browser.get(path).text


def test_help_comes_from_the_country_that_the_lead_chose(cast, browse):
    browse(cast.lea).post("/site", data=_form(facts_as_saved()) | {"country": "US"})
    assert "988" in browse(STRANGER).get("/help").text


def test_what_is_wrong_is_said_at_its_field_and_all_that_was_typed_stays(cast, browse):
    browser = browse(cast.lea)
    typed = _form(facts_as_saved()) | {
        "minimum_age": "16",
        "contact": "hello@hearth.example",
        "age_reason": "",
    }
    page = browser.post("/site", data=typed)
    assert page.status_code == 422
    assert "Please say why the age changes." in page.text
    again = fields_of(page, "/site") | {"sign_ups": typed["sign_ups"]}
    assert {name: again[name] for name in typed if name in again} == {
        name: value for name, value in typed.items() if name in again
    }
    why = {"age_reason": "Agreed with the board."}
    assert browser.post("/site", data=again | {"country": "GB"} | why).status_code == 303
    assert "Agreed with the board." in browser.get("/site").text


@pytest.mark.parametrize("age", ["", "old", "-1", "1e3", "٢٠", "1000"])
def test_an_age_that_is_no_number_is_refused_kindly(cast, browse, age):
    page = browse(cast.lea).post("/site", data=_form(facts_as_saved()) | {"minimum_age": age})
    assert page.status_code == 422
    assert 'id="field-minimum_age-error"' in page.text


def test_a_form_that_somebody_overtook_shows_the_words_and_saves_on_the_second_press(cast, browse):
    browser = browse(cast.lea)
    mine = _form(facts_as_saved()) | {"name": "Mine"}
    browser.post("/site", data=mine | {"name": "Theirs"})
    page = browser.post("/site", data=mine)
    assert page.status_code == 409
    again = fields_of(page, "/site") | {"sign_ups": "open"}
    assert again["name"] == "Mine"
    assert browser.post("/site", data=again | {"country": "GB"}).status_code == 303
    assert facts_as_saved().name == "Mine"


def test_a_leads_pages_read_little_and_write_nothing(cast, browse):
    for name in ("One", "Two", "Three"):
        service.change(cast.lea, replace(facts_as_saved(), name=name))
    browser = browse(cast.lea)
    for path, at_most in {"/site": 5, "/site/documents": 5, "/site/invitations": 4}.items():
        with statements() as said:
            assert browser.get(path).status_code == 200
        assert len(said) <= at_most, path
        assert all(statement.lstrip().startswith("SELECT") for statement in said), path


def _form(known) -> dict[str, str]:
    names = (
        "number name country time_zone hours_from hours_until languages minimum_age provider contact sign_ups"
    )
    return {name: str(getattr(known, name)) for name in names.split()}
