"""What stands around a post as it is read: what its writer said before, and the hour; two statements.

What it may do is written in moderation/screening/surroundings.py. Words that still wait on the desk count for nothing
here: somebody is due to look at their writer already, and a second case would only stand before those of others.
"""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, select
from sqlalchemy.orm import aliased

from forum.db import session
from forum.desk.models import Case
from forum.site.queries import facts
from forum.texts import Screening, Text
from forum.threads.models import Post, Thread
from moderation import cases
from moderation.screening import Level, Surroundings

RECENT = timedelta(days=1)
A_MOMENT_AGO = timedelta(hours=1)  # for words in which nothing was found: "thank you, good night" comes soon
MOST = 5  # posts
NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)  # where the site is

_URGENT = [level for level in Level if cases.is_urgent(level)]


def around(screening_id: int, level: Level) -> Surroundings:
    """What stands around the post of this screening, whose words alone are of `level`; nothing around other texts."""
    if cases.is_urgent(level):
        return Surroundings()  # nothing raises these
    said = _said(screening_id)
    if said is None:
        return Surroundings()
    span = RECENT if level is Level.AMBER else A_MOMENT_AGO
    recent = _recent(said.author_id, said.id, said.published_at - span)
    urgent = any(cases.is_urgent(one) for one in recent)
    return Surroundings(recent, said.opening, night=urgent and _is_night(said.published_at))


def _said(screening_id: int) -> Any:
    """The post, and how its writer opened the thread; None where the text is no post, or said as the team."""
    opening, named = aliased(Post), aliased(Thread)
    words, title = aliased(Text), aliased(Text)
    return session.execute(
        select(
            Post.id,
            Post.author_id,
            Post.published_at,
            case(
                (_was_urgent(words), words.worst_level),
                (_was_urgent(title), title.worst_level),
                else_=Level.GREEN.value,
            ).label("opening"),
        )
        .select_from(Screening)
        .join(Post, Post.text_id == Screening.text_id)
        .outerjoin(
            opening,
            and_(
                opening.thread_id == Post.thread_id,
                opening.position == 1,
                opening.id != Post.id,
                opening.author_id == Post.author_id,
                opening.as_team == false(),
            ),
        )
        .outerjoin(words, words.id == opening.text_id)
        .outerjoin(named, named.id == opening.thread_id)
        .outerjoin(title, title.id == named.title_id)
        .where(Screening.id == screening_id, Post.as_team == false())
    ).one_or_none()


def _recent(author_id: int, before_id: int, since: datetime) -> list[Level]:
    """The levels of the writer's posts before this one, newest first."""
    rows = (
        select(case((_was_urgent(Text), Text.worst_level), else_=Level.GREEN.value))
        .select_from(Post)
        .join(Text, Text.id == Post.text_id)
        .where(
            Post.author_id == author_id,
            Post.as_team == false(),
            Post.id < before_id,
            Post.published_at >= since,
        )
        .order_by(Post.id.desc())
        .limit(MOST)
    )
    return [Level(level) for level in session.scalars(rows)]


def _was_urgent(words: Any) -> ColumnElement[bool]:
    """Whether these words suggested danger, and every case about them is closed."""
    about = exists().where(Case.text_id == words.id)
    return and_(words.worst_level.in_(_URGENT), about, ~about.where(Case.closed_at.is_(None)))


def _is_night(moment: datetime) -> bool:
    there = moment.astimezone(facts().zone).time()
    return there >= NIGHT_FROM or there < NIGHT_UNTIL
