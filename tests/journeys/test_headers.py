"""What the strict headers do in a real browser: only our script runs, no other site learns where somebody came from,
and a browser that does not say where a form was sent from is still understood."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Route
from werkzeug.serving import WSGIRequestHandler, make_server

from forum import create_app, db
from forum.config import Settings
from forum.threads import service as threads
from tests.forum import cast as people
from tests.forum.cast import PASSWORD, Cast, new_key
from tests.forum.conftest import NOWHERE
from tests.parts.databases import SECRET

Asked = list[dict[str, str]]


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def _served(app: Callable[..., Any]) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()


@pytest.fixture(scope="module")
def app(sqlite_databases) -> Iterator[Flask]:
    """The site, without its line."""
    url = sqlite_databases.create()
    settings = Settings(
        database_url=url,
        redis_url=NOWHERE,
        secret_key=SECRET,
        encryption_key=SECRET,
        site_mode="testing",
        limits=False,
    )
    yield create_app(settings, read_only_sockets=True)
    db.disconnect()
    sqlite_databases.drop(url)


@pytest.fixture(scope="module")
def cast(app: Flask) -> Cast:
    """The people of the tests."""
    return people.gathered()


@pytest.fixture(scope="module")
def thread(cast: Cast) -> str:
    """A thread that anyone can read."""
    return f"/threads/{threads.start(cast.ana, cast.slug, 'Mornings', 'Kettle first.', new_key()).thread_id}"


@pytest.fixture
def asked() -> Asked:
    """The headers of every request that was looked at."""
    return []


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the site is."""
    with _served(app) as address:
        yield address


@pytest.fixture
def older(app: Flask, asked: Asked) -> Iterator[str]:
    """The site as browsers meet it that send no Sec-Fetch-Site: on the way it is taken out."""

    def proxy(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        for name in [name for name in environ if name.startswith("HTTP_SEC_FETCH")]:
            del environ[name]
        if environ["REQUEST_METHOD"] == "POST":
            asked.append({name: str(value) for name, value in environ.items()})
        return app(environ, start_response)

    with _served(proxy) as address:
        yield address


@pytest.fixture
def elsewhere(asked: Asked) -> Iterator[str]:
    """Another site, which looks at what it is told."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        asked.append({name: str(value) for name, value in environ.items()})
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<title>Elsewhere</title>"]

    with _served(answer) as address:
        yield address


def test_our_script_runs_and_our_styles_apply(visit, address, thread):
    page = visit(f"{address}{thread}")
    page.wait_for_function("customElements.get('live-thread') !== undefined")
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 0


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="/static/js/app.js"></script>',
        "<script>window.taken = true</script>",
        '<img src="/nowhere" onerror="window.taken = true">',
    ],
)
def test_a_script_that_somebody_slipped_into_the_page_does_not_run(browser, address, thread, tag):
    page = browser.new_context().new_page()

    def slip_in(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</main>", f"{tag}</main>"))

    page.route(f"**{thread}", slip_in)
    page.route("**/static/js/app.js", _takes_over)
    page.goto(f"{address}{thread}", wait_until="load")
    page.wait_for_function("customElements.get('live-thread') !== undefined")
    assert tag.split()[0].rstrip(">") in page.content()
    assert page.evaluate("window.taken") is None
    page.context.close()


def test_a_script_that_is_not_byte_for_byte_ours_does_not_run(browser, address, thread):
    page = browser.new_context().new_page()
    page.route("**/static/dist/app-*.js", _takes_over)
    page.goto(f"{address}{thread}", wait_until="load")
    assert page.evaluate("[window.taken, customElements.get('live-thread')]") == [None, None]
    page.context.close()


def _takes_over(route: Route) -> None:
    route.fulfill(body="window.taken = true", content_type="text/javascript")


@pytest.mark.parametrize("rel", ["", "noopener", "external"])
def test_no_other_site_is_told_where_somebody_came_from(visit, address, thread, elsewhere, asked, rel):
    page = visit(f"{address}{thread}?after=0")
    page.evaluate(
        """([there, rel]) => document.querySelector("main").prepend(
        Object.assign(document.createElement("a"), { href: there, rel, textContent: "Away" }))""",
        [elsewhere, rel],
    )
    page.get_by_role("link", name="Away", exact=True).click()
    page.wait_for_url(f"{elsewhere}/")
    [told] = [told for told in asked if told["PATH_INFO"] == "/"]
    assert "HTTP_REFERER" not in told
    assert "HTTP_ORIGIN" not in told


def test_a_browser_that_does_not_say_where_a_form_was_sent_from_names_our_origin(
    visit, older, asked, cast, thread
):
    page = visit(f"{older}/log-in?next={thread}")
    page.fill("[name=name]", "Ana")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(f"{older}{thread}")
    page.fill("[name=body]", "Radio second.")
    page.locator("form[action$='/replies'] button[type=submit]").click()
    page.get_by_text("Radio second.").wait_for()
    assert [told["HTTP_ORIGIN"] for told in asked] == [older] * 2
