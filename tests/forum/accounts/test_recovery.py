"""A forgotten password is replaced with the recovery code; nobody learns by trying who is here."""

import math
import re

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from forum.accounts import passwords, recovery, service
from forum.accounts.models import EndedBecause, SignIn, User
from forum.db import session
from forum.errors import Invalid
from forum.limits import LIMITS, Limiter
from tests.forum.browsing import fields_of
from tests.forum.cast import PASSWORD
from tests.parts.databases import SECRET

NEW = "a candle in the hall"
SHOWN = re.compile(r'class="recovery-code">(.*?)</p>', re.DOTALL)


def shown_code(page) -> str:
    """The code as a person reads it."""
    found = SHOWN.search(page.text)
    assert found, page.text
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def _signed_up(client, name="Sam", **more):
    form = {"name": name, "password": PASSWORD, "agreed": "yes", "next": "/help"} | more
    answer = client.post("/sign-up", data=form)
    return client.get(answer.headers["Location"])


def _recover(client, name, code, password=NEW):
    return client.post("/recover", data={"name": name, "code": code, "password": password})


@pytest.fixture
def quick(monkeypatch):
    """Hashes that cost little; the real parameters are tested elsewhere."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_a_code_has_more_than_eighty_random_bits_and_no_letter_that_could_be_another():
    codes = {recovery.new_code() for _ in range(200)}
    assert len(codes) == 200
    letters = recovery.GROUPS * recovery.LETTERS
    assert letters * math.log2(len(set(recovery.ALPHABET))) > 80
    assert all(re.fullmatch(r"([A-Z0-9]{4}-){4}[A-Z0-9]{4}", code) for code in codes)
    assert not set("".join(codes)) & set("01258BILOSUZ")


@given(st.data())
def test_a_code_is_understood_however_it_is_typed(data):
    code = recovery.new_code()
    typed = "".join(
        data.draw(st.sampled_from([letter, letter.lower()]))
        + data.draw(st.sampled_from(["", " ", "-", ".\t"]))
        for letter in code.replace("-", "")
    )
    assert recovery._plain(typed) == recovery._plain(code) == code.replace("-", "")


def test_the_code_is_shown_after_the_sign_up_until_it_is_kept_and_then_never_again(database, visitor):
    page = _signed_up(visitor)
    code = shown_code(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert shown_code(visitor.get("/account/recovery-code")) == code, "a page loaded again loses nothing"
    assert "Keep your recovery code" in visitor.get("/").text
    kept = session.scalars(select(User.recovery_hash)).one()
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert code not in kept
    assert code not in str(visitor.get_cookie("session").value), "and the cookie does not tell it"
    fields = fields_of(page, "/account/recovery-code/kept")
    answer = visitor.post("/account/recovery-code/kept", data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/help")
    assert code not in visitor.get("/account/recovery-code").text
    assert "Keep your recovery code" not in visitor.get("/").text


def test_a_code_that_waits_is_nobody_elses(quick, cast, visitor):
    code = shown_code(_signed_up(visitor))
    visitor.post("/log-in", data={"name": "Ana", "password": PASSWORD})
    assert code not in visitor.get("/account/recovery-code").text


def test_words_typed_before_the_sign_up_come_through_it(quick, cast, visitor):
    path = f"/communities/{cast.slug}/threads"
    form = {"title": "Evenings", "body": "I typed this first.\n<b>", "form_key": "one"}
    page = visitor.post(path, data=form)
    fields = fields_of(page, "/sign-up")
    page = visitor.post("/sign-up", data=fields)
    assert page.status_code == 200
    assert "error-summary" not in page.text
    fields = fields_of(page, "/sign-up")
    page = visitor.post("/sign-up", data=fields | {"name": "Ana", "password": "short"})
    fields = fields_of(page, "/sign-up")
    page = visitor.post("/sign-up", data=fields | {"name": "Sam", "password": PASSWORD})
    shown_code(page)
    fields = fields_of(page, "/account/recovery-code/kept")
    page = visitor.post("/account/recovery-code/kept", data=fields)
    assert fields_of(page, path) == form


def test_name_and_code_set_a_new_password_and_end_every_sign_in(quick, database, app, visitor):
    code = shown_code(_signed_up(visitor))
    other = app.test_client()
    answer = _recover(other, " sam ", code.lower().replace("-", " "))
    assert answer.status_code == 303
    fresh = shown_code(other.get(answer.headers["Location"]))
    assert fresh != code
    assert visitor.get("/account").status_code == 303, "whoever was logged in is not any more"
    assert "new password" in visitor.get("/log-in").text
    ended = session.scalars(select(SignIn.ended_because).where(SignIn.ended_at.is_not(None))).all()
    assert ended == [EndedBecause.RECOVERY]
    assert service.log_in("Sam", NEW).token
    with pytest.raises(Invalid):
        service.log_in("Sam", PASSWORD)
    assert _recover(app.test_client(), "Sam", code).status_code == 422, "a code is used once"
    assert recovery.recover("Sam", fresh, PASSWORD).code not in (code, fresh)


def test_every_way_to_be_wrong_looks_the_same_and_costs_the_same_work(quick, cast, app, monkeypatch):
    with_code = service.sign_up("Sam", PASSWORD)
    recovery.make(with_code.id)
    work: list[str] = []
    verify = passwords._hasher.verify

    def counted(_self: object, kept: str, secret: str) -> bool:
        work.append(kept)
        return verify(kept, secret)

    monkeypatch.setattr(type(passwords._hasher), "verify", counted)
    pages = [_recover(app.test_client(), name, recovery.new_code()) for name in ("Sam", "Ana", "Nobody", "")]
    assert {page.status_code for page in pages} == {422}
    assert len({re.sub(r'name="name" type="text" value="[^"]*"', "", page.text) for page in pages}) == 1
    assert len(work) == 4, "one verification each: a wrong code, no code, no such name, nothing"
    assert "Set-Cookie" not in pages[0].headers
    assert NEW not in pages[0].text, "neither password nor code is written back"


def test_two_who_hold_the_code_recover_once(quick, database, monkeypatch):
    user = service.sign_up("Sam", PASSWORD)
    recovery.make(user.id)
    kept = session.get_one(User, user.id).recovery_hash
    recovery._recovered(user.id, kept, "new", "fresh", False)
    with pytest.raises(Invalid, match="used already"):
        recovery._recovered(user.id, kept, "another", "another", False)


def test_a_short_new_password_uses_no_code_up(quick, database):
    user = service.sign_up("Sam", PASSWORD)
    code = recovery.make(user.id)
    with pytest.raises(Invalid, match="at least 10"):
        recovery.recover("Sam", code, "short")
    assert recovery.recover("Sam", code, NEW).user_id == user.id


def test_a_new_code_needs_the_password_and_replaces_the_old_one(quick, database, visitor):
    old = shown_code(_signed_up(visitor))
    visitor.post("/account/recovery-code/kept")
    assert visitor.post("/account/recovery-code", data={"password": "not it"}).status_code == 422
    answer = visitor.post("/account/recovery-code", data={"password": PASSWORD})
    new = shown_code(visitor.get(answer.headers["Location"]))
    with pytest.raises(Invalid):
        recovery.recover("Sam", old, NEW)
    recovery.recover("Sam", new, NEW)


def test_guessing_has_an_end(cast, app, broker, monkeypatch, visitor):
    monkeypatch.setitem(app.extensions, "limiter", Limiter(f"{broker.url}/2", SECRET))
    for _ in range(LIMITS["recover"].most.amount):
        assert _recover(visitor, "Ana", "ACDE").status_code == 422
    page = _recover(visitor, "ana", "ACDE")
    assert page.status_code == 429
    assert fields_of(page, "/recover")["name"] == "ana"


def test_the_sign_up_says_what_is_lost_without_a_code(visitor):
    assert "neither that code nor an e-mail address" in visitor.get("/sign-up").text
