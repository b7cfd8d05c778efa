"""Joining a space: reading its agreement and saying yes to it; and the first version, for whoever makes a space."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import policy
from forum.agreements import queries
from forum.agreements.models import Acceptance, AgreementVersion, Rule
from forum.agreements.starting import RuleDraft
from forum.db import now, session, transactional
from forum.errors import Conflict, Invalid
from forum.policy import Actor, Permission
from forum.spaces import queries as spaces
from forum.spaces.models import Membership, Role, Space


def join(actor: Actor, slug: str, version_number: int, age_stated: int | None = None) -> Space:
    """Become a member by accepting the version that was read; Conflict when another has begun meanwhile.

    Where the community is for older people than the site, they say that they are as old: `age_stated`.
    """
    space = spaces.space(actor, slug)
    if space.id in actor.memberships:
        return space  # the same form sent twice
    policy.require(actor, Permission.JOIN_SPACE, space, known_by=Permission.SEE_SPACE)
    version = queries.version_in_force(space.id)
    if version.number != version_number:
        raise Conflict("The agreement was changed while you were reading. This is the new one.")
    least = spaces.age_asked(space)
    if least is not None and age_stated != least:
        raise Invalid(f"This community is for people who are {least} or older.", field="age")
    assert actor.user_id is not None
    try:
        _joined(actor.user_id, space.id, version.id, least)
    except IntegrityError:
        session.rollback()  # joined in another window: the membership stands
    return space


def begin(space_id: int, rules: Sequence[RuleDraft]) -> AgreementVersion:
    """The first version of a new space's agreement, inside the caller's transaction."""
    version = AgreementVersion(space_id=space_id, number=1, began_at=now())
    version.rules = [
        Rule(position=place, title=rule.title, meaning=rule.meaning, why=rule.why, how=rule.how)
        for place, rule in enumerate(rules, start=1)
    ]
    session.add(version)
    session.flush()
    return version


@transactional
def _joined(user_id: int, space_id: int, version_id: int, age: int | None) -> None:
    spaces.held(space_id)  # a lead who makes them a member in this moment has done so, or has not begun
    session.add(Membership(user_id=user_id, space_id=space_id, role=Role.MEMBER, began_at=now()))
    accepted = select(Acceptance).where(Acceptance.user_id == user_id, Acceptance.version_id == version_id)
    acceptance = session.scalars(accepted).first()
    if acceptance is None:
        acceptance = Acceptance(user_id=user_id, version_id=version_id, accepted_at=now())
        session.add(acceptance)
    acceptance.age_stated = max(age, acceptance.age_stated or 0) if age else acceptance.age_stated
