"""Reading what the site says of itself: for every page at next to no cost, and also while the database is away."""

import threading
import time
from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, joinedload

from forum import db
from forum.config import Settings
from forum.db import session
from forum.hours.cover import Hours, stated_hours
from forum.site.models import DocumentKind, DocumentVersion, SignUps, SiteVersion

AT_MOST_OLD = 1.5  # seconds; with the wait below, a change is seen by every process within two
PATIENCE = 0.3  # seconds that a page waits for the facts, before it uses those it knew
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
    global _watch
    _watch = _Watch(
        Facts(
            settings.site_name,
            settings.site_country,
            settings.site_time_zone,
            settings.moderators_from,
            settings.moderators_until,
        )
    )


def facts() -> Facts:
    """The facts, at most two seconds old; while the database is slow or away, the last that were known."""
    return _in_use().facts()


def terms_number() -> int:
    """Which version of the terms is in force, as old as the facts are; 0 while it is not known."""
    return _in_use().terms_number()


def forget() -> None:
    """Read them afresh when they are next asked for: this process changed them."""
    _in_use().forget()


def facts_as_saved() -> Facts:
    """The facts as the database has them at this moment, for whoever is about to change them."""
    newest = select(SiteVersion).order_by(SiteVersion.number.desc()).limit(1)
    version = session.scalars(newest).first()
    return _facts_of(version) if version else _in_use().begins_with


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
    facts_of = [_facts_of(version) for version in kept] + [_in_use().begins_with]
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


class _Watch:
    """What this process knows of the facts. They are read by a thread of its own with a connection of its own:
    a database that hangs must not hold up the page that says who to call."""

    def __init__(self, begins_with: Facts) -> None:
        self.begins_with = begins_with
        self._known = begins_with
        self._terms_number = 0
        self._engine: Engine | None = None
        self._read_at = float("-inf")
        self._reading: _Reading | None = None
        self._lock = threading.Lock()

    def facts(self) -> Facts:
        with self._lock:
            engine = db.engine()
            if self._engine is not engine:  # another database knows of other facts
                self._engine, self._known, self._terms_number = engine, self.begins_with, 0
                self._read_at, self._reading = float("-inf"), None
            if time.monotonic() - self._read_at < AT_MOST_OLD:
                return self._known
            reading = self._reading
            if reading is None:
                reading = self._reading = _Reading()
                threading.Thread(target=self._read, args=(engine, reading), daemon=True).start()
        reading.done.wait(max(0.0, reading.began + PATIENCE - time.monotonic()))
        return self._known

    def terms_number(self) -> int:
        self.facts()
        return self._terms_number

    def forget(self) -> None:
        with self._lock:
            self._read_at, self._reading = float("-inf"), None

    def _read(self, engine: Engine, reading: "_Reading") -> None:
        found: Facts | None = None
        terms: int | None = None
        try:
            with Session(engine) as reader:
                newest = select(SiteVersion).order_by(SiteVersion.number.desc()).limit(1)
                version = reader.scalars(newest).first()
                found = _facts_of(version) if version else self.begins_with
                of_terms = DocumentVersion.kind == DocumentKind.TERMS
                terms = reader.scalar(select(func.max(DocumentVersion.number)).where(of_terms)) or 0
        except SQLAlchemyError:
            pass  # away: the last that were known go on counting, and it is asked again a little later
        finally:
            with self._lock:
                if self._reading is reading:
                    self._known = found or self._known
                    self._terms_number = self._terms_number if terms is None else terms
                    self._read_at, self._reading = time.monotonic(), None
            reading.done.set()


class _Reading:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.done = threading.Event()


_watch: _Watch | None = None


def _in_use() -> _Watch:
    if _watch is None:
        raise RuntimeError("site.queries.use was not called")
    return _watch
