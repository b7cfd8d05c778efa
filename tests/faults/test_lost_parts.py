"""A worker killed, the broker away, a web process dead in the middle of a request: nothing is lost or doubled."""

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from tests.parts.frail import FrailSite
from tests.parts.people import Person, new_key, rows
from tests.parts.processes import wait_for
from tests.parts.words import AMBER, BY_LEVEL, CRISIS, GREEN

TEXTS = [f"{words} This is line {number}." for number in range(10) for words in BY_LEVEL.values()]


def in_thread(site: FrailSite, thread: int) -> list[str]:
    """The bodies that stand in a thread, the opening one left out."""
    found = rows(
        site,
        "SELECT text_versions.body FROM posts JOIN text_versions ON text_versions.text_id = posts.text_id "
        "WHERE posts.thread_id = ? AND posts.position > 1 ORDER BY posts.position",
        thread,
    )
    return [body for (body,) in found]


def levels_of_cases(site: FrailSite, thread: int) -> dict[str, int]:
    """How many cases of each level the thread's posts have."""
    return dict(
        rows(
            site,
            "SELECT cases.level, count(*) FROM cases JOIN posts ON posts.text_id = cases.text_id "
            "WHERE posts.thread_id = ? GROUP BY cases.level",
            thread,
        )
    )


def everything_is_read(site: FrailSite) -> bool:
    unread = rows(site, "SELECT count(*) FROM screenings WHERE state <> 'done'")[0][0]
    uncarried = rows(site, "SELECT count(*) FROM outbox WHERE carried_at IS NULL")[0][0]
    return not unread and not uncarried


def nothing_is_lost_or_doubled(site: FrailSite, thread: int, texts: list[str]) -> None:
    wait_for(lambda: everything_is_read(site), timeout=90)
    assert sorted(in_thread(site, thread)) == sorted(texts)
    expected = {
        level: sum(text.startswith(words) for text in texts)
        for level, words in BY_LEVEL.items()
        if level != "green"
    }
    assert levels_of_cases(site, thread) == {level: n for level, n in expected.items() if n}
    assert rows(site, "SELECT text_id FROM cases GROUP BY text_id HAVING count(*) > 1") == []
    assert rows(site, "SELECT version_id FROM screenings GROUP BY version_id HAVING count(*) > 1") == []


def stands_on_the_desk(maya: Person, person: Person) -> str:
    """How a moderator sees this person's case after loading the desk; AssertionError while there is none."""
    more = ["/desk"]
    while more:
        page = maya.get(more[0])[2]
        if person.name in page:
            return str(page.partition(person.name)[0].rpartition("<li")[2])
        more = re.findall(r'href="(/desk\?after=\d+)"', page)
    raise AssertionError(f"nothing of {person.name} on the desk")


@contextmanager
def without_broker(site: FrailSite) -> Iterator[None]:
    site.broker.stop()
    try:
        yield
    finally:
        site.broker.start()


def test_a_screening_worker_that_is_killed_midway_loses_and_doubles_nothing(
    frail_site: FrailSite, rosa: Person
):
    thread = rosa.starts("A long evening", GREEN)
    for number, text in enumerate(TEXTS):
        rosa.replies(thread, text)
        if number == len(TEXTS) // 2:
            frail_site.kill_screening()
    frail_site.move_clock_on(40)  # after which what was handed over and not read is handed over again
    nothing_is_lost_or_doubled(frail_site, thread, TEXTS)


def test_posts_are_taken_while_the_broker_is_away_and_read_once_it_is_back(
    frail_site: FrailSite, rosa: Person
):
    thread = rosa.starts("A long evening", GREEN)
    half = len(TEXTS) // 2
    for text in TEXTS[:half]:
        rosa.replies(thread, text)
    with without_broker(frail_site):
        for text in TEXTS[half:]:
            rosa.replies(thread, text)
        assert sorted(in_thread(frail_site, thread)) == sorted(TEXTS), "answered means stored"
        assert rosa.get(f"/threads/{thread}")[0] == 200
    nothing_is_lost_or_doubled(frail_site, thread, TEXTS)


def test_with_the_broker_away_throughout_a_crisis_text_is_on_the_desk_by_reload(
    frail_site: FrailSite, rosa: Person, maya: Person
):
    thread = rosa.starts("Tonight", GREEN)
    with without_broker(frail_site):
        rosa.replies(thread, CRISIS)
        assert "Being read" in maya.get("/desk")[2], "from its commit on"
        on_desk = wait_for(lambda: stands_on_the_desk(maya, rosa), timeout=90)
        assert "crisis" in on_desk
        assert rosa.get("/care/panel")[0] == 200
        assert rosa.get("/help")[0] == 200
    nothing_is_lost_or_doubled(frail_site, thread, [CRISIS])


def test_what_only_the_worker_would_find_is_found_without_worker_and_broker(
    frail_site: FrailSite, rosa: Person, maya: Person
):
    thread = rosa.starts("A grey week", GREEN)
    with without_broker(frail_site):
        frail_site.kill_screening()
        rosa.replies(thread, AMBER)
        assert "amber" in wait_for(lambda: stands_on_the_desk(maya, rosa), timeout=90)
    nothing_is_lost_or_doubled(frail_site, thread, [AMBER])


def test_a_relay_that_is_killed_delivers_what_it_had_not(frail_site: FrailSite, rosa: Person):
    thread = rosa.starts("A long evening", GREEN)
    for number, text in enumerate(TEXTS):
        rosa.replies(thread, text)
        if number == len(TEXTS) // 2:
            os.kill(frail_site.pid("relay"), signal.SIGKILL)
    nothing_is_lost_or_doubled(frail_site, thread, TEXTS)


def test_a_web_process_killed_before_it_could_store_a_form_that_is_sent_again_makes_one_post(
    frail_site: FrailSite, rosa: Person
):
    thread, key = rosa.starts("From the train", GREEN), new_key()
    with nobody_else_writes(frail_site), a_form_on_its_way(rosa, thread, AMBER, key) as line:
        frail_site.kill_web_workers()
        assert is_told_of_no_success(line)
    assert in_thread(frail_site, thread) == []
    rosa.replies(thread, AMBER, key)
    nothing_is_lost_or_doubled(frail_site, thread, [AMBER])


def test_a_web_process_killed_after_it_stored_a_form_that_is_sent_again_makes_one_post(
    frail_site: FrailSite, rosa: Person
):
    thread, key = rosa.starts("From the train", GREEN), new_key()
    with a_form_on_its_way(rosa, thread, AMBER, key):  # whose answer nobody reads
        wait_for(lambda: in_thread(frail_site, thread) == [AMBER])
        frail_site.kill_web_workers()
    rosa.replies(thread, AMBER, key)
    nothing_is_lost_or_doubled(frail_site, thread, [AMBER])


@contextmanager
def a_form_on_its_way(person: Person, thread: int, body: str, key: str) -> Iterator[HTTPConnection]:
    """A reply that was sent; the answer is still to come."""
    with closing(HTTPConnection("127.0.0.1", person.site.port, timeout=30)) as line:
        line.request(
            "POST",
            f"/threads/{thread}/replies",
            urlencode({"body": body, "form_key": key}),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": person.site.address,
                "Cookie": person.cookie,
            },
        )
        yield line


def is_told_of_no_success(line: HTTPConnection) -> bool:
    """Whether the line broke; or the form was still at the door, and the next process says that it cannot write."""
    try:
        return line.getresponse().status == 503
    except (OSError, HTTPException):
        return True


@contextmanager
def nobody_else_writes(site: FrailSite) -> Iterator[None]:
    """Hold the database's only pen: a request that wants to write waits in the middle of its work."""
    with closing(sqlite3.connect(site.data / "forum.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")
