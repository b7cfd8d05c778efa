"""What was typed is never lost: not to an expired session, not to a limit, not to a nervous finger."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from forum.demo import PASSWORD
from tests.journeys.conftest import Open
from tests.parts.people import OPEN, Person, rows, somebody_new
from tests.parts.processes import wait_for
from tests.parts.site import Site
from tests.parts.words import CRISIS

REPLY = "Your words"
WORDS = "It took me an hour to write this.\n\nIt has two <paragraphs> & more."


def posts_of(site: Site, person: Person) -> list[str]:
    """Every text that stands in a post of theirs."""
    return [
        body
        for (body,) in rows(
            site,
            "SELECT text_versions.body FROM posts JOIN users ON users.id = posts.author_id "
            "JOIN text_versions ON text_versions.text_id = posts.text_id WHERE users.name = ? ORDER BY posts.id",
            person.name,
        )
    ]


@pytest.fixture(scope="module")
def limited_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that counts how often people do things."""
    site = Site(tmp_path_factory.mktemp("limited"), LIMITS="yes")
    site.start()
    yield site
    site.stop()


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_words_typed_before_a_session_ended_survive_the_log_in(
    opens: Open, site: Site, rosa: Person, finn: Person, script: bool
):
    thread = finn.starts("How was your week?", "Mine was long.")
    page = opens(f"/threads/{thread}", rosa, java_script_enabled=script)
    page.get_by_label(REPLY).fill(WORDS)
    page.context.clear_cookies()
    page.get_by_role("button", name="Post", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    expect(page.get_by_role("main")).to_contain_text("They are kept on this page")
    page.get_by_label("Name").fill(rosa.name)
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your words are still here")
    expect(page.get_by_label(REPLY)).to_have_value(WORDS)
    assert posts_of(site, rosa) == []
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article", name=rosa.name)).to_contain_text("It has two <paragraphs> & more.")
    assert len(posts_of(site, rosa)) == 1


def test_a_new_thread_typed_before_a_session_ended_survives_too(opens: Open, site: Site, rosa: Person):
    page = opens(f"/communities/{OPEN}/threads/new", rosa)
    page.get_by_label("Title").fill("Something I kept back")
    page.get_by_label(REPLY).fill(WORDS)
    page.context.clear_cookies()
    page.get_by_role("button", name="Post", exact=True).click()
    page.get_by_label("Name").fill(rosa.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Title")).to_have_value("Something I kept back")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Something I kept back")


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_double_click_is_one_post(opens: Open, site: Site, rosa: Person, finn: Person, script: bool):
    thread = finn.starts("Quick hands", "Mine shake today.")
    page = opens(f"/threads/{thread}", rosa, java_script_enabled=script)
    page.get_by_label(REPLY).fill("Mine too.")
    page.get_by_role("button", name="Post", exact=True).dblclick()
    expect(page.get_by_role("article", name=rosa.name)).to_have_count(1)
    expect(page.get_by_label(REPLY)).to_have_value("")
    page.reload()
    expect(page.get_by_role("article", name=rosa.name)).to_have_count(1)
    assert posts_of(site, rosa) == ["Mine too."]


def test_a_double_click_on_a_new_thread_is_one_thread(opens: Open, site: Site, rosa: Person):
    page = opens(f"/communities/{OPEN}/threads/new", rosa)
    page.get_by_label("Title").fill("Quick hands")
    page.get_by_label(REPLY).fill("Mine shake today.")
    page.get_by_role("button", name="Post", exact=True).dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quick hands")
    assert posts_of(site, rosa) == ["Mine shake today."]


def test_a_line_that_breaks_while_sending_keeps_the_words_and_sends_them_once(
    opens: Open, site: Site, rosa: Person
):
    thread = rosa.starts("From the train", "Tunnels all the way.")
    page = opens(f"/threads/{thread}", rosa)
    page.get_by_label(REPLY).fill(WORDS)
    lost: list[str] = []

    def lose_the_answer(route):
        route.fetch()  # it arrives and is stored; the answer does not come back
        lost.append(route.request.url)
        route.abort()

    page.route("**/replies", lose_the_answer, times=1)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Your words are still here")
    assert lost
    expect(page.get_by_label(REPLY)).to_have_value(WORDS)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_label(REPLY)).to_have_value("")
    expect(page.get_by_role("article")).to_have_count(2)
    assert len(posts_of(site, rosa)) == 2


def test_words_that_cannot_be_taken_come_back_with_the_reason(opens: Open, rosa: Person):
    page = opens(f"/communities/{OPEN}/threads/new", rosa, java_script_enabled=False)
    page.get_by_label("Title").fill("x" * 121)
    page.get_by_label(REPLY).fill(WORDS)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("A title has at most 120 characters")
    expect(page.get_by_label("Title")).to_have_value("x" * 121)
    expect(page.get_by_label(REPLY)).to_have_value(WORDS)


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_limit_keeps_the_words_and_help_has_none(opens: Open, limited_site: Site, script: bool):
    person = somebody_new(limited_site)
    thread = person.starts("A lot to say", "I will be quick.")
    for number in range(9):
        person.replies(thread, f"And {number}.")
    page = opens(f"/threads/{thread}", person, address=limited_site.address, java_script_enabled=script)
    page.get_by_label(REPLY).fill(WORDS)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("That was a lot in a short time.")
    expect(page.get_by_label(REPLY)).to_have_value(WORDS)
    expect(page.get_by_role("button", name="Give these words to the team")).to_have_count(0)

    page.get_by_label(REPLY).fill(CRISIS)
    page.get_by_role("button", name="Post", exact=True).click()
    page.get_by_role("button", name="Give these words to the team").click()
    expect(page.get_by_role("region", name="Thank you for saying it")).to_be_visible()
    expect(page.get_by_role("article", name=person.name)).to_contain_text("end my life")
    expect(page.get_by_role("main")).to_contain_text("This thread is private")
    for _ in range(30):
        assert page.request.get(f"{limited_site.address}/help").status == 200


def test_somebody_who_tries_too_many_passwords_keeps_their_name_and_is_told_to_wait(
    opens: Open, limited_site: Site
):
    page = opens("/log-in", address=limited_site.address, java_script_enabled=False)
    for _ in range(10):
        page.request.post(f"{limited_site.address}/log-in", form={"name": "Wendy", "password": "a guess"},
                          headers={"Origin": limited_site.address})  # fmt: skip
    page.get_by_label("Name").fill("Wendy")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("many tries"))
    expect(page.get_by_label("Name")).to_have_value("Wendy")
    expect(page.get_by_label("Password")).to_have_value("")


def test_the_panel_put_away_on_an_open_page_takes_no_words_along(opens: Open, rosa: Person):
    thread = rosa.starts("Tonight", CRISIS)
    page = opens(f"/threads/{thread}", rosa)
    page.get_by_label(REPLY).fill(WORDS)
    wait_for(lambda: page.evaluate("document.querySelector('care-line') !== null"))
    page.get_by_role("button", name="Put this away").click()
    expect(page.get_by_role("region", name="Thank you for saying it")).to_have_count(0)
    expect(page.get_by_label(REPLY)).to_have_value(WORDS)
    page.reload()
    expect(page.get_by_role("region", name="Thank you for saying it")).to_have_count(0)
