"""Whatever happened to the line, an open page ends where a fresh load would: nothing missing, nothing twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Open
from tests.parts.frail import FrailSite
from tests.parts.line import Line
from tests.parts.people import Person, case_about, new_key, rows, somebody_known, somebody_new
from tests.parts.processes import wait_for
from tests.parts.words import GREEN, RED

STATE = """() => {
  const clean = (html) => html.replace(/\\s+/g, " ").replaceAll("> <", "><").trim()
  const thread = document.querySelector("live-thread")
  const part = (name) => clean(document.querySelector(name).outerHTML)
  return { posts: part("#posts"), older: part("#older"), newer: part("#newer"), heading: part("h1"),
           title: document.title, thread: { ...thread.dataset } }
}"""


class Conversation:
    """A thread with people in it, and pages that are open on it by a line in our hands."""

    def __init__(self, site: FrailSite, line: Line, opens: Open) -> None:
        self.site, self.line, self._opens = site, line, opens
        self.ana, self.ben = somebody_new(site), somebody_new(site)
        self.maya = somebody_known(site, "Maya")
        self.id = self.ana.starts("How was today?", GREEN)
        self.dark = self.ana.replies(self.id, RED)
        self.first = self.ana.replies(self.id, "I slept a little.")
        self.second = self.ben.replies(self.id, "I did not.")
        case_about(site, self.dark)

    def page(self, person: Person | None = None) -> Page:
        """One more open page, which hears what happens."""
        page = self._opens(f"/threads/{self.id}", person, address=self.line.address)
        self.ben.edits(self.second, f"I did not, {new_key()}.")
        self.caught_up(page)
        page.evaluate("window.stillHere = true")
        return page

    def much_happens(self) -> None:
        """Posts, an edit, a withdrawal and a hide."""
        third = self.ben.replies(self.id, "Tea helps.")
        self.ana.edits(self.first, "I slept a little, and then a little more.")
        self.ana.replies(self.id, "And <b>honey</b>.")
        self.ben.edits(third, "Tea helps, *camomile* most.")
        self.ben.withdraws(self.second)
        self.maya.hides(self.dark, "Please find other words.")
        self.ben.replies(self.id, "Good night, all.")

    def caught_up(self, page: Page) -> None:
        """Wait until the page is as far as the database."""
        revision = rows(self.site, "SELECT revision FROM threads WHERE id = ?", self.id)[0][0]

        def the_page_is_as_far_as_the_database() -> bool:
            return page.locator("live-thread").get_attribute("data-revision") == str(revision)

        wait_for(the_page_is_as_far_as_the_database, timeout=45)

    def is_as_fresh(self, page: Page, person: Person | None = None) -> dict[str, Any]:
        """Compare the page with a fresh load of its address; answers its state."""
        self.caught_up(page)
        state, fresh = page.evaluate(STATE), self._opens(page.url, person).evaluate(STATE)
        assert state == fresh
        items = page.locator("#posts > li").evaluate_all("all => all.map(item => item.id)")
        assert len(items) == len(set(items))
        assert page.evaluate("window.stillHere === true"), "the page was never loaded again"
        return dict(state)


@pytest.fixture
def line(frail_site: FrailSite) -> Iterator[Line]:
    line = Line(frail_site.port)
    yield line
    line.close()


@pytest.fixture
def talk(frail_site: FrailSite, line: Line, opens: Open) -> Conversation:
    return Conversation(frail_site, line, opens)


def test_two_open_pages_hear_everything_that_happens(talk: Conversation):
    mine, visitors = talk.page(talk.ana), talk.page()
    talk.much_happens()
    for page, person in ((mine, talk.ana), (visitors, None)):
        state = talk.is_as_fresh(page, person)
        assert "honey" in state["posts"]
        assert RED not in state["posts"]


def test_a_line_that_was_lost_for_a_while(talk: Conversation):
    mine, visitors = talk.page(talk.ana), talk.page()
    talk.line.cut()
    talk.much_happens()
    wait_for(lambda: talk.line.in_vain >= 6, timeout=60)  # both pages tried again and again
    assert "honey" not in mine.content()
    talk.line.restore()
    for page, person in ((mine, talk.ana), (visitors, None)):
        assert "Good night, all." in talk.is_as_fresh(page, person)["posts"]
    talk.ben.replies(talk.id, "And good morning.")  # and the line is live again
    expect(visitors.get_by_role("article").last).to_contain_text("And good morning.")
    talk.is_as_fresh(visitors)


def test_a_line_that_was_lost_while_more_happened_than_can_be_told_one_by_one(talk: Conversation):
    mine, visitors = talk.page(talk.ana), talk.page()
    talk.line.cut()
    talk.much_happens()
    for number in range(101):
        talk.ben.replies(talk.id, f"Sheep number {number}.")
    talk.line.restore()
    for page, person in ((mine, talk.ana), (visitors, None)):
        state = talk.is_as_fresh(page, person)
        assert "Newer posts" in state["newer"]
        assert state["thread"]["last"] == "false"


def test_web_processes_that_were_killed(talk: Conversation):
    mine, visitors = talk.page(talk.ana), talk.page()
    talk.site.kill_web_workers()
    talk.much_happens()
    for page, person in ((mine, talk.ana), (visitors, None)):
        assert "Good night, all." in talk.is_as_fresh(page, person)["posts"]


def test_a_broker_that_was_away_while_the_page_stayed_open(talk: Conversation):
    page = talk.page(talk.ana)
    talk.site.broker.stop()
    try:
        talk.much_happens()
    finally:
        talk.site.broker.start()
    assert "Good night, all." in talk.is_as_fresh(page, talk.ana)["posts"]
    talk.ben.replies(talk.id, "And good morning.")
    expect(page.get_by_role("article").last).to_contain_text("And good morning.")


def test_a_page_that_grew_is_what_its_address_shows(talk: Conversation):
    page = talk.page(talk.ana)
    for number in range(5, 24):
        talk.ben.replies(talk.id, f"Sheep number {number}.")
    state = talk.is_as_fresh(page, talk.ana)
    assert state["thread"]["through"] == "23"
    assert page.url.endswith("?after=0&through=23")
    for number in range(24, 104):
        talk.ben.replies(talk.id, f"Sheep number {number}.")
    state = talk.is_as_fresh(page, talk.ana)
    assert state["thread"] | {"through": "100", "last": "false"} == state["thread"]
    assert "Newer posts" in state["newer"]


def test_a_page_without_sockets_asks_by_itself(talk: Conversation):
    talk.line.sockets_pass = False
    page = talk.page()
    talk.much_happens()
    assert "Good night, all." in talk.is_as_fresh(page)["posts"]
