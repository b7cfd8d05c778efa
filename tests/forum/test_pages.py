"""What is true of every page: its headers, what search engines and caches may do, and how refusals look."""

import base64
import hashlib
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from forum import assets, headers
from forum.threads import queries
from forum.threads import service as threads
from tests.forum.cast import Cast, new_key
from tests.parts.answers import lacking


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread of Ana's that anyone can read."""
    return threads.start(
        cast.ana, cast.slug, "Tom's & Ana's <mornings>", "Kettle first.", new_key()
    ).thread_id


@pytest.fixture
def private(cast: Cast) -> int:
    """A thread of Ana's that only members can read."""
    return threads.start(cast.ana, cast.private_slug, "Six weeks", "It is quiet here.", new_key()).thread_id


def test_every_answer_has_the_strict_headers_errors_too(app, cast, talk, visitor, browse, monkeypatch):
    """What every route answers is looked at in tests/house/test_access.py."""
    for browser in (visitor, browse(cast.ana)):
        answers = {
            "nowhere": browser.get("/nowhere"),
            "from elsewhere": browser.post("/log-in", headers={"Sec-Fetch-Site": "cross-site"}),
            "refused": browser.post("/sign-up", data={"name": ""}),
            "refused to a script": browser.post("/sign-up", headers={"Accept": "application/json"}),
            "method": browser.delete("/log-in"),
            "too long": browser.post("/log-in", data={"name": "x" * 2_000_000}),
            "no such file": browser.get("/static/nothing.css"),
            "another address": browser.get("//"),
        }
        for broken in (SQLAlchemyError("no"), OperationalError("", {}, Exception()), ValueError("no")):
            with monkeypatch.context() as patch:
                patch.setattr(queries, "thread", lambda *_, broken=broken: _raise(broken))
                answers[repr(broken)] = browser.get(f"/threads/{talk}")
        assert {answer.status_code for answer in answers.values()} >= {403, 404, 405, 413, 422, 500, 503}
        for what, answer in answers.items():
            assert lacking(answer) == [], what


def _raise(trouble: Exception) -> None:
    raise trouble


def test_files_are_kept_for_ever_when_their_name_changes_with_them(visitor):
    built = visitor.get(assets.address("app.js"), buffered=True)
    assert built.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert visitor.get("/static/dist/nothing-ABCD1234.js").headers["Cache-Control"] == "no-cache"
    assert visitor.get("/static/dist/manifest.json", buffered=True).headers["Cache-Control"] == "no-cache"
    assert visitor.get("/static/icons/icon.svg", buffered=True).headers["Cache-Control"] == "no-cache"


def test_the_only_script_that_may_run_is_the_built_one_by_its_hash(visitor):
    answer = visitor.get("/")
    script = visitor.get(assets.address("app.js"), buffered=True).data
    named = f"sha384-{base64.b64encode(hashlib.sha384(script).digest()).decode()}"
    assert f"script-src '{named}';" in answer.headers["Content-Security-Policy"]
    assert f'integrity="{named}"' in answer.text
    style = visitor.get(assets.address("app.css"), buffered=True).data
    assert base64.b64encode(hashlib.sha384(style).digest()).decode() in answer.text


def test_browsers_are_told_to_come_by_https_only_where_there_is_https():
    for https in (True, False):
        app = Flask(__name__)
        headers.init(app, https=https)
        assert ("Strict-Transport-Security" in app.test_client().get("/").headers) is https


def test_no_page_has_an_inline_script_or_style_or_another_sites_address(cast, talk, browse):
    browser = browse(cast.maya)
    for path in ("/", "/help", f"/threads/{talk}", f"/communities/{cast.slug}", "/desk", "/log-in"):
        page = browser.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", page), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), path
        assert not re.search(r"<(?:img|link|script|iframe)[^>]*(?:src|href)=\"(?:https?:)?//", page), path


def test_pages_with_posts_are_neither_indexed_nor_kept_by_shared_caches(cast, talk, visitor):
    for path in (f"/communities/{cast.slug}", f"/threads/{talk}", f"/threads/{talk}/changes?since=0"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert answer.headers["X-Robots-Tag"] == "noindex", path
        assert "private" in answer.headers["Cache-Control"], path
        assert "public" not in answer.headers["Cache-Control"], path


def test_a_visitor_is_given_no_cookie_anywhere(cast, talk, private, visitor):
    paths = ["/", "/help", "/log-in", "/log-in?next=/x", "/sign-up", f"/communities/{cast.slug}",
             f"/threads/{talk}", f"/threads/{private}", f"/communities/{cast.slug}/threads/new", "/nowhere",
             f"/communities/{cast.slug}/join", "/desk", "/notices", "/care/panel"]  # fmt: skip
    for path in paths:
        assert "Set-Cookie" not in visitor.get(path).headers, path
    for path in ("/log-in", "/sign-up", f"/threads/{talk}/replies", "/care/put-away"):
        assert "Set-Cookie" not in visitor.post(path, data={"body": "x", "name": "Nobody"}).headers, path


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "", "Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "http://localhost.evil.example"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
    ],
)
def test_a_form_is_taken_from_here_and_from_nowhere_else(cast, talk, browse, headers, status):
    form = {"body": "Radio first.", "form_key": new_key()}
    answer = browse(cast.ben).post(f"/threads/{talk}/replies", data=form, headers=headers)
    assert answer.status_code == status
    assert ("Radio first." in visitor_sees(browse, cast, talk)) is (status == 303)


def visitor_sees(browse, cast, thread_id: int) -> str:
    """The words on the thread's page."""
    return str(browse(cast.olu).get(f"/threads/{thread_id}").text)


def test_a_form_from_another_site_is_never_offered_to_be_sent_with_one_press(cast, talk, browse):
    form = {"body": "Somebody else's words.", "form_key": new_key()}
    headers = {"Sec-Fetch-Site": "cross-site"}
    page = browse(cast.ben).post(f"/threads/{talk}/replies", data=form, headers=headers).text
    assert "Somebody else&#39;s words." in page, "they can still be copied"
    assert "/replies" not in page


def test_a_private_thread_and_a_missing_one_look_the_same(cast, private, visitor, browse):
    for browser in (visitor, browse(cast.olu), browse(cast.kim)):
        for path in ("/threads/{}", "/threads/{}?after=20", "/threads/{}/changes?since=0"):
            hidden, missing = browser.get(path.format(private)), browser.get(path.format(999_999))
            assert hidden.status_code == missing.status_code == 404
            assert hidden.text == missing.text
            assert _headers(hidden) == _headers(missing)
        forms = [{"body": "Hello?", "form_key": new_key()}] * 2
        hidden, missing = (
            browser.post(f"/threads/{thread_id}/replies", data=form)
            for thread_id, form in zip((private, 999_999), forms, strict=True)
        )
        assert hidden.status_code == missing.status_code
        assert hidden.text.replace(f"/threads/{private}/", "/threads/999999/") == missing.text


def test_members_read_what_is_theirs_alone(cast, private, visitor, browse):
    assert "It is quiet here." in browse(cast.ben).get(f"/threads/{private}").text
    for browser in (visitor, browse(cast.olu)):
        page = browser.get(f"/communities/{cast.private_slug}")
        assert page.status_code == 200
        assert "Only members can read" in page.text
        assert "Six weeks" not in page.text


def test_somebody_elses_post_and_a_missing_one_look_the_same(cast, talk, browse):
    for path in ("/posts/{}", "/posts/{}/edit", "/posts/{}/withdrawal"):
        theirs, missing = (browse(cast.ben).get(path.format(post_id)) for post_id in (1, 999_999))
        assert theirs.status_code == missing.status_code == 404
        assert theirs.text == missing.text


@pytest.mark.parametrize(
    "path",
    [
        "/threads/99999999999999999999",
        "/threads/2147483648",
        "/posts/99999999999999999999",
        "/communities/%00",
        "/communities/" + "x" * 500,
        "/communities/living-with-bipolar%ff",
    ],
)
def test_an_address_that_nothing_can_have_is_not_found(cast, browse, path):
    assert browse(cast.ana).get(path).status_code == 404


@pytest.mark.parametrize(
    "question",
    [
        "before=99999999999999999999-1",
        "before=1700000000.5-99999999999999999999",
        "before=-1",
        "before=NaN-1",
        "before=1e400-1",
        "before=١٢٣-١",
        "before=" + "9" * 300,
    ],
)
def test_a_place_in_the_list_that_is_none_is_the_beginning(cast, talk, visitor, question):
    page = visitor.get(f"/communities/{cast.slug}?{question}")
    assert page.status_code == 200


@pytest.mark.parametrize(
    "question", ["after=-1", "after=x", "after=99999999999", "through=999999999", "after=²"]
)
def test_a_place_in_a_thread_that_is_none_is_no_error(cast, talk, visitor, question):
    assert visitor.get(f"/threads/{talk}?{question}").status_code == 200
    assert visitor.get(f"/threads/{talk}/changes?since={question[6:]}").status_code == 200


def test_a_title_is_shown_as_it_was_typed_on_every_page(cast, talk, visitor, browse):
    shown = {"Tom&#x27;s &amp; Ana&#x27;s &lt;mornings&gt;", "Tom&#39;s &amp; Ana&#39;s &lt;mornings&gt;"}
    ana: FlaskClient = browse(cast.ana)
    for browser, path in (
        (visitor, f"/threads/{talk}"),
        (visitor, f"/communities/{cast.slug}"),
        (ana, "/posts/1"),
    ):
        page = browser.get(path).text
        assert any(title in page for title in shown), path
        assert "&amp;#" not in page, path
        assert "&amp;lt;" not in page, path


def test_words_never_stand_in_a_log_or_an_address(cast, talk, browse, caplog, capfd):
    browser = browse(cast.ben)
    answer = browser.post(f"/threads/{talk}/replies", data={"body": "Unmistakable", "form_key": new_key()})
    browser.post(f"/threads/{talk}/replies", data={"body": "Unmistakable", "form_key": "no"})
    assert "nmistakable" not in answer.headers["Location"]
    said = caplog.text + "".join(capfd.readouterr())
    assert "nmistakable" not in said


def _headers(answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "Content-Length"}
