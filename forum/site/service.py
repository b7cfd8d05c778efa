"""Changing what the site says of itself. Nothing is overwritten: each save is one more version, and audited."""

from dataclasses import fields, replace
from zoneinfo import available_timezones

from sqlalchemy.exc import IntegrityError

from forum import audit, db, outbox, policy
from forum.care import help_lines
from forum.db import now, session, transactional
from forum.errors import Conflict, Invalid
from forum.events import CoverChanged
from forum.hours.cover import stated_hours
from forum.policy import Actor, Permission
from forum.site import queries
from forum.site.models import SiteVersion
from forum.site.queries import Facts

YOUNGEST, OLDEST = 10, 99  # years that a minimum age may be
LONGEST = {"name": 60, "time_zone": 60, "languages": 120, "provider": 120, "contact": 200, "age_reason": 1000}


def change(actor: Actor, new: Facts) -> list[str]:
    """Save `new` on top of the save it was made from (`new.number`); the names of what changed.

    Raises Invalid for what cannot be, and Conflict when somebody saved meanwhile. Another minimum age needs a
    reason of its own; without another age the reason of the one that counts stays.
    """
    policy.require(actor, Permission.KEEP_SITE)
    old = queries.facts_as_saved()
    new = _cleaned(new)
    if new.minimum_age == old.minimum_age:
        new = replace(new, age_reason=old.age_reason)
    _check(new)
    if new.minimum_age != old.minimum_age and not new.age_reason:
        raise Invalid("Please say why the age changes. The reason is kept.", field="age_reason")
    changed = queries.changes(old, new)
    if not changed:
        return []
    if new.number != old.number:
        raise Conflict(
            "Somebody else changed this meanwhile. Please look at what they saved, then save again."
        )
    try:
        _saved(actor, replace(new, number=old.number + 1), changed)
    except IntegrityError:
        raise Conflict("Somebody else saved at the same moment. Please send it again.") from None
    return changed


def _cleaned(new: Facts) -> Facts:
    words = {name: " ".join(str(getattr(new, name)).replace("\x00", "").split()) for name in LONGEST}
    return replace(new, **words, country=new.country.upper())  # type: ignore[arg-type]


def _check(new: Facts) -> None:
    for name, longest in LONGEST.items():
        if len(getattr(new, name)) > longest:
            raise Invalid(f"Please use at most {longest} characters here.", field=name)
    if not new.name:
        raise Invalid("The site needs a name.", field="name")
    if help_lines.country(new.country) is None:
        raise Invalid("Please choose a country that has help lines here.", field="country")
    if new.time_zone not in available_timezones():
        raise Invalid("Please write a time zone by its name, as in Europe/London.", field="time_zone")
    for name in ("hours_from", "hours_until"):
        _check_time(name, getattr(new, name))
    try:
        stated_hours(new.hours_from, new.hours_until, new.time_zone)
    except ValueError as wrong:
        raise Invalid(str(wrong), field="hours_from") from None
    if not new.languages:
        raise Invalid("Please say which languages the team reads.", field="languages")
    if not YOUNGEST <= new.minimum_age <= OLDEST:
        raise Invalid(f"Please write an age from {YOUNGEST} to {OLDEST}.", field="minimum_age")


def _check_time(name: str, words: str) -> None:
    hour, colon, minute = words.partition(":")
    right = len(words) == 5 and colon and (hour + minute).isascii() and (hour + minute).isdecimal()
    if words == "24:00" and name == "hours_until":
        return
    if not right or int(hour) > 23 or int(minute) > 59:
        raise Invalid("Please write a time of day with four numbers, as in 08:00.", field=name)


@transactional
def _saved(actor: Actor, new: Facts, changed: list[str]) -> None:
    version = SiteVersion(
        at=now(), by_id=actor.user_id, **{field.name: getattr(new, field.name) for field in fields(Facts)}
    )
    session.add(version)
    session.flush()
    audit.record(actor.user_id, "change_site", "site", version.id, detail=" ".join(changed))
    if {"hours", "time_zone"} & set(changed):
        outbox.record(CoverChanged("hours"))
    db.after_commit(queries.forget)
