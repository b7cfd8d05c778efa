"""Making an account, logging in and out."""

import time
from typing import Literal

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from sqlalchemy import select

from forum import login
from forum.accounts import passwords, service
from forum.accounts.models import SignIn, User
from forum.accounts.names import own_key
from forum.db import session, transactional
from forum.errors import Invalid
from tests.forum.cast import PASSWORD


class CountingHasher(PasswordHasher):
    """The real thing, which says how much work it did."""

    verified: list[str]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified.append(str(hash))
        return super().verify(hash, password)


@pytest.fixture
def work(monkeypatch) -> list[str]:
    """The hashes that were verified."""
    hasher = CountingHasher()
    hasher.verified = []
    monkeypatch.setattr(passwords, "_hasher", hasher)
    return hasher.verified


def test_a_password_is_kept_as_argon2id_and_nowhere_as_typed(database):
    service.sign_up("Sam", "a lamp in the window")
    kept = session.scalars(select(User.password_hash)).one()
    parameters = extract_parameters(kept)
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024, "at least what OWASP asks of argon2id"
    assert parameters.time_cost >= 2
    assert "lamp" not in kept


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(cast, work):
    refusals = []
    for name, password in (("Ana", "not her password"), ("Nobody", "not her password"), ("", "")):
        with pytest.raises(Invalid) as refusal:
            service.log_in(name, password)
        refusals.append((refusal.value.sentence, refusal.value.field, refusal.value.status))
    assert len(work) == 3, "one verification each"
    assert len(set(refusals)) == 1, "and the same answer"
    assert extract_parameters(work[1]) == extract_parameters(PasswordHasher().hash("x"))


def test_a_right_password_begins_a_sign_in_that_only_its_token_opens(cast):
    token = service.log_in("ana", PASSWORD).token
    assert token is not None
    row = session.scalars(select(SignIn)).one()
    assert (row.user_id, row.ended_at) == (cast.ana.user_id, None)
    assert token not in (row.token_hash, str(row.id))
    assert row.token_hash == SignIn.hashed(token)


def test_logging_out_ends_this_sign_in_and_no_other(cast):
    service.log_in("Ana", PASSWORD)
    service.log_in("Ana", PASSWORD)
    first, second = session.scalars(select(SignIn.id).order_by(SignIn.id)).all()
    service.log_out(first)
    ended = dict(session.execute(select(SignIn.id, SignIn.ended_at)).all())
    assert ended[first] is not None
    assert ended[second] is None


@pytest.mark.parametrize("name", ["Maya", "MAYA", "Мауа", "Maya\u034f", " Maya  ", "M.aya", "Mayá"])
def test_a_name_that_looks_like_somebody_elses_is_refused(cast, name):
    with pytest.raises(Invalid, match="already goes by this name") as refusal:
        service.sign_up(name, "a lamp in the window")
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "choose a name"),
        ("\u3164", "choose a name"),
        ("x" * 31, "at most 30"),
        ("Sam\u200b", "cannot be seen"),
        ("Sam\u202egro", "cannot be seen"),
        ("Sam\x00", "cannot be seen"),
        ("The Team", "the team's"),
        ("the  team", "the team's"),
        ("Моdеrаtоr", "the team's"),
        ("Maya, m0derator", "the team's"),
        ("insta: sam", "where else to find you"),
        ("42kg", "a weight, a dose"),
    ],
)
def test_a_name_that_could_mislead_is_refused(database, name, sentence):
    with pytest.raises(Invalid, match=sentence) as refusal:
        service.sign_up(name, "a lamp in the window")
    assert refusal.value.field == "name"
    assert session.scalars(select(User)).all() == []


@pytest.mark.parametrize(
    ("password", "sentence"), [("x" * 9, "at least 10"), ("x" * 201, "at most 200"), ("", "at least 10")]
)
def test_a_password_of_the_wrong_length_is_refused(database, password, sentence):
    with pytest.raises(Invalid, match=sentence) as refusal:
        service.sign_up("Sam", password)
    assert refusal.value.field == "password"


def test_names_in_any_script_are_welcome(database):
    for name in ("小明", "Анна", "Zoë", "ليلى", "Ана", "Sam ❤️", "O'Brien-2"):
        assert service.sign_up(name, "a lamp in the window").name == name


def test_somebody_whose_name_came_to_look_like_anothers_still_logs_in(cast):
    """The migration gave them a key of their own (forum/migrations/versions/0002)."""
    first, second = service.sign_up("Neil", PASSWORD), service.sign_up("Rose", PASSWORD)
    _goes_by(second.id, "Nell")
    service.log_in("Neil", PASSWORD)
    service.log_in("nell", PASSWORD)
    began = session.scalars(select(SignIn.user_id).order_by(SignIn.id)).all()
    assert began == [first.id, second.id]


@transactional
def _goes_by(user_id: int, name: str) -> None:
    user = session.get_one(User, user_id)
    user.name, user.name_key = name, own_key(name)


def test_who_is_asking_is_read_with_all_that_the_rules_need(cast):
    user = session.get_one(User, cast.maya.user_id)
    assert login.actor_of(user) == cast.maya


def test_a_name_of_endless_accents_is_refused_at_once(database):
    began = time.process_time()
    with pytest.raises(Invalid, match="at most 30"):
        service.sign_up("a" + "\u0316\u0300" * 20_000, PASSWORD)
    assert time.process_time() - began < 0.5
