"""What must happen after a commit is a row of that commit: nothing is lost between the database and the broker."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, String, delete, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from forum import bell
from forum.db import Base, after_commit, now, session, transactional
from forum.events import EVENTS, Event

KEPT_FOR = timedelta(days=1)  # carried rows are only useful while somebody looks into trouble


class NotCarried(Exception):
    """The far end cannot take anything now; what is left is tried again, in the same order."""


class OutboxMessage(Base):
    """An event on its way; `carried_at` says that it has arrived."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "id",
            postgresql_where=text("carried_at IS NULL"),
            sqlite_where=text("carried_at IS NULL"),
        ),
        Index("ix_outbox_carried", "carried_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime]
    carried_at: Mapped[datetime | None]


def record(event: Event) -> None:
    """Add the event to the running transaction and wake the relay once it is committed."""
    payload = asdict(event)
    missing = [name for name, value in payload.items() if value is None]
    if missing:
        raise ValueError(f"{event.topic} without {', '.join(missing)}: flush before recording")
    session.add(OutboxMessage(topic=event.topic, payload=payload, recorded_at=now()))
    after_commit(bell.ring)


def carry(deliver: Callable[[Event], None], limit: int = 100, topics: Sequence[str] = ()) -> int:
    """Deliver what waits, oldest first, and mark it; returns how many were delivered.

    `deliver` raises NotCarried when the far end is away: that event and all after it stay, as they do in trouble
    with the database. An event that breaks `deliver` in any other way is logged and set aside, so that those behind
    it do not wait; a pending screening is found by the sweep, the rest by the next page.
    An event may be delivered twice (a crash before the mark), never not at all. With `topics`, only those.
    """
    oldest = (
        select(OutboxMessage.id, OutboxMessage.topic, OutboxMessage.payload)
        .where(OutboxMessage.carried_at.is_(None))
        .order_by(OutboxMessage.id)
        .limit(limit)
    )
    waiting = session.execute(oldest.where(OutboxMessage.topic.in_(topics)) if topics else oldest).all()
    session.rollback()  # no transaction stays open while others are talked to
    carried: list[int] = []
    try:
        for message_id, topic, payload in waiting:
            _deliver(deliver, message_id, topic, payload)
            carried.append(message_id)
    except NotCarried:
        pass
    finally:
        if carried:
            _mark(carried)
    return len(carried)


def _deliver(deliver: Callable[[Event], None], message_id: int, topic: str, payload: dict[str, Any]) -> None:
    try:
        deliver(EVENTS[topic](**payload))
    except (NotCarried, SQLAlchemyError):
        raise
    except Exception as broken:
        logging.getLogger(__name__).error(
            "event_set_aside message=%s topic=%s kind=%s", message_id, topic, type(broken).__name__
        )
        session.rollback()


@transactional
def _mark(carried: list[int]) -> None:
    session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(carried)).values(carried_at=now()))


@transactional
def forget_carried() -> bool:
    """Delete some of what arrived more than a day ago; answers whether there was any."""
    old = session.scalars(
        select(OutboxMessage.id).where(OutboxMessage.carried_at < now() - KEPT_FOR).limit(500)
    ).all()
    session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(old)))
    return bool(old)
