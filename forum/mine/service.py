"""Noticing what is said to people, and what they do with it: seen, no more from here, quiet.

The relay notices after the fact, so nobody waits for it who posts; twice is as once.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, insert, literal, select, update

from forum import outbox, policy
from forum.accounts.models import User
from forum.columns import MACHINE
from forum.db import session, transactional
from forum.desk import service as desk
from forum.desk.models import Case, Decision, DecisionKind
from forum.errors import LogInFirst
from forum.events import NoticesChanged
from forum.mine.models import Notice, NoticeKind
from forum.policy import Actor
from forum.spaces.models import Space
from forum.texts import Text
from forum.threads import queries as threads
from forum.threads.models import Post, Thread, ThreadKind


@transactional
def notice_post(post_id: int) -> None:
    """Count a post for everybody who takes part in its thread; its author knows the thread up to there."""
    said = session.execute(
        select(
            Post.thread_id, Post.author_id, Post.position, Post.published_at, Thread.kind, Thread.person_id
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id == post_id, Thread.space_id != MACHINE)
    ).one_or_none()
    if said is None:
        return
    thread_id, author_id, position, moment, thread_kind, person_id = said
    if thread_kind is ThreadKind.REACH_OUT:  # the desk tells the team
        _ensure(person_id, NoticeKind.TEAM, thread_id, moment)
    else:
        _ensure(author_id, NoticeKind.REPLIES, thread_id, moment)
    behind = (Notice.thread_id == thread_id, Notice.counted_to < position)
    _change(
        *behind,
        Notice.user_id == author_id,
        first_at=moment,
        latest_at=moment,
        counted_to=position,
        seen_to=position,
    )
    others = (*behind, Notice.user_id != author_id)
    nothing_new = Notice.counted_to == Notice.seen_to
    told = session.scalars(select(Notice.user_id).where(*others, _is_heard(), nothing_new)).all()
    _change(
        *others,
        first_at=case((nothing_new, literal(moment, Notice.first_at.type)), else_=Notice.first_at),
        latest_at=moment,
        counted_to=position,
    )
    _count([author_id, *told])
    _tell(told)


@transactional
def notice_decision(case_id: int) -> None:
    """Notice what was decided about somebody's words and told to them, when the case is closed."""
    known = exists().where(Notice.decision_id == Decision.id)
    session.execute(
        insert(Notice).from_select(
            ["user_id", "kind", "decision_id", "first_at", "latest_at", "counted_to", "seen_to", "muted"],
            select(
                Text.author_id,
                literal(NoticeKind.DECISION.value),
                Decision.id,
                Decision.decided_at,
                Decision.decided_at,
                literal(1),
                literal(0),
                literal(False),
            )
            .join(Case, Case.id == Decision.case_id)
            .join(Text, Text.id == Case.text_id)
            .where(Decision.case_id == case_id, Decision.kind == DecisionKind.HIDE, ~known),
        )
    )


@transactional
def notice_lost_rights(space_id: int) -> None:
    """Count anew for those who have something new in a space: what they may not read any more is not announced."""
    waiting = (
        select(Notice.user_id)
        .join(Thread, Thread.id == Notice.thread_id)
        .where(Thread.space_id == space_id, Notice.counted_to > Notice.seen_to)
        .distinct()
    )
    _count(session.scalars(waiting).all())


def see(actor: Actor, thread_id: int) -> None:
    """The person knows this thread as far as it goes now; NotFound when they may not read it."""
    thread = threads.thread(actor, thread_id)
    _seen(_known(actor), thread.id)


@transactional
def see_all(actor: Actor) -> None:
    """The person knows of everything that is new in their conversations."""
    user_id = _known(actor)
    _change(Notice.user_id == user_id, Notice.kind == NoticeKind.REPLIES, seen_to=Notice.counted_to)
    _count([user_id])


@transactional
def see_what_the_team_wrote(actor: Actor) -> None:
    """The person has read what the team wrote and decided: pages stop saying so."""
    user_id = _known(actor)
    desk.opened_from_team(actor)
    _change(Notice.user_id == user_id, Notice.kind != NoticeKind.REPLIES, seen_to=Notice.counted_to)


def mute(actor: Actor, thread_id: int, *, muted: bool) -> None:
    """No more notices from this conversation, or again; NotFound when they may not read it.

    What the team writes cannot be muted.
    """
    thread = threads.thread(actor, thread_id)
    _muted(_known(actor), thread.id, muted)


@transactional
def be_quiet(actor: Actor, *, quiet: bool) -> None:
    """Announce no conversation to this person any more, or again. The team and decisions are never silenced."""
    user_id = _known(actor)
    session.execute(update(User).where(User.id == user_id).values(quiet=quiet))
    _count([user_id])


@transactional
def _seen(user_id: int, thread_id: int) -> None:
    last = select(Thread.post_count).where(Thread.id == thread_id).scalar_subquery()
    mine = (Notice.user_id == user_id, Notice.thread_id == thread_id)
    _change(*mine, Notice.seen_to < last, seen_to=last, counted_to=last)
    _count([user_id])


@transactional
def _muted(user_id: int, thread_id: int, muted: bool) -> None:
    _change(
        Notice.user_id == user_id,
        Notice.thread_id == thread_id,
        Notice.kind == NoticeKind.REPLIES,
        muted=muted,
    )
    _count([user_id])


def _known(actor: Actor) -> int:
    if actor.user_id is None:
        raise LogInFirst()
    return actor.user_id


def _ensure(user_id: int | None, kind: NoticeKind, thread_id: int, moment: datetime) -> None:
    """The person's row for the thread, with nothing seen or counted yet. Only the relay makes rows."""
    there = exists().where(Notice.user_id == user_id, Notice.thread_id == thread_id)
    if not session.scalar(select(there)):
        session.add(
            Notice(user_id=user_id, kind=kind, thread_id=thread_id, first_at=moment, latest_at=moment)
        )
        session.flush()


def _change(*which: ColumnElement[bool], **values: Any) -> None:
    session.execute(
        update(Notice).where(*which).values(**values), execution_options={"synchronize_session": False}
    )


def _is_heard() -> ColumnElement[bool]:
    return (Notice.kind == NoticeKind.REPLIES) & Notice.muted.is_(False)


def _count(user_ids: Iterable[int]) -> None:
    """How many conversations have something new that each of these may read: it stands on the person's own row."""
    new = (
        select(func.count())
        .select_from(Notice)
        .join(Thread, Thread.id == Notice.thread_id)
        .join(Space, Space.id == Thread.space_id)
        .where(
            Notice.user_id == User.id,
            Notice.counted_to > Notice.seen_to,
            _is_heard(),
            policy.threads_readable_by_each(),
        )
        .correlate(User)
        .scalar_subquery()
    )
    session.execute(
        update(User).where(User.id.in_(set(user_ids))).values(new_notices=new),
        execution_options={"synchronize_session": False},
    )


def _tell(user_ids: Iterable[int]) -> None:
    loud = select(User.id).where(User.id.in_(user_ids), User.quiet.is_(False), User.new_notices > 0)
    for user_id in session.scalars(loud):
        outbox.record(NoticesChanged(user_id))
