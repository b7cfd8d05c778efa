"""Nobody gets in: everybody asks for everything, and is answered as the table says (access.txt), with every header."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
import socketio
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from forum import create_app, db
from forum.accounts import passwords
from forum.accounts.models import SiteRole
from forum.config import Settings
from forum.db import session
from forum.desk.models import Case
from forum.realtime import sockets
from forum.spaces.models import Role, Space, SpaceKind
from forum.threads.models import Post, PostState, Thread, ThreadKind
from moderation.cases import CaseState
from tests.forum.browsing import Browser
from tests.forum.conftest import NOWHERE
from tests.house import access
from tests.house.access import LINE, MISSING, WHO, Row, World, letter_of
from tests.parts.answers import lacking
from tests.parts.databases import SECRET
from tests.parts.statements import statements

ROWS = access.rows()
ROUTES = [row for row in ROWS if row.method != LINE]
EVENTS = [row for row in ROWS if row.method == LINE]
JSON = {"Accept": "application/json"}


def _world(url: str) -> Iterator[World]:
    """The world of the table, with sockets that need no broker."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_nobody", quick.hash("nobody's"))
        patch.setattr(sockets, "Line", lambda _: socketio.Manager())
        app = create_app(
            Settings(
                database_url=url,
                redis_url=NOWHERE,
                secret_key=SECRET,
                encryption_key=SECRET,
                site_mode="testing",
                limits=False,
                sockets_per_process=10_000,
            )
        )
        app.test_client_class = Browser
        yield World(app, url)
    db.disconnect()


@pytest.fixture(scope="module")
def world(sqlite_databases) -> Iterator[World]:
    """The people and things of the table in SQLite, which is quickly put back as it was."""
    url = sqlite_databases.create()
    yield from _world(url)
    sqlite_databases.drop(url)


# ------------------------------------------------------------------ everything is decided


def test_every_route_and_every_event_is_decided(world):
    assert access.asked_of(world.app, list(sockets.ANSWERS)) == {row.key for row in ROWS}, (
        "write it into tests/house/access.txt"
    )


def test_a_route_that_nobody_decided_is_noticed():
    app = Flask(__name__)
    app.add_url_rule("/a/new/<int:way_in>", view_func=str, methods=["GET", "DELETE"])
    undecided = access.asked_of(app, ["a.new.event"]) - {row.key for row in ROWS}
    assert undecided == {
        ("GET", "/a/new/<int:way_in>"),
        ("DELETE", "/a/new/<int:way_in>"),
        (LINE, "a.new.event"),
    }


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_is_decided_about_every_kind_of_thing(world, row: Row):
    assert set(row.cells) - {MISSING} == world.kinds_for(row)
    assert all(set(letters) <= set("y-dlcit") for letters in row.cells.values())


def test_there_is_somebody_of_every_role_and_a_thing_in_every_state(world):
    assert {actor.role for actor in world.actors.values()} == set(SiteRole)
    assert {role for actor in world.actors.values() for role in actor.memberships.values()} == set(Role)
    for column, states in (
        (Space.kind, set(SpaceKind) - {SpaceKind.MACHINE}),  # nobody is in the machine's own
        (Thread.kind, ThreadKind),
        (Post.state, PostState),
        (Case.state, CaseState),
    ):
        assert set(session.query(column).distinct().all()) == {(state,) for state in states}
    session.remove()


# ------------------------------------------------------------------ and everybody is answered so


@pytest.mark.parametrize("row", ROUTES, ids=str)
def test_everybody_is_answered_as_the_table_says(world, row: Row):
    """And what one may not know of looks like what is not there: status, headers, body and statements."""
    missing = {who: _asked(world, row, MISSING, who) for who in WHO} if _is_about_things(row) else {}
    answered = {
        thing: "".join(_letter(world, row, thing, who, missing) for who in WHO) for thing in row.cells
    }
    if missing:
        answered[MISSING] = "".join(letter for letter, _ in missing.values())
    assert _table(answered) == _table(_cells(row))


@pytest.mark.parametrize("row", EVENTS, ids=str)
def test_everybody_is_answered_on_the_line_as_the_table_says(world, row: Row):
    answered = {thing: "".join(_said(world, row, thing, who) for who in WHO) for thing in _cells(row)}
    assert _table(answered) == _table(_cells(row))


@pytest.mark.parametrize("row", ROUTES, ids=str)
def test_powers_that_ask_for_a_second_factor_are_none_without_it(world, row: Row, monkeypatch):
    """A moderator and a lead whose sign-in is not proven are a member and a stranger, or are told to prove it; and
    being told so they learn nothing of what is there."""
    real = replace(world.app.config["SITE"], site_mode="production")
    monkeypatch.setitem(world.app.config, "SITE", real)
    for who, at_most in (("M", "m"), ("L", "s")):
        missing = _asked(world, row, MISSING, who)[1] if _is_about_things(row) else None
        for thing, letters in row.cells.items():
            if thing in (MISSING, "post as the team"):  # that one is Maya's own
                continue
            letter, trace = _asked(world, row, thing, who)
            expected = letters[WHO.index(at_most)]
            if expected == "-" and missing is not None:
                assert trace == missing, thing
            else:
                assert letter in (expected, "d" if letters[WHO.index(who)] != expected else expected), thing


# ------------------------------------------------------------------ private is as missing


@pytest.mark.parametrize("row", [row for row in ROUTES if "<" in row.rule], ids=str)
def test_to_a_script_it_looks_like_what_is_not_there_too(world, row: Row):
    for thing, who in _hidden(row, each=3):
        asked, missing = (_asked(world, row, each, who, JSON) for each in (thing, MISSING))
        assert asked == missing, f"{thing} for {who}"


@pytest.mark.parametrize("row", [row for row in EVENTS if row.rule.startswith("thread.")], ids=str)
def test_on_the_line_it_looks_like_what_is_not_there_too(world, row: Row):
    for thing, letters in row.cells.items():
        for who, letter in zip(WHO, letters, strict=True):
            if letter == "-":
                assert _line_trace(world, row, thing, who) == _line_trace(world, row, MISSING, who)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE"])
def test_other_methods_do_not_tell_either(world, method: str):
    for row in ROUTES:
        for thing, who in _hidden(row, each=1):
            asked, missing = (_asked(world, row, each, who, method=method) for each in (thing, MISSING))
            assert asked == missing, f"{method} {row.rule}"


def test_on_postgres_it_looks_like_what_is_not_there_too(postgres_databases):
    url = postgres_databases.create()
    with contextmanager(_world)(url) as world:
        for row in ROUTES:
            for thing, who in _hidden(row, each=2):
                asked, missing = (_asked(world, row, each, who) for each in (thing, MISSING))
                assert asked == missing, f"{row} about {thing} for {who}"
    postgres_databases.drop(url)


# ------------------------------------------------------------------ how it is asked


def _is_about_things(row: Row) -> bool:
    return "<" in row.rule or row.rule.startswith("thread.")


def _cells(row: Row) -> dict[str, str]:
    """The row's cells, with what is said about the missing where the rule names a thing."""
    missing = {MISSING: "-" * len(WHO)} if _is_about_things(row) else {}
    return missing | row.cells


def _hidden(row: Row, each: int) -> Iterator[tuple[str, str]]:
    """What of this row who may not know; of each thing for so many people, as different as there are."""
    for thing, letters in row.cells.items():
        if thing and thing != MISSING:
            shut_out = [who for who, letter in zip(WHO, letters, strict=True) if letter == "-"]
            yield from [(thing, who) for who in shut_out[:: -(-len(shut_out) // each) or 1]]


def _table(cells: dict[str, str]) -> list[str]:
    return [
        "who " + " ".join(WHO),
        *sorted(" ".join(letters) + f" {thing}" for thing, letters in cells.items()),
    ]


def _letter(world: World, row: Row, thing: str, who: str, missing: dict[str, Any]) -> str:
    letter, trace = missing[who] if thing == MISSING else _asked(world, row, thing, who)
    hidden = row.cells[thing][WHO.index(who)] == "-" and thing in world.things
    if hidden and (letter, trace) == missing[who]:
        return "-"
    return "!" if hidden or (letter == "-" and missing) else letter


def _asked(
    world: World, row: Row, thing: str, who: str, headers: dict[str, str] | None = None, method: str = ""
) -> tuple[str, tuple[object, ...]]:
    """The answer's letter, and all that it could be told by, but for the address, which they know themselves."""
    path, method, form = world.path(row, thing), method or row.method, world.form(row)
    with statements() as said:
        answer = world.browser(who).open(
            path, method=method, data=form if method != "GET" else None, headers=headers or {}, buffered=True
        )
    assert lacking(answer) == []
    letter = letter_of(answer)
    if letter == "y" and method == "POST":
        world.reset()
    body = answer.text
    for address in (path, quote(path, safe="")):
        body = body.replace(address, "/here")
    kept = [
        (name, value.replace(path, "/here").replace(quote(path, safe=""), "/here"))
        for name, value in answer.headers
        if name != "Date" and not (name == "Content-Length" and body != answer.text)
    ]
    return letter, (answer.status_code, body, kept, said)


def _line_trace(world: World, row: Row, thing: str, who: str) -> tuple[object, ...]:
    with statements() as said:
        client = _open_line(world, who)
        answer = client.emit(row.rule, _payload(world, thing), callback=True)
    heard = client.get_received()
    client.disconnect()
    return answer, heard, said


def _said(world: World, row: Row, thing: str, who: str) -> str:
    client = _open_line(world, who)
    if row.rule in ("connect", "disconnect"):
        letter = "y" if client.is_connected() else "-"
        client.disconnect()
        return letter
    payload = _payload(world, thing)
    answer = client.emit(row.rule, payload, callback=True) or {}
    if answer.get("error"):
        assert not _listens(world, client), "refused, and yet in a room"
    client.disconnect()
    return access.STATUS.get(answer["status"], str(answer["status"])) if answer.get("error") else "y"


def _open_line(world: World, who: str) -> Any:
    sockets = world.app.extensions["socketio"]
    client: FlaskClient = world.browser(who)
    return sockets.test_client(world.app, flask_test_client=client)


def _listens(world: World, client: Any) -> list[str]:
    """The rooms of others' words that this page sits in: all but its own and its sign-in's."""
    server = world.app.extensions["socketio"].server
    sid = server.manager.sid_from_eio_sid(client.eio_sid, "/")
    return [room for room in server.rooms(sid) if room != sid and not room.startswith("sign_in:")]


def _payload(world: World, thing: str) -> dict[str, Any]:
    return {"thread_id": 999_999} if thing == MISSING else world.things.get(thing, {})
