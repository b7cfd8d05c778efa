"""How long things are kept: every period once, and the job that ends them. docs/privacy.md says the same to people.

The job works in small commits, each of which looks again under its lock at what it takes; it may run twice, at the
same time, or die in the middle. Rows stay where something else leans on them: what goes is the words.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, and_, delete, exists, func, or_, select, union_all, update
from sqlalchemy.orm import Mapped, aliased, mapped_column

from forum import outbox
from forum.accounts import mail_address, sign_ins
from forum.accounts.models import LinkKind, MailedLink, SignIn
from forum.db import Base, now, session, transactional
from forum.desk.models import Case, Label, Signal
from forum.hours.models import Shift
from forum.learning import shadow
from forum.learning.models import ShadowReading
from forum.mail import service as mail
from forum.texts import Screening, ScreeningState, Text, TextVersion
from forum.threads.models import ContentNote, Post, Thread
from moderation import cases
from moderation.screening import Level

WITHDRAWN_WORDS = timedelta(days=30)
OLDER_WORDS = timedelta(days=90)
EVIDENCE = timedelta(
    days=180
)  # from the end of the last case about the words: long enough to ask for a second look
URGENT_EVIDENCE = timedelta(days=365)  # the same where danger was suspected
GREEN_DETAILS = timedelta(days=30)
ADDRESSES = sign_ins.ADDRESS_KEPT_FOR
ENDED_SIGN_INS = timedelta(days=30)
UNUSED_SIGN_INS = timedelta(days=90)  # their cookie ended after a month
SHIFTS = timedelta(days=365)
RUNS = timedelta(days=365)
LONGEST_LIMIT = timedelta(hours=1)  # of forum/limits.py
EVERY = timedelta(hours=1)  # between two runs

# The periods that pages name.
IN_DAYS = {"withdrawn_words": WITHDRAWN_WORDS.days, "urgent_evidence": URGENT_EVIDENCE.days}

AT_ONCE = 200  # rows a commit, so that nobody who writes waits long

_URGENT = [level for level in Level if cases.is_urgent(level)]

log = logging.getLogger(__name__)


class RetentionRun(Base):
    """One run of the job: when, and how many of each kind came to their end."""

    __tablename__ = "retention_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


@dataclass(frozen=True)
class Kept:
    """A line of the table in docs/privacy.md. `period` None: `until` says it all."""

    what: str
    why: str
    period: timedelta | None
    until: str

    @property
    def how_long(self) -> str:
        """The period in words."""
        if self.period is None:
            return "no fixed time"
        if self.period < timedelta(days=1):
            return (
                "1 hour"
                if self.period == timedelta(hours=1)
                else f"{self.period / timedelta(hours=1):g} hours"
            )
        return "1 day" if self.period.days == 1 else f"{self.period.days} days"

    def __str__(self) -> str:
        return f"| {self.what} | {self.why} | {self.how_long} | {self.until} |"


TABLE: tuple[Kept, ...] = (
    Kept("Words that are published", "they are what the place is", None,
         "until their author changes or withdraws them; words that a moderator hid stay for the author and the team"),
    Kept("Words that were withdrawn", "for the author to copy, and for a moderator who looks into them",
         WITHDRAWN_WORDS, "the words are erased; that there was a post stays"),
    Kept("Earlier wordings of a text, and content notes that were replaced or taken away",
         "to see what a reply was about, and what was changed after a worry",
         OLDER_WORDS, "counted from the change: the wording is erased"),
    Kept("Withdrawn or earlier words that a moderator looked into", "so that a decision can be looked at again",
         EVIDENCE, "counted from the end of the last case about them; never while one is open"),
    Kept("The same, where danger to somebody was suspected", "so that what was done can be looked into later",
         URGENT_EVIDENCE, "counted from the end of the last case, or from when they were withdrawn or changed"),
    Kept("What the machine found in words", "to show a moderator why it asked for a look", None,
         "it goes with the words that it is about; the level stays"),
    Kept("What moderators said of the machine's reading, by role", "to see how often the machine is right", None,
         "it goes with the words that it is about"),
    Kept("What a screener that is tried out made of words", "to compare it before it counts; nothing follows from it",
         shadow.KEPT_FOR, "the row is deleted; earlier, with the words"),
    Kept("How sure the machine was that there was nothing", "to see whether the machine works",
         GREEN_DETAILS, "the figure goes; that nothing was found stays"),
    Kept("Cases and decisions", "to show that somebody looked, when, and what was done", None,
         "they stay; they hold no words but the reason that the author was told"),
    Kept("Where somebody is logged in", "so that they can see and end it", UNUSED_SIGN_INS,
         "counted from the last use: the row is deleted"),
    Kept("Where somebody was logged in", "so that they can see that it ended and why", ENDED_SIGN_INS,
         "counted from the end: the row is deleted"),
    Kept("The network address of a log-in (encrypted)", "to look into a break-in, or when a life is at risk",
         ADDRESSES, "counted from the log-in: it is emptied"),
    Kept("An e-mail address that somebody confirmed (encrypted)", "a second way back into their account", None,
         "until its owner removes it"),
    Kept("A link that was mailed (its hash), and to which address (encrypted)", "so that it works once",
         mail_address.LASTS[LinkKind.CONFIRM][0], "it works no longer, and the row is deleted within the hour"),
    Kept("Whom a mail went to, and its facts (encrypted)", "to send it, and to try again", mail.KNOWN_FOR,
         "they are emptied"),
    Kept("That a mail of some kind was sent", "to see that mail works", mail.KEPT_FOR, "the row is deleted"),
    Kept("Messages between the parts of the site", "to look into trouble; they hold numbers and no words",
         outbox.KEPT_FOR, "counted from their arrival: the row is deleted"),
    Kept("Counts of requests (a keyed hash of address, name or account)", "to slow down who tries too often",
         LONGEST_LIMIT, "they end by themselves"),
    Kept("The record of uses of power", "so that every one can be looked up; it holds numbers and no words", None,
         "the database refuses to change or delete it: see below"),
    Kept("How many wrong codes of a second factor were typed, and when the last", "to slow down guessing, and to tell "
         "the person", None, "until the second factor is switched off"),
    Kept("What somebody agreed to, and when they were a member", "to show that rules were agreed", None,
         "as long as the account"),
    Kept("In which conversation something was said to somebody, and how far they know it",
         "to tell them; it holds numbers and times and no words", None, "as long as the account"),
    Kept("The account", "so that one can log in", None, "until its owner asks for its end: see below"),
    Kept("Invitations (a hash, who made it, how often it was used)", "so that it ends after its uses", None,
         "they stay; they do not say who was invited"),
    Kept("When somebody of the team said that they were here", "to show which hours somebody kept",
         SHIFTS, "counted from the end: the row is deleted"),
    Kept("That a help line was checked, by whom and how", "to show that numbers are looked after", None,
         "they stay; no page shows who"),
    Kept("That this job ran, with counts", "to see that it runs", RUNS, "the row is deleted"),
)  # fmt: skip


def keep() -> dict[str, int]:
    """End what has been kept long enough; answers how many of each kind, and writes just that to the log."""
    counts = {name: _all_of(step) for name, step in STEPS.items()}
    _note(counts)
    log.info("retention %s", " ".join(f"{name}={count}" for name, count in counts.items()))
    return counts


def keep_when_due() -> None:
    """The same, when it did not come to its end for an hour: the clock asks often, for one that starts again counts
    from nothing."""
    before = last_run()
    if before is None or before <= now() - EVERY:
        keep()


def last_run() -> datetime | None:
    """When the job last came to its end."""
    return session.scalars(select(func.max(RetentionRun.at))).one()


@transactional
def erase_withdrawn_words() -> int:
    """Every wording of texts that their authors took back."""
    moment = now()
    return _erase(
        select(TextVersion.id)
        .join(Text, Text.id == TextVersion.text_id)
        .where(
            Text.withdrawn_at <= moment - WITHDRAWN_WORDS,
            TextVersion.erased_at.is_(None),
            ~_still_needed(Text.withdrawn_at, moment),
        )
    )


@transactional
def erase_older_words() -> int:
    """Wordings that another one replaced."""
    moment, newer = now(), aliased(TextVersion)
    return _erase(
        select(TextVersion.id)
        .join(Text, Text.id == TextVersion.text_id)
        .join(newer, and_(newer.text_id == TextVersion.text_id, newer.number == TextVersion.number + 1))
        .where(
            newer.saved_at <= moment - OLDER_WORDS,
            TextVersion.erased_at.is_(None),
            ~_still_needed(newer.saved_at, moment),
        )
    )


@transactional
def erase_ended_notes() -> int:
    """Content notes that another one replaced, or that were taken away, whoever had put them there."""
    moment = now()
    return _erase(
        select(TextVersion.id)
        .join(Text, Text.id == TextVersion.text_id)
        .join(ContentNote, ContentNote.text_id == Text.id)
        .where(
            ContentNote.ended_at <= moment - OLDER_WORDS,
            TextVersion.erased_at.is_(None),
            ~_still_needed(ContentNote.ended_at, moment),
        )
    )


@transactional
def thin_green_readings() -> int:
    """How sure the machine was that there was nothing."""
    thin = (
        select(Screening.id)
        .where(
            Screening.state == ScreeningState.DONE,
            Screening.level == Level.GREEN,
            Screening.score.is_not(None),
            Screening.saved_at <= now() - GREEN_DETAILS,
        )
        .order_by(Screening.id)
        .limit(AT_ONCE)
    )
    ids = list(session.scalars(thin))
    session.execute(
        update(Screening).where(Screening.id.in_(ids)).values(score=None, findings=[], seen_findings=[])
    )
    return len(ids)


@transactional
def forget_addresses() -> int:
    """From where somebody logged in."""
    old = (
        select(SignIn.id)
        .where(SignIn.address.is_not(None), SignIn.started_at <= now() - ADDRESSES)
        .order_by(SignIn.id)
        .limit(AT_ONCE)
    )
    ids = list(session.scalars(old))
    session.execute(update(SignIn).where(SignIn.id.in_(ids)).values(address=None))
    return len(ids)


@transactional
def forget_sign_ins() -> int:
    """Sign-ins that ended, and those that nobody used for so long that no browser holds their cookie."""
    moment = now()
    used_at = func.coalesce(SignIn.seen_at, SignIn.started_at, type_=SignIn.started_at.type)
    old = (
        select(SignIn.id)
        .where(
            or_(
                SignIn.ended_at <= moment - ENDED_SIGN_INS,
                and_(SignIn.ended_at.is_(None), used_at <= moment - UNUSED_SIGN_INS),
            )
        )
        .order_by(SignIn.id)
        .limit(AT_ONCE)
    )
    return _deleted(SignIn, old)


@transactional
def forget_links() -> int:
    """Links that were mailed and work no more, with the address that each went to."""
    old = select(MailedLink.id).where(MailedLink.ends_at <= now()).order_by(MailedLink.id)
    return _deleted(MailedLink, old.limit(AT_ONCE))


@transactional
def forget_shifts() -> int:
    """When people of the team were here, long ago."""
    return _deleted(Shift, select(Shift.id).where(Shift.until <= now() - SHIFTS).limit(AT_ONCE))


@transactional
def forget_runs() -> int:
    """That this job ran, a long time ago."""
    old = select(RetentionRun.id).where(RetentionRun.at <= now() - RUNS).order_by(RetentionRun.id)
    return _deleted(RetentionRun, old.limit(AT_ONCE))


def forget_shadow_readings() -> int:
    """What candidates made of words, a while ago."""
    old = select(ShadowReading.id).where(ShadowReading.read_at <= now() - shadow.KEPT_FOR)
    return _deleted(ShadowReading, old.order_by(ShadowReading.id).limit(AT_ONCE))


# Every step of the job; each takes a handful at a time and answers how many. Mail and messages between the parts have
# clocks of their own (worker/schedule.py).
STEPS: dict[str, Callable[[], int]] = {
    "withdrawn_words": erase_withdrawn_words,
    "older_words": erase_older_words,
    "ended_notes": erase_ended_notes,
    "green_readings": thin_green_readings,
    "addresses": forget_addresses,
    "sign_ins": forget_sign_ins,
    "links": forget_links,
    "shifts": forget_shifts,
    "shadow_readings": forget_shadow_readings,
    "runs": forget_runs,
}


def _all_of(step: Callable[[], int]) -> int:
    total = 0
    while ended := step():
        total += ended
    return total


@transactional
def _note(counts: dict[str, int]) -> None:
    session.add(RetentionRun(at=now(), counts=counts))


def _deleted(table: type[Base], old: Select[int]) -> int:
    ids = list(session.scalars(old))
    session.execute(delete(table).where(table.__table__.c.id.in_(ids)))
    return len(ids)


def _still_needed(gone_at: Any, moment: datetime) -> ColumnElement[bool]:
    """Whether words that were given up at `gone_at` are still unread by the machine, or evidence: of a case that is
    open or was closed lately, or of danger that was suspected. A post's words, its title and its content notes are
    looked at together, so they stay together. Appeals will stand here too."""
    unread = exists().where(Screening.text_id == Text.id, Screening.state != ScreeningState.DONE)
    looked_into = select(Case.text_id).where(
        or_(
            Case.closed_at.is_(None),
            Case.closed_at > moment - EVIDENCE,
            and_(Case.level.in_(_URGENT), Case.closed_at > moment - URGENT_EVIDENCE),
        ),
    )
    words = aliased(Text)
    suspected = select(words.id).where(words.worst_level.in_(_URGENT))
    danger = and_(_of_one_post_with(suspected), gone_at > moment - URGENT_EVIDENCE)
    return or_(unread, _of_one_post_with(looked_into), danger)


def _of_one_post_with(text_ids: Select[int]) -> ColumnElement[bool]:
    """Whether a text is one of these, or belongs to the same post as one of them."""
    parts = union_all(
        select(Post.id.label("post_id"), Post.text_id.label("text_id")),
        select(Post.id, Thread.title_id).join(Thread, Thread.id == Post.thread_id).where(Post.position == 1),
        select(ContentNote.post_id, ContentNote.text_id),
    )
    one, other = parts.subquery(), parts.subquery()
    posts = select(one.c.post_id).where(one.c.text_id.in_(text_ids))
    return or_(Text.id.in_(text_ids), Text.id.in_(select(other.c.text_id).where(other.c.post_id.in_(posts))))


def _erase(versions: Select[int]) -> int:
    """Erase some of these versions, with what was found in them: chosen, their texts locked against a new case, and
    chosen again."""
    chosen = list(session.scalars(versions.order_by(TextVersion.id).limit(AT_ONCE)))
    texts = select(TextVersion.text_id).where(TextVersion.id.in_(chosen))
    session.execute(select(Text.id).where(_of_one_post_with(texts)).order_by(Text.id).with_for_update())
    ids = list(session.scalars(versions.where(TextVersion.id.in_(chosen))))
    session.execute(
        update(TextVersion).where(TextVersion.id.in_(ids)).values(body="", html="", erased_at=now())
    )
    session.execute(
        update(Screening)
        .where(Screening.version_id.in_(ids))
        .values(score=None, findings=[], seen_findings=[])
    )
    session.execute(update(Signal).where(Signal.version_id.in_(ids)).values(findings=[]))
    for about_words in (Label, ShadowReading):
        session.execute(delete(about_words).where(about_words.version_id.in_(ids)))
    return len(ids)
