"""What says that somebody should look, and how it reaches a case: inside the transaction of whoever says it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from forum import outbox, texts
from forum.care import service as care
from forum.db import now, session
from forum.desk.models import Case, Signal, SignalKind
from forum.errors import Conflict
from forum.events import CaseChanged
from forum.spaces.models import Space
from forum.texts import Text, TextKind, TextVersion
from forum.threads import queries as thread_queries
from moderation import cases
from moderation.cases import Move
from moderation.screening import Level


@dataclass(frozen=True)
class Sign:
    """A signal that is to stand in the text's case; `since` is the moment from which somebody is due to look."""

    kind: SignalKind
    version_id: int
    level: Level
    findings: list[dict[str, Any]]
    since: datetime


def signs_of(words: Text) -> Iterator[Sign]:
    """What the readings of all versions say together, whichever came first: every version that needs a person,
    and every change after words that suggested danger, to the machine or to a moderator."""
    versions = session.execute(
        select(TextVersion, texts.Screening)
        .join(texts.Screening, texts.Screening.version_id == TextVersion.id)
        .where(TextVersion.text_id == words.id)
        .order_by(TextVersion.number)
    ).all()
    by_moderators = (
        select(Signal.version_id, Signal.level)
        .join(TextVersion, TextVersion.id == Signal.version_id)
        .where(TextVersion.text_id == words.id, Signal.kind == SignalKind.MODERATOR)
        .order_by(Signal.id)  # each raised it further
    )
    raised = dict(session.execute(by_moderators).all())
    to_team = thread_queries.is_said_to_team(words.id)
    worst = Level.GREEN
    for version, reading in versions:
        if reading.level is not None:
            if cases.needs_a_person(reading.level):
                yield Sign(
                    SignalKind.SCREENING, version.id, reading.level, reading.findings or [], version.saved_at
                )
            if to_team:  # whatever it says, somebody is waiting for an answer
                level = Level.highest(Level.AMBER, reading.level)
                yield Sign(SignalKind.TO_TEAM, version.id, level, [], version.saved_at)
            if cases.is_urgent(worst):
                yield Sign(
                    SignalKind.EDIT,
                    version.id,
                    Level.highest(cases.AFTER_DANGER, reading.level),
                    reading.findings or [],
                    version.saved_at,
                )
        machine, person = reading.level or Level.GREEN, raised.get(version.id, Level.GREEN)
        worst = Level.highest(worst, reading.seen_level, machine, person)


def feed(words: Text, sign: Sign) -> None:
    """Add a signal to the text's open case, or to a new one; once, however often it is said.

    The caller holds the text's row. The level only rises and the due time only comes nearer.
    """
    said = select(Signal.id).where(
        Signal.version_id == sign.version_id, Signal.kind == sign.kind, Signal.level == sign.level
    )
    if session.scalars(said).first() is not None:
        return
    categories = {str(finding["category"]) for finding in sign.findings}
    due_at = cases.due_at(sign.since, sign.level, categories)
    case = session.scalars(
        select(Case)
        .where(Case.text_id == words.id, Case.closed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    change = "opened" if case is None else "fed"
    if case is None:
        case = Case(
            space_id=words.space_id, text_id=words.id, level=sign.level, opened_at=now(), due_at=due_at
        )
        session.add(case)
        session.flush()
    move(case, Move.FEED)
    case.level = Level.highest(case.level, sign.level)
    case.due_at = min(case.due_at, due_at)
    session.add(
        Signal(
            case_id=case.id,
            kind=sign.kind,
            version_id=sign.version_id,
            level=sign.level,
            findings=sign.findings,
            made_at=now(),
        )
    )
    session.flush()
    tell_desk(case, change)


def offer_care(words: Text) -> None:
    """The care panel for the author, whom the first look did not show it; nobody who writes as the team gets it."""
    post = thread_queries.post_of_text(words.id)
    if words.kind is TextKind.NOTE and post is not None and post.author_id != words.author_id:
        return  # a moderator's note on somebody's post
    if words.kind is not TextKind.REASON and not (post is not None and post.as_team):
        care.offer(words.author_id, post.id if post is not None else None)


def move(case: Case, by: Move) -> None:
    """Change the case's state as this move does; Conflict when there is no such move any more."""
    state = cases.after(case.state, by)
    if state is None:
        raise Conflict("This case is closed already.")
    case.state = state


def tell_desk(case: Case, change: str) -> None:
    """Let the open desks of the space know, once this is committed."""
    epoch = session.get_one(Space, case.space_id).audience_epoch
    outbox.record(CaseChanged(case.id, case.text_id, case.space_id, epoch, case.level.value, change))
