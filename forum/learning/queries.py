"""Reading how the site's screener came to be as it is."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum import policy
from forum.db import session
from forum.policy import Actor, Permission
from forum.screeners import Choices, ScreenerVersion, choices_of


@dataclass(frozen=True)
class Save:
    """One save as a lead looks it up: who, when, the names of what differs from the one before."""

    at: datetime
    by_name: str
    changed: list[str]


def saves(actor: Actor, at_most: int) -> list[Save]:
    """The last saves, the newest first."""
    policy.require(actor, Permission.KEEP_SITE)
    newest = select(ScreenerVersion).order_by(ScreenerVersion.number.desc()).limit(at_most + 1)
    kept = session.scalars(newest.options(joinedload(ScreenerVersion.by))).all()
    chosen = [choices_of(version) for version in kept] + [Choices()]
    return [
        Save(version.at, version.by.name, changes(old, new))
        for version, new, old in zip(kept[:at_most], chosen, chosen[1:], strict=False)
    ]


def changes(old: Choices, new: Choices) -> list[str]:
    """The names of what differs."""
    names = (field.name for field in fields(Choices) if field.name != "number")
    return [name for name in names if getattr(old, name) != getattr(new, name)]
