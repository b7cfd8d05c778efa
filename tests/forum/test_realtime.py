"""Open pages: what is said through one process is heard on the other, by those who may read and by nobody else."""

import json
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, request
from sqlalchemy import func, select

from forum import db, outbox
from forum.accounts import service as accounts
from forum.accounts import sign_ins
from forum.accounts.models import EndedBecause, SignIn
from forum.db import session, transactional
from forum.errors import Refused
from forum.events import PostChanged
from forum.hours import service as hours
from forum.hours.cover import NOBODY
from forum.outbox import OutboxMessage
from forum.policy import STRANGER, Actor
from forum.realtime import sockets
from forum.realtime.crowd import Crowd
from forum.spaces import service as spaces
from forum.spaces.models import Membership, Space
from forum.threads import service as threads
from tests.forum import cast as people
from tests.forum.cast import Cast, new_key
from tests.forum.live import Live, Page, cookie_of, sent
from tests.parts.processes import wait_for

CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def live(request: pytest.FixtureRequest, _app: Flask, tmp_path_factory) -> Iterator[Live]:
    """A site with two web processes, once on each database."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    url = databases.create()
    live = Live(tmp_path_factory.mktemp("live"), url)
    live.start()
    yield live
    live.stop()
    db.disconnect()
    databases.drop(url)


@pytest.fixture(scope="module")
def signed(_app: Flask) -> Callable[[Actor], str]:
    """`signed(cast.ana)`: the cookie of a fresh sign-in."""
    return lambda actor: cookie_of(_app, actor)


@pytest.fixture(scope="module")
def cast(live: Live) -> Cast:
    """The people of the tests, in the database of the site; what one test leaves the next one finds."""
    db.connect(live.database_url)
    return people.gathered()


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread of Ana's that anyone can read, and whose opening was told already."""
    thread_id = threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id
    return _everything_was_carried() and thread_id


@pytest.fixture
def private(cast: Cast) -> int:
    """A thread of Ana's that only members can read, and whose opening was told already."""
    thread_id = threads.start(cast.ana, cast.private_slug, "Six weeks", "It is quiet.", new_key()).thread_id
    return _everything_was_carried() and thread_id


@pytest.fixture
def opens(live: Live, signed) -> Iterator[Callable[..., Page]]:
    """`opens(cast.ana)`: a page that somebody opens, served by the second process."""
    pages: list[Page] = []

    def opened(actor: Actor, address: str = "", cookie: str = "") -> Page:
        pages.append(Page(address or live.second, cookie or signed(actor)))
        return pages[-1]

    yield opened
    for page in pages:
        page.close()


def _everything_was_carried() -> bool:
    def nothing_waits() -> bool:
        session.rollback()
        waits = select(func.count()).where(OutboxMessage.carried_at.is_(None))
        return session.scalars(waits).one() == 0

    return wait_for(nothing_waits, timeout=20)


def _listens(page: Page, thread_id: int) -> int:
    answer = page.ask("thread.join", thread_id=thread_id)
    assert "revision" in answer, answer
    return int(answer["revision"])


def _is_about(post_id: int) -> Callable[[dict], bool]:
    return lambda says: says["id"] == post_id


def test_a_reply_through_one_process_is_heard_on_the_other(live, signed, cast, talk, opens):
    page, visitors = opens(cast.ana), opens(STRANGER)
    assert _listens(page, talk) == _listens(visitors, talk) == 1
    form = {"body": "Tea, **strong**.", "form_key": new_key()}
    answer = sent(live.first, signed(cast.ben), f"/threads/{talk}/replies", form)
    for each in (page, visitors):
        says = each.waits_for("post.changed", _is_about(answer["post"]["id"]))
        assert says == answer["post"] | {"thread_id": talk}, "what is pushed is what was answered"
        assert says["revision"] == 2


def test_edits_hiding_and_withdrawals_are_heard_too(cast, talk, opens):
    page = opens(STRANGER)
    post_id = threads.reply(cast.ben, talk, "Tea.", new_key()).id
    hidden_id = threads.reply(cast.ben, talk, "Forty of them.", new_key()).id
    _listens(page, talk)
    threads.edit(cast.ben, post_id, "Coffee.", 1)
    assert "Coffee." in page.waits_for("post.changed", lambda says: says["revision"] == 4)["html"]
    transactional(threads.hide)(hidden_id, "No methods, no numbers")
    html = page.waits_for("post.changed", lambda says: says["revision"] == 5)["html"]
    assert "No methods, no numbers" in html
    assert "Forty" not in html
    threads.withdraw(cast.ben, post_id)
    html = page.waits_for("post.changed", lambda says: says["revision"] == 6)["html"]
    assert "Withdrawn by its author" in html
    assert "Coffee" not in html


def test_a_stranger_to_a_members_thread_is_refused_and_hears_nothing(cast, private, opens):
    member, pages = opens(cast.ana), [opens(cast.olu), opens(cast.kim), opens(STRANGER)]
    _listens(member, private)
    for page in pages:
        missing = page.ask("thread.join", thread_id=999_999)
        assert page.ask("thread.join", thread_id=private) == missing
        assert missing["status"] == 404
    post_id = threads.reply(cast.ben, private, "I hear you.", new_key()).id
    member.waits_for("post.changed", _is_about(post_id))
    assert [page.told("post.changed") for page in pages] == [[], [], []]


def test_whoever_left_hears_nothing_of_the_next_post_though_nobody_hung_up(cast, private, opens):
    ana, omar = opens(cast.ana), opens(cast.omar)
    _listens(ana, private)
    _listens(omar, private)
    before = threads.reply(cast.ben, private, "Good evening.", new_key()).id
    for page in (ana, omar):
        page.waits_for("post.changed", _is_about(before))
    spaces.leave(cast.omar, cast.private_slug)
    try:
        for page in (ana, omar):
            page.waits_for("line.resumed")
        _listens(ana, private)
        after = threads.reply(cast.ben, private, "He is gone, I think.", new_key()).id
        ana.waits_for("post.changed", _is_about(after))
        assert [says["id"] for says in omar.told("post.changed")] == [before]
        assert omar.ask("thread.ask", thread_id=private)["status"] == 404
    finally:
        _comes_back(cast.omar, cast.private_id)


@transactional
def _comes_back(actor: Actor, space_id: int) -> None:
    old = select(Membership).where(Membership.user_id == actor.user_id, Membership.space_id == space_id)
    row = session.scalars(old).one()
    session.add(Membership(user_id=row.user_id, space_id=space_id, role=row.role, began_at=db.now()))


def test_an_event_of_an_older_audience_travels_as_a_nudge_without_words(cast, private, opens):
    page = opens(cast.ana)
    _listens(page, private)
    post_id = threads.reply(cast.ben, private, "I hear you.", new_key()).id
    page.waits_for("post.changed", _is_about(post_id))
    epoch = session.scalars(select(Space.audience_epoch).where(Space.id == cast.private_id)).one()
    transactional(outbox.record)(PostChanged(post_id, private, epoch - 1, cast.private_id))
    assert page.waits_for("thread.moved") == {"thread_id": private}
    assert len(page.told("post.changed")) == 1


def test_a_moderators_desk_is_told_and_nobody_elses(cast, talk, opens):
    desk, ana = opens(cast.maya), opens(cast.ana)
    assert desk.ask("desk.join") == {"ok": True}
    assert ana.ask("desk.join")["status"] == 404
    post = threads.reply(cast.ben, talk, CRISIS, new_key())
    text_id = post.text_id
    says = desk.waits_for("desk.changed", lambda says: says["text_id"] == text_id)
    assert (says["level"], says["change"]) == ("crisis", "being_read")
    assert set(says) == {"case_id", "text_id", "level", "change"}
    assert ana.told("desk.changed") == []


def test_care_reaches_its_persons_open_page_and_no_ended_sign_in(signed, cast, talk, opens):
    cookie = signed(cast.ben)
    ended = session.scalars(select(func.max(SignIn.id))).one()
    page, other, left = opens(cast.ben), opens(cast.ana), opens(cast.ben, cookie=cookie)
    session.rollback()
    accounts.log_out(ended)
    threads.reply(cast.ben, talk, CRISIS, new_key())
    page.waits_for("care.offered")
    assert other.told("care.offered") == left.told("care.offered") == []


def test_a_page_left_open_hears_nothing_after_its_log_out(signed, cast, opens):
    cookie = signed(cast.ana)
    ended = session.scalars(select(func.max(SignIn.id))).one()
    thread_id = threads.start(cast.ana, cast.private_slug, "At night", "It is late.", new_key()).thread_id
    _everything_was_carried()
    left, listens = opens(cast.ana, cookie=cookie), opens(cast.ben)
    for page in (left, listens):
        _listens(page, thread_id)
    session.rollback()
    accounts.log_out(ended)
    post_id = threads.reply(cast.ben, thread_id, "Are you still there?", new_key()).id
    listens.waits_for("post.changed", _is_about(post_id))
    assert left.told("post.changed") == []


def test_a_page_under_a_sign_in_that_was_ended_from_another_device_is_hung_up_on(
    signed, cast, private, opens
):
    cookie = signed(cast.ana)
    ended = session.scalars(select(func.max(SignIn.id))).one()
    left, stays = opens(cast.ana, cookie=cookie), opens(cast.ana)
    for page in (left, stays):
        _listens(page, private)
    session.rollback()
    sign_ins.end(cast.ana.user_id or 0, ended)
    left.waits_for("signin.ended")
    post_id = threads.reply(cast.ben, private, "Good night.", new_key()).id
    stays.waits_for("post.changed", _is_about(post_id))
    assert left.told("post.changed") == []
    assert stays.told("signin.ended") == []


def test_ones_own_open_desk_hears_nothing_after_a_change_of_what_was_proven(signed, cast, talk, opens):
    cookie = signed(cast.maya)
    here = session.scalars(select(func.max(SignIn.id))).one()
    left, desk = opens(cast.maya, cookie=cookie), opens(cast.noor)
    for page in (left, desk):
        assert page.ask("desk.join") == {"ok": True}
    session.rollback()
    transactional(sign_ins.renew)(cast.maya.user_id or 0, here, EndedBecause.SECOND_FACTOR, proven=False)
    left.waits_for("signin.ended")
    text_id = threads.reply(cast.ben, talk, CRISIS, new_key()).text_id
    desk.waits_for("desk.changed", lambda says: says["text_id"] == text_id)
    assert left.told("desk.changed") == []


def test_an_open_page_notes_the_day_of_its_sign_in(signed, cast, opens):
    cookie = signed(cast.ben)
    here = session.scalars(select(func.max(SignIn.id))).one()
    _was_not_seen(here)
    opens(cast.ben, cookie=cookie)

    def the_day_is_noted() -> bool:
        session.rollback()
        return session.scalars(select(SignIn.seen_at).where(SignIn.id == here)).one() is not None

    wait_for(the_day_is_noted)


@transactional
def _was_not_seen(sign_in_id: int) -> None:
    session.get_one(SignIn, sign_in_id).seen_at = None


def test_a_place_is_free_again_when_its_page_hung_up_or_could_not_be_let_in():
    app = Flask(__name__)
    crowd = app.extensions["crowd"] = Crowd(1)
    crowd.enter("left")
    crowd.leave("left")
    with pytest.raises(Refused):
        crowd.asks("left")  # what it asked is answered a moment after it hung up
    with app.test_request_context():
        request.sid = "trouble"  # type: ignore[attr-defined]
        request.event = {"message": "connect"}  # type: ignore[attr-defined]
        assert crowd.enter("trouble")
        assert sockets._refused(Exception()) is False, "it would never hear what is its person's"
    assert crowd.enter("next")


def test_whoever_only_holds_the_line_keeps_nobody_from_help(live):
    if live.database_url.startswith("postgresql"):
        pytest.skip("gevent has no threads to run out of")
    address = urlsplit(live.second)
    hello = f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address.netloc}\r\n{UPGRADE}\r\n"
    with ExitStack() as held:
        for _ in range(60):
            line = held.enter_context(socket.create_connection((address.hostname, address.port or 80), 10))
            line.sendall(hello.encode())
        help_now = closing(HTTPConnection(address.netloc, timeout=10))
        connection = held.enter_context(help_now)
        connection.request("GET", "/help")
        assert connection.getresponse().status == 200


def test_a_question_that_makes_no_sense_is_answered_at_once(cast, opens):
    page = opens(STRANGER)
    for payload in ({}, {"thread_id": "1"}, {"thread_id": -1}, {"thread_id": True}, {"thread_id": 2**40}):
        assert page.ask("thread.join", **payload)["status"] == 404
    assert page.ask("thread.leave", thread_id=1) == {}


def test_a_page_of_another_site_cannot_listen(live):
    assert _answered_to_a_page_of("https://evil.example", live.first) == 400
    assert _answered_to_a_page_of(live.first, live.first) == 101


def _answered_to_a_page_of(origin: str, address: str) -> int:
    """The status with which a browser's socket is answered."""
    hello = {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": origin}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=10)) as connection:
        connection.request("GET", "/socket.io/?EIO=4&transport=websocket", headers=hello | key)
        return connection.getresponse().status


def test_when_the_broker_was_away_every_page_is_told_to_ask_again(live, cast, talk, opens):
    pages = [opens(cast.ana, live.first), opens(STRANGER, live.second)]
    for page in pages:
        _listens(page, talk)
    live.broker.stop()
    threads.reply(cast.ben, talk, "Anybody here?", new_key())
    live.broker.start()
    for page in pages:
        page.waits_for("line.resumed")
        assert page.ask("thread.ask", thread_id=talk) == {"revision": 2}, (
            "the push may be lost, the post is not"
        )
    _everything_was_carried()
    later = threads.reply(cast.ben, talk, "I am.", new_key()).id
    for page in pages:
        page.waits_for("post.changed", _is_about(later))


def test_who_of_the_team_comes_and_goes_is_told_to_every_open_page_at_once(
    cast: Cast, opens, live: Live, signed
):
    """Visitors too, through either process; nobody is named, and a page that loads then says the same."""
    signed(cast.lea)
    pages = [opens(STRANGER), opens(cast.ana, live.second)]
    hours.be_here(cast.lea, f"{db.now() + timedelta(hours=2):%Y-%m-%dT%H:%MZ}")
    for page in pages:
        says = page.waits_for("cover.changed", lambda says: says["is_here"])
        assert says["here"].startswith("Moderators are here until") and "Lea" not in str(says)
        assert 0 < says["changes_in"] <= 24 * 3600
    for address in (live.first, live.second):
        wait_for(lambda address=address: _cover_at(address)["is_here"], timeout=5)  # type: ignore[misc]
    transactional(sign_ins.end_all)(cast.lea.user_id or 0, EndedBecause.LOGGED_OUT)
    for page in pages:
        assert page.waits_for("cover.changed", lambda says: not says["is_here"])["here"] == NOBODY


def _cover_at(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}/cover", timeout=20) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
