"""Reading spaces."""

from sqlalchemy import func, select

from forum import policy
from forum.db import session
from forum.errors import NotFound
from forum.policy import Actor, Permission
from forum.site.queries import facts
from forum.spaces.models import Membership, Space


def communities(actor: Actor) -> list[Space]:
    """The communities that this person may know of, by name."""
    return list(session.scalars(select(Space).where(policy.visible_spaces(actor)).order_by(Space.name)))


def member_count(space_id: int) -> int:
    """How many people are in a space now. Pages only say about how many."""
    return session.scalars(
        select(func.count())
        .select_from(Membership)
        .where(Membership.space_id == space_id, Membership.ended_at.is_(None))
    ).one()


def held(space_id: int) -> Space:
    """The space, read afresh and held: until the caller's transaction ends nobody loses or gets rights in it.

    Those who write there hold it together and keep nobody else who writes waiting.
    """
    together = select(Space).where(Space.id == space_id).with_for_update(read=True, key_share=True)
    return session.scalars(together.execution_options(populate_existing=True)).one()


def is_member(user_id: int, space_id: int) -> bool:
    """Whether this person is in the space now."""
    member = select(Membership.id).where(
        Membership.user_id == user_id, Membership.space_id == space_id, Membership.ended_at.is_(None)
    )
    return session.scalars(member).first() is not None


def site_minimum_age() -> int:
    """How old one must be to have an account at all."""
    return facts().minimum_age


def age_asked(space: Space) -> int | None:
    """The age that joining asks for; None when everybody who has an account is old enough."""
    least = space.minimum_age
    return least if least is not None and least > site_minimum_age() else None


def space(actor: Actor, slug: str) -> Space:
    """The space, or NotFound: a stranger cannot tell a private one from a missing one."""
    found = session.scalars(select(Space).where(Space.slug == slug)).one_or_none()
    if found is None or not policy.allows(actor, Permission.SEE_SPACE, found):
        raise NotFound()
    return found
