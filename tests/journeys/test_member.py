"""A member: signs up, agrees, speaks, and is heard by others at once; and the same without a script."""

import re
import uuid

import pytest
from playwright.sync_api import Page, Request, expect

from forum.demo import PASSWORD
from tests.journeys.conftest import Open
from tests.parts.people import OPEN, Person, new_key
from tests.parts.processes import wait_for
from tests.parts.site import Site

REPLY = "Your words"


def signs_up_and_joins(page: Page, name: str) -> None:
    page.get_by_role("link", name="Join to say something").click()
    page.get_by_role("link", name="Sign up").last.click()
    page.get_by_label("A name for here").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("checkbox", name="I am 18 or older").check()
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_role("heading", name="What we have agreed")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("No methods, no numbers")
    page.get_by_role("button", name="I agree, let me in").click()


def starts_a_thread(page: Page, title: str, words: str) -> None:
    page.get_by_role("link", name="Say something").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label(REPLY).fill(words)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("article")).to_contain_text(words)


def thread_of(page: Page) -> int:
    return int(re.findall(r"/threads/(\d+)", page.url)[0])


def said_politely(page: Page) -> str:
    return page.locator("[role=status]").inner_text()


def mark(page: Page) -> None:
    """Leave a mark that a load of the page would take away."""
    page.evaluate("window.stillHere = true")


def is_still_the_same_load(page: Page) -> bool:
    return bool(page.evaluate("window.stillHere === true"))


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_new_person_joins_speaks_edits_and_withdraws(opens: Open, site: Site, script: bool):
    name = f"Wren {uuid.uuid4().hex[:6]}"
    page = opens("/communities/living-with-bipolar", java_script_enabled=script)
    signs_up_and_joins(page, name)
    expect(page).to_have_url(f"{site.address}/communities/living-with-bipolar")

    starts_a_thread(page, "A quiet Sunday", "I made soup and it was enough.")
    page.get_by_label(REPLY).fill("And I rang my sister.")
    page.get_by_role("button", name="Post", exact=True).click()
    reply = page.get_by_role("article").nth(1)
    expect(reply).to_contain_text("And I rang my sister.")
    expect(page.get_by_label(REPLY)).to_have_value("")

    page.get_by_role("link", name="Your post: edit, withdraw").nth(1).click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label(REPLY).fill("And I rang my sister, who laughed.")
    page.get_by_role("button", name="Save").click()
    expect(reply).to_contain_text("who laughed")
    expect(reply).to_contain_text("edited")

    page.get_by_role("link", name="Your post: edit, withdraw").nth(1).click()
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(reply).to_contain_text("Withdrawn by its author.")
    expect(reply).not_to_contain_text("sister")
    page.get_by_role("link", name="Your post: edit, withdraw").nth(1).click()
    expect(page.get_by_role("main")).to_contain_text("And I rang my sister, who laughed.")


def test_a_reply_appears_live_and_moves_neither_focus_nor_what_is_read(
    opens: Open, rosa: Person, finn: Person
):
    thread = rosa.starts(
        "Small wins", "\n\n".join(f"Win number {n}: a walk, and a word with someone." for n in range(9))
    )
    page = opens(f"/threads/{thread}", rosa, viewport={"width": 390, "height": 600})
    mark(page)
    page.get_by_label(REPLY).fill("Half a thought")
    page.get_by_label(REPLY).evaluate("field => field.setSelectionRange(4, 4)")
    place = "document.querySelector('textarea').getBoundingClientRect().top"
    before = page.evaluate(place)

    finn.replies(thread, "I am **glad** you wrote that.")

    expect(page.get_by_role("article", name=finn.name)).to_contain_text("I am glad you wrote that.")
    expect(page.locator("[role=status]")).to_contain_text(f"New reply from {finn.name}")
    expect(page.get_by_label(REPLY)).to_be_focused()
    expect(page.get_by_label(REPLY)).to_have_value("Half a thought")
    assert page.get_by_label(REPLY).evaluate("field => field.selectionStart") == 4
    assert abs(page.evaluate(place) - before) <= 1
    assert is_still_the_same_load(page)


def test_who_reads_further_up_stays_where_they_are(opens: Open, rosa: Person, finn: Person):
    thread = rosa.starts(
        "A long one", "\n\n".join(f"Line {n}, and some more words to fill it." for n in range(40))
    )
    page = opens(f"/threads/{thread}", viewport={"width": 390, "height": 600})
    page.mouse.wheel(0, 700)
    wait_for(lambda: page.evaluate("window.scrollY") > 300)
    before = page.evaluate("window.scrollY")
    finn.replies(thread, "I read all of it.")
    expect(page.get_by_role("article", name=finn.name)).to_contain_text("I read all of it.")
    assert page.evaluate("window.scrollY") == before
    assert page.evaluate("document.activeElement === document.body")


def test_edits_and_withdrawals_arrive_live(opens: Open, rosa: Person, finn: Person):
    thread = rosa.starts("Plans for spring", "Tomatoes, perhaps.")
    post = finn.replies(thread, "Beans are kinder.")
    page = opens(f"/threads/{thread}")
    mark(page)
    theirs = page.get_by_role("article", name=finn.name)
    finn.edits(post, "Beans and peas are kinder.")
    expect(theirs).to_contain_text("Beans and peas")
    expect(theirs).to_contain_text("edited")
    finn.withdraws(post)
    expect(theirs).to_contain_text("Withdrawn by its author.")
    assert "Beans" not in page.content()
    assert is_still_the_same_load(page)


def test_a_reply_is_one_round_trip(opens: Open, rosa: Person, finn: Person):
    thread = rosa.starts("One at a time", "Counting things today.")
    page = opens(f"/threads/{thread}", rosa)
    finn.replies(thread, "Two spoons.")
    expect(page.get_by_role("article", name=finn.name)).to_be_visible()  # the line is open
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    mark(page)
    page.get_by_label(REPLY).fill("One cup, one chair.")
    page.get_by_role("button", name="Post", exact=True).click()

    expect(page.get_by_role("article").nth(2)).to_contain_text("One cup, one chair.")
    expect(page.get_by_label(REPLY)).to_have_value("")
    expect(page.get_by_role("link", name="Your post: edit, withdraw")).to_have_count(2)
    sent = [(one.method, one.url.rsplit("/", 1)[1]) for one in asked if one.resource_type != "other"]
    assert [one for one in sent if one[1] != "seen"] == [
        ("POST", "replies")
    ]  # that it was read is told beside it
    assert "Your reply is posted." in said_politely(page)
    assert f"New reply from {rosa.name}" not in said_politely(page), "one's own words are no news"
    assert is_still_the_same_load(page)


def test_the_same_form_sent_twice_is_one_post_and_other_words_in_it_are_another(
    opens: Open, site: Site, rosa: Person
):
    """The browser's 'back' brings the old form, key and all."""
    thread, key = rosa.starts("Once", "Said once."), new_key()
    first = rosa.replies(thread, "The first thing.", key)
    assert rosa.replies(thread, "The first thing.", key) == first
    assert rosa.replies(thread, "Another thing.", key) != first
    private = rosa.post(f"/communities/{OPEN}/team", {"body": "The first thing.", "form_key": key})[1]
    assert private not in ("", f"/threads/{thread}")
    said = opens(f"/threads/{thread}").get_by_role("article")
    expect(said).to_have_count(3)
    expect(said.last).to_contain_text("Another thing.")
    expect(opens(private, rosa).get_by_role("article")).to_contain_text("The first thing.")
