"""The canary: every few minutes a text of the machine's own goes the whole way of a post, from the writing use case by
outbox, relay and worker to a case. When none arrives, nobody may trust that what people write is read.

It lives in a space of its own (`MACHINE`) in which nobody is: policy, counts, notices, figures and backups leave that
space out. One canary flies at a time, and its rows are gone once it has arrived.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from forum.accounts.models import User
from forum.agreements import service as agreements
from forum.columns import MACHINE
from forum.db import Base, now, session, transactional
from forum.desk.models import Case, Signal, SignalKind
from forum.policy import Actor
from forum.spaces.models import Role, Space, SpaceKind
from forum.texts import Screening, ScreeningState, Text, TextVersion
from forum.threads import service as threads
from forum.threads.models import Post, Thread
from moderation import cases

EVERY = timedelta(minutes=5)
# From when on it is late: up to a minute after its time it is sent, a minute the relay waits before it reads by itself,
# and a minute later somebody looks (worker/schedule.py).
LATE_AFTER = timedelta(minutes=9)
TITLE = "A test of the machine's own"
WORDS = "I keep thinking about killing myself and I am tired of fighting the thought."  # red at first sight
FINDS = "suicidal_thoughts_active"
NAME, SLUG = "The machine", "-machine-"  # neither can be anybody's: a slug begins with a letter or a digit


class Canary(Base):
    """The one row that says when a canary was sent last, and when the last one was sent that arrived."""

    __tablename__ = "canary"
    id: Mapped[int] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]


def fly() -> None:
    """See whether the last canary has arrived, and send the next one when it is time. Twice is as once."""
    if _is_due():
        me = Actor(MACHINE, NAME, memberships={MACHINE: Role.MEMBER})
        threads.start(me, SLUG, TITLE, WORDS, uuid.uuid4().hex)


def seconds_since() -> float:
    """How long ago the last canary was sent that arrived; before the first one, how long there has been anybody."""
    first = select(func.min(User.created_at)).where(User.id != MACHINE).scalar_subquery()
    known = func.coalesce(
        select(Canary.arrived_at).limit(1).scalar_subquery(), first, type_=Canary.arrived_at.type
    )
    since: datetime | None = session.scalar(select(known))
    return max(0.0, round((now() - since).total_seconds(), 1)) if since else 0.0


@transactional
def _is_due() -> bool:
    """Whether the next one is to be sent now; then it counts as sent, so that nobody else sends it."""
    moment = now()
    canary = session.scalars(select(Canary).with_for_update()).one_or_none()
    if canary is None:
        _make_room(moment)
        return True
    flying = session.scalars(select(Text.id).where(Text.author_id == MACHINE)).all()
    if flying and _has_arrived():
        canary.arrived_at = canary.sent_at
        _clear()
        flying = []
    if moment < canary.sent_at + EVERY:
        return False
    if flying and _is_on_its_way():
        return False  # a second one would only wait behind it
    _clear()
    canary.sent_at = moment
    return True


def _make_room(moment: datetime) -> None:
    """The space, and somebody to write in it: a name that nobody can type, and a password that nothing matches."""
    session.add(Canary(id=1, sent_at=moment))
    session.add(User(id=MACHINE, name=NAME, name_key=f"#{SLUG}", password_hash="", created_at=moment))
    room = Space(id=MACHINE, kind=SpaceKind.MACHINE, slug=SLUG, name=NAME, purpose=TITLE, created_at=moment)
    room.is_open = False
    session.add(room)
    session.flush()
    agreements.begin(MACHINE, [])


def _has_arrived() -> bool:
    """Whether its case stands, opened by a reading that found what there is to find, and with both stages."""
    stands = session.execute(
        select(Case.level, Signal.findings)
        .join(Signal, Signal.case_id == Case.id)
        .join(Text, Text.id == Case.text_id)
        .where(Text.author_id == MACHINE, Case.closed_at.is_(None), Signal.kind == SignalKind.SCREENING)
    ).all()
    found = [(level, {finding["category"] for finding in findings}) for level, findings in stands]
    return any(cases.is_urgent(level) and FINDS in why and "unread" not in why for level, why in found)


def _is_on_its_way() -> bool:
    waits = (
        select(Screening.id)
        .join(Text, Text.id == Screening.text_id)
        .where(Text.author_id == MACHINE, Screening.state != ScreeningState.DONE)
    )
    return session.scalars(waits).first() is not None


def _clear() -> None:
    """Its rows go, those that lean on others first. What others may keep of such rows is listed in the tests."""
    texts = select(Text.id).where(Text.author_id == MACHINE)
    about = select(Case.id).where(Case.text_id.in_(texts))
    for rows in (
        delete(Signal).where(Signal.case_id.in_(about)),
        delete(Case).where(Case.text_id.in_(texts)),
        delete(Post).where(Post.author_id == MACHINE),
        delete(Thread).where(Thread.author_id == MACHINE),
        delete(Screening).where(Screening.text_id.in_(texts)),
        delete(TextVersion).where(TextVersion.text_id.in_(texts)),
        delete(Text).where(Text.author_id == MACHINE),
    ):
        session.execute(rows, execution_options={"synchronize_session": False})
