"""A visitor in distress, maybe on an old phone: reads, and finds help, without an account and without a script."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Response, expect

from tests.conftest import Visit
from tests.journeys.conftest import Open
from tests.parts.people import Person
from tests.parts.site import Site

PAGES = (
    "/",
    "/help",
    "/communities/living-with-bipolar",
    "/communities/living-with-bipolar/agreement",
    "/communities/carers",
    "/threads/1",
    "/log-in",
    "/sign-up",
    "/nothing-here",
)


def test_a_visitor_without_a_script_reads_what_people_say(opens: Open, rosa: Person, finn: Person):
    title = f"What do your good mornings look like, {rosa.name}?"
    finn.replies(rosa.starts(title, "Radio before anything else."), "Feeding the *neighbour's* cat.")
    page = opens("/", java_script_enabled=False)
    page.get_by_role("link", name="Living with bipolar").click()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("article", name=finn.name)).to_contain_text("Feeding the neighbour's cat.")
    expect(page.get_by_role("textbox")).to_have_count(0)


@pytest.mark.parametrize("path", PAGES)
def test_help_is_one_press_away_on_every_page(opens: Open, path: str):
    page = opens(path, java_script_enabled=False)
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Help now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Help now")
    expect(page.locator("a[href='tel:116123']").first).to_be_visible()


def test_somebody_elsewhere_chooses_once_and_finds_the_lines_of_their_country_everywhere(opens: Open):
    page = opens("/help", java_script_enabled=False)
    page.get_by_label("Where I am").select_option(label="Canada")
    page.get_by_label("How old I am").select_option(label="under 18")
    page.get_by_role("button", name="Show lines").click()
    expect(page).to_have_url(re.compile("/help#first-heading$"))  # the history tells nothing of them
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Canada")
    expect(page.locator(".help-line").first).to_contain_text("Kids Help Phone")
    page.goto(urljoin(page.url, "/"))
    expect(page.locator("a[href='tel:988']").first).to_be_visible()
    expect(page.locator(".help-line", has_text="Kids Help Phone")).to_have_count(0)
    (kept,) = page.context.cookies()
    assert (kept["name"], kept["value"], kept["httpOnly"]) == ("country", "CA", True)


@pytest.mark.parametrize("script", [True, False])
def test_a_visitor_gets_no_cookie_and_no_page_asks_another_site(opens: Open, site: Site, script: bool):
    page = opens("/", java_script_enabled=script)
    answered: list[Response] = []
    page.on("response", lambda answer: answered.append(answer))
    for path in PAGES:
        page.goto(site.address + path)
    page.goto(site.address + "/threads/1", wait_until="networkidle")
    assert page.context.cookies() == []
    assert [answer.url for answer in answered if "set-cookie" in answer.all_headers()] == []
    assert {urlsplit(answer.url).netloc for answer in answered} == {urlsplit(site.address).netloc}
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_what_members_keep_among_themselves_is_not_shown(opens: Open):
    page = opens("/communities/carers")
    expect(page.get_by_role("main")).to_contain_text("Only members can read what is said here.")
    assert "A word before tonight" not in page.content()


def test_leaving_quickly_puts_another_site_in_the_place_of_the_page(visit: Visit, site: Site):
    page = visit(site.address + "/threads/1")
    page.route("**wikipedia.org/**", lambda route: route.fulfill(body="an encyclopaedia"))
    before = page.evaluate("history.length")
    with page.expect_request("**wikipedia.org/**") as asked:
        page.get_by_role("link", name="Leave quickly").click()
    page.wait_for_url("**wikipedia.org/**")
    assert "referer" not in asked.value.all_headers()
    assert page.evaluate("history.length") == before
