"""What the transparent stage found, as numbers by name: the model weighs them together with its own reading."""

from collections.abc import Iterable

from moderation.screening.result import Level, Screening
from moderation.screening.scope import Meant

_LEVELS = (Level.AMBER, Level.RED, Level.CRISIS)


def facts(
    meant: Iterable[Meant], weighed: Iterable[Meant], seen: Screening, *, calmed: bool
) -> dict[str, float]:
    """The facts of one text: what its words say, what they `meant` where they stand, what they weighed together.

    `calmed` says that something urgent was lowered by what stands around it. What is no fact here counts as 0.
    """
    told = {"score": seen.score}
    if calmed:
        told["calmed"] = 1.0
    told |= {f"at least {level}": 1.0 for level in _LEVELS if seen.level.rank >= level.rank}
    for one in meant:
        told[f"{one.category} said as {one.hit.entry.level}"] = 1.0
    for one in weighed:
        whose = "own" if one.about_self else "of another"
        told |= {f"{one.category} {whose} {level}": 1.0 for level in _LEVELS if one.level.rank >= level.rank}
    return told
