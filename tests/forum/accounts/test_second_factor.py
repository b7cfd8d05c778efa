"""The second factor: scanned, asked for after the password, each code once, and asked of those with power."""

import re
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from forum import db, policy
from forum.accounts import entering, passwords, recovery, second_factor, service
from forum.accounts.models import EndedBecause, SecondFactor, SignIn
from forum.audit import AuditEntry
from forum.db import session
from forum.encryption import use
from forum.errors import Conflict, Invalid, NotFound, ProveFirst, TooMany
from forum.limits import LIMITS, Limiter
from forum.outbox import OutboxMessage
from forum.policy import Permission
from tests.forum.browsing import fields_of
from tests.forum.cast import PASSWORD
from tests.parts.databases import SECRET

KEY = re.compile(r'<code class="key">(.*?)</code>', re.DOTALL)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    use(SECRET)


@pytest.fixture
def later(monkeypatch):
    """`later(30)`: the clock of the second factor, so many seconds further on."""
    began, moved = db.now(), [0.0]
    for module in (second_factor, entering):
        monkeypatch.setattr(module, "now", lambda: began + timedelta(seconds=moved[0]))

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


def _code(secret: str) -> str:
    return pyotp.TOTP(secret).generate_otp(second_factor._step())


def _key(page) -> str:
    found = KEY.search(page.text)
    assert found, page.text
    return re.sub(r"<[^>]+>|\s", "", found[1])


def _switched_on(client) -> str:
    """Switch it on as a person does; the secret."""
    secret = _key(client.get("/account/second-factor"))
    answer = client.post("/account/second-factor/on", data={"code": _code(secret), "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return secret


def _password(client, name="Ana", **more):
    return client.post("/log-in", data={"name": name, "password": PASSWORD, "next": "/help"} | more)


def test_it_is_switched_on_by_scanning_and_a_code(cast, browse, later):
    ana, other = browse(cast.ana), browse(cast.ana)
    page = ana.get("/account/second-factor")
    assert "<svg" in page.text
    assert "style=" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert page.headers["Cache-Control"] == "no-store"
    wrong = {"code": "000000", "password": PASSWORD}
    assert ana.post("/account/second-factor/on", data=wrong).status_code == 422
    secret = _switched_on(ana)
    row = session.scalars(select(SecondFactor)).one()
    assert secret not in row.secret
    assert "It is on" in ana.get("/account/second-factor").text
    assert other.get("/account").status_code == 303, "other devices are logged out"
    assert "second factor" in other.get("/log-in").text
    proven = session.scalars(select(SignIn.proven).where(SignIn.ended_at.is_(None))).all()
    assert proven == [True]


def test_who_only_found_a_browser_open_cannot_bring_a_factor_of_their_own(cast, browse):
    maya = browse(cast.maya)
    secret = _key(maya.get("/account/second-factor"))
    for password in ("", "a guess"):
        form = {"code": _code(secret), "password": password}
        answer = maya.post("/account/second-factor/on", data=form)
        assert answer.status_code == 422
        assert "not your password" in answer.text
    assert session.scalars(select(SecondFactor)).all() == []


def test_of_two_who_switch_it_on_at_once_the_second_is_told_that_it_is_on(cast, browse, later, monkeypatch):
    """Both were asked before either was stored."""
    for _ in range(2):
        browse(cast.ana)
    here, there = session.scalars(select(SignIn.id).order_by(SignIn.id)).all()
    is_on, said, done = second_factor.is_on, [], Event()

    def switch(sign_in_id: int) -> None:
        secret = second_factor.new_secret()
        try:
            second_factor.switch_on(cast.ana.user_id, sign_in_id, secret, _code(secret))
        except Exception as trouble:
            said.append(trouble)
        done.set()
        session.remove()

    other = Thread(target=switch, args=(there,))

    def while_the_other_comes(user_id: int) -> bool:
        monkeypatch.setattr(second_factor, "is_on", is_on)
        was_on = is_on(user_id)
        other.start()
        done.wait(0.3)
        return was_on

    monkeypatch.setattr(second_factor, "is_on", while_the_other_comes)
    session.rollback()
    switch(here)
    other.join(timeout=20)
    assert [type(trouble) for trouble in said] == [Conflict]
    assert len(session.scalars(select(SecondFactor)).all()) == 1


def test_where_the_key_was_lost_its_owner_is_told_what_to_do_and_the_operator_sees_it(
    cast, app, broker, browse, visitor, later, monkeypatch
):
    ana = browse(cast.ana)
    ana.get("/account/second-factor")
    use("another key, put in the place of the old one")
    try:
        secret = _switched_on(ana)  # a picture that waited in the browser is drawn anew
        monkeypatch.setitem(app.config, "SITE", replace(app.config["SITE"], redis_url=broker.url))
        assert app.test_client().get("/readyz").json["trouble"] == []
        use(SECRET)
        later(60)
        assert app.test_client().get("/readyz").json["trouble"] == ["unreadable_secrets"]
        assert ana.get("/account/second-factor").status_code == 200
        fields = fields_of(_password(visitor), "/log-in/code")
        for client, form, path in (
            (visitor, fields, "/log-in/code"),
            (ana, {}, "/account/second-factor/off"),
        ):
            answer = client.post(path, data=form | {"code": _code(secret)})
            assert answer.status_code == 503
            assert "not your doing" in answer.text
    finally:
        use(SECRET)


def test_a_wrong_code_leaves_the_picture_as_it_was_scanned(cast, browse):
    ana = browse(cast.ana)
    first = _key(ana.get("/account/second-factor"))
    again = ana.post("/account/second-factor/on", data={"code": "12"})
    assert _key(again) == first


def test_the_log_in_then_asks_for_the_code_and_brings_words_and_way_along(cast, browse, visitor, later):
    secret = _switched_on(browse(cast.ana))
    later(60)
    page = _password(visitor, kept_action="/threads/1/replies", **{"kept.body": "Mine."})
    assert page.status_code == 200
    assert visitor.get("/account").status_code == 303, "half a log-in opens nothing"
    assert visitor.get_cookie("session") is None
    fields = fields_of(page, "/log-in/code")
    wrong = visitor.post("/log-in/code", data=fields | {"code": "000000"})
    assert wrong.status_code == 422
    fields = fields_of(wrong, "/log-in/code")
    page = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert fields_of(page, "/threads/1/replies") == {"body": "Mine."}
    assert visitor.get("/account").status_code == 200


def test_a_code_opens_once(cast, app, browse, visitor, later):
    secret = _switched_on(browse(cast.ana))
    fields = fields_of(_password(visitor), "/log-in/code")
    first = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert first.status_code == 422, "it was used to switch it on"
    later(30)
    answer = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/help")
    thief = app.test_client()
    assert thief.post("/log-in/code", data=fields | {"code": _code(secret)}).status_code == 422
    with pytest.raises(Invalid):
        second_factor.spend(cast.ana.user_id, _code(secret))


def test_a_clock_that_is_a_little_off_is_forgiven_and_more_is_not(cast, browse, later):
    secret = _switched_on(browse(cast.ana))
    later(300)
    code_of, step = pyotp.TOTP(secret).generate_otp, second_factor._step()
    for off in (-2, 2):
        with pytest.raises(Invalid):
            second_factor.spend(cast.ana.user_id, code_of(step + off))
    second_factor.spend(cast.ana.user_id, code_of(step - 1))
    second_factor.spend(cast.ana.user_id, code_of(step + 1))


def test_half_a_log_in_does_not_last_and_cannot_be_made_up(cast, browse, visitor, later):
    secret = _switched_on(browse(cast.ana))
    fields = fields_of(
        _password(visitor, **{"kept_action": "/threads/1/replies", "kept.body": "Mine."}), "/log-in/code"
    )
    forged = fields | {"half": fields["half"][:-2] + "xx", "code": _code(secret)}
    assert visitor.post("/log-in/code", data=forged).status_code == 422
    later(entering.HALF_FOR + 1)
    page = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert page.status_code == 422
    assert fields_of(page, "/log-in")["kept.body"] == "Mine.", "nothing typed is lost"


def test_half_a_log_in_counts_no_more_when_the_password_was_changed(cast, browse, visitor, later):
    ana = browse(cast.ana)
    secret = _switched_on(ana)
    carried = {"kept_action": "/threads/1/replies", "kept.body": "Mine."}
    fields = fields_of(_password(visitor, **carried), "/log-in/code")
    changed = ana.post("/account/password", data={"old_password": PASSWORD, "new_password": f"{PASSWORD}!"})
    assert changed.status_code == 303
    later(60)
    page = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert page.status_code == 422
    assert "changed meanwhile" in page.text
    assert fields_of(page, "/log-in")["kept.body"] == "Mine.", "nothing typed is lost"
    assert 'action="/log-in/code"' not in page.text, "no code can help any more"


def test_half_a_log_in_begins_again_when_the_second_factor_was_switched_off(cast, browse, visitor, later):
    ana = browse(cast.ana)
    secret = _switched_on(ana)
    fields = fields_of(_password(visitor), "/log-in/code")
    later(30)
    assert ana.post("/account/second-factor/off", data={"code": _code(secret)}).status_code == 303
    later(60)
    page = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert page.status_code == 422
    assert "switched off meanwhile" in page.text
    assert fields_of(page, "/log-in")["next"] == "/help"


def test_wrong_codes_do_not_make_half_a_log_in_last_longer(cast, browse, visitor, later):
    secret = _switched_on(browse(cast.ana))
    fields = fields_of(_password(visitor), "/log-in/code")
    later(entering.HALF_FOR - 1)
    fields = fields_of(visitor.post("/log-in/code", data=fields | {"code": "000000"}), "/log-in/code")
    later(2)
    page = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert page.status_code == 422
    fields_of(page, "/log-in")


def test_words_of_danger_meet_people_while_the_code_is_asked_for(cast, browse, visitor, later):
    _switched_on(browse(cast.ana))
    danger = "I have decided to end my life tonight and I have written the letters. Goodbye."
    page = _password(visitor, kept_action="/threads/1/replies", **{"kept.body": danger})
    fields_of(page, "/log-in/code")
    assert "you can reach someone now" in page.text


def test_it_is_switched_off_with_a_code(cast, browse, visitor, later):
    ana = browse(cast.ana)
    secret = _switched_on(ana)
    later(30)
    assert ana.post("/account/second-factor/off", data={"code": "000000"}).status_code == 422
    assert ana.post("/account/second-factor/off", data={"code": _code(secret)}).status_code == 303
    assert _password(visitor).status_code == 303
    assert session.scalars(select(SecondFactor)).all() == []
    open_ones = select(SignIn.proven).where(SignIn.ended_at.is_(None))
    assert set(session.scalars(open_ones)) == {False}


def test_pages_that_were_open_when_it_was_switched_off_are_hung_up_on_and_here_one_goes_on(
    cast, browse, later
):
    maya = browse(cast.maya)
    secret = _switched_on(maya)
    session.rollback()
    proven = session.scalars(select(SignIn.id).where(SignIn.ended_at.is_(None))).one()
    later(30)
    assert maya.post("/account/second-factor/off", data={"code": _code(secret)}).status_code == 303
    session.rollback()
    said = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == "signin.ended")).all()
    assert {"sign_in_id": proven} in said, "an open desk must not go on hearing"
    assert maya.get("/account").status_code == 200


def test_guessing_codes_has_an_end(cast, app, broker, browse, monkeypatch, visitor, later):
    _switched_on(browse(cast.ana))
    fields = fields_of(_password(visitor), "/log-in/code")
    monkeypatch.setitem(app.extensions, "limiter", Limiter(f"{broker.url}/2", SECRET))
    monkeypatch.setattr(second_factor, "A_FEW", 100)  # what counts here is how fast they come
    for _ in range(LIMITS["own_secret"].most.amount):
        assert visitor.post("/log-in/code", data=fields | {"code": "000000"}).status_code == 422
    assert visitor.post("/log-in/code", data=fields | {"code": "000000"}).status_code == 429


def test_after_a_few_wrong_codes_none_is_looked_at_each_time_for_longer(cast, browse, later):
    secret = _switched_on(browse(cast.ana))
    later(60)
    waits = []
    for _ in range(9):
        for _ in range(second_factor.A_FEW):
            with pytest.raises(Invalid):
                second_factor.spend(cast.ana.user_id, "000000")
        with pytest.raises(TooMany) as told:
            second_factor.spend(cast.ana.user_id, _code(secret))
        waits.append(told.value.wait // 60)
        later(told.value.wait)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    second_factor.spend(cast.ana.user_id, _code(secret))
    later(30)
    with pytest.raises(Invalid):
        second_factor.spend(cast.ana.user_id, "000000")
    second_factor.spend(cast.ana.user_id, _code(secret))


def test_wrong_codes_are_told_to_their_person_and_stand_in_the_audit(cast, browse, visitor, later):
    secret = _switched_on(browse(cast.ana))
    later(60)
    fields = fields_of(_password(visitor), "/log-in/code")
    for _ in range(second_factor.A_FEW):
        assert visitor.post("/log-in/code", data=fields | {"code": "000000"}).status_code == 422
    page = visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert page.status_code == 429
    assert "in a minute" in page.text
    fields_of(page, "/log-in/code")
    later(60)
    assert visitor.post("/log-in/code", data=fields | {"code": _code(secret)}).status_code == 303
    assert "typed 5 wrong codes in a row" in visitor.get("/account/sign-ins").text
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.by_id, entry.act, entry.thing_id) == (None, "wrong_codes", cast.ana.user_id)
    assert "wrong codes" not in browse(cast.ben).get("/account/sign-ins").text
    later(second_factor.TOLD_FOR.total_seconds())
    assert "wrong codes" not in visitor.get("/account/sign-ins").text


def test_a_recovery_code_lets_a_member_in_who_lost_the_phone_but_no_moderator(
    cast, app, browse, visitor, later
):
    for person in (cast.ana, cast.maya):
        _switched_on(browse(person))
        code = recovery.make(person.user_id)
        form = {"name": person.name, "code": code, "password": "a candle in the hall"}
        answer = app.test_client().post("/recover", data=form)
        if person is cast.ana:
            assert answer.status_code == 303
        else:
            fields_of(answer, "/log-in/code")
    assert session.scalars(select(SecondFactor.user_id)).all() == [cast.maya.user_id]


# ------------------------------------------------------------------ powers ask for it


@pytest.fixture
def production(app, monkeypatch):
    """The site is a real one."""
    monkeypatch.setitem(app.config, "SITE", replace(app.config["SITE"], site_mode="production"))


def test_a_moderator_without_it_has_no_desk_and_is_told_what_to_do(cast, browse, production, later):
    maya, kim = browse(cast.maya), browse(cast.kim)
    page = maya.get("/desk")
    assert page.status_code == 403
    assert "/account/second-factor" in page.text
    assert maya.get(f"/communities/{cast.private_slug}").status_code == 200, "the rest is open as before"
    _switched_on(maya)
    assert maya.get("/desk").status_code == 200
    assert kim.get("/desk").status_code == 403
    assert browse(cast.ana).get("/desk").status_code == 404, "others cannot tell that there is a desk"


def test_a_log_in_with_the_code_has_the_powers(cast, browse, visitor, production, later):
    secret = _switched_on(browse(cast.maya))
    later(30)
    fields = fields_of(_password(visitor, "Maya"), "/log-in/code")
    visitor.post("/log-in/code", data=fields | {"code": _code(secret)})
    assert visitor.get("/desk").status_code == 200


@pytest.mark.parametrize("permission", [Permission.SEE_DESK, Permission.KEEP_SITE])
def test_powers_wait_for_it_and_nobody_else_learns_of_them(cast, permission):
    policy.require(cast.lea, permission)
    with pytest.raises(ProveFirst):
        policy.require(replace(cast.lea, proven=False), permission)
    with pytest.raises(NotFound):
        policy.require(replace(cast.ana, proven=False), permission)
    assert not policy.allows(replace(cast.lea, proven=False), permission)


def test_where_the_site_is_not_real_no_power_asks_for_it(cast, browse):
    assert browse(cast.maya).get("/desk").status_code == 200


# ------------------------------------------------------------------ lost


def test_the_command_resets_it_for_the_last_lead(cast, app, browse, later):
    lea = browse(cast.lea)
    _switched_on(lea)
    done = app.test_cli_runner().invoke(args=["reset-second-factor", "lea"])
    assert done.exit_code == 0, done.output
    assert lea.get("/account").status_code == 303
    assert "Your second factor was reset" in lea.get("/log-in").text
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.by_id, entry.act, entry.thing_id) == (None, "reset_second_factor", cast.lea.user_id)
    assert service.log_in("Lea", PASSWORD).token
    ended = session.scalars(select(SignIn.ended_because).where(SignIn.ended_at.is_not(None))).all()
    assert ended == [EndedBecause.SECOND_FACTOR, EndedBecause.RESET]


def test_the_demos_codes_are_printed_where_they_are_asked_for(cast, app, browse, later):
    secret = _switched_on(browse(cast.maya))
    said = app.test_cli_runner().invoke(args=["demo-codes"]).output
    assert f"Maya  {_code(secret)}" in said
    assert "Ana   no code is asked for" in said


def test_a_real_site_prints_no_codes(cast, app, browse, production, later):
    _switched_on(browse(cast.maya))
    refused = app.test_cli_runner().invoke(args=["demo-codes"])
    assert refused.exit_code != 0
    assert "Maya" not in refused.output


def test_the_picture_says_what_the_key_says():
    secret = second_factor.new_secret()
    picture = second_factor.picture(secret, "Ana", "Peer support")
    assert picture.path.startswith(f"M{second_factor.EDGE} {second_factor.EDGE}h1v1h-1z")
    assert picture.size > 2 * second_factor.EDGE
    assert set(picture.path) <= set("Mhvz 0123456789-")
