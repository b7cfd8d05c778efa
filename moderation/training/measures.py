"""What is measured, in plain Python: each figure with the interval that resampling the posts gives it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from moderation.screening.result import Level

SEED = 20261122
RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Read:
    """One post as it was labelled and as it was read; `times` counts it in a resample."""

    score: float
    level: Level
    urgent: bool | None
    labelled: Level | None
    times: int = 1


Rows = Sequence[tuple[Read, int]]
Measure = Callable[[Rows], float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with the ends of its 95 % interval; all None where the posts cannot tell it."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.2f} to {self.high:.2f})"


def figures(
    reads: Sequence[Read], measures: dict[str, Measure], resamples: int = RESAMPLES
) -> dict[str, Figure]:
    """Each measure of `reads` with its 95 % bootstrap interval, always the same for the same reads."""
    ranked = sorted(reads, key=lambda read: -read.score)
    plain = [(read, 1) for read in ranked]
    values = {name: measure(plain) for name, measure in measures.items()}
    drawn: dict[str, list[float]] = {name: [] for name in measures}
    chance = random.Random(SEED)  # noqa: S311 - resampling, not secrets
    for _ in range(resamples if ranked else 0):
        times = [0] * len(ranked)
        for place in chance.choices(range(len(ranked)), k=len(ranked)):
            times[place] += 1
        rows = [(read, count) for read, count in zip(ranked, times, strict=True) if count]
        for name, measure in measures.items():
            if values[name] is not None and (value := measure(rows)) is not None:
                drawn[name].append(value)
    return {name: _with_interval(value, drawn[name]) for name, value in values.items()}


def _with_interval(value: float | None, drawn: list[float]) -> Figure:
    if value is None or len(drawn) < 40:
        return Figure(value)
    ends = quantiles(drawn, n=40)
    return Figure(value, ends[0], ends[-1])


def auroc(rows: Rows) -> float | None:
    """How often an urgent post scores above one that is not; a tie counts half. `rows` are sorted by score, falling."""
    above = won = urgent = calm = 0.0
    for _, yes, no in _tied(rows):
        won += no * above + no * yes / 2
        above += yes
        urgent += yes
        calm += no
    return won / (urgent * calm) if urgent and calm else None


def average_precision(rows: Rows) -> float | None:
    """The mean precision at each urgent post found."""
    found = seen = summed = 0.0
    for _, yes, no in _tied(rows):
        found += yes
        seen += yes + no
        summed += yes * found / seen
    return summed / found if found else None


def recall_at(alert_rate: float) -> Measure:
    """The share of urgent posts among the `alert_rate` of all that score highest; of tied ones a share."""

    def measure(rows: Rows) -> float | None:
        known = [(read, times) for read, times in rows if read.urgent is not None]
        left = alert_rate * sum(times for _, times in known)
        urgent = sum(times for read, times in known if read.urgent)
        caught = 0.0
        for _, yes, no in _tied(known):
            share = min(1.0, left / (yes + no))
            caught += yes * share
            left -= (yes + no) * share
            if left <= 0:
                break
        return caught / urgent if urgent else None

    return measure


def recall_at_false_alarms(most: float, least: Level = Level.RED, *, amber_is_false: bool = True) -> Measure:
    """The share of posts labelled `least` or above that a cut finds which alarms for at most `most` of the others.

    The others are all posts that are not urgent, or only the green ones.
    """

    def is_false(read: Read) -> bool:
        return not read.urgent and (amber_is_false or read.labelled is not Level.AMBER)

    def measure(rows: Rows) -> float | None:
        known = [(read, times) for read, times in rows if read.urgent is not None]
        calm = sum(times for read, times in known if is_false(read))
        sought = sum(times for read, times in known if _is_sought(read, least))
        if not calm or not sought:
            return None
        alarms = caught = 0.0
        at = 0
        while at < len(known):
            score, here_caught, here_alarms = known[at][0].score, 0.0, 0.0
            while at < len(known) and known[at][0].score == score:
                read, times = known[at]
                here_caught += times * _is_sought(read, least)
                here_alarms += times * is_false(read)
                at += 1
            if alarms + here_alarms > most * calm:
                break
            alarms, caught = alarms + here_alarms, caught + here_caught
        return caught / sought

    return measure


def precision_at_recall(least: float) -> Measure:
    """The precision of the highest cut that finds at least this share of the urgent posts."""

    def measure(rows: Rows) -> float | None:
        urgent = sum(times for read, times in rows if read.urgent)
        found = seen = 0.0
        for _, yes, no in _tied(rows):
            found += yes
            seen += yes + no
            if found >= least * urgent:
                return found / seen if urgent else None
        return None

    return measure


def brier(rows: Rows) -> float | None:
    """The mean squared distance between score and label; smaller is better."""
    known = [(read.score - bool(read.urgent), times) for read, times in rows if read.urgent is not None]
    total = sum(times for _, times in known)
    return sum(times * apart * apart for apart, times in known) / total if total else None


def share_flagged(least: Level, of: Callable[[Read], bool]) -> Measure:
    """The share of the posts that `of` picks which were given the level `least` or above."""

    def measure(rows: Rows) -> float | None:
        picked = [(read, times) for read, times in rows if of(read)]
        total = sum(times for _, times in picked)
        return (
            sum(times for read, times in picked if read.level.rank >= least.rank) / total if total else None
        )

    return measure


def macro_f1(*levels: Level) -> Measure:
    """The mean over these levels of the F1 of each."""

    def measure(rows: Rows) -> float | None:
        scores = [_f1(rows, lambda level, one=one: level is one) for one in levels]  # type: ignore[misc]
        known = [score for score in scores if score is not None]
        return sum(known) / len(known) if known else None

    return measure


def f1_urgent(rows: Rows) -> float | None:
    """The F1 of red and crisis together against green and amber together."""
    return _f1(rows, lambda level: level.rank >= Level.RED.rank)


def reliability(reads: Sequence[Read], bins: int = 10) -> list[tuple[float, float, int]]:
    """For each tenth of the scale that holds posts: mean score, share of urgent posts, how many."""
    points = []
    known = [read for read in reads if read.urgent is not None]
    for number in range(bins):
        inside = [read for read in known if min(bins - 1, int(read.score * bins)) == number]
        if inside:
            mean = sum(read.score for read in inside) / len(inside)
            points.append((mean, sum(bool(read.urgent) for read in inside) / len(inside), len(inside)))
    return points


def _tied(rows: Rows) -> list[tuple[float, int, int]]:
    """For each score, falling: how many urgent posts and how many others have it."""
    tied: list[tuple[float, int, int]] = []
    score, yes, no = None, 0, 0
    for read, times in rows:
        if read.urgent is None:
            continue
        if score is not None and read.score != score:
            tied.append((score, yes, no))
            yes = no = 0
        score = read.score
        yes += times if read.urgent else 0
        no += 0 if read.urgent else times
    return [*tied, (score, yes, no)] if score is not None else []


def _is_sought(read: Read, least: Level) -> bool:
    if least is Level.RED:
        return bool(read.urgent)
    return read.labelled is not None and read.labelled.rank >= least.rank


def _f1(rows: Rows, belongs: Callable[[Level], bool]) -> float | None:
    both = said = true = 0
    for read, times in rows:
        if read.labelled is not None:
            both += times * (belongs(read.level) and belongs(read.labelled))
            said += times * belongs(read.level)
            true += times * belongs(read.labelled)
    return 2 * both / (said + true) if true else None
