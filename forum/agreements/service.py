"""Joining a space: reading its agreement and saying yes to it."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import policy
from forum.agreements import queries
from forum.agreements.models import Acceptance
from forum.db import now, session, transactional
from forum.errors import Conflict
from forum.policy import Actor, Permission
from forum.spaces import queries as spaces
from forum.spaces.models import Membership, Role, Space


def join(actor: Actor, slug: str, version_number: int) -> Space:
    """Become a member by accepting the version that was read; Conflict when another has begun meanwhile."""
    space = spaces.space(actor, slug)
    if space.id in actor.memberships:
        return space  # the same form sent twice
    policy.require(actor, Permission.JOIN_SPACE, space, known_by=Permission.SEE_SPACE)
    version = queries.version_in_force(space.id)
    if version.number != version_number:
        raise Conflict("The agreement was changed while you were reading. This is the new one.")
    assert actor.user_id is not None
    try:
        _joined(actor.user_id, space.id, version.id)
    except IntegrityError:
        session.rollback()  # joined in another window: the membership stands
    return space


@transactional
def _joined(user_id: int, space_id: int, version_id: int) -> None:
    session.add(Membership(user_id=user_id, space_id=space_id, role=Role.MEMBER, began_at=now()))
    accepted = select(Acceptance.id).where(Acceptance.user_id == user_id, Acceptance.version_id == version_id)
    if session.scalars(accepted).first() is None:
        session.add(Acceptance(user_id=user_id, version_id=version_id, accepted_at=now()))
