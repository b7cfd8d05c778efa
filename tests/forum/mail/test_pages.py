"""A lead sees what waits and what failed and why, without an address, and sends it again; nobody else finds it."""

import pytest
from sqlalchemy import select

from forum.audit import AuditEntry
from forum.db import session
from forum.mail import service
from forum.mail.models import MailState
from forum.mail.queries import TROUBLE_WORDS
from forum.policy import STRANGER
from tests.forum.mail.conftest import TO, queued, rows


@pytest.fixture
def refused(sends, post_office) -> int:
    """A mail whose address the server refused."""
    sends(post_office.url)
    post_office.answers[TO] = f"550 nobody called {TO}"
    mail_id = queued()
    service.send(mail_id)
    return mail_id


def test_a_lead_reads_what_failed_and_why_and_not_for_whom(cast, browse, refused):
    page = browse(cast.lea).get("/site/mail")
    assert "To confirm an e-mail address" in page.text
    assert TROUBLE_WORDS["AddressRefused"] in page.text
    assert "ana.example" not in page.text
    assert "token" not in page.text


def test_the_desk_tells_a_lead_and_no_moderator(cast, browse, refused):
    assert "A mail could not be sent" in " ".join(browse(cast.lea).get("/desk").text.split())
    assert "/site/mail" not in browse(cast.maya).get("/desk").text


def test_a_lead_tries_again_and_it_is_written_down(cast, browse, refused, post_office):
    post_office.answers.clear()
    lead = browse(cast.lea)
    assert lead.post(f"/site/mail/{refused}/another-try").status_code == 303
    service.send_what_waits()
    assert rows()[0].state is MailState.SENT
    entries = session.scalars(select(AuditEntry).where(AuditEntry.act == "try_again")).all()
    assert [(entry.by_id, entry.thing, entry.thing_id) for entry in entries] == [
        (cast.lea.user_id, "mail", refused)
    ]
    again = lead.post(f"/site/mail/{refused}/another-try")
    assert again.status_code == 409
    assert "on its way already" in again.text
    assert lead.post("/site/mail/999999/another-try").status_code == 404


def test_all_that_failed_is_tried_again_with_one_press(cast, browse, refused, post_office):
    second = queued()
    service.send(second)
    post_office.answers.clear()
    assert browse(cast.lea).post("/site/mail/another-try").status_code == 303
    service.send_what_waits()
    assert [row.state for row in rows()] == [MailState.SENT] * 2


def test_a_lead_reads_what_waits_and_that_it_is_tried_again_by_itself(cast, browse, sends, post_office):
    sends(post_office.url)
    post_office.close()
    service.send(queued())
    page = browse(cast.lea).get("/site/mail").text
    assert "1 mail waits, since" in page
    assert TROUBLE_WORDS["ConnectionRefusedError"] in page
    assert "another-try" not in page
    sends("")
    assert "This site sends no mail" in browse(cast.lea).get("/site/mail").text


def test_nobody_but_a_lead_finds_the_page(cast, browse, refused):
    for actor in (STRANGER, cast.ana, cast.maya, cast.omar):
        for path in ("/site/mail/another-try", f"/site/mail/{refused}/another-try"):
            assert browse(actor).post(path).status_code == 404
        page, missing = (browse(actor).get(path) for path in ("/site/mail", "/site/nothing"))
        assert (page.status_code, page.data) == (missing.status_code, missing.data)
    assert rows()[0].state is MailState.FAILED


def test_every_trouble_is_told_in_a_sentence():
    assert all(sentence.endswith(".") and "@" not in sentence for sentence in TROUBLE_WORDS.values())
