"""A content note and a lock, as somebody meets them who has the page open."""

from playwright.sync_api import expect

from tests.journeys.conftest import Open
from tests.parts.people import Person, new_key
from tests.parts.words import CRISIS


def test_words_behind_a_note_open_when_asked_and_a_note_that_comes_later_closes_them_live(
    opens: Open, rosa: Person, finn: Person, maya: Person
):
    thread = rosa.starts("A hard week", "The first words.")
    form = {"body": "It is quiet here now.", "form_key": new_key(), "note": "loss"}
    quiet = rosa.post(f"/threads/{thread}/replies", form, json_wanted=True)[2]["post"]["id"]
    page = opens(f"/threads/{thread}", finn)
    expect(page.get_by_text("Contains: loss")).to_be_visible()
    expect(page.get_by_text("It is quiet here now.")).to_be_hidden()
    page.get_by_text("Contains: loss").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is quiet here now.")).to_be_visible()
    rosa.edits(quiet, "It is loud here now.")
    expect(page.get_by_text("It is loud here now.")).to_be_visible()
    other = rosa.replies(thread, "And we ate late.")
    expect(page.get_by_text("And we ate late.")).to_be_visible()
    assert maya.post(f"/posts/{other}/note", {"note": "food"})[0] == 303
    expect(page.get_by_text("Contains: food")).to_be_visible()
    expect(page.get_by_text("And we ate late.")).to_be_hidden()


def test_a_lock_takes_the_composer_from_an_open_page_but_never_words_of_danger(
    opens: Open, rosa: Person, finn: Person, maya: Person
):
    thread = rosa.starts("A heated week", "The first words.")
    page = opens(f"/threads/{thread}", finn)
    composer = page.locator("live-composer")
    expect(composer).to_be_visible()
    maya.post(f"/threads/{thread}/lock", {"why": "heated"})
    expect(page.get_by_text("This thread is locked.")).to_be_visible()
    expect(composer).to_have_count(0)
    maya.post(f"/threads/{thread}/unlock", {})
    expect(composer).to_be_visible()
    page.get_by_role("textbox", name="Your words").fill(CRISIS)
    maya.post(f"/threads/{thread}/lock", {"why": "said"})
    expect(page.get_by_text("This thread is locked.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your words")).to_have_value(CRISIS)
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_label("What you wrote, to copy")).to_have_value(CRISIS)
    page.get_by_role("button", name="Give these words to the team").click()
    expect(page.get_by_role("article")).to_contain_text(CRISIS)
