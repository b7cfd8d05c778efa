"""A candidate reads along in the background: nothing that it says changes anything, and nobody waits for it.

It reads what the live screener has read, as it is now: with the site's own words and cuts. Batch by batch its place is
written down, so that whoever is killed loses one batch.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import func, select, update

from forum import screeners, texts
from forum.columns import MACHINE
from forum.db import now, session, transactional
from forum.learning.models import ShadowReading
from forum.screeners import Candidate, Choices
from forum.texts import Screening, ScreeningState
from moderation.screening import Level, Screener, unread

AT_ONCE = 20  # texts a commit
TRIES = 3  # a candidate that ended its reader this often reads along no more
KEPT_FOR = timedelta(days=90)


def read_on(seconds: float) -> bool:
    """Let every candidate read on, for so long at most; whether anything is left. Twice at a time is as once."""
    until = time.monotonic() + seconds
    for candidate_id in session.scalars(select(Candidate.id).where(Candidate.ended_at.is_(None))).all():
        while _read_batch(candidate_id):
            if time.monotonic() >= until:
                return True
    return False


def beginning(days: int) -> int:
    """Where a candidate begins that is to read the last `days` too: the last screening before them."""
    before = select(func.coalesce(func.max(Screening.id), 0)).where(
        Screening.saved_at < now() - timedelta(days=days)
    )
    return session.scalars(before).one()


@dataclass
class Differences:
    """Where a candidate and the live screener part: counts, and the ids of the texts."""

    candidate: Candidate
    read: int = 0
    levels: Counter[tuple[Level, Level]] = field(
        default_factory=Counter
    )  # live and candidate, where they differ
    only_candidate: Counter[str] = field(default_factory=Counter)  # categories
    only_live: Counter[str] = field(default_factory=Counter)
    texts: list[tuple[int, Level, Level]] = field(default_factory=list)  # what it would lose first

    @property
    def differing(self) -> int:
        """How many readings have another level."""
        return self.levels.total()


def differences(candidate: Candidate) -> Differences:
    """All that this candidate read otherwise than the live screener did."""
    told = Differences(candidate)
    readings = (
        select(ShadowReading).where(ShadowReading.candidate_id == candidate.id).order_by(ShadowReading.id)
    )
    for one in session.scalars(readings.execution_options(yield_per=500)):
        told.read += 1
        told.only_candidate.update(set(one.categories) - set(one.live_categories))
        told.only_live.update(set(one.live_categories) - set(one.categories))
        if one.level is not one.live_level:
            told.levels[one.live_level, one.level] += 1
            told.texts.append((one.text_id, one.live_level, one.level))
    told.texts.sort(key=lambda one: (one[2].rank - one[1].rank, -one[1].rank, one[0]))
    return told


def lines(told: Differences, at_most: int) -> Iterable[str]:
    """The differences as somebody reads them at a terminal."""
    candidate = told.candidate
    state = "It reads along no more." if candidate.ended_at else "It reads along."
    if candidate.attempts > TRIES:
        state = "It ended its reader again and again, and reads along no more."
    yield f"Candidate {candidate.name}, added {candidate.added_at:%Y-%m-%d}. {state}"
    yield f"{told.read:,} wordings were read by both; {told.differing:,} have another level."
    for (live, other), count in sorted(
        told.levels.items(), key=lambda one: (one[0][1].rank - one[0][0].rank, one)
    ):
        yield f"  {live.value} now, {other.value} by the candidate: {count:,}"
    for words, counts in (("candidate", told.only_candidate), ("live screener", told.only_live)):
        if counts:
            found = ", ".join(f"{category} {count:,}" for category, count in counts.most_common())
            yield f"Found by the {words} alone: {found}"
    for text_id, live, other in told.texts[:at_most]:
        yield f"text {text_id}: {live.value} now, {other.value} by the candidate"
    if told.differing > at_most:
        yield f"and {told.differing - at_most:,} more (--at-most)"


@dataclass(frozen=True)
class _Batch:
    candidate_id: int
    from_id: int
    screening_ids: list[int]  # that are read already
    up_to_id: int  # nothing before it is still to be read
    goes_on: bool


def _read_batch(candidate_id: int) -> bool:
    batch = _taken(candidate_id)
    if batch is None:
        return False
    choices = replace(screeners.choices_as_saved(), candidate_id=candidate_id)
    screener = _screener(choices)
    read = [
        reading
        for screening_id in batch.screening_ids
        if (reading := _read(screener, candidate_id, screening_id)) is not None
    ]
    session.rollback()
    _kept(batch, read)
    return batch.goes_on


@transactional
def _taken(candidate_id: int) -> _Batch | None:
    """The next texts; None when there are none, or when the candidate ended its reader too often here."""
    candidate = session.get_one(Candidate, candidate_id, with_for_update=True, populate_existing=True)
    if candidate.ended_at is not None:
        return None
    waiting = session.execute(
        select(Screening.id, Screening.state)
        .where(Screening.id > candidate.up_to_id, Screening.space_id != MACHINE)
        .order_by(Screening.id)
        .limit(AT_ONCE)
    ).all()
    up_to_id = candidate.up_to_id
    for screening_id, state in waiting:
        if state is not ScreeningState.DONE:
            break  # the live screener has not read this one: look again later, from here on
        up_to_id = screening_id
    done = [screening_id for screening_id, state in waiting if state is ScreeningState.DONE]
    known = select(Screening.id).join(ShadowReading, ShadowReading.version_id == Screening.version_id)
    known = known.where(ShadowReading.candidate_id == candidate_id, Screening.id.in_(done))
    fresh = sorted(set(done) - set(session.scalars(known)))
    if not fresh and up_to_id == candidate.up_to_id:
        return None
    candidate.attempts += 1
    if candidate.attempts > TRIES:
        candidate.ended_at = now()
        return None
    moved = up_to_id > candidate.up_to_id
    return _Batch(
        candidate_id, candidate.up_to_id, fresh, up_to_id, goes_on=moved and len(waiting) == AT_ONCE
    )


@lru_cache(maxsize=1)
def _screener(choices: Choices) -> Screener:
    try:
        return screeners.made(choices)
    except ValueError:
        return screeners.made(replace(choices, own_words=""))  # they do not fit this lexicon


def _read(screener: Screener, candidate_id: int, screening_id: int) -> ShadowReading | None:
    reading = texts.read_before(screening_id)
    if reading is None or reading.seen is None:
        return None
    try:
        result = screener.screen(reading.body)
        if not texts.is_sound(result, reading.body):
            result = unread(reading.body, None)
    except Exception:  # a crash, or the time limit of the worker
        result = unread(reading.body, None)
    found = session.execute(
        select(Screening.version_id, Screening.text_id).where(Screening.id == screening_id)
    ).one()
    return ShadowReading(
        candidate_id=candidate_id,
        version_id=found.version_id,
        text_id=found.text_id,
        live_level=reading.seen.level,
        live_categories=sorted({finding.category for finding in reading.seen.findings}),
        live_screener=reading.seen.version,
        level=result.level,
        categories=sorted({finding.category for finding in result.findings}),
        read_at=now(),
    )


@transactional
def _kept(batch: _Batch, read: list[ShadowReading]) -> None:
    """Keep what was read; nothing when somebody else went on here meanwhile, or the words were erased."""
    further = session.execute(
        update(Candidate)
        .where(
            Candidate.id == batch.candidate_id,
            Candidate.up_to_id == batch.from_id,
            Candidate.ended_at.is_(None),
        )
        .values(up_to_id=batch.up_to_id, attempts=0)
        .returning(Candidate.id)
    ).one_or_none()
    if further is None:
        return
    there = set(
        session.scalars(
            select(texts.TextVersion.id).where(
                texts.TextVersion.id.in_([one.version_id for one in read]),
                texts.TextVersion.erased_at.is_(None),
            )
        )
    )
    known = set(
        session.scalars(
            select(ShadowReading.version_id).where(
                ShadowReading.candidate_id == batch.candidate_id, ShadowReading.version_id.in_(there)
            )
        )
    )
    session.add_all(one for one in read if one.version_id in there - known)
