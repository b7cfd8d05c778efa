"""Reading spaces."""

from sqlalchemy import select

from forum import policy
from forum.db import session
from forum.errors import NotFound
from forum.policy import Actor, Permission
from forum.spaces.models import Space


def communities(actor: Actor) -> list[Space]:
    """The communities that this person may know of, by name."""
    return list(session.scalars(select(Space).where(policy.visible_spaces(actor)).order_by(Space.name)))


def space(actor: Actor, slug: str) -> Space:
    """The space, or NotFound: a stranger cannot tell a private one from a missing one."""
    found = session.scalars(select(Space).where(Space.slug == slug)).one_or_none()
    if found is None or not policy.allows(actor, Permission.SEE_SPACE, found):
        raise NotFound()
    return found
