"""Reading what the site says of itself: for every page at next to no cost, and also while the database is away."""

from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from forum.config import Settings
from forum.db import session
from forum.hours.cover import Hours, stated_hours
from forum.site.models import DocumentKind, DocumentVersion, SignUps, SiteVersion
from forum.snapshot import Snapshot

ADULT = 18
# How a change is named in the audit and to a lead; a changed reason is part of a changed age.
NAMED = {"hours_from": "hours", "hours_until": "hours", "sign_ups": "sign_up"}


@dataclass(frozen=True)
class Facts:
    """What is true of the site now. `languages` are those that the team reads; `number` says which save it was."""

    name: str
    country: str
    time_zone: str
    hours_from: str
    hours_until: str
    languages: str = "English"
    minimum_age: int = ADULT
    age_reason: str = ""
    provider: str = ""
    contact: str = ""
    sign_ups: SignUps = SignUps.OPEN
    number: int = 0

    @property
    def hours(self) -> Hours:
        """The stated hours of every day."""
        return stated_hours(self.hours_from, self.hours_until, self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the site tells times."""
        return ZoneInfo(self.time_zone)


def use(settings: Settings) -> None:
    """Begin with what the environment says: it counts until a lead saves facts for the first time."""
    global _known
    begins_with = Facts(
        settings.site_name,
        settings.site_country,
        settings.site_time_zone,
        settings.moderators_from,
        settings.moderators_until,
    )
    _known = Snapshot((begins_with, 0), _read)


def facts() -> Facts:
    """The facts, at most two seconds old; while the database is slow or away, the last that were known."""
    return _in_use().known()[0]


def terms_number() -> int:
    """Which version of the terms is in force, as old as the facts are; 0 while it is not known."""
    return _in_use().known()[1]


def forget() -> None:
    """Read them afresh when they are next asked for: this process changed them."""
    _in_use().forget()


def facts_as_saved() -> Facts:
    """The facts as the database has them at this moment, for whoever is about to change them."""
    newest = select(SiteVersion).order_by(SiteVersion.number.desc()).limit(1)
    version = session.scalars(newest).first()
    return _facts_of(version) if version else _in_use().begins_with[0]


def versions(at_most: int) -> list[SiteVersion]:
    """The last saves, the newest first."""
    newest = select(SiteVersion).order_by(SiteVersion.number.desc()).limit(at_most)
    return list(session.scalars(newest.options(joinedload(SiteVersion.by))))


@dataclass(frozen=True)
class Save:
    """One save as a lead looks it up: who, when, and the names of what differs from the one before."""

    at: datetime
    by_name: str
    changed: list[str]
    age_reason: str


def saves(at_most: int) -> list[Save]:
    """The last saves, the newest first."""
    kept = versions(at_most + 1)
    facts_of = [_facts_of(version) for version in kept] + [_in_use().begins_with[0]]
    return [
        Save(
            version.at,
            version.by.name if version.by else "",
            names,
            new.age_reason if "minimum_age" in names else "",
        )
        for version, new, old in zip(kept[:at_most], facts_of, facts_of[1:], strict=False)
        for names in [changes(old, new)]
    ]


def changes(old: Facts, new: Facts) -> list[str]:
    """The names of the facts that differ, each once."""
    differing = [
        field.name
        for field in fields(Facts)
        if field.name not in ("number", "age_reason") and getattr(old, field.name) != getattr(new, field.name)
    ]
    return list(dict.fromkeys(NAMED.get(name, name) for name in differing))


def _facts_of(version: SiteVersion) -> Facts:
    return Facts(**{field.name: getattr(version, field.name) for field in fields(Facts)})


def _read(reader: Session, known: tuple[Facts, int]) -> tuple[Facts, int]:
    newest = select(SiteVersion).order_by(SiteVersion.number.desc()).limit(1)
    version = reader.scalars(newest).first()
    of_terms = DocumentVersion.kind == DocumentKind.TERMS
    terms = reader.scalar(select(func.max(DocumentVersion.number)).where(of_terms)) or 0
    return (_facts_of(version) if version else _in_use().begins_with[0]), terms


_known: Snapshot[tuple[Facts, int]] | None = None  # with the number of the terms in force


def _in_use() -> Snapshot[tuple[Facts, int]]:
    if _known is None:
        raise RuntimeError("site.queries.use was not called")
    return _known
