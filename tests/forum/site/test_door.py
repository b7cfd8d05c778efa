"""Who may sign up: what they are told, what is kept, and that an invitation's last use lets exactly one in."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from forum import db
from forum.accounts import service as accounts
from forum.accounts.models import SignIn, User
from forum.audit import AuditEntry
from forum.db import session
from forum.errors import Denied, Invalid, NotFound
from forum.policy import STRANGER
from forum.site import documents, door, service
from forum.site.door import Entry
from forum.site.models import Consent, Invitation, SignUps
from forum.site.queries import facts_as_saved
from tests.forum.browsing import fields_of
from tests.forum.cast import PASSWORD, QUICK_HASH

FORM = {"name": "Sam", "password": PASSWORD, "agreed": "yes"}


@pytest.fixture(autouse=True)
def _quick(app, monkeypatch) -> None:
    """A hundred people sign up: the work of a password is tested elsewhere."""
    monkeypatch.setattr("forum.accounts.passwords.hashed", lambda password: QUICK_HASH)


def _mode(cast, mode: SignUps) -> None:
    service.change(cast.lea, replace(facts_as_saved(), sign_ups=mode))


def _is_here(name: str) -> bool:
    session.rollback()
    return session.scalars(select(User.id).where(User.name == name)).first() is not None


# ------------------------------------------------------------------ what is said and kept


def test_sign_up_says_who_reads_what_the_machine_does_how_long_and_how_to_object(cast, visitor):
    service.change(cast.lea, replace(facts_as_saved(), provider="Hearth", contact="hello@hearth.example"))
    page = visitor.get("/sign-up").text
    for words in (
        "Who can read it",
        "Why a machine reads everything",
        "green (nothing found), amber",
        "the leads see the level",
        "For how long",
        "a person looks again",
        "hello@hearth.example",
        "I am 18 or older",
    ):
        assert words in page, words


def test_signing_up_keeps_what_was_agreed_to_and_the_age_but_no_date_of_birth(cast, visitor):
    assert visitor.post("/sign-up", data=FORM).status_code == 303
    (consent,) = session.scalars(select(Consent)).all()
    in_force = documents.in_force()
    user = session.scalars(select(User).where(User.name == "Sam")).one()
    assert (consent.user_id, consent.age) == (user.id, 18)
    assert (consent.terms_id, consent.privacy_id) == (in_force.terms.id, in_force.privacy.id)
    assert user.terms_number == 1


def test_who_does_not_say_yes_is_told_kindly_and_shown_people_for_the_young(cast, visitor):
    page = visitor.post("/sign-up", data=FORM | {"agreed": ""})
    assert page.status_code == 422
    assert fields_of(page, "/sign-up")["name"] == "Sam"
    assert "Childline" in page.text and "0800 1111" in page.text
    assert not _is_here("Sam")


def test_the_age_that_is_asked_is_the_one_of_the_facts(cast, visitor):
    why = "Made for young adults."
    service.change(cast.lea, replace(facts_as_saved(), minimum_age=16, age_reason=why))
    assert "I am 16 or older" in visitor.get("/sign-up").text
    visitor.post("/sign-up", data=FORM)
    assert session.scalars(select(Consent.age)).one() == 16


# ------------------------------------------------------------------ closed, and by invitation


def test_where_nobody_can_sign_up_the_page_says_so_and_reading_and_help_stay_open(cast, visitor):
    _mode(cast, SignUps.CLOSED)
    page = visitor.get("/sign-up")
    assert "Nobody can sign up here for now." in page.text
    assert 'action="/sign-up"' not in page.text
    assert visitor.post("/sign-up", data=FORM).status_code == 403
    assert not _is_here("Sam")
    for path in ("/", "/help", f"/communities/{cast.slug}"):
        assert visitor.get(path).status_code == 200
    accounts.log_in("Ana", PASSWORD)  # whoever has an account keeps it


def test_an_invitation_lets_people_in_where_one_is_needed(cast, visitor, browse):
    _mode(cast, SignUps.INVITED)
    assert "You need an invitation" in visitor.get("/sign-up").text
    assert visitor.post("/sign-up", data=FORM).status_code == 403
    page = browse(cast.maya).post("/site/invitations", data={"uses": "1", "days": "7"}).text
    token = page.partition("/sign-up?invitation=")[2].partition("<")[0]
    assert len(token) == 32, "192 random bits"
    form = fields_of(visitor.get(f"/sign-up?invitation={token}"), "/sign-up")
    assert visitor.post("/sign-up", data=form | FORM).status_code == 303
    assert _is_here("Sam")
    assert "does not count any more" in visitor.get(f"/sign-up?invitation={token}").text


def test_the_link_begins_with_the_sites_own_address_whatever_a_request_says_and_no_browser_keeps_it(
    cast, app, browse, monkeypatch
):
    real = replace(app.config["SITE"], site_mode="production", origin="https://forum.example.org")
    maya = browse(cast.maya)
    _prove(cast.maya.user_id)
    monkeypatch.setitem(app.config, "SITE", real)
    page = maya.post("/site/invitations", data={"uses": "1", "days": "7"})
    assert "<code>https://forum.example.org/sign-up?invitation=" in page.text
    assert "localhost" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


@db.transactional
def _prove(user_id: int) -> None:
    session.execute(update(SignIn).where(SignIn.user_id == user_id).values(proven=True))


def test_of_an_invitation_only_a_hash_is_kept_and_who_made_it_is_audited(cast):
    token = door.invite(cast.maya, 3, 7)
    invitation = session.scalars(select(Invitation)).one()
    assert invitation.token_hash == Invitation.hashed(token) != token
    assert (invitation.by_id, invitation.uses, invitation.used) == (cast.maya.user_id, 3, 0)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "invite")).one()
    assert (entry.by_id, entry.thing_id) == (cast.maya.user_id, invitation.id)


def test_who_is_refused_for_another_reason_uses_nothing_up(cast):
    _mode(cast, SignUps.INVITED)
    token = door.invite(cast.lea, 1, 7)
    for name, entry in (("Ana", Entry(True, token)), ("Sam", Entry(False, token))):
        with pytest.raises(Invalid):
            accounts.sign_up(name, PASSWORD, entry=entry)
    assert session.scalars(select(Invitation.used)).one() == 0
    accounts.sign_up("Sam", PASSWORD, entry=Entry(True, token))
    assert _is_here("Sam")


@pytest.mark.parametrize("end", ["revoked", "over", "made up"])
def test_an_invitation_that_ended_lets_nobody_in(cast, monkeypatch, end):
    _mode(cast, SignUps.INVITED)
    token = door.invite(cast.lea, 5, 1)
    if end == "revoked":
        door.revoke(cast.maya, session.scalars(select(Invitation.id)).one())
    elif end == "over":
        later = db.now() + timedelta(days=1, seconds=1)
        monkeypatch.setattr(door, "now", lambda: later)
    else:
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(Denied):
        accounts.sign_up("Sam", PASSWORD, entry=Entry(True, token))
    assert not _is_here("Sam")


def test_a_hundred_who_come_with_the_last_use_are_one_account(cast):
    _mode(cast, SignUps.INVITED)
    token = door.invite(cast.lea, 1, 7)
    start, let_in, refused = threading.Barrier(20), [], []

    def comes(number: int) -> None:
        start.wait(30)
        for one in range(5):
            try:
                let_in.append(accounts.sign_up(f"Sam {'abcdefghijklmnopqrst'[number]}{'vwxyz'[one]}", PASSWORD,
                                               entry=Entry(True, token)).id)  # fmt: skip
            except Denied:
                refused.append(number)
        session.remove()

    everybody = [threading.Thread(target=comes, args=(number,)) for number in range(20)]
    for one in everybody:
        one.start()
    for one in everybody:
        one.join(60)
    assert (len(let_in), len(refused)) == (1, 99)
    assert session.scalars(select(func.count(Consent.id))).one() == 1
    assert session.scalars(select(Invitation.used)).one() == 1


def test_invitations_are_for_the_team(cast):
    for actor in (cast.ana, cast.omar, cast.olu, STRANGER):
        with pytest.raises(NotFound):
            door.invite(actor, 1, 1)
        with pytest.raises(NotFound):
            door.invitations(actor)
        with pytest.raises(NotFound):
            door.revoke(actor, 1)
    for wrong in ((0, 7), (101, 7), (1, 0), (1, 61)):
        with pytest.raises(Invalid):
            door.invite(cast.maya, *wrong)
    assert door.invitations(cast.maya) == []


def test_a_number_that_is_none_is_said_at_its_field(cast, browse):
    page = browse(cast.lea).post("/site/invitations", data={"uses": "many", "days": "7"})
    assert page.status_code == 422
    assert fields_of(page, "/site/invitations") == {"uses": "many", "days": "7"}
    assert 'id="field-uses-error"' in page.text


def test_an_invitation_is_ended_from_the_list(cast, browse):
    door.invite(cast.maya, 2, 7)
    browser = browse(cast.lea)
    page = browser.get("/site/invitations")
    assert "Made by Maya" in page.text and "Used 0 of 2 times" in page.text
    (invitation,) = door.invitations(cast.lea)
    assert browser.post(f"/site/invitations/{invitation.id}/revocation").status_code == 303
    assert door.invitations(cast.lea) == []
