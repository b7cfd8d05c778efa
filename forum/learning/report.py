"""How the machine does on this site: how often it asks for a look, and how often people agreed. Counts alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, false, func, select
from sqlalchemy import case as sql_case

from forum.columns import MACHINE
from forum.db import now, session
from forum.desk.models import Label, Said
from forum.desk.wording import MARK_WORDS, category_words
from forum.texts import Screening
from forum.threads.models import Post
from moderation.screening import Level

AGREED = {
    Said.RIGHT,
    Said.MISSED,
    Said.RAISED,
    Said.REACH_OUT,
    Said.HIDE,
}  # somebody was needed, perhaps sooner
_RANK = sql_case({level.value: level.rank for level in Level}, value=Screening.level)

# What the team says is read as well, but it is nobody's distress; nor is what the machine says to itself.
_OF_MEMBERS = and_(Post.as_team == false(), Screening.space_id != MACHINE)


@dataclass
class Tally:
    """One category: in how many posts it asked for a look, and what people said where they said anything."""

    alerts: int = 0
    agreed: int = 0
    false_alarms: int = 0
    nothing_needed: int = 0  # closed without anything done; whether the machine was wrong nobody said

    @property
    def spoken_of(self) -> int:
        """Of how many readings somebody said or did anything."""
        return self.agreed + self.false_alarms + self.nothing_needed


@dataclass
class Report:
    """What the machine said and what people said of it, from `since` on."""

    since: datetime
    posts: int = 0
    levels: Counter[Level] = field(default_factory=Counter)  # posts, by the highest level of their readings
    categories: dict[str, Tally] = field(default_factory=dict)
    missed: Counter[Level] = field(
        default_factory=Counter
    )  # marked as missed, by the level that the machine gave
    raised: Counter[Level] = field(default_factory=Counter)  # and those that a moderator raised

    def per_thousand(self, count: int) -> float:
        """`count` as a rate of the posts that were read."""
        return 1000 * count / self.posts if self.posts else 0.0


def report(days: int) -> Report:
    """The last `days`; posts count by when they were read, labels by when they were said."""
    since = now() - timedelta(days=days)
    told = Report(since)
    _count_posts(told)
    for verdict, label in _verdicts(since):
        if verdict is Said.MISSED:
            told.missed[label.level] += 1
        if verdict is Said.RAISED:
            told.raised[label.level] += 1
        for category in label.categories:
            _add(told.categories.setdefault(category, Tally()), verdict)
    return told


def _count_posts(told: Report) -> None:
    read = (
        select(Screening.text_id, func.max(_RANK).label("rank"))
        .join(Post, Post.text_id == Screening.text_id)
        .where(_OF_MEMBERS, Screening.screened_at >= told.since)
        .group_by(Screening.text_id)
        .subquery()
    )
    by_rank = {level.rank: level for level in Level}
    for rank, count in session.execute(select(read.c.rank, func.count()).group_by(read.c.rank)):
        told.levels[by_rank[rank]] += count
        told.posts += count
    alerts = (
        select(Screening.text_id, Screening.findings)
        .join(Post, Post.text_id == Screening.text_id)
        .where(_OF_MEMBERS, Screening.screened_at >= told.since, Screening.level != Level.GREEN)
    )
    seen = {
        (text_id, finding["category"])
        for text_id, findings in session.execute(alerts.execution_options(yield_per=500))
        for finding in findings or ()
    }
    for _, category in seen:
        told.categories.setdefault(category, Tally()).alerts += 1


def _verdicts(since: datetime) -> Iterable[tuple[Said, Label]]:
    """What counts of all that was said of each reading: the last mark, else that it was raised, else what was done."""
    said: dict[int, list[Label]] = {}
    for label in session.scalars(select(Label).where(Label.at >= since).order_by(Label.id)):
        said.setdefault(label.version_id, []).append(label)
    for labels in said.values():
        counts = max(
            labels, key=lambda label: (label.said in MARK_WORDS, label.said is Said.RAISED, label.id)
        )
        yield counts.said, counts


def _add(tally: Tally, verdict: Said) -> None:
    tally.agreed += verdict in AGREED
    tally.false_alarms += verdict is Said.FALSE_ALARM
    tally.nothing_needed += verdict is Said.NOTHING_NEEDED


def lines(told: Report) -> Iterable[str]:
    """The report as somebody reads it at a terminal."""
    yield f"Since {told.since:%Y-%m-%d}: {told.posts:,} posts were read."
    if not told.posts and not told.categories:
        return
    yield "Alerts per 1,000 posts: " + ", ".join(
        f"{level.value} {told.per_thousand(told.levels[level]):.1f} ({told.levels[level]:,})"
        for level in (Level.CRISIS, Level.RED, Level.AMBER)
    )
    yield ""
    yield f"{'what it found':56} {'alerts':>7} {'/1,000':>7} {'judged':>7} {'agreed':>12} {'false':>6} {'no act':>7}"
    for category, tally in sorted(told.categories.items(), key=lambda one: (-one[1].alerts, one[0])):
        judged = tally.spoken_of
        agreed = f"{tally.agreed} ({tally.agreed / judged:.0%})" if judged else "-"
        yield (
            f"{category_words(category):56} {tally.alerts:7,} {told.per_thousand(tally.alerts):7.1f} {judged:7,} "
            f"{agreed:>12} {tally.false_alarms:6,} {tally.nothing_needed:7,}"
        )
    yield ""
    yield f"Missed, as moderators marked it: {_by_level(told.missed)}"
    yield f"Raised by a moderator: {_by_level(told.raised)}"
    yield "Agreed: somebody reached out, hid it, raised it, or said that the machine was right, or missed more."
    yield "No act: closed with nothing done; that alone says neither. What nobody looked into is in none of these."


def _by_level(counts: Counter[Level]) -> str:
    told = [f"{counts[level]:,} that it gave {level.value}" for level in Level if counts[level]]
    return ", ".join(told) or "none"
