"""What was said to me reaches me while I am elsewhere on the site, and as quietly as I ask for."""

from playwright.sync_api import expect

from tests.journeys.conftest import Open
from tests.parts.people import OPEN, Person
from tests.parts.processes import wait_for
from tests.parts.site import Site
from tests.parts.words import GREEN


def test_a_reply_is_noticed_on_open_pages_and_what_is_read_where_it_stands_is_not_announced(
    opens: Open, site: Site, rosa: Person, finn: Person
):
    thread = rosa.starts("What do you cook?", GREEN)
    finn.replies(thread, "Lentils.")
    wait_for(lambda: "1 new post<" in rosa.get("/notices")[2])
    rosa.post(f"/notices/threads/{thread}/seen", {})
    elsewhere, notices = opens(f"/communities/{OPEN}", rosa), opens("/notices", rosa)
    row = notices.locator(f"#notice-{thread}")
    expect(row).to_contain_text("Nothing new")
    for page in (elsewhere, notices):
        expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible()
        page.evaluate("window.stillHere = true")

    finn.replies(thread, "Lentils again, with words that stay where they were said.")
    expect(elsewhere.get_by_role("link", name="Notices, 1 new")).to_be_visible()
    expect(row).to_contain_text("1 new post since")
    assert "stay where they were said" not in notices.content()
    assert all(page.evaluate("window.stillHere === true") for page in (elsewhere, notices))

    row.get_by_role("button", name="Read what is new").click()
    expect(notices.get_by_role("article", name=finn.name).last).to_contain_text("Lentils again")
    expect(notices.get_by_role("link", name="Notices", exact=True)).to_be_visible()
    finn.replies(thread, "And rice.")
    expect(notices.get_by_role("article", name=finn.name).last).to_contain_text("And rice.")
    wait_for(lambda: "Nothing new" in rosa.get("/notices")[2])  # it was read here, and nowhere counted as new

    notices.get_by_role("button", name="No more notices from this conversation").click()
    expect(notices.get_by_role("button", name="Notices from this conversation again")).to_be_visible()


def test_without_javascript_everything_can_be_read_and_put_away(
    opens: Open, site: Site, rosa: Person, finn: Person
):
    thread = rosa.starts("What do you cook?", GREEN)
    finn.replies(thread, "Lentils.")
    wait_for(lambda: "1 new post<" in rosa.get("/notices")[2])
    page = opens("/", rosa, java_script_enabled=False)
    page.get_by_role("link", name="Notices, 1 new").click()
    page.get_by_role("button", name="Read what is new in What do you cook?").click()
    expect(page.get_by_role("article", name=finn.name)).to_contain_text("Lentils.")
    page.get_by_role("link", name="Notices", exact=True).click()
    page.get_by_role("button", name="Quiet, please").click()
    expect(page.get_by_role("main")).to_contain_text("It is quiet")
