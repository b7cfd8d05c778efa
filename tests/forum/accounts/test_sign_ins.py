"""Sign-ins: their owner sees and ends them, what changes rights ends them, and nobody else touches them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from forum import login
from forum.accounts import passwords, service, sign_ins
from forum.accounts.models import EndedBecause, SignIn, User
from forum.accounts.sign_ins import Client
from forum.audit import AuditEntry
from forum.db import now, session, transactional
from forum.encryption import use
from forum.errors import Invalid, NotFound
from forum.outbox import OutboxMessage
from forum.policy import Actor
from tests.forum.browsing import fields_of
from tests.forum.cast import PASSWORD
from tests.parts.databases import SECRET

FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"


def _log_in(client, name="Ana", **form):
    answer = client.post(
        "/log-in", data={"name": name, "password": PASSWORD, **form}, headers={"User-Agent": FIREFOX}
    )
    assert answer.status_code == 303
    return client


def _rows(actor: Actor) -> list[SignIn]:
    session.rollback()
    rows = select(SignIn).where(SignIn.user_id == actor.user_id).order_by(SignIn.id)
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def _hung_up_on() -> list[int]:
    session.rollback()
    said = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == "signin.ended"))
    return [payload["sign_in_id"] for payload in said]


def test_each_device_is_listed_with_its_day_and_this_one_is_marked(cast, visitor, browse):
    browse(cast.ana)
    page = _log_in(visitor).get("/account/sign-ins")
    assert "Firefox on Android (this one)" in page.text
    assert "A browser</h2>" in page.text
    assert f"{now().day} {now():%B %Y}" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_one_of_them_is_ended_from_another(cast, visitor, browse):
    other = browse(cast.ana)
    old = _rows(cast.ana)[0].id
    page = _log_in(visitor).get("/account/sign-ins")
    fields_of(page, f"/account/sign-ins/{old}/end")
    assert visitor.post(f"/account/sign-ins/{old}/end").status_code == 303
    assert other.get("/account").headers["Location"] == "/log-in?next=/account"
    assert "logged out from another one" in other.get("/log-in").text
    assert visitor.get("/account").status_code == 200
    assert _hung_up_on() == [old]
    assert visitor.post(f"/account/sign-ins/{old}/end").status_code == 404, "it is ended already"


def test_all_others_are_ended_at_once(cast, visitor, browse):
    others = [browse(cast.ana), browse(cast.ana)]
    bens = browse(cast.ben)
    _log_in(visitor).post("/account/sign-ins/end-others")
    assert [other.get("/account").status_code for other in others] == [303, 303]
    assert visitor.get("/account").status_code == bens.get("/account").status_code == 200
    assert len(_hung_up_on()) == 2


def test_nobody_ends_the_sign_in_of_another_person(cast, browse):
    ben = browse(cast.ben)
    ana = browse(cast.ana)
    row = _rows(cast.ben)[0]
    answers = [ana.post(f"/account/sign-ins/{number}/end") for number in (row.id, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert ben.get("/account").status_code == 200


@pytest.mark.parametrize("path", ["/account", "/account/sign-ins", "/account/password"])
def test_a_stranger_is_asked_to_log_in_first(cast, visitor, path):
    assert visitor.get(path).headers["Location"] == f"/log-in?next={path}"


def test_another_password_needs_the_old_one_renews_this_sign_in_and_ends_the_others(
    cast, app, visitor, browse
):
    other = browse(cast.ana)
    before = _log_in(visitor).get_cookie("session").value
    new = "a candle in the hall"
    page = visitor.post("/account/password", data={"old_password": "not it", "new_password": new})
    assert page.status_code == 422
    assert "not your password" in page.text
    assert new not in page.text, "a password is never written back"
    page = visitor.post("/account/password", data={"old_password": PASSWORD, "new_password": "short"})
    assert page.status_code == 422
    answer = visitor.post("/account/password", data={"old_password": PASSWORD, "new_password": new})
    assert answer.headers["Location"] == "/account"
    assert visitor.get("/account").status_code == 200
    thief = app.test_client()
    thief.set_cookie("session", before)
    assert thief.get("/account").status_code == 303, "the session from before the change opens nothing"
    assert other.get("/account").status_code == 303
    assert "password of this account was changed" in other.get("/log-in").text
    with pytest.raises(Invalid):
        service.log_in("Ana", PASSWORD)
    assert service.log_in("Ana", new).token


@pytest.fixture
def changed_in_that_moment(cast, monkeypatch):
    """Ana changes her password while somebody's attempt with the old one was just found right."""
    mine = service.log_in("Ana", PASSWORD)
    sign_in_id = _rows(cast.ana)[0].id
    matches, waiting = passwords.matches, [True]

    def found_right(kept: str | None, secret: str) -> bool:
        right = matches(kept, secret)
        if waiting and waiting.pop():
            service.change_password(cast.ana.user_id, sign_in_id, PASSWORD, "a candle in the hall")
        return right

    monkeypatch.setattr(passwords, "matches", found_right)
    return mine


def test_a_log_in_that_was_on_its_way_while_the_password_was_changed_opens_nothing(
    cast, changed_in_that_moment
):
    with pytest.raises(Invalid, match="changed meanwhile"):
        service.log_in("Ana", PASSWORD)
    assert [row.ended_because for row in _rows(cast.ana)] == [EndedBecause.PASSWORD, None]


def test_nor_does_a_recovery_code_that_was_being_made(cast, browse, changed_in_that_moment):
    ana = browse(cast.ana)
    answer = ana.post("/account/recovery-code", data={"password": PASSWORD})
    assert answer.headers.get("Location") is None or "/log-in" in answer.headers["Location"]
    session.rollback()
    assert session.get_one(User, cast.ana.user_id).recovery_hash is None


def test_a_log_in_has_a_new_session_each_time(cast, visitor):
    first = _log_in(visitor).get_cookie("session").value
    assert _log_in(visitor).get_cookie("session").value != first
    assert len({row.token_hash for row in _rows(cast.ana)}) == 2


@transactional
def _rights_change(user_id: int) -> None:
    service.rights_changed(user_id)


def test_whose_rights_changed_logs_in_again_and_is_told_why(cast, browse):
    ana, ben = browse(cast.ana), browse(cast.ben)
    _rights_change(cast.ana.user_id)
    assert ana.get("/account").status_code == 303
    page = ana.get("/log-in?next=/account")
    assert "What you may do here was changed" in page.text
    assert ben.get("/account").status_code == 200
    assert [row.ended_because for row in _rows(cast.ana)] == [EndedBecause.RIGHTS]
    assert _hung_up_on() == [_rows(cast.ana)[0].id]
    assert "was changed" not in _log_in(ana).get("/log-in").text


@pytest.fixture
def earlier(cast, monkeypatch):
    """Ana's sign-in of a week ago."""
    later = now() + timedelta(days=7)
    row_of = service.log_in("Ana", PASSWORD).token
    monkeypatch.setattr(sign_ins, "now", lambda: later)
    return row_of


def test_the_day_is_noted_once_by_what_one_does_and_never_by_reading(cast, earlier, app):
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = earlier
    client.get("/account/sign-ins")
    assert not sign_ins.was_seen_today(_rows(cast.ana)[0])
    client.post("/care/put-away", data={"next": "/"})
    first = _rows(cast.ana)[0]
    assert sign_ins.was_seen_today(first)
    moment = first.seen_at
    sign_ins.seen(first.id)
    assert _rows(cast.ana)[0].seen_at == moment


def test_an_address_is_encrypted_read_by_the_command_alone_and_audited(cast, app):
    use(SECRET)
    service.log_in("Ana", PASSWORD, Client("Firefox on Android", "203.0.113.7"))
    kept = _rows(cast.ana)[0].address
    assert kept is not None
    assert "203" not in kept
    done = app.test_cli_runner().invoke(args=["address", "ana", "--because", "life-at-risk"])
    assert done.exit_code == 0, done.output
    assert "203.0.113.7  Firefox on Android" in done.output
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.by_id, entry.act, entry.thing, entry.thing_id, entry.detail) == (
        None,
        "read_addresses",
        "user",
        cast.ana.user_id,
        "life-at-risk",
    )
    assert app.test_cli_runner().invoke(args=["address", "ana"]).exit_code != 0, "not without a reason"
    with pytest.raises(NotFound):
        sign_ins.addresses("Nobody", "life-at-risk")


def test_where_the_key_was_lost_the_command_says_so(cast, app):
    use("another key, put in the place of the old one")
    service.log_in("Ana", PASSWORD, Client("Firefox on Android", "203.0.113.7"))
    use(SECRET)
    done = app.test_cli_runner().invoke(args=["address", "ana", "--because", "life-at-risk"])
    assert done.exit_code == 0, done.output
    assert "ENCRYPTION_KEY has no key that reads it" in done.output


def test_an_address_of_more_than_thirty_days_ago_is_not_told(cast, monkeypatch):
    use(SECRET)
    service.log_in("Ana", PASSWORD, Client("Firefox", "203.0.113.7"))
    later = now() + timedelta(days=30, seconds=1)
    monkeypatch.setattr(sign_ins, "now", lambda: later)
    assert sign_ins.addresses("Ana", "life-at-risk") == []


def test_the_person_of_a_sign_in_is_read_with_it(cast, app):
    token = service.log_in("Ana", PASSWORD).token
    with app.test_request_context():
        found = login.manager._user_callback(token)
        assert (found.user.id, found.sign_in.id) == (cast.ana.user_id, found.actor.sign_in_id)
    assert session.get(User, cast.ana.user_id) is not None
