"""What was typed is never lost: not to a limit, an error, an ended session or a page that does not answer."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from forum.accounts import service as accounts
from forum.accounts.models import SignIn
from forum.db import session, transactional
from forum.errors import Denied
from forum.limits import LIMITS, Limiter
from forum.threads import service as threads
from forum.threads.models import LockReason
from tests.forum.browsing import fields_of
from tests.forum.cast import PASSWORD, Cast, new_key
from tests.parts.databases import SECRET

WORDS = 'I wrote this for an hour.\n\n<b>It</b> is "mine" & I want it back.'
SHOWN = "&lt;b&gt;It&lt;/b&gt; is"
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
CARE = "Your words are kept, and you can reach someone now"


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread of Ana's that anyone can read."""
    return threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id


@pytest.fixture
def private(cast: Cast) -> int:
    """A thread of Ana's that only members can read."""
    return threads.start(cast.ana, cast.private_slug, "Six weeks", "It is quiet here.", new_key()).thread_id


@pytest.fixture
def counted(app, broker, monkeypatch) -> None:
    """Limits are on."""
    monkeypatch.setitem(app.extensions, "limiter", Limiter(f"{broker.url}/2", SECRET))


@transactional
def _end_all_sign_ins() -> None:
    from forum.db import now

    for row in session.scalars(select(SignIn)):
        row.ended_at = now()


def test_a_form_with_a_mistake_comes_back_with_everything(cast, browse):
    page = browse(cast.ana).post(
        f"/communities/{cast.slug}/threads", data={"title": "", "body": WORDS, "form_key": new_key()}
    )
    assert page.status_code == 422
    again = fields_of(page, f"/communities/{cast.slug}/threads")
    assert again["body"].replace("\r\n", "\n") == WORDS
    assert "give it a title" in page.text


def test_too_many_characters_come_back_too(cast, talk, browse):
    page = browse(cast.ben).post(
        f"/threads/{talk}/replies", data={"body": "ä" * 40_001, "form_key": new_key()}
    )
    assert page.status_code == 422
    assert fields_of(page, f"/threads/{talk}/replies")["body"] == "ä" * 40_001
    assert "40,001 characters" in page.text


def test_what_no_request_may_carry_is_refused_calmly(cast, talk, browse):
    page = browse(cast.ben).post(f"/threads/{talk}/replies", data={"body": "x" * 1_100_000})
    assert page.status_code == 413
    assert "too long" in page.text.lower()


def test_a_limit_gives_the_words_back_with_the_key_they_had(cast, talk, browse, counted):
    browser = browse(cast.ben)
    for _ in range(LIMITS["post"].most.amount):
        assert browser.post(f"/threads/{talk}/replies", data=_reply("More")).status_code == 303
    form = _reply(WORDS)
    page = browser.post(f"/threads/{talk}/replies", data=form)
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    again = fields_of(page, f"/threads/{talk}/replies")
    assert (again["body"], again["form_key"]) == (WORDS, form["form_key"])


def test_a_limit_says_nothing_of_a_thread_that_is_not_open_and_keeps_the_words(
    cast, private, browse, counted
):
    browser = browse(cast.olu)
    for _ in range(LIMITS["post"].most.amount + 1):
        page = browser.post("/threads/999/replies", data=_reply(WORDS))
    assert page.status_code == 404
    hidden = browser.post(f"/threads/{private}/replies", data=_reply(WORDS))
    assert hidden.status_code == 404
    assert fields_of(hidden, f"/threads/{private}/replies")["body"] == WORDS


def test_words_of_danger_that_a_limit_stops_can_go_to_the_team_with_one_press(cast, talk, browse, counted):
    browser = browse(cast.ben)
    for _ in range(LIMITS["post"].most.amount):
        browser.post(f"/threads/{talk}/replies", data=_reply("More"))
    page = browser.post(f"/threads/{talk}/replies", data=_reply(CRISIS))
    assert page.status_code == 429
    to_team = fields_of(page, f"/communities/{cast.slug}/team")
    given = browser.post(f"/communities/{cast.slug}/team", data=to_team)
    assert given.status_code == 303
    assert CRISIS.replace("\n", " ") in browser.get(given.headers["Location"]).text


def test_help_is_never_limited(cast, visitor, counted):
    for _ in range(LIMITS["log_in_address"].most.amount + 1):
        refused = visitor.post("/log-in", data={"name": "Ana", "password": "guess"})
    assert refused.status_code == 429
    for path in ("/help", "/", "/log-in", "/sign-up"):
        assert visitor.get(path).status_code == 200


def test_a_lock_leaves_the_words_and_their_note_to_copy(cast, talk, browse):
    threads.lock(cast.maya, talk, LockReason.HEATED)
    page = browse(cast.ben).post(f"/threads/{talk}/replies", data=_reply(WORDS) | {"note": "A hospital"})
    assert page.status_code == 403
    assert SHOWN in page.text
    assert 'value="A hospital"' in page.text


def test_a_reply_after_the_session_ended_goes_through_the_log_in_and_can_be_sent(cast, talk, browse):
    browser = browse(cast.ben)
    form = fields_of(browser.get(f"/threads/{talk}"), f"/threads/{talk}/replies") | {"body": WORDS}
    _end_all_sign_ins()
    _goes_through_the_log_in(browser, "Ben", f"/threads/{talk}/replies", form)


def test_so_does_a_reply_in_a_community_for_members_only(cast, private, browse):
    browser = browse(cast.ben)
    _end_all_sign_ins()
    _goes_through_the_log_in(browser, "Ben", f"/threads/{private}/replies", _reply(WORDS))


def test_so_do_a_new_thread_and_an_edit(cast, talk, browse):
    browser = browse(cast.ana)
    edit = fields_of(browser.get("/posts/1/edit"), "/posts/1/edit") | {"body": WORDS}
    _end_all_sign_ins()
    _goes_through_the_log_in(browser, "Ana", "/posts/1/edit", edit)
    _end_all_sign_ins()
    start = _reply(WORDS) | {"title": "Evenings"}
    _goes_through_the_log_in(browser, "Ana", f"/communities/{cast.slug}/threads", start)


def _goes_through_the_log_in(browser, name: str, action: str, form: dict[str, str]) -> None:
    page = browser.post(action, data=form)
    assert page.status_code == 401
    assert SHOWN in page.text
    log_in = fields_of(page, "/log-in")
    wrong = browser.post("/log-in", data=log_in | {"name": name, "password": "not that"})
    assert SHOWN in wrong.text, "a wrong password does not lose them either"
    again = fields_of(wrong, "/log-in")
    resumed = browser.post("/log-in", data=again | {"name": name, "password": PASSWORD})
    assert resumed.status_code == 200
    kept = fields_of(resumed, action)
    assert kept == form
    sent = browser.post(action, data=kept)
    assert sent.status_code == 303
    assert "&lt;b&gt;It&lt;/b&gt;" in browser.get(sent.headers["Location"]).text


def test_a_password_is_never_carried_along(cast, talk, visitor):
    page = visitor.post(f"/threads/{talk}/replies", data=_reply(WORDS) | {"password": "hunter2hunter2"})
    assert "hunter2" not in page.text
    again = visitor.post(
        "/log-in", data=fields_of(page, "/log-in") | {"name": "Ana", "password": "hunter2hunter2"}
    )
    assert "hunter2" not in again.text


def test_a_script_is_told_in_a_sentence_when_the_session_ended(cast, talk, browse):
    browser = browse(cast.ben)
    _end_all_sign_ins()
    answer = browser.post(
        f"/threads/{talk}/replies", data=_reply(WORDS), headers={"Accept": "application/json"}
    )
    assert answer.status_code == 401
    assert answer.json["error"]


def test_an_error_page_keeps_the_words(cast, talk, browse, monkeypatch):
    def breaks(*_args):
        raise ZeroDivisionError(WORDS)

    monkeypatch.setattr(threads, "reply", breaks)
    form = _reply(WORDS)
    page = browse(cast.ben).post(f"/threads/{talk}/replies", data=form)
    assert page.status_code == 500
    assert fields_of(page, f"/threads/{talk}/replies") == form


@pytest.mark.parametrize(
    ("trouble", "status"), [(OperationalError("", {}, Exception()), 503), (ZeroDivisionError(), 500)]
)
@pytest.mark.parametrize("half_way", ["/log-in", "/sign-up"])
def test_trouble_on_the_way_through_a_log_in_keeps_the_words_that_travel(
    cast, talk, visitor, monkeypatch, trouble, status, half_way
):
    def breaks(*_args: object, **_kwargs: object) -> None:
        raise trouble

    form = _reply(WORDS)
    fields = fields_of(visitor.post(f"/threads/{talk}/replies", data=form), half_way)
    fields.pop("begin", None)
    for name in ("log_in", "sign_up"):
        monkeypatch.setattr(accounts, name, breaks)
    secrets = {
        "name": "Ben",
        "password": "hunter2hunter2",
        "kept.password": "hunter2",
        "kept.code": "hunter2",
    }
    page = visitor.post(half_way, data=fields | secrets)
    assert page.status_code == status
    assert fields_of(page, f"/threads/{talk}/replies") == form
    assert "hunter2" not in page.text


def test_a_session_that_ends_before_the_recovery_code_is_kept_loses_no_words(cast, talk, visitor):
    form = _reply(WORDS)
    fields = {"next": "/", "kept_action": f"/threads/{talk}/replies"} | {
        f"kept.{name}": value for name, value in form.items()
    }
    page = visitor.post("/account/recovery-code/kept", data=fields)
    assert page.status_code == 401
    resumed = visitor.post("/log-in", data=fields_of(page, "/log-in") | {"name": "Ben", "password": PASSWORD})
    assert fields_of(resumed, f"/threads/{talk}/replies") == form


def test_words_that_another_site_made_up_are_not_sent_with_one_press(visitor):
    made_up = {"kept_action": "/threads/1/replies", "kept.body": WORDS}
    page = visitor.post("/log-in", data=made_up, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403
    assert SHOWN in page.text
    assert 'action="/threads/1/replies"' not in page.text


@pytest.mark.parametrize("where", ["title", "note", "body"])
def test_words_of_danger_that_miss_something_else_are_answered_with_people_too(cast, browse, where):
    form = _reply("") | {where: CRISIS}
    page = browse(cast.ana).post(f"/communities/{cast.slug}/threads", data=form)
    assert page.status_code == 422
    assert CARE in page.text


def test_so_is_an_edit_that_is_refused(cast, talk, browse):
    browser = browse(cast.ana)
    form = fields_of(browser.get("/posts/1/edit"), "/posts/1/edit")
    threads.edit(cast.ana, 1, "From the other window", 1)
    assert CARE not in browser.post("/posts/1/edit", data=form | {"body": WORDS}).text
    page = browser.post("/posts/1/edit", data=form | {"body": CRISIS})
    assert page.status_code == 409
    assert CARE in page.text
    assert fields_of(page, f"/communities/{cast.slug}/team")["body"] == CRISIS


@pytest.mark.parametrize("field", ["title", "note", "body", "message"])
def test_words_of_danger_meet_people_on_every_page_that_they_travel_through(cast, visitor, field):
    fields = {"kept_action": "/threads/1/replies", "kept.body": "Hello.", f"kept.{field}": CRISIS}
    assert CARE in visitor.post("/log-in", data=fields | {"name": "Ben", "password": "not that"}).text
    assert CARE in visitor.post("/sign-up", data=fields | {"begin": "yes"}).text
    calm = fields | {f"kept.{field}": "A kettle."}
    assert CARE not in visitor.post("/sign-up", data=calm | {"begin": "yes"}).text
    new = {"name": "Sam", "password": PASSWORD, "agreed": "yes"}
    page = visitor.post("/sign-up", data=fields | new)
    assert "Your recovery code" in page.text
    assert CARE in page.text


def test_a_form_whose_page_is_refused_too_is_answered_calmly_with_the_words(
    cast, talk, browse, app, monkeypatch
):
    def refuses(*_args: object, **_kwargs: object) -> str:
        raise Denied("Not here.")

    monkeypatch.setattr(app.view_functions["threads.reply"], "page_on_refusal", refuses)
    page = browse(cast.ana).post(f"/threads/{talk}/replies", data=_reply("x" * 40_001))
    assert page.status_code == 403
    assert "Not here." in page.text
    assert "x" * 40_001 in page.text


def test_an_edit_conflict_keeps_the_words_and_the_next_save_counts(cast, talk, browse):
    browser = browse(cast.ana)
    form = fields_of(browser.get("/posts/1/edit"), "/posts/1/edit")
    threads.edit(cast.ana, 1, "From the other window", 1)
    page = browser.post("/posts/1/edit", data=form | {"body": WORDS})
    assert page.status_code == 409
    again = fields_of(page, "/posts/1/edit")
    assert again["body"] == WORDS
    assert browser.post("/posts/1/edit", data=again).status_code == 303


def test_a_sign_up_that_is_refused_keeps_the_name_and_not_the_password(cast, visitor):
    page = visitor.post(
        "/sign-up",
        data={"name": "Maya", "password": "a lamp in the window", "agreed": "yes", "next": "/help"},
    )
    assert page.status_code == 422
    again = fields_of(page, "/sign-up")
    assert (again["name"], again["password"], again["next"]) == ("Maya", "", "/help")
    assert accounts.log_in("maya", PASSWORD).token


def _reply(body: str) -> dict[str, str]:
    return {"body": body, "form_key": new_key()}
