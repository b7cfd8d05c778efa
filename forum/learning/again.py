"""Reading the words of open cases once more, after the screener changed. A case may rise by it and never falls.

Every text that was read is written down at once: whoever is killed loses one reading, and the next one goes on there.
"""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update

from forum import audit, policy
from forum.columns import MACHINE
from forum.db import now, session, transactional
from forum.desk import service as desk
from forum.desk.models import Case
from forum.learning.models import Rereading
from forum.policy import Actor, Permission
from forum.texts import Screening, ScreeningState, TextVersion

TRIES = 3  # a text that ended its reader this often is left as it is


@transactional
def begin(actor: Actor) -> Rereading:
    """Have the words of all open cases read once more; the one that is on its way when there is one."""
    policy.require(actor, Permission.KEEP_SITE)
    assert actor.user_id is not None
    on_its_way = session.scalars(_unfinished().with_for_update()).first()
    if on_its_way is not None:
        return on_its_way
    last_id, total = session.execute(
        select(func.coalesce(func.max(Screening.id), 0), func.count()).where(*_of_open_cases())
    ).one()
    run = Rereading(begun_at=now(), by_id=actor.user_id, last_id=last_id, total=total)
    session.add(run)
    session.flush()
    audit.record(actor.user_id, "screen_again", "rereading", run.id, detail=f"{total} readings")
    return run


def go_on(seconds: float) -> bool:
    """Read on where it was left, for so long at most; whether anything is left. Twice at a time is as once."""
    until = time.monotonic() + seconds
    place = _taken_up()
    while place is not None:
        if time.monotonic() >= until:
            return True
        screening_id = session.scalars(_next(place)).first()
        if screening_id is None:
            _finish(place.run_id)
            return False
        rose = desk.read_again(screening_id) if place.tries <= TRIES else False
        place = _noted(place, screening_id, rose)
    return False


def latest() -> Rereading | None:
    """The last one, for whoever wants to see how far it is."""
    return session.scalars(select(Rereading).order_by(Rereading.id.desc()).limit(1)).first()


@dataclass(frozen=True)
class _Place:
    run_id: int
    last_id: int
    up_to_id: int
    tries: int  # 1: nobody failed here before


def _unfinished() -> Select[Rereading]:
    return select(Rereading).where(Rereading.finished_at.is_(None)).order_by(Rereading.id).limit(1)


def _of_open_cases() -> tuple[Any, ...]:
    about = select(Case.text_id).where(Case.closed_at.is_(None), Case.space_id != MACHINE)
    there = select(TextVersion.id).where(TextVersion.erased_at.is_(None))
    return (
        Screening.state == ScreeningState.DONE,
        Screening.text_id.in_(about),
        Screening.version_id.in_(there),
    )


def _next(place: _Place) -> Select[int]:
    ahead = (Screening.id > place.up_to_id, Screening.id <= place.last_id)
    return select(Screening.id).where(*ahead, *_of_open_cases()).order_by(Screening.id).limit(1)


@transactional
def _taken_up() -> _Place | None:
    run = session.scalars(_unfinished().with_for_update()).first()
    if run is None:
        return None
    run.attempts += 1
    return _Place(run.id, run.last_id, run.up_to_id, run.attempts)


@transactional
def _noted(place: _Place, screening_id: int, rose: bool) -> _Place | None:
    """Write down that this one was read; None when somebody else went on here meanwhile."""
    here = Rereading.id == place.run_id, Rereading.up_to_id == place.up_to_id
    further = session.execute(
        update(Rereading)
        .where(*here)
        .values(up_to_id=screening_id, done=Rereading.done + 1, rose=Rereading.rose + int(rose), attempts=1)
        .returning(Rereading.id)
    ).one_or_none()
    return _Place(place.run_id, place.last_id, screening_id, 1) if further else None


@transactional
def _finish(run_id: int) -> None:
    run = session.get_one(Rereading, run_id, with_for_update=True, populate_existing=True)
    run.finished_at = run.finished_at or now()
