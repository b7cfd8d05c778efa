"""Somebody writes that they may be in danger: they see help at once, a moderator sees them, and a person decides."""

import re
import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bench.listening import Listener
from tests.journeys.conftest import Open
from tests.parts.people import OPEN, Person, case_about, rows
from tests.parts.processes import wait_for
from tests.parts.site import Site
from tests.parts.words import AMBER, CRISIS, GREEN, RED

CARE = "Thank you for saying it"
REPLY = "Your words"


def panel(page: Page) -> Any:
    return page.get_by_role("region", name=CARE)


def case_for(page: Page, case_id: int) -> Any:
    return page.locator(f"#case-{case_id}")


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_the_author_of_a_crisis_post_sees_at_once_who_can_help(
    opens: Open, rosa: Person, finn: Person, script: bool
):
    thread = finn.starts("How is everyone tonight?", GREEN)
    page = opens(f"/threads/{thread}", rosa, java_script_enabled=script)
    other = opens(f"/threads/{thread}", finn)
    page.get_by_label(REPLY).fill(CRISIS)
    page.get_by_role("button", name="Post", exact=True).click()

    expect(panel(page)).to_be_visible()
    expect(panel(page)).to_be_in_viewport()
    expect(panel(page).locator("a[href='tel:116123']")).to_be_visible()
    if script:
        expect(panel(page)).to_be_focused()
    expect(page.get_by_role("article").nth(1)).to_contain_text("end my life")  # not swallowed
    expect(other.get_by_role("article", name=rosa.name)).to_contain_text("end my life")
    expect(panel(other)).to_have_count(0)
    other.reload()
    expect(panel(other)).to_have_count(0)

    page.goto(page.url.partition("#")[0])
    expect(panel(page)).to_be_visible()  # it stands on the next page too
    panel(page).get_by_role("link", name="Go to my post").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your post")
    panel(page).get_by_role("button", name="Put this away").click()
    expect(panel(page)).to_have_count(0)
    page.reload()
    expect(panel(page)).to_have_count(0)


def test_care_that_is_raised_later_reaches_the_open_page_and_stands_on_the_next(
    opens: Open, site: Site, rosa: Person, maya: Person
):
    thread = rosa.starts("Evening", GREEN)
    case_id = case_about(site, rosa.replies(thread, AMBER))
    page = opens(f"/threads/{thread}", rosa)
    expect(panel(page)).to_have_count(0)
    page.get_by_label(REPLY).fill("Half a thought")
    desk = opens(f"/desk/cases/{case_id}", maya)
    desk.get_by_role("button", name="Take this case").click()
    desk.get_by_text("It is more urgent than it says").click()
    desk.get_by_role("button", name="Red: risk, within the hour").click()
    expect(desk.locator("#case-standing .level")).to_contain_text("red")

    expect(panel(page)).to_have_count(1)
    expect(page.locator("[role=status]")).to_contain_text(
        "There is something for you at the top of this page"
    )
    expect(page.get_by_label(REPLY)).to_be_focused()
    expect(page.get_by_label(REPLY)).to_have_value("Half a thought")
    page.goto(site.address + "/")
    expect(panel(page)).to_be_visible()
    panel(page).get_by_role("button", name="Put this away").click()
    expect(panel(page)).to_have_count(0)
    assert rosa.get("/care/panel")[0] == 204


def test_words_edited_in_another_window_bring_the_panel_to_this_one(opens: Open, rosa: Person):
    thread = rosa.starts("Evening", GREEN)
    post = rosa.replies(thread, "Still up.")
    page = opens(f"/threads/{thread}", rosa)
    rosa.edits(post, CRISIS)
    expect(panel(page)).to_have_count(1)
    expect(page.get_by_role("article").nth(1)).to_contain_text("end my life")


def test_the_desk_shows_a_new_case_by_itself_in_order_and_veiled(
    opens: Open, site: Site, rosa: Person, finn: Person, maya: Person
):
    desk = opens("/desk", maya)
    desk.evaluate("window.stillHere = true")
    thread = finn.starts("A rough week", GREEN)
    posts = {words: rosa.replies(thread, words) for words in (AMBER, RED, CRISIS)}
    cases = {words: case_about(site, posts[words]) for words in posts}
    for case_id in cases.values():
        expect(case_for(desk, case_id)).to_be_visible()

    places = desk.locator("#queue-cases li").evaluate_all("items => items.map(item => item.id)")
    crisis, red, amber = (places.index(f"case-{cases[words]}") for words in (CRISIS, RED, AMBER))
    assert crisis < red < amber
    levels = desk.locator("#queue-cases .level").all_inner_texts()
    ranks = [["crisis", "red", "amber"].index(level.split()[-1]) for level in levels]
    assert ranks == sorted(ranks)
    expect(case_for(desk, cases[CRISIS])).to_contain_text(re.compile("due (in|now)"))
    assert "end my life" not in desk.content() and "killing myself" not in desk.content()
    assert desk.evaluate("window.stillHere === true")
    expect(desk.locator("[role=status]")).to_contain_text("New case: crisis")


def test_a_case_is_claimed_by_one_read_in_context_and_answered_by_reaching_out(
    opens: Open, site: Site, rosa: Person, finn: Person, maya: Person, lea: Person
):
    thread = finn.starts("Who is awake?", "I am, and I have tea.")
    post = rosa.replies(thread, CRISIS)
    finn.replies(thread, "I am reading you.")
    case_id = case_about(site, post)
    desk, second = opens(f"/desk/cases/{case_id}", maya), opens(f"/desk/cases/{case_id}", lea)

    words = desk.locator(".marked-words")
    expect(words).to_be_hidden()
    desk.get_by_text("Show the words").click()
    expect(words).to_be_visible()
    expect(words.locator("mark").filter(has_text="end my life")).to_be_visible()
    expect(desk.locator(".findings")).to_contain_text("says that they are going to end their life")
    expect(desk.get_by_role("article", name=finn.name).first).to_be_hidden()
    desk.get_by_text("Show the conversation").click()
    expect(desk.get_by_role("article", name=finn.name).first).to_contain_text("I have tea")
    expect(desk.get_by_role("article", name=finn.name).last).to_contain_text("I am reading you.")

    claim = second.get_by_role("button", name="Take this case")
    claim.evaluate("button => button.form.dataset.kept = 'open'")
    desk.get_by_role("button", name="Take this case").click()
    expect(desk.locator("#case-standing")).to_contain_text("You have this case")
    expect(second.locator("#case-standing")).to_contain_text("Maya has this case")
    status, _, page = lea.post(f"/desk/cases/{case_id}/claim", {})  # a page that had not heard it yet
    assert status == 409
    assert "Maya holds this case" in page

    theirs = opens(f"/threads/{thread}", rosa)
    desk.get_by_text(f"Write to {rosa.name}").click()
    desk.get_by_label("What would you like to say?").fill("We read what you wrote. Would you like to talk?")
    desk.get_by_role("button", name="Send and close").click()
    expect(desk).to_have_url(f"{site.address}/desk")
    expect(case_for(desk, case_id)).to_have_count(0)
    expect(second.locator("#case-standing")).to_contain_text("Closed")

    theirs.get_by_role("link", name="The team wrote to you").click()
    theirs.get_by_role("link", name="The team of Living with bipolar").click()
    letter = theirs.get_by_role("article", name="The team")
    expect(letter).to_contain_text("Would you like to talk?")
    assert "Maya" not in theirs.get_by_role("main").inner_text()
    theirs.get_by_label(REPLY).fill("Yes. Thank you for asking.")
    theirs.get_by_role("button", name="Post", exact=True).click()
    expect(theirs.get_by_role("article", name=rosa.name)).to_contain_text("Yes. Thank you for asking.")
    private = int(re.findall(r"/threads/(\d+)", theirs.url)[0])
    assert [who.get(f"/threads/{private}")[0] for who in (finn, maya, lea)] == [404, 200, 200]
    assert ("reach_out",) in rows(
        site, "SELECT act FROM audit_entries WHERE thing = 'case' AND thing_id = ?", case_id
    )


def test_hidden_words_vanish_from_open_pages_and_come_back_by_no_way(
    opens: Open, site: Site, rosa: Person, finn: Person, maya: Person
):
    thread = finn.starts("What keeps you going?", GREEN)
    post = rosa.replies(thread, f"{RED} Kestrel.")
    reader, author = opens(f"/threads/{thread}", finn), opens(f"/threads/{thread}", rosa)
    visitor = opens(f"/threads/{thread}", java_script_enabled=False)
    for page in (reader, author):
        expect(page.get_by_role("article", name=rosa.name)).to_contain_text("Kestrel")
        page.evaluate("window.stillHere = true")
    heard: list[tuple[str, Any]] = []
    listener = Listener(site.address, finn.cookie, lambda name, says, _: heard.append((name, says))).open()
    listener.ask("thread.join", {"thread_id": thread})

    desk = opens(f"/desk/cases/{case_about(site, post)}", maya)
    desk.get_by_role("button", name="Take this case").click()
    desk.get_by_text("Hide the post").click()
    desk.get_by_role("button", name="Hide and close").click()
    expect(desk.get_by_role("button", name="Hide and close")).to_be_visible()  # no rule, no reason: not sent
    desk.get_by_label("3. No methods, no numbers").check()
    desk.get_by_label("Why, in words for the author").fill("The bird stays with people *all night*.")
    desk.get_by_role("button", name="Hide and close").click()
    expect(desk).to_have_url(f"{site.address}/desk")

    note = "Hidden by a moderator under the rule ‘No methods, no numbers’."
    for page in (reader, author):
        expect(page.get_by_role("article", name=rosa.name)).to_contain_text(note)
        assert page.evaluate("window.stillHere === true")
        assert "Kestrel" not in page.content()
    visitor.reload()
    expect(visitor.get_by_role("article", name=rosa.name)).to_contain_text(note)
    assert "Kestrel" not in visitor.content()

    wait_for(lambda: any(says["id"] == post for name, says in heard if name == "post.changed"))
    assert listener.ask("thread.ask", {"thread_id": thread}) == {"revision": 3}
    listener.close()
    assert "Kestrel" not in str(heard)
    for path in (f"/threads/{thread}", f"/threads/{thread}/changes?since=0", f"/communities/{OPEN}"):
        status, _, answer = finn.get(path)
        assert status == 200
        assert "Kestrel" not in str(answer)
    assert finn.get(f"/posts/{post}")[0] == 404

    author.get_by_role("link", name="The team wrote to you").click()
    expect(author.get_by_role("main")).to_contain_text("The bird stays with people all night.")
    author.get_by_role("link", name="Read your own words in full").click()
    expect(author.get_by_role("main")).to_contain_text("under the rule ‘No methods, no numbers’")
    expect(author.get_by_role("main")).to_contain_text(f"{RED} Kestrel.")
    expect(author.get_by_role("main")).to_contain_text("The bird stays with people all night.")


def test_a_hidden_opening_post_takes_its_title_along_on_open_pages_too(
    opens: Open, site: Site, rosa: Person, finn: Person, maya: Person
):
    thread = rosa.starts("Kestrel over the field", RED)
    post = rows(site, "SELECT id FROM posts WHERE thread_id = ?", thread)[0][0]
    reader, author = opens(f"/threads/{thread}", finn), opens(f"/threads/{thread}", rosa)
    author.get_by_label(REPLY).fill("Half a thought")
    case_about(site, post)
    maya.hides(post, "Not here, please.")
    expect(reader.get_by_role("article")).to_contain_text("Hidden by a moderator")
    expect(reader.get_by_role("heading", level=1)).to_have_text("Hidden by a moderator")
    expect(reader).not_to_have_title(re.compile("Kestrel"))
    assert "Kestrel" not in reader.content()
    expect(author.get_by_role("heading", level=1)).to_have_text("Hidden by a moderator")
    expect(author.get_by_label(REPLY)).to_be_focused()
    expect(author.get_by_label(REPLY)).to_have_value("Half a thought")
    assert "Kestrel" not in str(finn.get(f"/communities/{OPEN}")[2])


def test_two_who_claim_at_the_same_moment_are_one_holder_and_one_told_who(
    site: Site, rosa: Person, maya: Person, lea: Person
):
    post = rosa.replies(rosa.starts("Tonight", GREEN), RED)
    case_id = case_about(site, post)
    answers: dict[str, tuple[int, str, Any]] = {}
    start = threading.Barrier(2)

    def claims(who: Person) -> None:
        start.wait()
        answers[who.name] = who.post(f"/desk/cases/{case_id}/claim", {})

    both = [threading.Thread(target=claims, args=(who,)) for who in (maya, lea)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(status for status, _, _ in answers.values()) == [303, 409]
    (first,) = (name for name, (status, _, _) in answers.items() if status == 303)
    (told,) = (page for status, _, page in answers.values() if status == 409)
    assert f"{first} holds this case" in told


def test_words_given_to_the_team_are_read_by_them_alone(
    opens: Open, rosa: Person, finn: Person, maya: Person
):
    page = opens(f"/communities/{OPEN}", rosa, java_script_enabled=False)
    page.get_by_text("Write to the team in private").click()
    page.get_by_label("What would you like the team to know?").fill("Somebody wrote to me outside of here.")
    page.get_by_role("button", name="Send to the team").click()
    expect(page.get_by_role("article", name=rosa.name)).to_contain_text("outside of here")
    path = "/threads/" + re.findall(r"/threads/(\d+)", page.url)[0]
    assert [who.get(path)[0] for who in (finn, maya)] == [404, 200]
