"""How the site fares, for whoever runs it: what answers, and how late the things are that must not be late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.exc import SQLAlchemyError

from forum import outbox, retention
from forum.accounts import queries as accounts
from forum.accounts.models import User
from forum.columns import MACHINE
from forum.db import now, session
from forum.desk import canary
from forum.desk.models import Case
from forum.mail import queries as mail
from forum.outbox import OutboxMessage
from forum.texts import Screening, ScreeningState

# From how many seconds on a lateness is trouble (docs/operations.md says what to do).
TROUBLE = {
    "relay_lag_seconds": 30,  # events wait to be carried
    "oldest_pending_screening_seconds": 120,  # a text that the machine has not read
    "oldest_overdue_case_seconds": 900,  # a case that nobody has looked at in time
    "pipeline_unproven_seconds": int(
        canary.LATE_AFTER.total_seconds()
    ),  # no text was seen to go all the way to the desk
    "forgetting_late_seconds": 3600,  # the clock or the maintenance worker stands still
    "retention_late_seconds": 7200,  # the same, or the job breaks off: its log says where
    "unreadable_secrets": 0,  # a key is not in ENCRYPTION_KEY any more
}
SAYS = {
    "relay_lag_seconds": "Age of the oldest event that was not carried",
    "oldest_pending_screening_seconds": "Age of the oldest text that the machine has not read",
    "oldest_overdue_case_seconds": "How long the most overdue open case is overdue",
    "pipeline_unproven_seconds": "How long ago a text was sent that was seen to go all the way to its desk",
    "forgetting_late_seconds": "How late the clock's work of forgetting carried events is",
    "retention_late_seconds": "How late the job is that ends what was kept long enough",
    "unreadable_secrets": "Kinds of secret (mail addresses, second factors) that ENCRYPTION_KEY does not read",
    "mail_failed": "Mails that failed and can be tried again",
}


@dataclass(frozen=True)
class Fitness:
    """What answers, and the numbers; without the database there are none."""

    database: bool
    broker: bool
    relay_lag_seconds: float = 0
    oldest_pending_screening_seconds: float = 0
    oldest_overdue_case_seconds: float = 0
    pipeline_unproven_seconds: float = 0
    forgetting_late_seconds: float = 0
    retention_late_seconds: float = 0
    unreadable_secrets: int = 0
    mail_failed: int = 0

    @property
    def trouble(self) -> list[str]:
        """What somebody should look into."""
        away = [part for part in ("database", "broker") if not getattr(self, part)]
        return away + [name for name, limit in TROUBLE.items() if getattr(self, name) > limit]

    def numbers(self) -> dict[str, tuple[str, float]]:
        """Each number with what it says; none without the database."""
        return {name: (says, getattr(self, name)) for name, says in SAYS.items()} if self.database else {}


def fitness(broker_url: str) -> Fitness:
    """How the site fares at this moment; never raises and never waits long."""
    broker = _answers(broker_url)
    try:
        return Fitness(
            database=True,
            broker=broker,
            relay_lag_seconds=_since(_first(OutboxMessage.recorded_at, OutboxMessage.carried_at.is_(None))),
            oldest_pending_screening_seconds=_since(
                _first(
                    Screening.saved_at,
                    Screening.state != ScreeningState.DONE,
                    Screening.space_id != MACHINE,
                )
            ),
            oldest_overdue_case_seconds=_since(
                _first(Case.due_at, Case.closed_at.is_(None), Case.space_id != MACHINE)
            ),
            pipeline_unproven_seconds=canary.seconds_since(),
            forgetting_late_seconds=_since(
                _first(OutboxMessage.carried_at, OutboxMessage.carried_at.is_not(None)), outbox.KEPT_FOR
            ),
            retention_late_seconds=_since(
                retention.last_run() or _first(User.created_at, true()), retention.EVERY
            ),
            unreadable_secrets=accounts.unreadable_kinds(),
            mail_failed=mail.failed_count(),
        )
    except SQLAlchemyError:
        session.rollback()
        return Fitness(database=False, broker=broker)


def _first(moment: Any, *which: ColumnElement[bool]) -> datetime | None:
    found: datetime | None = session.scalars(select(func.min(moment)).where(*which)).one()
    return found


def _since(moment: datetime | None, allowed: timedelta = timedelta(0)) -> float:
    return max(0.0, round((now() - moment - allowed).total_seconds(), 1)) if moment else 0.0


def _answers(url: str) -> bool:
    broker = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=0.5)
    try:
        return bool(broker.ping())
    except redis.RedisError:
        return False
    finally:
        broker.close()
