"""An e-mail address: offered, confirmed by its owner, a way back, and never a way to learn who is here."""

import json
import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from forum import db, mail
from forum.accounts import mail_address, passwords, recovery, service
from forum.accounts.models import LinkKind, MailAddress, MailedLink, SignIn
from forum.db import session
from forum.encryption import decrypted, use
from forum.errors import Invalid, NotFound
from forum.limits import LIMITS, Limiter
from forum.mail.models import Mail
from tests.forum.browsing import fields_of
from tests.forum.cast import PASSWORD
from tests.parts.databases import SECRET

ADDRESS = "ana@mail.example"
NEW = "a candle in the hall"


@pytest.fixture(autouse=True)
def _site(monkeypatch, tmp_path):
    """A site that sends mail, and hashes that cost little."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(mail, "goes_out", lambda: True)
    use(SECRET)


@pytest.fixture
def later(monkeypatch):
    """`later(3600)`: so many seconds further on."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(mail_address, "now", lambda: db.now() + timedelta(seconds=seconds))

    return move


def test_an_address_that_no_key_reads_any_more_can_be_given_again_or_removed(cast, browse):
    ana = browse(cast.ana)
    _confirmed(ana)
    path = next(facts["path"] for kind, _, facts in mails() if kind == "confirm_address")
    _offer(ana, "other@mail.example")
    waiting = next(facts["path"] for _, to, facts in mails() if to == "other@mail.example")
    use("another key, put in the place of the old one")
    try:
        page = ana.get("/account/email")
        assert page.status_code == 200
        assert "cannot read it any more" in page.text
        assert ADDRESS not in page.text
        fields_of(page, "/account/email")
        fields_of(page, "/account/email/remove")
        assert {ana.get(link).status_code for link in (path, waiting)} == {404}
    finally:
        use(SECRET)


def _address_of(user_id: int) -> str | None:
    kept = mail_address.kept_of(user_id)
    return kept.words if kept else None


def mails() -> list[tuple[str, str, dict[str, str]]]:
    """Every mail that waits: its kind, to whom, its facts."""
    session.rollback()
    rows = session.scalars(select(Mail).order_by(Mail.id))
    return [
        (row.kind, decrypted(row.recipient or ""), json.loads(decrypted(row.facts or ""))) for row in rows
    ]


def _offer(client, address=ADDRESS, password=PASSWORD):
    return client.post("/account/email", data={"address": address, "password": password})


def _confirmed(client, address=ADDRESS) -> str:
    """Give an address and confirm it; the path of the link."""
    assert _offer(client, address).status_code == 200
    path = mails()[-1][2]["path"]
    fields_of(client.get(path), path)
    assert client.post(path).status_code == 303
    return path


def test_an_address_is_theirs_once_they_press_and_not_when_a_program_opens_the_link(cast, browse):
    ana = browse(cast.ana)
    page = _offer(ana)
    assert f"on its way to {ADDRESS}" in page.text
    ((kind, to, facts),) = mails()
    assert (kind, to, facts["lasts"]) == ("confirm_address", ADDRESS, "a day")
    ana.get(facts["path"])
    assert _address_of(cast.ana.user_id) is None
    assert ana.post(facts["path"]).status_code == 303
    assert f"Your address is {ADDRESS}" in ana.get("/account/email").text
    row = session.scalars(select(MailAddress)).one()
    assert ADDRESS not in (row.address, row.fingerprint)
    token = facts["path"].rpartition("/")[2]
    assert session.scalars(select(MailedLink.token_hash)).one() == SignIn.hashed(token)
    assert ana.post(facts["path"]).status_code == 404, "it works once"


def test_a_link_to_confirm_is_for_its_person_alone_and_for_a_day(cast, browse, later):
    ana, ben = browse(cast.ana), browse(cast.ben)
    _offer(ana)
    path = mails()[0][2]["path"]
    assert ben.get(path).status_code == ben.post(path).status_code == 404
    later(86_401)
    assert ana.get(path).status_code == ana.post(path).status_code == 404
    assert _address_of(cast.ana.user_id) is None


def test_the_answer_does_not_tell_that_an_address_is_somebody_elses(cast, browse):
    _confirmed(browse(cast.ana))
    ben = browse(cast.ben)
    taken, free = _offer(ben, "Ana@MAIL.example"), _offer(ben, "ben@mail.example")
    assert taken.status_code == free.status_code == 200
    assert taken.text.replace("Ana@MAIL.example", "") == free.text.replace("ben@mail.example", "")
    assert [kind for kind, *_ in mails()] == ["confirm_address", "address_is_taken", "confirm_address"]


def test_of_two_who_confirm_one_address_the_first_has_it(cast, browse):
    ana, ben = browse(cast.ana), browse(cast.ben)
    _offer(ana)
    _offer(ben)
    first, second = (facts["path"] for _, _, facts in mails())
    assert ben.post(second).status_code == 303
    assert ana.post(first).status_code == 404
    assert session.scalars(select(MailAddress.user_id)).all() == [cast.ben.user_id]


def test_an_address_needs_the_password_and_can_be_removed_and_replaced(cast, browse):
    ana = browse(cast.ana)
    wrong = _offer(ana, password="not it")
    assert wrong.status_code == 422
    assert fields_of(wrong, "/account/email")["address"] == ADDRESS
    assert mails() == []
    _confirmed(ana)
    _confirmed(ana, "ana.b@mail.example")
    assert _address_of(cast.ana.user_id) == "ana.b@mail.example"
    assert ana.post("/account/email/remove", data={"remove_password": "a guess"}).status_code == 422
    ana.post("/account/email/remove", data={"remove_password": PASSWORD})
    assert _address_of(cast.ana.user_id) is None
    assert session.scalars(select(MailedLink)).all() == []


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ana",
        "ana@mail",
        "ana@@mail.example",
        "(1)ana@mail.example",
        "<ana@mail.example",
        "ben,ana@mail.example",
        "a b@mail.example",
        "ana@mail.example\nBcc: b@x.example",
        "ä@mail.example",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Invalid):
        mail_address.checked(typed)


def test_the_way_back_sets_a_new_password_once_and_ends_every_sign_in(cast, app, browse, visitor):
    ana = browse(cast.ana)
    _confirmed(ana)
    page = visitor.post("/recover/mail", data={"address": "ANA@mail.example "})
    assert page.status_code == 200
    kind, to, facts = mails()[-1]
    assert (kind, to.casefold(), facts["lasts"]) == ("recover_account", ADDRESS, "an hour")
    path = facts["path"]
    assert visitor.get(path).headers["Cache-Control"] == "no-store"
    assert visitor.post(path, data={"password": "short"}).status_code == 422
    answer = visitor.post(path, data={"password": NEW})
    assert answer.headers["Location"] == "/account/recovery-code"
    assert 'class="recovery-code"' in visitor.get("/account/recovery-code").text
    assert ana.get("/account").status_code == 303
    assert service.log_in("Ana", NEW).token
    assert app.test_client().post(path, data={"password": PASSWORD}).status_code == 404


def test_every_address_gets_the_same_answer_and_the_same_is_written(cast, app, browse):
    _confirmed(browse(cast.ana))
    pages = [
        app.test_client().post("/recover/mail", data={"address": to})
        for to in (ADDRESS, "nobody@mail.example")
    ]
    assert pages[0].status_code == pages[1].status_code == 200
    assert pages[0].data == pages[1].data
    links = session.scalars(select(MailedLink.user_id).where(MailedLink.kind == LinkKind.RECOVER)).all()
    assert set(links) == {cast.ana.user_id, None}
    assert [kind for kind, *_ in mails()] == ["confirm_address", "recover_account"]


def test_a_way_back_works_for_an_hour_and_for_nobody_when_it_was_nobodys(cast, browse, visitor, later):
    _confirmed(browse(cast.ana))
    visitor.post("/recover/mail", data={"address": ADDRESS})
    path = mails()[-1][2]["path"]
    later(3601)
    assert visitor.get(path).status_code == visitor.post(path, data={"password": NEW}).status_code == 404
    with pytest.raises(NotFound):
        mail_address.recover("made up", NEW)


def test_a_changed_password_takes_the_way_back_away_that_was_asked_for_before(cast, browse, visitor):
    ana = browse(cast.ana)
    _confirmed(ana)
    visitor.post("/recover/mail", data={"address": ADDRESS})
    path = mails()[-1][2]["path"]
    assert visitor.get(path).status_code == 200
    changed = ana.post("/account/password", data={"old_password": PASSWORD, "new_password": NEW})
    assert changed.status_code == 303
    assert visitor.post(path, data={"password": PASSWORD}).status_code == 404


def test_so_do_a_recovery_by_code_and_another_address(cast, app, browse, visitor):
    ana = browse(cast.ana)
    secure: list[int] = []
    _confirmed(ana)
    for way in (
        lambda: _confirmed(ana, "other@mail.example"),
        lambda: recovery.recover("Ana", recovery.make(cast.ana.user_id), NEW),
    ):
        visitor.post("/recover/mail", data={"address": "other@mail.example" if secure else ADDRESS})
        path = mails()[-1][2]["path"]
        assert visitor.get(path).status_code == 200
        way()
        secure.append(visitor.post(path, data={"password": PASSWORD}).status_code)
    assert secure == [404, 404]


def test_nobodys_mail_is_flooded(cast, app, broker, monkeypatch, visitor):
    monkeypatch.setitem(app.extensions, "limiter", Limiter(f"{broker.url}/2", SECRET))
    for _ in range(LIMITS["mail_to"].most.amount):
        assert visitor.post("/recover/mail", data={"address": ADDRESS}).status_code == 200
    assert visitor.post("/recover/mail", data={"address": ADDRESS.upper()}).status_code == 429
    assert visitor.post("/recover/mail", data={"address": "ben@mail.example"}).status_code == 200


def test_a_site_without_mail_says_so(cast, browse, visitor, monkeypatch):
    fields_of(visitor.get("/recover"), "/recover/mail")
    wrong = visitor.post("/recover/mail", data={"address": "ana@mail"})
    assert fields_of(wrong, "/recover/mail")["address"] == "ana@mail"
    monkeypatch.setattr(mail, "goes_out", lambda: False)
    assert "sends no mail" in visitor.get("/recover").text
    assert "sends no mail" in browse(cast.ana).get("/account/email").text
    assert visitor.post("/recover/mail", data={"address": ADDRESS}).status_code == 409
    assert not re.search("/recover/mail", visitor.get("/recover").text)
