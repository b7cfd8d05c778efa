"""The site as it is hosted: Postgres and gevent, the same program and the same processes."""

import uuid
from pathlib import Path

import pytest

from bench.listening import Listener
from bench.visiting import Visitor
from forum.demo import PASSWORD
from tests.parts.databases import PostgresDatabases
from tests.parts.processes import wait_for
from tests.parts.site import Site

pytestmark = pytest.mark.slow


def test_what_is_written_on_postgres_under_gevent_is_heard_and_reaches_the_desk(
    postgres_databases: PostgresDatabases, tmp_path: Path
):
    url = postgres_databases.create()
    as_site = postgres_databases.granted(url)  # what runs there may change no table
    site = Site(tmp_path / "data", DATABASE_URL=as_site, ASYNC_MODE="gevent")
    heard: list[tuple[str, object]] = []

    def hear(name: str, payload: object, _moment: float) -> None:
        heard.append((name, payload))

    try:
        site.start()
        page = Listener(site.address, "", hear).open()
        page.ask("thread.join", {"thread_id": 1})
        maya = Visitor(site.address).log_in("Maya", PASSWORD)
        desk = Listener(site.address, maya.cookie, hear).open()
        desk.ask("desk.join", {})
        ana = Visitor(site.address).log_in("Ana", PASSWORD)
        form = {"body": "I am going to end my life tonight. Goodbye.", "form_key": uuid.uuid4().hex}
        assert ana.post("/threads/1/replies", form, json_wanted=True)[0] == 200
        wait_for(lambda: any(name == "post.changed" for name, _ in heard), timeout=20)
        wait_for(
            lambda: any(isinstance(p, dict) and p.get("change") == "opened" for _, p in heard), timeout=20
        )
        for one in (page, desk, maya, ana):
            one.close()
    finally:
        if site.started:
            site.stop()
        postgres_databases.drop(url)
