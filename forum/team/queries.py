"""Who has power over others here."""

from dataclasses import dataclass

from sqlalchemy import select

from forum import policy
from forum.accounts.models import SecondFactor, SiteRole, User
from forum.db import session
from forum.policy import Actor, Permission
from forum.spaces.models import Membership, Role, Space


@dataclass(frozen=True)
class Row:
    """Somebody with power: over what, and whether a log-in of theirs asks for a code."""

    user_id: int
    name: str
    leads: bool
    moderates: tuple[str, ...]  # names of communities
    second_factor: bool


def people(actor: Actor) -> list[Row]:
    """The leads and moderators, by name; for a lead alone."""
    policy.require(actor, Permission.KEEP_SITE)
    moderated: dict[int, list[str]] = {}
    for user_id, space_name in session.execute(
        select(Membership.user_id, Space.name)
        .join(Space, Space.id == Membership.space_id)
        .where(Membership.role == Role.MODERATOR, Membership.ended_at.is_(None))
        .order_by(Space.name)
    ):
        moderated.setdefault(user_id, []).append(space_name)
    users = session.execute(
        select(User.id, User.name, User.role, SecondFactor.id)
        .outerjoin(SecondFactor, SecondFactor.user_id == User.id)
        .where((User.role == SiteRole.LEAD) | User.id.in_(list(moderated)))
        .order_by(User.name)
    )
    return [
        Row(user_id, name, role is SiteRole.LEAD, tuple(moderated.get(user_id, ())), factor is not None)
        for user_id, name, role, factor in users
    ]
