"""A mail is kept with the act it is about, goes out once, is tried again for a day, and then nobody knows whom
it was for."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import text

from forum import mail
from forum.db import session, transactional
from forum.encryption import Unreadable
from forum.mail import carrier, service
from forum.mail.models import MailState
from forum.mail.queries import failed_count
from forum.mail.service import KEPT_FOR, KNOWN_FOR, LEASE, PAUSES
from forum.outbox import OutboxMessage
from tests.forum.mail.conftest import TO, queued, rows

DAY = timedelta(days=1).total_seconds()


def _everything_kept() -> str:
    session.rollback()
    return str(session.execute(text("SELECT * FROM mails")).all())


def test_a_mail_is_sent_and_then_nobody_knows_whom_it_was_for(sends, post_office, caplog):
    sends(post_office.url)
    mail_id = queued()
    assert TO not in _everything_kept()
    assert "token" not in _everything_kept()
    service.send(mail_id)
    (letter,) = post_office.received
    assert letter["To"] == TO
    assert letter["Subject"] == "Please confirm your e-mail address"
    assert "https://forum.example.org/account/email/a-long-token" in letter.get_content()
    (row,) = rows()
    assert (row.state, row.recipient, row.facts) == (MailState.SENT, None, None)
    assert row.sent_at is not None
    assert TO not in caplog.text


def test_a_mail_is_kept_only_with_the_act_that_it_is_about(sends, cast):
    @transactional
    def fails() -> None:
        mail.queue("address_is_taken", TO)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert rows() == []
    queued("address_is_taken")
    (event,) = session.query(OutboxMessage).all()
    assert (event.topic, event.payload) == ("mail.queued", {"mail_id": rows()[0].id})


def test_handed_over_twice_it_goes_out_once(sends, post_office):
    sends(post_office.url)
    mail_id = queued()
    assert service._taken(mail_id) is not None
    service.send(mail_id)
    service.send_what_waits()
    assert post_office.received == [], "somebody else holds it"
    second = queued()
    service.send(second)
    service.send(second)
    service.send_what_waits()
    assert len(post_office.received) == 1
    service.send(999_999)


def test_while_the_server_is_away_it_waits_and_goes_out_when_the_server_is_back(
    sends, post_office, clock, caplog
):
    sends(post_office.url)
    post_office.close()
    mail_id = queued()
    service.send(mail_id)
    (row,) = rows()
    assert (row.state, row.attempts, row.trouble) == (MailState.WAITING, 1, "ConnectionRefusedError")
    assert TO not in caplog.text
    post_office.open()
    service.send_what_waits()
    assert post_office.received == [], "not before its pause is over"
    clock(PAUSES[0].total_seconds() + 1)
    service.send_what_waits()
    assert [letter["To"] for letter in post_office.received] == [TO]
    assert rows()[0].trouble is None


def test_while_the_server_is_away_one_mail_finds_out_for_all(sends, post_office):
    sends(post_office.url)
    post_office.close()
    for _ in range(3):
        queued()
    service.send_what_waits()
    assert [row.attempts for row in rows()] == [1, 0, 0]


def test_after_a_day_of_trying_it_has_failed_and_a_lead_sends_it_again(sends, post_office, clock, cast):
    sends(post_office.url)
    post_office.close()
    mail_id = queued()
    moment = 0.0
    for pause in (*PAUSES, timedelta()):
        service.send_what_waits()
        moment += pause.total_seconds() + 1
        clock(moment)
    assert 0.9 * DAY < moment < 1.5 * DAY
    (row,) = rows()
    assert (row.state, row.attempts) == (MailState.FAILED, len(PAUSES) + 1)
    assert failed_count() == 1
    post_office.open()
    service.send_what_waits()
    assert post_office.received == []
    service.try_again(cast.lea, mail_id)
    assert failed_count() == 0
    service.send_what_waits()
    assert len(post_office.received) == 1


def test_an_address_that_is_refused_has_failed_at_once_and_holds_up_nobody(sends, post_office, caplog):
    sends(post_office.url)
    post_office.answers[TO] = f"550 5.1.1 {TO}: nobody of this name"
    queued()
    queued(to="ben@example.net")
    service.send_what_waits()
    refused, other = rows()
    assert (refused.state, refused.trouble) == (MailState.FAILED, "AddressRefused")
    assert other.state is MailState.SENT
    assert TO not in caplog.text
    assert "token" not in caplog.text


def test_killed_in_between_it_is_sent_by_the_next_who_looks(sends, post_office, clock):
    sends(post_office.url)
    mail_id = queued()
    assert service._taken(mail_id) is not None  # and never heard of again
    clock(LEASE.total_seconds() - 5)
    service.send_what_waits()
    assert post_office.received == []
    clock(LEASE.total_seconds() + 1)
    service.send_what_waits()
    assert len(post_office.received) == 1


def test_killed_after_the_server_took_it_the_second_copy_is_known_for_one(
    sends, post_office, clock, monkeypatch
):
    sends(post_office.url)
    queued()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as in_between:
        in_between.setattr(service, "_arrived", killed)
        with pytest.raises(KeyboardInterrupt):
            service.send_what_waits()
    clock(LEASE.total_seconds() + 1)
    service.send_what_waits()
    first, second = post_office.received
    assert first["Message-ID"] == second["Message-ID"]
    assert rows()[0].state is MailState.SENT


def test_who_comes_back_too_late_changes_nothing(sends, post_office, clock):
    sends(post_office.url)
    mail_id = queued()
    slow = service._taken(mail_id)
    assert slow is not None
    clock(LEASE.total_seconds() + 1)
    quick = service._taken(mail_id)
    assert quick is not None
    service._missed(slow, "TimeoutError", final=True)
    assert rows()[0].state is MailState.WAITING
    service._arrived(quick)
    assert rows()[0].state is MailState.SENT


def test_a_mail_that_takes_every_sender_along_is_given_up(sends, clock):
    sends("smtp://127.0.0.1:1")
    mail_id = queued()
    for number in range(1, len(PAUSES) + 2):
        assert service._taken(mail_id) is not None
        clock(number * (LEASE.total_seconds() + 1))
    assert service._taken(mail_id) is None
    assert (rows()[0].state, rows()[0].trouble) == (MailState.FAILED, "NeverEnded")


def test_where_no_mail_is_sent_it_waits_untouched(sends, post_office):
    mail_id = queued()
    service.send(mail_id)
    service.send_what_waits()
    assert (rows()[0].state, rows()[0].attempts) == (MailState.WAITING, 0)
    sends(post_office.url)
    service.send_what_waits()
    assert len(post_office.received) == 1


def test_with_its_key_lost_a_mail_has_failed(sends, post_office, monkeypatch):
    sends(post_office.url)

    def lost(kept: str) -> str:
        raise Unreadable

    monkeypatch.setattr("forum.encryption.decrypted", lost)
    queued()
    service.send_what_waits()
    assert rows()[0].trouble == "Unreadable"


def test_an_error_of_ours_loses_no_mail(sends, post_office, monkeypatch, caplog):
    sends(post_office.url)

    def breaks(letter: EmailMessage) -> None:
        raise ZeroDivisionError(str(letter))

    monkeypatch.setattr(carrier.carrier(), "carry", breaks)
    queued()
    service.send_what_waits()
    assert (rows()[0].state, rows()[0].trouble) == (MailState.WAITING, "ZeroDivisionError")
    assert "ZeroDivisionError" in caplog.text
    assert TO not in caplog.text


def test_after_a_week_nobody_knows_whom_it_was_for_and_after_a_month_that_it_was(sends, post_office, clock):
    sends(post_office.url)
    post_office.answers[TO] = "550 no"
    failed, waiting = queued(), None
    service.send(failed)
    sends("")
    waiting = queued()
    clock(KNOWN_FOR.total_seconds() - 60)
    service.forget()
    assert [row.recipient is None for row in rows()] == [False, False]
    assert [row.id for row in rows()] == [failed, waiting]
    clock(KNOWN_FOR.total_seconds() + 60)
    service.forget()
    assert [(row.state, row.recipient, row.facts) for row in rows()] == [(MailState.FAILED, None, None)] * 2
    assert [row.trouble for row in rows()] == ["AddressRefused", "TooOld"]
    assert failed_count() == 0, "nothing can be done about these any more"
    clock(KEPT_FOR.total_seconds() + 60)
    service.forget()
    assert rows() == []


def test_a_mail_of_which_nobody_knows_whom_it_was_for_holds_up_no_other(sends, post_office):
    sends(post_office.url)
    _emptied(queued())
    queued()
    service.send_what_waits()
    assert [row.state for row in rows()] == [MailState.WAITING, MailState.SENT]


def test_nor_is_it_taken_by_who_was_told_of_it(sends, post_office):
    sends(post_office.url)
    mail_id = queued()
    _emptied(mail_id)
    assert service.send(mail_id)
    assert rows()[0].attempts == 0


@transactional
def _emptied(mail_id: int) -> None:
    session.execute(text("UPDATE mails SET recipient = NULL, facts = NULL WHERE id = :id"), {"id": mail_id})
