"""Reading one's notices. What one may not read any more is not among them, and no words stand that were taken back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import aliased, contains_eager

from forum import policy
from forum.db import session
from forum.mine.models import Notice, NoticeKind
from forum.policy import Actor
from forum.spaces.models import Space
from forum.texts import Text
from forum.threads.models import Post, Thread
from forum.threads.queries import title_as_shown

LATEST = 50  # conversations shown


@dataclass(frozen=True)
class NoticeRow:
    """A conversation that one takes part in, and what is new there."""

    thread_id: int
    title_html: str
    space_name: str
    new: int
    seen_to: int
    first_at: datetime
    latest_at: datetime
    muted: bool


def conversations(actor: Actor) -> list[NoticeRow]:
    """Those with something new first, then the latest; none that this person may not read now."""
    opening = aliased(Post)
    is_new = (Notice.counted_to > Notice.seen_to) & Notice.muted.is_(False)
    rows = (
        select(Notice, Thread, opening.state, Space.name)
        .join(Thread, Thread.id == Notice.thread_id)
        .join(Space, Space.id == Thread.space_id)
        .join(opening, (opening.thread_id == Thread.id) & (opening.position == 1))
        .join(Thread.title)
        .join(Text.current)
        .where(
            Notice.user_id == actor.user_id,
            Notice.kind == NoticeKind.REPLIES,
            policy.readable_threads(actor),
        )
        .options(contains_eager(Thread.title).contains_eager(Text.current))
        .order_by(case((is_new, 0), else_=1), Notice.latest_at.desc(), Notice.id.desc())
        .limit(LATEST)
    )
    return [
        NoticeRow(
            thread.id,
            title_as_shown(thread, state),
            space_name,
            notice.counted_to - notice.seen_to,
            notice.seen_to,
            notice.first_at,
            notice.latest_at,
            notice.muted,
        )
        for notice, thread, state, space_name in session.execute(rows).all()
    ]


@dataclass(frozen=True)
class Hearing:
    """Whether a person hears of a conversation, and whether something in it is new to them."""

    muted: bool
    new: bool


def hearing(actor: Actor, thread_id: int) -> Hearing | None:
    """How this person hears of a thread; None when they take no part in it."""
    notice = session.scalars(
        select(Notice).where(Notice.user_id == actor.user_id, Notice.thread_id == thread_id)
    ).one_or_none()
    return Hearing(notice.muted, notice.counted_to > notice.seen_to) if notice else None
