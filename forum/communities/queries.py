"""What a lead sees of all communities and of one: who looks after it, and what is still open."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from forum import policy
from forum.accounts.models import User
from forum.db import session
from forum.desk.models import Case
from forum.errors import NotFound
from forum.policy import Actor, Permission
from forum.spaces.models import Membership, Role, Space


@dataclass(frozen=True)
class CommunityRow:
    """A community in the list of a lead."""

    space: Space
    moderators: int
    open_cases: int


@dataclass(frozen=True)
class TeamRow:
    """Somebody who looks after a community."""

    name: str
    role: Role


def communities(actor: Actor) -> list[CommunityRow]:
    """Every community by name; for leads."""
    policy.require(actor, Permission.KEEP_SITE)
    moderators = _numbers(
        select(Membership.space_id, func.count().label("number"))
        .where(Membership.role == Role.MODERATOR, Membership.ended_at.is_(None))
        .group_by(Membership.space_id)
    )
    cases = _numbers(
        select(Case.space_id, func.count().label("number"))
        .where(Case.closed_at.is_(None))
        .group_by(Case.space_id)
    )
    spaces = session.scalars(select(Space).where(policy.visible_spaces(actor)).order_by(Space.name))
    return [CommunityRow(space, moderators.get(space.id, 0), cases.get(space.id, 0)) for space in spaces]


def community(actor: Actor, slug: str) -> Space:
    """One community for its settings, or NotFound; for leads."""
    policy.require(actor, Permission.KEEP_SITE)
    found = session.scalars(
        select(Space).where(Space.slug == slug, policy.visible_spaces(actor))
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def team(space_id: int) -> list[TeamRow]:
    """Its moderators and organisers, by name."""
    rows = (
        select(User.name, Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.space_id == space_id,
            Membership.ended_at.is_(None),
            Membership.role.in_([Role.MODERATOR, Role.ORGANISER]),
        )
        .order_by(Membership.role, User.name)
    )
    return [TeamRow(*row) for row in session.execute(rows).all()]


def open_case_count(space_id: int) -> int:
    """How many of its cases wait for a decision."""
    return session.scalars(
        select(func.count().label("number"))
        .select_from(Case)
        .where(Case.space_id == space_id, Case.closed_at.is_(None))
    ).one()


def _numbers(counted: Select[*tuple[Any, ...]]) -> dict[int, int]:
    return {row.space_id: row.number for row in session.execute(counted)}
