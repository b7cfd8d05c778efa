"""Reading who is here: for every page at no cost, for open pages as it is at this moment, and for the desk by name."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from forum import policy
from forum.accounts.models import SignIn
from forum.db import now, session
from forum.hours.clock import moment
from forum.hours.cover import Cover, Hours, OnDuty
from forum.hours.cover import cover as cover_at
from forum.hours.models import Shift
from forum.policy import Actor, Permission
from forum.site.queries import facts, facts_as_saved
from forum.snapshot import Snapshot

LONGEST = timedelta(hours=12)  # that somebody can say to be here from now on
STEP = timedelta(minutes=30)
# While the database is away nobody who is here can see or do anything: after so many seconds it is not claimed.
COUNTS_FOR = 30.0


@dataclass(frozen=True)
class Duty:
    """Who is here, for which communities, and all that there are; `read_at` by the clock of this process alone."""

    on_duty: tuple[OnDuty, ...] = ()
    communities: tuple[str, ...] = ()
    read_at: float = float("-inf")


@dataclass(frozen=True)
class Colleague:
    """Somebody of the team who is here, as the desk shows them."""

    user_id: int
    name: str
    until: datetime
    until_words: str


@dataclass(frozen=True)
class Choice:
    """A time until which one can say to be here; `value` is the instant, in UTC."""

    value: str
    words: str
    suggested: bool


def cover() -> Cover:
    """What is true now, as this process knows it, at most two seconds late; waits for no database."""
    duty = _known.known()
    if time.monotonic() - duty.read_at > COUNTS_FOR:
        duty = Duty()
    return cover_at(now(), facts().hours, duty.on_duty, duty.communities)


def cover_as_saved() -> Cover:
    """The same as the database has it at this moment, for those who are told of a change."""
    duty = _read(session(), Duty())
    return cover_at(now(), facts_as_saved().hours, duty.on_duty, duty.communities)


def told(cover: Cover) -> dict[str, object]:
    """What an open page needs to say it anew, and in how many seconds to ask again. Nobody's name is in it."""
    return {
        "here": cover.here,
        "hours": cover.sentence,
        "expected": cover.expected,
        "is_here": cover.is_here,
        "changes_in": max(1, round((cover.changes_at - now()).total_seconds())),
    }


def forget() -> None:
    """Read afresh when next asked: this process changed something, or heard of a change."""
    _known.forget()


def colleagues(actor: Actor) -> list[Colleague]:
    """Everybody of the team who is here, by name, the longest first."""
    policy.require(actor, Permission.BE_ON_DUTY)
    zone = facts().zone
    shifts = session.scalars(
        _standing().options(joinedload(Shift.user)).order_by(Shift.until.desc(), Shift.id)
    )
    return [
        Colleague(shift.user_id, shift.user.name, shift.until, moment(shift.until, now(), zone))
        for shift in shifts
    ]


def choices(moment_now: datetime, hours: Hours) -> list[Choice]:
    """The times until which somebody can say to be here: every half hour by the clock. The end of the stated hours is
    suggested when it is among them, otherwise two hours."""
    seconds = STEP.total_seconds()
    first = datetime.fromtimestamp((moment_now.timestamp() // seconds + 1) * seconds, moment_now.tzinfo)
    times = [first + STEP * number for number in range(int(LONGEST / STEP) - 1)]
    closes_at = cover_at(moment_now, hours)
    ends = closes_at.closes_at if closes_at.open else None
    suggested = ends if ends in times else times[3]
    zone, said = hours.zone, set[str]()
    found = []
    for at in times:
        words = moment(at, moment_now, zone)
        if words in said:  # the clocks go back: the same time comes twice
            words = f"{words}, after the clocks went back"
        said.add(words)
        words += ", when the stated hours end" if at == ends else ""
        found.append(Choice(f"{at:%Y-%m-%dT%H:%MZ}", words, at == suggested))
    return found


def _standing() -> Select[Shift]:
    """The shifts that count now. Who logged out everywhere is not here, whatever they said before."""
    is_logged_in = select(SignIn.id).where(SignIn.user_id == Shift.user_id, SignIn.ended_at.is_(None))
    return select(Shift).where(
        Shift.ended_at.is_(None), Shift.until > now(), is_logged_in.correlate(Shift).exists()
    )


def _read(reader: Session, _: Duty) -> Duty:
    names = dict(reader.execute(policy.desks()).all())
    looks_after: dict[int, set[str]] = {}
    for user_id, space_id in reader.execute(policy.desks_of_each()):
        if space_id in names:
            looks_after.setdefault(user_id, set()).add(names[space_id])
    leads = set(reader.scalars(policy.leads_of_the_site()))
    on_duty = [
        OnDuty(
            shift.until,
            frozenset(names.values() if shift.user_id in leads else looks_after.get(shift.user_id, ())),
        )
        for shift in reader.scalars(_standing())
    ]
    return Duty(tuple(on_duty), tuple(sorted(names.values())), time.monotonic())


_known = Snapshot(Duty(), _read)
