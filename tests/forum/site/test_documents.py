"""Privacy notice and terms: written by a lead, every version readable, and agreed to without standing in the way."""

import pytest
from sqlalchemy import select

from forum import db, retention
from forum.accounts.models import User
from forum.audit import AuditEntry
from forum.db import session
from forum.errors import Conflict, Invalid, NotFound
from forum.policy import STRANGER
from forum.site import documents
from forum.site.models import Consent, DocumentKind, DocumentVersion
from tests.forum.browsing import fields_of
from tests.forum.cast import Cast, new_key

TERMS = DocumentKind.TERMS
NOTICE = "that you have not agreed to yet"


def test_a_new_site_has_both_in_words_that_came_with_the_software(cast, visitor):
    assert documents.begin() is False, "the database was prepared with them"
    privacy, terms = visitor.get("/privacy").text, visitor.get("/terms").text
    assert "A machine reads everything" in privacy
    assert "It is not a crisis service" in terms
    for page in (privacy, terms):
        assert "has not said yet who provides this site" in page
        assert "Version 1, in force since" in page
        assert "<h1>" in page and "<h2>" in page and "<h4>" not in page
    assert 'href="/privacy"' in visitor.get("/help").text and 'href="/terms"' in visitor.get("/sign-up").text


def test_a_lead_begins_a_new_version_and_the_old_one_stays_readable(cast, browse, visitor):
    browser = browse(cast.lea)
    form = fields_of(browser.get("/site/documents"), "/site/documents/terms")
    answer = browser.post(
        "/site/documents/terms", data=form | {"body": "# Short\n\nBe **kind**. <script>x</script>"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/site/documents?saved=terms")
    page = visitor.get("/terms").text
    assert "<h2>Short</h2>" in page and "<strong>kind</strong>" in page and "<script>x" not in page
    old = visitor.get("/terms/1").text
    assert "It is not a crisis service" in old and "read the version in force" in old
    assert visitor.get("/terms/3").status_code == visitor.get("/terms/0").status_code == 404
    entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "write")).one()
    assert (entry.by_id, entry.thing, entry.detail) == (cast.lea.user_id, "document", "terms 2")


def test_nobody_else_writes_them(cast):
    for actor in (cast.ana, cast.maya, STRANGER):
        with pytest.raises(NotFound):
            documents.write(actor, TERMS, "Mine now.", 1)
    assert documents.document(TERMS).number == 1


def test_a_version_is_begun_after_the_one_that_was_read(cast):
    documents.write(cast.lea, TERMS, "Second.", 1)
    with pytest.raises(Conflict):
        documents.write(cast.lea, TERMS, "Third, after the first.", 1)
    with pytest.raises(Invalid):
        documents.write(cast.lea, TERMS, "  ", 2)
    assert documents.write(cast.lea, TERMS, "Second.", 2).number == 2, "the same words are no new version"


def test_words_that_could_not_be_saved_stay_in_the_form(cast, browse):
    documents.write(cast.lea, TERMS, "Second.", 1)
    page = browse(cast.lea).post("/site/documents/terms", data={"number": "1", "body": "An hour of work."})
    assert page.status_code == 409
    again = fields_of(page, "/site/documents/terms")
    assert (again["body"], again["number"]) == ("An hour of work.", "2")


def test_new_terms_are_told_calmly_and_agreed_to_once(cast, browse):
    browser = browse(cast.ana)
    assert NOTICE not in browser.get("/").text
    documents.write(cast.lea, TERMS, "New ones.", 1)
    assert NOTICE in browser.get("/").text
    assert NOTICE not in browser.get("/help").text, "never in front of help"
    form = fields_of(browser.get("/terms"), "/terms/agreement")
    for _ in range(2):
        assert browser.post("/terms/agreement", data=form).status_code == 303
    assert NOTICE not in browser.get("/").text
    (consent,) = session.scalars(select(Consent)).all()
    in_force = documents.in_force()
    assert (consent.user_id, consent.age) == (cast.ana.user_id, None)
    assert (consent.terms_id, consent.privacy_id) == (in_force.terms.id, in_force.privacy.id)


def test_terms_that_were_replaced_while_somebody_read_are_not_agreed_to(cast, browse):
    browser = browse(cast.ana)
    documents.write(cast.lea, TERMS, "New ones.", 1)
    form = fields_of(browser.get("/terms"), "/terms/agreement")
    documents.write(cast.lea, TERMS, "Newer ones.", 2)
    assert browser.post("/terms/agreement", data=form).status_code == 409
    assert session.scalars(select(Consent)).all() == []


def test_nobody_has_to_agree_before_they_write_and_no_words_are_lost(cast: Cast, browse):
    documents.write(cast.lea, TERMS, "New ones.", 1)
    words = {"title": "Mornings", "body": "Kettle first.", "form_key": new_key()}
    answer = browse(cast.ana).post(f"/communities/{cast.slug}/threads", data=words)
    assert answer.status_code == 303
    assert session.get_one(User, cast.ana.user_id).terms_number == 1


def test_a_site_whose_documents_are_missing_gets_them_with_the_next_migration(database):
    with db.engine().begin() as connection:
        connection.execute(DocumentVersion.__table__.delete())  # type: ignore[attr-defined]
    assert documents.begin() is True
    assert {documents.document(kind).number for kind in DocumentKind} == {1}


def test_the_wording_promises_the_periods_that_the_job_keeps(database):
    says = documents.document(DocumentKind.PRIVACY).body
    for period in (
        retention.WITHDRAWN_WORDS,
        retention.OLDER_WORDS,
        retention.EVIDENCE,
        retention.URGENT_EVIDENCE,
        retention.ADDRESSES,
        retention.UNUSED_SIGN_INS,
    ):
        assert f"{period.days} days" in says
