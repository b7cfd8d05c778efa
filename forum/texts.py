"""The one home of free words: kept in versions, rendered once, screened always, and never overwritten.

Whatever a person can send in words goes through `drafted` and then `kept` or `revised`; both add the
pending screening to the same transaction, so no words exist that nobody was asked to read.
"""

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    UnicodeText,
    UniqueConstraint,
    and_,
    case,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from forum import markup, outbox, screeners
from forum.columns import kept_as
from forum.db import Base, now, session, transactional
from forum.errors import Conflict, Invalid
from forum.events import TextSaved, TextWithdrawn
from moderation import screening
from moderation.screening import Finding, Level

LONGEST = 40_000  # characters of one text
LONGEST_TITLE = 120
LONGEST_NOTE = 80
SUBJECTS = ("self-harm", "suicide", "food", "loss", "violence")  # what content notes are often about
RETRY_AFTER = timedelta(seconds=30)  # what is still pending this long after it was due is handed over again
LEASE = timedelta(seconds=60)  # how long one reader may take before another tries
TRIES = 3  # a text that broke its reader this often goes to a person as it is


class TextKind(StrEnum):
    """What the words are."""

    POST = "post"
    TITLE = "title"
    REASON = "reason"
    NOTE = "note"


class Text(Base):
    """Any free words of a person. `number` names the current version; `worst_level` never falls."""

    __tablename__ = "texts"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TextKind] = mapped_column(kept_as(TextKind))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    number: Mapped[int] = mapped_column(default=1)
    worst_level: Mapped[Level] = mapped_column(kept_as(Level), default=Level.GREEN)
    withdrawn_at: Mapped[datetime | None]
    current: Mapped["TextVersion"] = relationship(
        primaryjoin=lambda: and_(foreign(TextVersion.text_id) == Text.id, TextVersion.number == Text.number),
        viewonly=True,
        uselist=False,
        lazy="raise",
    )


class TextVersion(Base):
    """One wording, as typed and as rendered. Rows are added and never changed, until their time is over
    (forum/retention.py): then both are empty."""

    __tablename__ = "text_versions"
    __table_args__ = (UniqueConstraint("text_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("texts.id"))
    number: Mapped[int]
    body: Mapped[str] = mapped_column(UnicodeText)
    html: Mapped[str] = mapped_column(UnicodeText)
    saved_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class ScreeningState(StrEnum):
    """Where the machine's reading stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"


class Screening(Base):
    """The machine's reading of one version: the transparent stage at once, the worker's when it is done."""

    __tablename__ = "screenings"
    __table_args__ = (
        Index(
            "ix_screenings_waiting",
            "next_try_at",
            postgresql_where=text("state <> 'done'"),
            sqlite_where=text("state <> 'done'"),
        ),
        Index("ix_screenings_text", "text_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("text_versions.id"), unique=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("texts.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    state: Mapped[ScreeningState] = mapped_column(kept_as(ScreeningState), default=ScreeningState.PENDING)
    seen_level: Mapped[Level] = mapped_column(kept_as(Level))  # the transparent stage's
    seen_findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    level: Mapped[Level | None] = mapped_column(kept_as(Level))
    score: Mapped[float | None]
    findings: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    screener: Mapped[str] = mapped_column(
        String(80)
    )  # version of what read it: lexicon, model, site's choices
    saved_at: Mapped[datetime]
    screened_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    version: Mapped[TextVersion] = relationship(lazy="raise")
    words: Mapped[Text] = relationship(lazy="raise")


@dataclass(frozen=True)
class Draft:
    """Words that may be kept: judged and rendered before any write."""

    body: str
    html: str
    seen: screening.Screening | None  # None: even the transparent stage could not read it

    @property
    def level(self) -> Level:
        """The transparent stage's level; red when it could not read the words."""
        return self.seen.level if self.seen else screening.unread(self.body, None).level


def drafted(body: str, *, field: str = "body") -> Draft:
    """Judge and render what was typed; raises Invalid when there is nothing, or more than 40,000 characters."""
    body = _clean(body)
    if not body.strip():
        raise Invalid("There are no words here yet.", field=field)
    if len(body) > LONGEST:
        raise Invalid(
            f"This is {len(body):,} characters; {LONGEST:,} fit into one post. You could split it in two.",
            field=field,
        )
    return Draft(body, markup.rendered(body), _seen(body))


def drafted_line(line: str, *, field: str = "title") -> Draft:
    """The same for a title: one line of at most 120 characters, without markup."""
    line = " ".join(_clean(line).split())
    if not line:
        raise Invalid("Please give it a title, so that people know what it is about.", field=field)
    if len(line) > LONGEST_TITLE:
        raise Invalid(
            f"A title has at most {LONGEST_TITLE} characters; this one has {len(line)}.", field=field
        )
    return Draft(line, markup.escaped(line), _seen(line))


def drafted_note(line: str, *, field: str = "note") -> Draft:
    """The same for a content note: what comes after 'contains', one line of at most 80 characters.

    A note that only names its subjects ('self-harm, food') says nothing of anybody, and is read as such.
    """
    line = re.sub(r"^contains:?\s+", "", " ".join(_clean(line).split()), flags=re.IGNORECASE)
    if not line:
        raise Invalid("Please say in a few words what it contains.", field=field)
    if len(line) > LONGEST_NOTE:
        raise Invalid(
            f"A content note has at most {LONGEST_NOTE} characters; this one has {len(line)}.", field=field
        )
    return Draft(line, markup.escaped(line), _seen(_as_read(line, TextKind.NOTE)))


def level_of(body: str) -> Level:
    """What the transparent stage says of words that are not kept (yet); red when it cannot read them.

    Only as much is read as fits into one post: anybody may send these, logged in or not, as often as they like.
    """
    seen = _seen(_clean(body)[:LONGEST])
    return seen.level if seen else Level.RED


def categories_in(body: str) -> frozenset[str]:
    """What the transparent stage finds in words that are not kept (yet)."""
    seen = _seen(_clean(body)[:LONGEST])
    return frozenset(finding.category for finding in seen.findings) if seen else frozenset()


def kept(draft: Draft, kind: TextKind, *, author_id: int, space_id: int, epoch: int) -> Text:
    """Store new words with their pending screening, inside the caller's transaction."""
    words = Text(kind=kind, author_id=author_id, space_id=space_id, number=1, worst_level=draft.level)
    session.add(words)
    session.flush()  # the version needs the id
    _add_version(words, draft, epoch)
    return words


def revised(words: Text, draft: Draft, *, was_number: int, epoch: int) -> None:
    """Store a new version of words; raises Conflict when somebody saved another one in between."""
    words = session.get_one(Text, words.id, with_for_update=True, populate_existing=True)
    if words.number != was_number:
        raise Conflict(
            "This was changed in another window meanwhile. Your words are below; look and save again."
        )
    words.number += 1
    words.worst_level = Level.highest(words.worst_level, draft.level)
    session.flush()
    _add_version(words, draft, epoch)


def withdrawn(words: Text) -> None:
    """The author takes the words back; versions and evidence stay."""
    words.withdrawn_at = now()
    outbox.record(TextWithdrawn(words.id))


@dataclass(frozen=True)
class Reading:
    """A screening that one reader holds: read `body`, then hand the result in with `attempt` as proof."""

    screening_id: int
    body: str
    seen: screening.Screening | None
    attempt: int
    exhausted: bool  # it broke its readers TRIES times: do not read it again


@transactional
def taken(screening_id: int) -> Reading | None:
    """Take a screening to read; None when it is done or in somebody else's hands."""
    free = or_(
        Screening.state == ScreeningState.PENDING,
        and_(Screening.state == ScreeningState.RUNNING, Screening.next_try_at <= now()),
    )
    got = session.execute(
        update(Screening)
        .where(Screening.id == screening_id, free)
        .values(state=ScreeningState.RUNNING, attempts=Screening.attempts + 1, next_try_at=now() + LEASE)
        .returning(Screening.attempts, Screening.version_id, Screening.seen_level, Screening.seen_findings)
    ).one_or_none()
    if got is None:
        return None
    body, kind = session.execute(
        select(TextVersion.body, Text.kind)
        .join(Text, Text.id == TextVersion.text_id)
        .where(TextVersion.id == got.version_id)
    ).one()
    body = _as_read(body, kind)
    findings = tuple(Finding(**finding) for finding in got.seen_findings)
    seen = (
        None
        if any(f.category == "unread" for f in findings)
        else screening.Screening(got.seen_level, 0.0, findings, screening.VERSION)
    )
    return Reading(screening_id, body, seen, got.attempts, exhausted=got.attempts > TRIES)


def filled(reading: Reading, result: screening.Screening) -> Screening | None:
    """Write the result inside the caller's transaction; None when another reader was given the text meanwhile."""
    fenced = session.execute(
        update(Screening)
        .where(
            Screening.id == reading.screening_id,
            Screening.attempts == reading.attempt,
            Screening.state == ScreeningState.RUNNING,
        )
        .values(
            state=ScreeningState.DONE,
            level=result.level,
            score=result.score,
            findings=[asdict(finding) for finding in result.findings],
            screener=result.version[:80],
            screened_at=now(),
        )
        .returning(Screening.id)
    ).one_or_none()
    if fenced is None:
        return None
    done = session.get_one(Screening, reading.screening_id, populate_existing=True)
    words = session.get_one(Text, done.text_id, with_for_update=True, populate_existing=True)
    words.worst_level = Level.highest(words.worst_level, result.level)
    return done


def read_before(screening_id: int) -> Reading | None:
    """A screening that is done, to be read once more: `seen` is what it says. None when its words are gone."""
    found = session.execute(
        select(Screening, TextVersion.body, Text.kind)
        .join(TextVersion, TextVersion.id == Screening.version_id)
        .join(Text, Text.id == Screening.text_id)
        .where(
            Screening.id == screening_id,
            Screening.state == ScreeningState.DONE,
            TextVersion.erased_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    done, body, kind = found
    findings = tuple(Finding(**finding) for finding in done.findings or ())
    level = done.level or done.seen_level
    seen = screening.Screening(level, done.score or 0.0, findings, done.screener)
    return Reading(screening_id, _as_read(body, kind), seen, done.attempts, exhausted=False)


def raised(reading: Reading, result: screening.Screening) -> Screening | None:
    """Write a later, more urgent result of a screening that is done, inside the caller's transaction; None when it
    says no more than what is written already. It never says less."""
    done = session.get_one(Screening, reading.screening_id)
    words = session.get_one(Text, done.text_id, with_for_update=True, populate_existing=True)
    done = session.get_one(Screening, reading.screening_id, with_for_update=True, populate_existing=True)
    if done.level is None or result.level.rank <= done.level.rank:
        return None
    done.level, done.score, done.screener = result.level, result.score, result.version[:80]
    done.findings = [asdict(finding) for finding in result.findings]
    words.worst_level = Level.highest(words.worst_level, result.level)
    return done


def is_sound(result: Any, body: str) -> bool:
    """Whether a screener's answer makes sense: a level, a score in 0..1 and spans inside the text."""
    if not isinstance(result, screening.Screening):
        return False
    level: Any = result.level  # a dataclass does not check what it is given
    score: Any = result.score
    version: Any = result.version
    if (
        not isinstance(level, Level) or not isinstance(score, float | int) or not 0 <= score <= 1
    ):  # nor is NaN
        return False
    return isinstance(version, str) and all(_is_sound(finding, len(body)) for finding in result.findings)


def _is_sound(finding: Any, length: int) -> bool:
    if not isinstance(finding, Finding):
        return False
    places: list[Any] = [finding.start, finding.end]
    words: list[Any] = [finding.category, finding.reason]
    return (
        all(isinstance(place, int) for place in places)
        and 0 <= finding.start <= finding.end <= length
        and all(isinstance(word, str) and word for word in words)
    )


class Waiting(NamedTuple):
    """A screening that nobody has done yet, and what the transparent stage said of it."""

    screening_id: int
    saved_at: datetime
    seen_level: Level


def waiting(*, saved_before: datetime | None = None, limit: int = 200) -> list[Waiting]:
    """Screenings that are due to be handed over (again), the most worrying first.

    With `saved_before`, all that nobody has begun and that were saved before then, due or not.
    """
    due = Screening.next_try_at <= now()
    if saved_before is not None:
        due = or_(due, and_(Screening.state == ScreeningState.PENDING, Screening.saved_at <= saved_before))
    rows = session.execute(
        select(Screening.id, Screening.saved_at, Screening.seen_level)
        .where(Screening.state != ScreeningState.DONE, due)
        .order_by(_worst_first(), Screening.saved_at)
        .limit(limit)
    ).all()
    session.rollback()
    return [Waiting(*row) for row in rows]


@transactional
def handed_over(screening_ids: list[int]) -> None:
    """Put the next look at these screenings off: somebody was just given them."""
    session.execute(
        update(Screening)
        .where(Screening.id.in_(screening_ids), Screening.state == ScreeningState.PENDING)
        .values(next_try_at=now() + RETRY_AFTER)
    )


def _clean(typed: str) -> str:
    """As typed, but without what no database takes: NUL and half characters; line ends are one character."""
    typed = typed.replace("\r\n", "\n").replace("\x00", "")
    return typed.encode("utf-8", "replace").decode("utf-8")


def _as_read(body: str, kind: TextKind) -> str:
    """What the machine is given to read: nothing where a content note only names its subjects."""
    parts = re.split(r"\s*(?:[,;/&]|\band\b)\s*", body.casefold().rstrip("."))
    names = {name for subject in SUBJECTS for name in (subject, subject.replace("-", " "))}
    return "" if kind is TextKind.NOTE and set(parts) <= names else body


def _seen(body: str) -> screening.Screening | None:
    """The transparent reading. A screener that breaks must not cost anybody their post: a person reads it instead."""
    try:
        seen = screeners.live().transparent(body)
        return seen if is_sound(seen, body) else None
    except Exception:
        return None


def _add_version(words: Text, draft: Draft, epoch: int) -> None:
    version = TextVersion(
        text_id=words.id, number=words.number, body=draft.body, html=draft.html, saved_at=now()
    )
    session.add(version)
    session.flush()
    seen = draft.seen or screening.unread(draft.body, None)
    pending = Screening(
        version_id=version.id,
        text_id=words.id,
        space_id=words.space_id,
        seen_level=seen.level,
        seen_findings=[asdict(finding) for finding in seen.findings],
        screener=seen.version[:80],
        saved_at=version.saved_at,
        next_try_at=version.saved_at + RETRY_AFTER,
    )
    session.add(pending)
    session.flush()
    outbox.record(TextSaved(pending.id, words.id, words.space_id, epoch, seen.level.value))


def _worst_first() -> Any:
    return case(
        {Level.CRISIS.value: 0, Level.RED.value: 1, Level.AMBER.value: 2}, value=Screening.seen_level, else_=3
    )
