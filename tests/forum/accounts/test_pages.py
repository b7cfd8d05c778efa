"""Signing up, logging in and out, in a browser."""

import pytest

from forum import create_app
from forum.config import Settings
from forum.limits import LIMITS, Limiter
from forum.pages import own_path
from tests.forum.browsing import Browser, fields_of
from tests.forum.cast import PASSWORD
from tests.forum.conftest import NOWHERE
from tests.parts.databases import SECRET

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "javascript:alert(1)",
    "evil.example",
    "",
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_way_to_another_site_is_no_way_of_ours(path):
    assert own_path(path) == "/"


@pytest.mark.parametrize("path", ["/", "/threads/7?after=20", "/communities/carers/join?next=/threads/7"])
def test_a_way_within_the_site_is_kept(path):
    assert own_path(path) == path


def test_after_the_log_in_one_is_where_one_was_going(cast, visitor):
    page = visitor.get("/log-in?next=/communities/carers")
    form = fields_of(page, "/log-in") | {"name": " ANA ", "password": PASSWORD}
    answer = visitor.post("/log-in", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/communities/carers")
    assert "Log out" in visitor.get("/").text


@pytest.mark.parametrize("way", ELSEWHERE)
def test_nobody_is_sent_to_another_site_after_the_log_in(cast, visitor, way):
    answer = visitor.post("/log-in", data={"name": "Ana", "password": PASSWORD, "next": way})
    assert answer.headers["Location"] == "/"


def test_nor_are_kept_words(cast, visitor):
    form = {"name": "Ana", "password": PASSWORD, "kept_action": "https://evil.example/", "kept.body": "Mine."}
    page = visitor.post("/log-in", data=form)
    assert "evil.example" not in page.text


def test_the_cookie_is_for_this_site_and_no_script(cast, visitor):
    cookie = visitor.post("/log-in", data={"name": "Ana", "password": PASSWORD}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_an_unknown_name_and_a_wrong_password_look_the_same(cast, visitor):
    pages = [
        visitor.post("/log-in", data={"name": name, "password": "a wrong one"}) for name in ("Ana", "Abe")
    ]
    assert pages[0].status_code == pages[1].status_code == 422
    assert pages[0].text.replace("Ana", "Abe") == pages[1].text
    assert "Set-Cookie" not in pages[0].headers


def test_after_logging_out_the_old_cookie_opens_nothing(cast, app, visitor):
    visitor.post("/log-in", data={"name": "Ana", "password": PASSWORD})
    kept = visitor.get_cookie("session")
    assert kept is not None
    visitor.post("/log-out")
    assert visitor.get("/from-the-team").status_code == 303
    thief = app.test_client()
    thief.set_cookie("session", kept.value)
    assert thief.get("/from-the-team").headers["Location"].startswith("/log-in")


def test_a_cookie_that_nobody_signed_opens_nothing(cast, visitor):
    visitor.set_cookie("session", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb")
    assert visitor.get("/from-the-team").status_code == 303
    assert visitor.get("/").status_code == 200


def test_signing_up_logs_in(database, visitor):
    form = fields_of(visitor.get("/sign-up?next=/help"), "/sign-up")
    answer = visitor.post("/sign-up", data=form | {"name": "Sam", "password": "a lamp in the window"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/recovery-code?next=/help")
    assert "Log out" in visitor.get("/").text


def test_a_log_in_under_the_limit_keeps_the_name_and_says_when(cast, app, broker, monkeypatch, visitor):
    monkeypatch.setitem(app.extensions, "limiter", Limiter(f"{broker.url}/2", SECRET))
    for _ in range(LIMITS["log_in"].most.amount):
        assert visitor.post("/log-in", data={"name": "Ana", "password": "guess"}).status_code == 422
    page = visitor.post("/log-in", data={"name": "ＡNA", "password": PASSWORD, "next": "/help"})
    assert page.status_code == 429
    assert (fields_of(page, "/log-in")["name"], fields_of(page, "/log-in")["next"]) == ("ＡNA", "/help")
    assert LIMITS["log_in"].sentence in page.text
    other = visitor.post("/log-in", data={"name": "Ben", "password": PASSWORD})
    assert other.status_code == 303, "another person on the same connection is let in"


def test_where_there_is_https_the_cookie_belongs_to_this_host_alone(database):
    settings = Settings(
        database_url=database,
        redis_url=NOWHERE,
        secret_key=SECRET,
        encryption_key=SECRET,
        site_mode="testing",
        origin="https://forum.example",
        limits=False,
    )
    app = create_app(settings, read_only_sockets=True)
    form = {"name": "Sparrow", "password": "a lamp in the window", "agreed": "yes"}
    page = Browser(app, app.response_class).post("/sign-up", data=form, base_url="https://forum.example")
    [cookie] = page.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
