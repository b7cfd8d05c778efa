"""The site as it is hosted: Postgres and gevent, the same program and the same processes."""

import uuid
from collections.abc import Iterator

import pytest

from bench.listening import Listener
from bench.visiting import Visitor
from forum.demo import PASSWORD
from tests.parts.databases import PostgresDatabases
from tests.parts.post import PostOffice
from tests.parts.processes import wait_for
from tests.parts.site import Site

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def post_office() -> Iterator[PostOffice]:
    """The mail server that the site is told of."""
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture(scope="module")
def hosted(
    postgres_databases: PostgresDatabases, post_office: PostOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site, started once for all of these tests."""
    url = postgres_databases.create()
    as_site = postgres_databases.granted(url)  # what runs there may change no table
    mail = {"MAIL_URL": post_office.url, "MAIL_FROM": "forum@example.org"}
    site = Site(tmp_path_factory.mktemp("hosted") / "data", DATABASE_URL=as_site, ASYNC_MODE="gevent", **mail)
    try:
        site.start()
        yield site
    finally:
        if site.started:
            site.stop()
        postgres_databases.drop(url)


def test_what_is_written_on_postgres_under_gevent_is_heard_and_reaches_the_desk(hosted: Site):
    heard: list[tuple[str, object]] = []

    def hear(name: str, payload: object, _moment: float) -> None:
        heard.append((name, payload))

    page = Listener(hosted.address, "", hear).open()
    page.ask("thread.join", {"thread_id": 1})
    maya = Visitor(hosted.address).log_in("Maya", PASSWORD)
    desk = Listener(hosted.address, maya.cookie, hear).open()
    desk.ask("desk.join", {})
    ana = Visitor(hosted.address).log_in("Ana", PASSWORD)
    form = {"body": "I am going to end my life tonight. Goodbye.", "form_key": uuid.uuid4().hex}
    assert ana.post("/threads/1/replies", form, json_wanted=True)[0] == 200
    wait_for(lambda: any(name == "post.changed" for name, _ in heard), timeout=20)
    wait_for(lambda: any(isinstance(p, dict) and p.get("change") == "opened" for _, p in heard), timeout=20)
    for one in (page, desk, maya, ana):
        one.close()


def test_an_address_that_somebody_gives_is_confirmed_by_the_link_in_a_real_mail(
    hosted: Site, post_office: PostOffice
):
    """Web process, relay, maintenance worker and mail server, and back."""
    ben = Visitor(hosted.address).log_in("Ben", PASSWORD)
    answer = ben.post("/account/email", {"address": "ben@mail.example", "password": PASSWORD})
    assert answer[0] == 200, answer
    (mail,) = wait_for(lambda: post_office.received, timeout=20)
    assert post_office.envelopes == [("forum@example.org", ["ben@mail.example"])]
    words = mail.get_content()
    assert "Ben" not in str(mail), "no mail says whose account it is"
    link = next(line for line in words.splitlines() if "/account/email/" in line)
    assert link.startswith(f"{hosted.address}/account/email/")
    path = link.removeprefix(hosted.address)
    assert ben.get(path)[0] == 200
    assert ben.post(path, {})[:2] == (303, "/account/email")
    assert "Your address is ben@mail.example" in ben.get("/account/email")[2]
    ben.close()
