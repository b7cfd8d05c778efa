"""Reading what was agreed."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from forum.agreements.models import AgreementVersion, Rule
from forum.db import session


def version_in_force(space_id: int) -> AgreementVersion:
    """The version that counts now, with its rules."""
    return session.scalars(
        select(AgreementVersion)
        .where(AgreementVersion.space_id == space_id)
        .order_by(AgreementVersion.number.desc())
        .limit(1)
        .options(selectinload(AgreementVersion.rules))
    ).one()


def version_id_in_force(space_id: int) -> int:
    """Only its id, for what is written now."""
    return session.scalars(
        select(AgreementVersion.id)
        .where(AgreementVersion.space_id == space_id)
        .order_by(AgreementVersion.number.desc())
        .limit(1)
    ).one()


def rules_of(version_id: int) -> list[Rule]:
    """The rules of one version, in their order."""
    return list(session.scalars(select(Rule).where(Rule.version_id == version_id).order_by(Rule.position)))
