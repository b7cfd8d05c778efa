"""Leaving a space. (Joining goes through its agreement: forum/agreements.)"""

from sqlalchemy import update

from forum import audit, outbox, policy
from forum.db import now, session, transactional
from forum.events import AudienceChanged, MemberLeft
from forum.policy import Actor, Permission
from forum.spaces import queries
from forum.spaces.models import Departure, Farewell, Membership, Space


def leave(actor: Actor, slug: str, farewell: Farewell = Farewell.STAY) -> Space:
    """End one's own membership. What one wrote there stays, stays without one's name, or is withdrawn, as one says;
    that follows soon after. Coming back undoes nothing of it."""
    space = queries.space(actor, slug)
    policy.require(actor, Permission.LEAVE_SPACE, space, known_by=Permission.SEE_SPACE)
    assert actor.user_id is not None
    return _ended(space.id, actor.user_id, farewell)


def lessen_audience(space: Space) -> None:
    """Somebody lost rights, in the caller's transaction that holds the space: whoever listens must ask again."""
    old_epoch = space.audience_epoch
    space.audience_epoch += 1
    outbox.record(AudienceChanged(space.id, old_epoch))


@transactional
def _ended(space_id: int, user_id: int, farewell: Farewell) -> Space:
    space = session.get_one(Space, space_id, with_for_update=True, populate_existing=True)
    session.execute(
        update(Membership)
        .where(Membership.user_id == user_id, Membership.space_id == space_id, Membership.ended_at.is_(None))
        .values(ended_at=now())
    )
    lessen_audience(space)
    if farewell is not Farewell.STAY:
        departure = Departure(user_id=user_id, space_id=space.id, farewell=farewell, left_at=now())
        session.add(departure)
        session.flush()
        outbox.record(MemberLeft(departure.id))
    audit.record(user_id, "leave", "space", space.id, space_id=space.id, detail=farewell.value)
    return space
