"""Saying that one is here, and leaving. Pages that are open hear of it."""

from datetime import UTC, datetime

from sqlalchemy import select

from forum import db, outbox, policy
from forum.accounts.models import SignIn, User
from forum.db import now, session, transactional
from forum.errors import Invalid
from forum.events import CoverChanged
from forum.hours import queries
from forum.hours.models import Shift
from forum.hours.queries import LONGEST
from forum.policy import Actor, Permission


def be_here(actor: Actor, until: str) -> None:
    """Say that one is here until then (an instant as `queries.choices` offers it); raises Invalid. Said anew, the
    new time counts."""
    policy.require(actor, Permission.BE_ON_DUTY)
    assert actor.user_id is not None
    try:
        at = datetime.strptime(until, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("Please choose until when you are here.", field="until") from None
    if at <= now():
        raise Invalid("That time is over by now. Please choose a later one.", field="until")
    if at > now() + LONGEST:
        raise Invalid("Please choose at most twelve hours from now.", field="until")
    _said(actor.user_id, at)


def leave(actor: Actor) -> None:
    """Say that one is not here any more; twice is once."""
    policy.require(actor, Permission.BE_ON_DUTY)
    assert actor.user_id is not None
    _left(actor.user_id)


def left_by_logging_out(sign_in_id: int) -> None:
    """A sign-in ended: who is logged in nowhere any more is not here. Twice is once."""
    user_id = session.scalars(select(SignIn.user_id).where(SignIn.id == sign_in_id)).one_or_none()
    living = select(SignIn.id).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).limit(1)
    if user_id is not None and _shift_of(user_id) is not None and session.scalars(living).first() is None:
        _left(user_id)


@transactional
def _said(user_id: int, until: datetime) -> None:
    session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    shift = _shift_of(user_id)
    if shift is not None and shift.until == until:
        return  # the same form sent twice
    if shift is not None:
        shift.ended_at = min(now(), shift.until)
        session.flush()
    session.add(Shift(user_id=user_id, began_at=now(), until=until))
    _tell("here")


@transactional
def _left(user_id: int) -> None:
    session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    shift = _shift_of(user_id)
    if shift is not None:
        shift.ended_at = min(now(), shift.until)
        _tell("gone")


def _shift_of(user_id: int) -> Shift | None:
    """Their last one, which may have lapsed."""
    return session.scalars(
        select(Shift).where(Shift.user_id == user_id, Shift.ended_at.is_(None))
    ).one_or_none()


def _tell(change: str) -> None:
    outbox.record(CoverChanged(change))
    db.after_commit(queries.forget)
