"""Every page as people with different eyes, hands and machines meet it: axe, narrow screens, large letters, keys."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect
from werkzeug.serving import make_server

from forum import create_app, db
from forum.config import Settings
from tests.conftest import Visit
from tests.forum.conftest import NOWHERE
from tests.journeys.conftest import Open
from tests.parts.databases import SECRET
from tests.parts.people import CLOSED, OPEN, Person, case_about, rows, somebody_known, somebody_new
from tests.parts.site import Site
from tests.parts.words import AMBER, CRISIS, GREEN, RED

PHONE: ViewportSize = {"width": 320, "height": 640}
LONG = "Averylongwordthatnobodywouldeverbreakbythemselves" * 3
STILL = """() => Promise.allSettled(document.getAnimations().map((one) => one.finished))"""
WIDER_THAN_THE_WINDOW = """() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  return [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width + 1)
    .map((one) => one.outerHTML.slice(0, 120))
}"""


@dataclass
class World:
    """A small world in which every page has something to show."""

    site: Site

    @cached_property
    def member(self) -> Person:
        """Somebody to whom nothing happened."""
        return somebody_new(self.site)

    @cached_property
    def author(self) -> Person:
        """Somebody whose care panel stands, whose post was hidden and to whom the team wrote."""
        author = somebody_new(self.site).joins(CLOSED)
        self.own = author.replies(
            self.thread, f"Words of my own.\n\n> {LONG}\n\n    {LONG}\n\n<b>1</b>\n\n1. one"
        )
        self.withdrawn = author.replies(self.thread, "Taken back.")
        author.withdraws(self.withdrawn)
        self.hidden = author.replies(self.thread, RED)
        author.replies(self.thread, CRISIS)
        self.maya.hides(self.hidden, "Please find other words.")
        author.post(f"/communities/{OPEN}/team", {"body": "A word for the team.", "form_key": "to-the-team"})
        return author

    @cached_property
    def maya(self) -> Person:
        """The moderator."""
        return somebody_known(self.site, "Maya")

    @cached_property
    def lea(self) -> Person:
        """The lead, who is told that a mail failed."""
        with closing(sqlite3.connect(self.site.data / "forum.db", timeout=10)) as database, database:
            database.execute(
                "INSERT INTO mails (kind, recipient, facts, state, attempts, next_try_at, trouble, queued_at) "
                "VALUES ('confirm_address', 'x', 'x', 'failed', 8, ?1, 'AddressRefused', ?1)",
                ("2026-03-01 09:00:00.000000",),
            )
        return somebody_known(self.site, "Lea")

    @cached_property
    def thread(self) -> int:
        """A thread with something of everything in it."""
        thread = self.member.starts(f"A long title {LONG[:60]} and more", "The first words.")
        for number in range(21):
            self.member.replies(thread, f"Number {number}.")
        return thread

    @cached_property
    def cases(self) -> dict[str, int]:
        """An unclaimed case, and one that Maya holds."""
        posts = [self.member.replies(self.thread, words) for words in (AMBER, AMBER)]
        self.member.edits(posts[0], f"{AMBER} And again.")
        free, held = (case_about(self.site, post) for post in posts)
        self.maya.claims(held)
        return {"free": free, "held": held}

    @cached_property
    def locked(self) -> int:
        """A locked thread whose opening post has a content note."""
        thread = self.member.starts("An evening", "Words.")
        post = rows(self.site, "SELECT id FROM posts WHERE thread_id = ?", thread)[0][0]
        self.maya.post(f"/posts/{post}/note", {"note": f"loss {LONG[:60]}"})
        self.maya.post(f"/threads/{thread}/lock", {"why": "heated"})
        return thread

    @property
    def private(self) -> int:
        """The thread between the author and the team."""
        name = self.author.name
        return int(rows(self.site, "SELECT threads.id FROM threads JOIN users ON users.id = person_id "
                        "WHERE users.name = ?", name)[0][0])  # fmt: skip


Where = Callable[[World], str]
AS_NOBODY: dict[str, Where] = {
    "front": lambda world: "/",
    "help": lambda world: "/help?country=US",
    "sign-up": lambda world: "/sign-up",
    "privacy": lambda world: "/privacy",
    "terms": lambda world: "/terms",
    "log-in": lambda world: "/log-in",
    "recover": lambda world: "/recover",
    "open community": lambda world: f"/communities/{OPEN}",
    "closed community": lambda world: f"/communities/{CLOSED}",
    "agreement": lambda world: f"/communities/{OPEN}/agreement",
    "thread": lambda world: f"/threads/{world.thread}",
    "thread, further on": lambda world: f"/threads/{world.thread}?after=20",
    "missing": lambda world: "/nothing-here",
}
AS_MEMBER: dict[str, Where] = {
    "join": lambda world: f"/communities/{CLOSED}/join",
    "community": lambda world: f"/communities/{OPEN}",
    "new thread": lambda world: f"/communities/{OPEN}/threads/new",
    "thread": lambda world: f"/threads/{world.thread}",
    "leave": lambda world: f"/communities/{OPEN}/leave",
    "notices of somebody new": lambda world: "/notices",
    "account": lambda world: "/account",
    "sign-ins": lambda world: "/account/sign-ins",
    "password": lambda world: "/account/password",
    "recovery code": lambda world: "/account/recovery-code",
    "e-mail": lambda world: "/account/email",
    "second factor": lambda world: "/account/second-factor",
    "not mine to do": lambda world: f"/communities/{CLOSED}/threads/new",
}
AS_AUTHOR: dict[str, Where] = {
    "front with care": lambda world: "/",
    "thread": lambda world: f"/threads/{world.thread}?after=20",
    "own post": lambda world: f"/posts/{world.own}",
    "hidden post": lambda world: f"/posts/{world.hidden}",
    "withdrawn post": lambda world: f"/posts/{world.withdrawn}",
    "edit": lambda world: f"/posts/{world.own}/edit",
    "withdraw": lambda world: f"/posts/{world.own}/withdrawal",
    "notices": lambda world: "/notices",
    "private thread": lambda world: f"/threads/{world.private}",
}
AS_MODERATOR: dict[str, Where] = {
    "desk": lambda world: "/desk",
    "free case": lambda world: f"/desk/cases/{world.cases['free']}",
    "held case": lambda world: f"/desk/cases/{world.cases['held']}",
    "thread to lock": lambda world: f"/threads/{world.thread}?after=20",
    "locked thread": lambda world: f"/threads/{world.locked}",
    "content note": lambda world: f"/posts/{world.own}/note",
}
AS_LEAD: dict[str, Where] = {
    "facts": lambda world: "/site",
    "documents": lambda world: "/site/documents",
    "invitations": lambda world: "/site/invitations",
    "desk with a note": lambda world: "/desk",
    "mail": lambda world: "/site/mail",
    "people with power": lambda world: "/site/team",
    "screening": lambda world: "/site/screening",
    "communities": lambda world: "/site/communities",
    "new community": lambda world: "/site/communities/new",
    "settings of a community": lambda world: f"/site/communities/{CLOSED}/settings",
}
PEOPLE = {"nobody": AS_NOBODY, "member": AS_MEMBER, "author": AS_AUTHOR, "maya": AS_MODERATOR, "lea": AS_LEAD}


@pytest.fixture(scope="module")
def world(site: Site) -> World:
    return World(site)


@pytest.fixture
def strict_site(tmp_path: Path) -> Iterator[Site]:
    """A site that counts what people do, as a real one does."""
    site = Site(tmp_path / "strict", LIMITS="yes")
    site.start()
    yield site
    site.stop()


@pytest.fixture
def site_without_parts() -> Iterator[str]:
    """The address of a site whose database and broker are gone."""
    settings = Settings(
        database_url="sqlite:////nowhere/at/all.db",
        redis_url=NOWHERE,
        secret_key=SECRET,
        encryption_key=SECRET,
        site_mode="testing",
    )
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()
    db.disconnect()


def violations(page: Page) -> list[str]:
    """What axe finds wrong, in a line each."""
    page.evaluate(STILL)
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{page.url} {one['id']}: {one['help']} {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def in_light_and_in_dark(page: Page) -> list[str]:
    """What axe finds wrong in either colour scheme."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += violations(page)
    return found


def all_is_open(page: Page) -> None:
    page.evaluate("for (const veil of document.querySelectorAll('details')) veil.open = true")


@pytest.mark.parametrize("who", PEOPLE)
def test_axe_finds_nothing_on_any_page_in_light_and_in_dark(opens: Open, world: World, who: str):
    person: Person | None = getattr(world, who, None)
    found = []
    page = opens("/help", person)
    for where in PEOPLE[who].values():
        page.goto(world.site.address + where(world))
        all_is_open(page)
        found += in_light_and_in_dark(page)
    assert found == []


@pytest.mark.parametrize("who", PEOPLE)
def test_no_page_is_wider_than_a_small_phone_or_than_letters_twice_as_large(
    opens: Open, world: World, who: str
):
    person: Person | None = getattr(world, who, None)
    found = []
    page = opens("/help", person, viewport=PHONE)
    for where in PEOPLE[who].values():
        page.set_viewport_size(PHONE)
        page.goto(world.site.address + where(world))
        all_is_open(page)
        found += [(page.url, "320 px", one) for one in page.evaluate(WIDER_THAN_THE_WINDOW)]
        page.set_viewport_size({"width": 640, "height": 640})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += [(page.url, "200 %", one) for one in page.evaluate(WIDER_THAN_THE_WINDOW)]
    assert found == []


def test_axe_finds_nothing_where_something_went_wrong(opens: Open, world: World):
    """Log-in with errors, kept words, refused forms, a limit's page: whatever stands in somebody's way."""
    site, found = world.site, []
    page = opens("/log-in")
    page.get_by_label("Name").fill("Nobody we know")
    page.get_by_label("Password").fill("a wrong password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += violations(page)
    page.goto(f"{site.address}/sign-up")
    page.get_by_label("A name for here").fill("Ana")
    page.get_by_label("Password").fill("short")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += violations(page)

    page = opens(f"/communities/{OPEN}/threads/new", world.member, java_script_enabled=True)
    page.get_by_label("Title").fill("x" * 200)
    page.get_by_label("Your words").fill("Words.")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += violations(page)
    page.get_by_label("Title").fill("A title")
    page.context.clear_cookies()
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    all_is_open(page)
    found += violations(page)
    page.get_by_label("Name").fill("Ben")
    page.get_by_label("Password").fill("lamp in the window")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your words are still here")
    found += violations(page)
    page = opens("/help", world.member)
    elsewhere = f"""<form method="post" action="{site.address}/threads/{world.thread}/replies">
        <input name="form_key" value="from-elsewhere"><textarea name="body">Words.</textarea><button>Go</button>"""
    page.goto(f"data:text/html,{quote(elsewhere)}")
    page.get_by_role("button").click()
    expect(page.get_by_role("main")).to_contain_text("This came from another site")
    expect(page.get_by_label("Your words")).to_have_value("Words.")
    found += violations(page)
    assert found == []


def test_axe_finds_nothing_where_a_limit_stops_words_that_sound_like_danger(opens: Open, strict_site: Site):
    """Whether or not a care panel stood before: one panel, the words kept, one press that tells the team."""
    person, found = somebody_new(strict_site), []
    thread = person.starts("A quiet evening", GREEN)
    for said_before in (GREEN, CRISIS):
        limited = somebody_new(strict_site)
        for _ in range(10):
            limited.replies(thread, said_before)
        page = opens(f"/threads/{thread}", limited, address=strict_site.address, viewport=PHONE)
        page.get_by_role("textbox", name="Your words").fill(CRISIS)
        with page.expect_response(lambda answer: answer.status == 429):
            page.get_by_role("button", name="Post", exact=True).click()
        expect(page.get_by_role("textbox", name="Your words")).to_have_value(CRISIS)
        expect(page.get_by_role("button", name="Give these words to the team")).to_be_visible()
        expect(page.locator(".care-panel")).to_have_count(1)
        found += in_light_and_in_dark(page) + page.evaluate(WIDER_THAN_THE_WINDOW)
    assert found == []


def test_axe_finds_nothing_while_the_database_is_away(visit: Visit, site_without_parts: str):
    found = []
    page = visit("about:blank", viewport=PHONE)
    for path, status in {"/": 200, "/help": 200, "/help?country=US": 200, "/threads/1": 503}.items():
        answer = page.goto(site_without_parts + path)
        assert answer is not None and answer.status == status
        found += in_light_and_in_dark(page) + page.evaluate(WIDER_THAN_THE_WINDOW)
    assert found == []


def test_the_first_press_of_tab_skips_to_the_page(opens: Open, world: World):
    page = opens(f"/threads/{world.thread}", world.member)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link").first).to_be_focused()


WITHOUT_FOCUS_MARK = """() => {
  const one = document.activeElement, style = getComputedStyle(one)
  const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
  return marked ? null : one.outerHTML.slice(0, 120)
}"""
CONTROLS = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((one) => one.checkVisibility() && !(one.type === "radio" && one.name && document.querySelector(
     `input[name="${one.name}"]`) !== one)).length"""


@pytest.mark.parametrize(
    ("who", "name"),
    [("nobody", "front"), ("nobody", "help"), ("author", "thread"), ("maya", "desk"), ("maya", "held case")],
)
def test_every_control_is_reached_by_keys_and_shows_that_it_is(
    opens: Open, world: World, who: str, name: str
):
    page = opens("/help", getattr(world, who, None))
    page.goto(world.site.address + PEOPLE[who][name](world))
    all_is_open(page)
    reached: set[str] = set()
    unmarked: list[str] = []
    for _ in range(page.evaluate(CONTROLS)):
        page.keyboard.press("Tab")
        page.evaluate("(number) => { document.activeElement.dataset.reached ??= number }", len(reached))
        reached.add(page.evaluate("document.activeElement.dataset.reached"))
        if lacks := page.evaluate(WITHOUT_FOCUS_MARK):
            unmarked.append(lacks)
    assert len(reached) == page.evaluate(CONTROLS)
    assert unmarked == []


# A link in a line of text is as high as the line; what stands there to be pressed is a finger high.
SMALL_TARGETS = """() => [...document.querySelectorAll(`button, select, summary, label.choice, nav a, .button,
    .quick-exit, .help-line-way, .queue-open, .post-own-link, .thread-list-title a, .community-list h3 a`)]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
  .map((one) => `${one.outerHTML.slice(0, 120)} ${one.getBoundingClientRect().height}`)"""


@pytest.mark.parametrize("who", PEOPLE)
def test_what_is_pressed_is_large_enough_for_an_unsteady_hand(opens: Open, world: World, who: str):
    found = []
    page = opens("/help", getattr(world, who, None), viewport={"width": 390, "height": 800}, has_touch=True)
    for where in PEOPLE[who].values():
        page.goto(world.site.address + where(world))
        all_is_open(page)
        found += [(page.url, one) for one in page.evaluate(SMALL_TARGETS)]
    assert found == []
