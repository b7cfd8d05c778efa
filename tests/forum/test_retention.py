"""What has been kept long enough is ended, and nothing before its time; the document says the same as the code."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from forum import audit, db, encryption, retention
from forum.accounts import mail_address
from forum.accounts import service as accounts
from forum.accounts.models import LinkKind, MailedLink, SignIn
from forum.audit import AuditEntry
from forum.db import now, session, transactional
from forum.desk import service as desk
from forum.desk.models import Case, DecisionKind, Label, Signal
from forum.hours import service as hours
from forum.limits import LIMITS
from forum.retention import (
    ADDRESSES,
    ENDED_SIGN_INS,
    EVIDENCE,
    GREEN_DETAILS,
    LONGEST_LIMIT,
    OLDER_WORDS,
    RUNS,
    SHIFTS,
    UNUSED_SIGN_INS,
    URGENT_EVIDENCE,
    WITHDRAWN_WORDS,
    RetentionRun,
    keep,
)
from forum.texts import Screening, ScreeningState, Text, TextVersion
from forum.threads import service as threads
from forum.threads.models import Post
from tests.forum import cast as people
from tests.forum.cast import PASSWORD, Cast, new_key

NOTICE = Path(__file__).parents[2] / "forum" / "site" / "wording" / "privacy.md"
DOCUMENT = Path(__file__).parents[2] / "docs" / "privacy.md"
WORRYING = "I feel so hopeless these days and I cannot see it getting better."
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
A_DAY = timedelta(days=1)

Passes = Callable[[timedelta], None]


@pytest.fixture
def passes(database: str, tmp_path: Path) -> Passes:
    """`passes(WITHDRAWN_WORDS)`: that much more time goes by."""
    path, gone = tmp_path / "clock", [timedelta()]
    db.connect(database, str(path))

    def pass_by(span: timedelta) -> None:
        session.rollback()
        gone[0] += span
        path.write_text(str(gone[0].total_seconds()))

    return pass_by


def _said(cast: Cast, body: str = "Kettle first.") -> Post:
    post = threads.start(cast.ana, cast.slug, "Mornings", body, new_key())
    _read()
    return post


def _read() -> None:
    session.rollback()
    for waiting in session.scalars(select(Screening.id).where(Screening.state != ScreeningState.DONE)).all():
        desk.screen(waiting)


def _withdrawn(cast: Cast, post: Post) -> None:
    threads.withdraw(cast.ana, post.id)
    desk.note_withdrawal(post.text_id)


def _words(post: Post) -> list[str]:
    """Every wording of the post, the first one first."""
    session.rollback()
    rows = select(TextVersion.body, TextVersion.html).where(TextVersion.text_id == post.text_id)
    return ["".join(row) for row in session.execute(rows.order_by(TextVersion.number))]


def _closed(cast: Cast) -> None:
    """All cases are closed, with nothing needed."""
    session.rollback()
    for case_id in session.scalars(select(Case.id).where(Case.closed_at.is_(None))).all():
        fence = desk.claim(cast.maya, case_id).fence
        desk.decide(cast.maya, case_id, fence, DecisionKind.NOTHING_NEEDED, form_key=new_key())


# ------------------------------------------------------------------ words


def test_published_words_stay_however_old_they_are(cast, passes):
    post = _said(cast)
    passes(10 * URGENT_EVIDENCE)
    keep()
    assert "Kettle" in _words(post)[0]


def test_withdrawn_words_are_erased_when_their_time_is_over_and_not_before(cast, passes):
    post, other = _said(cast), _said(cast, "Tea.")
    title_id = session.scalars(select(Text.id).where(Text.kind == "title")).first()
    _withdrawn(cast, post)
    passes(WITHDRAWN_WORDS - A_DAY)
    assert keep()["withdrawn_words"] == 0
    assert "Kettle" in _words(post)[0]
    passes(A_DAY)
    assert keep()["withdrawn_words"] == 2, "the post and the title that went with it"
    assert _words(post) == [""]
    assert "Tea" in _words(other)[0]
    [title] = session.scalars(select(TextVersion).where(TextVersion.text_id == title_id))
    assert (title.body, title.html, title.erased_at is not None) == ("", "", True)
    assert keep()["withdrawn_words"] == 0, "once"


def test_earlier_wordings_are_erased_and_the_present_one_stays(cast, passes):
    post = _said(cast)
    threads.edit(cast.ana, post.id, "Kettle second.", 1)
    _read()
    passes(OLDER_WORDS - A_DAY)
    threads.edit(cast.ana, post.id, "Kettle last.", 2)
    _read()
    passes(A_DAY)
    assert keep()["older_words"] == 1
    first, second, last = _words(post)
    assert first == ""
    assert "second" in second
    assert "last" in last
    passes(OLDER_WORDS)
    keep()
    assert _words(post)[:2] == ["", ""]
    assert "last" in _words(post)[2]


def test_content_notes_that_were_replaced_or_taken_away_are_erased_whoever_wrote_them(cast, passes):
    post, other = _said(cast), _said(cast, "Tea.")
    for actor, line in ((cast.maya, "loss"), (cast.noor, "grief, loss"), (cast.maya, "")):
        threads.note(actor, post.id, line)
    threads.note(cast.maya, other.id, "food")
    _read()
    notes = select(TextVersion.body).join(Text, Text.id == TextVersion.text_id).where(Text.kind == "note")
    passes(OLDER_WORDS - A_DAY)
    assert keep()["ended_notes"] == 0
    passes(A_DAY)
    assert keep()["ended_notes"] == 2
    assert session.scalars(notes.order_by(Text.id)).all() == ["", "", "food"], "the one that stands stays"


def test_nothing_is_erased_that_nobody_has_read(cast, passes):
    post = threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key())
    _withdrawn(cast, post)
    passes(WITHDRAWN_WORDS)
    keep()
    assert "Kettle" in _words(post)[0]
    _read()
    keep()
    assert _words(post) == [""]


@pytest.mark.parametrize(("body", "evidence"), [(WORRYING, EVIDENCE), (CRISIS, URGENT_EVIDENCE)])
def test_words_of_a_case_are_evidence_until_it_is_closed_for_long_enough(cast, passes, body, evidence):
    post = _said(cast, body)
    threads.edit(cast.ana, post.id, "Better now.", 1)
    _read()
    _withdrawn(cast, post)
    passes(3 * URGENT_EVIDENCE)
    keep()
    assert body[:20] in _words(post)[0], "the case is open"
    _closed(cast)
    passes(evidence - A_DAY)
    keep()
    assert body[:20] in _words(post)[0], "the case was closed lately"
    passes(A_DAY)
    keep()
    assert _words(post) == ["", ""]


def test_words_stay_as_long_as_a_case_about_the_title_of_their_post(cast, passes):
    post = threads.start(cast.ana, cast.slug, WORRYING, "Kettle first.", new_key(), "food")
    _read()
    assert session.scalars(select(Case.text_id)).all() != [post.text_id], "it is about the title"
    threads.withdraw(cast.ana, post.id)
    session.rollback()
    gone = select(func.count(Text.id)).where(Text.withdrawn_at.is_not(None))
    assert session.scalars(gone).one() == 3, "words, title and note"
    passes(EVIDENCE)
    assert keep()["withdrawn_words"] == 0, "the case is open"
    _closed(cast)
    passes(EVIDENCE - A_DAY)
    assert keep()["withdrawn_words"] == 0, "the case was closed lately"
    passes(A_DAY)
    assert keep()["withdrawn_words"] == 3


def test_words_stay_as_long_as_danger_that_the_title_of_their_post_suggested(cast, passes):
    post = _said(cast)
    _suspected(session.scalars(select(Text.id).where(Text.kind == "title")).one())
    _withdrawn_without_a_case(cast, post)
    passes(URGENT_EVIDENCE - A_DAY)
    assert keep()["withdrawn_words"] == 0
    passes(A_DAY)
    assert keep()["withdrawn_words"] == 2


def test_words_that_suggested_danger_stay_for_their_own_time_also_without_a_case(cast, passes):
    post = _said(cast)
    _suspected(post.text_id)
    _withdrawn_without_a_case(cast, post)
    passes(URGENT_EVIDENCE - A_DAY)
    keep()
    assert "Kettle" in _words(post)[0]
    passes(A_DAY)
    keep()
    assert _words(post) == [""]


@transactional
def _suspected(text_id: int) -> None:
    session.execute(update(Text).where(Text.id == text_id).values(worst_level="red"))


def _withdrawn_without_a_case(cast: Cast, post: Post) -> None:
    threads.withdraw(cast.ana, post.id)


def test_what_was_found_in_erased_words_goes_with_them(cast, passes):
    post = _said(cast, WORRYING)
    _withdrawn(cast, post)
    _closed(cast)
    passes(EVIDENCE)
    keep()
    session.rollback()
    reading = session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()
    assert (reading.findings, reading.seen_findings, reading.score) == ([], [], None)
    assert reading.level == "amber", "that somebody had to look stays"
    signals = session.scalars(select(Signal)).all()
    assert signals
    assert all(signal.findings == [] for signal in signals)
    assert session.scalars(select(Label)).all() == [], "and so does what people said of it"


def test_how_sure_the_machine_was_of_nothing_goes_early(cast, passes):
    _said(cast)
    passes(GREEN_DETAILS)
    assert keep()["green_readings"] == 2, "the post and its title"
    assert keep()["green_readings"] == 0
    assert {reading.score for reading in session.scalars(select(Screening))} == {None}


# ------------------------------------------------------------------ what is shown then


def test_pages_say_that_words_were_erased(cast, passes, browse):
    post = _said(cast, WORRYING)
    case_id = session.scalars(select(Case.id)).one()
    _withdrawn(cast, post)
    _closed(cast)
    own, case = f"/posts/{post.id}", f"/desk/cases/{case_id}"
    assert "no longer what it said" in browse(cast.ana).get(own).text
    passes(EVIDENCE)
    keep()
    page = browse(cast.ana).get(own).text
    assert "Your words were erased on" in page
    assert "as you typed them" not in page
    page = browse(cast.maya).get(case).text
    assert "These words were erased on" in page
    assert "hopeless" not in page
    assert browse(cast.ben).get(f"/threads/{post.thread_id}").text.count("Withdrawn by its author") >= 1


# ------------------------------------------------------------------ sign-ins


def test_the_network_address_of_a_log_in_is_emptied_in_time(cast, passes, app):
    _logged_in_from("192.0.2.7")
    passes(ADDRESSES - A_DAY)
    assert keep()["addresses"] == 0
    passes(A_DAY)
    assert keep()["addresses"] == 1
    assert session.scalars(select(SignIn.address)).all() == [None], "the sign-in itself goes on"


@transactional
def _logged_in_from(address: str) -> None:
    kept = encryption.encrypted(address)
    session.add(SignIn(user_id=1, token_hash=new_key(), started_at=now(), seen_at=now(), address=kept))


def test_a_sign_in_is_forgotten_when_it_ended_or_nobody_used_it(cast, passes, app):
    accounts.log_in("Ana", PASSWORD)
    people.log_in(app.test_client(), cast.ben)
    session.rollback()
    ended = session.scalars(select(SignIn).where(SignIn.user_id == cast.ana.user_id)).one()
    accounts.log_out(ended.id)
    passes(ENDED_SIGN_INS - A_DAY)
    assert keep()["sign_ins"] == 0
    passes(A_DAY)
    assert keep()["sign_ins"] == 1
    passes(UNUSED_SIGN_INS - ENDED_SIGN_INS - A_DAY)
    assert keep()["sign_ins"] == 0, "a cookie may still open it"
    passes(A_DAY)
    assert keep()["sign_ins"] == 1
    assert session.scalars(select(func.count()).select_from(SignIn)).one() == 0


def test_a_link_that_was_mailed_is_forgotten_with_its_address_when_it_works_no_more(cast, passes, app):
    mail_address.ask_way_back("nobody@example.org")
    assert keep()["links"] == 0
    passes(mail_address.LASTS[LinkKind.RECOVER][0])
    assert keep()["links"] == 1
    assert session.scalars(select(func.count()).select_from(MailedLink)).one() == 0


# ------------------------------------------------------------------ the job


def test_when_somebody_of_the_team_was_here_is_forgotten_after_its_time(cast, passes):
    hours.be_here(cast.maya, f"{now() + timedelta(hours=2):%Y-%m-%dT%H:%MZ}")
    passes(SHIFTS)
    assert keep()["shifts"] == 0
    passes(timedelta(hours=2))
    assert keep()["shifts"] == 1


def test_however_much_there_is_each_commit_is_small_and_all_of_it_is_ended(cast, passes, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    posts = [_said(cast, f"Kettle {number}.") for number in range(3)]
    for post in posts:
        _withdrawn(cast, post)
    passes(WITHDRAWN_WORDS)
    assert retention.erase_withdrawn_words() == 2
    assert keep()["withdrawn_words"] == 4
    assert [_words(post) for post in posts] == [[""]] * 3


def test_what_a_run_that_died_left_the_next_one_ends(cast, passes, monkeypatch):
    post = _said(cast)
    _withdrawn(cast, post)
    passes(WITHDRAWN_WORDS)
    with monkeypatch.context() as patch:
        patch.setitem(retention.STEPS, "older_words", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keep()
    assert retention.last_run() is None
    assert _words(post) == [""], "what was committed stays done"
    assert keep()["withdrawn_words"] == 0
    assert retention.last_run() is not None


def test_a_run_leaves_counts_and_nothing_about_anybody(cast, passes, caplog):
    post = _said(cast)
    _withdrawn(cast, post)
    passes(WITHDRAWN_WORDS)
    with caplog.at_level(logging.INFO):
        counts = keep()
    [line] = [record.getMessage() for record in caplog.records if record.name == "forum.retention"]
    assert line == "retention " + " ".join(f"{name}={count}" for name, count in counts.items())
    run = session.scalars(select(RetentionRun)).one()
    assert run.counts == counts
    passes(RUNS)
    keep()
    session.rollback()
    assert session.scalars(select(func.count()).select_from(RetentionRun)).one() == 1


def test_an_operator_can_run_it_by_hand(cast, passes, app):
    post = _said(cast)
    _withdrawn(cast, post)
    passes(WITHDRAWN_WORDS)
    first, second = (app.test_cli_runner().invoke(args=["retention"]).output for _ in range(2))
    assert "withdrawn words: 2\n" in first
    assert "never ran before" in first
    assert "withdrawn words: 0\n" in second
    assert "Before that it ran" in second


def test_the_record_of_uses_of_power_is_left_alone(cast, passes):
    transactional(audit.record)(cast.maya.user_id, "claim", "case", 1)
    passes(20 * URGENT_EVIDENCE)
    keep()
    assert session.scalars(select(func.count()).select_from(AuditEntry)).one() == 1


# ------------------------------------------------------------------ the document


def test_the_document_says_what_the_code_does():
    said = re.findall(r"^\| (?!what |---).*\|$", DOCUMENT.read_text(), re.MULTILINE)
    assert said == [str(row) for row in retention.TABLE]


def test_the_notice_that_a_new_site_begins_with_names_these_periods_and_no_others():
    named = re.findall(r"\d+ days", NOTICE.read_text())
    assert named
    assert set(named) <= {row.how_long for row in retention.TABLE}


def test_every_period_stands_in_the_table():
    periods = {value for value in vars(retention).values() if isinstance(value, timedelta)}
    assert periods <= {row.period for row in retention.TABLE}


def test_no_count_of_requests_lives_longer_than_it_says():
    assert all(limit.most.get_expiry() <= LONGEST_LIMIT.total_seconds() for limit in LIMITS.values())
