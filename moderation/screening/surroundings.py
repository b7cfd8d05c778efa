"""What stands around a text may raise its level, by one step at most, and never lowers it.

The bounds, all of them: never to crisis, and only one step (green to amber, amber to red), when

- green: the writer's last words before it were red or crisis, within the span that the asker chose;
- amber: two or more of the writer's recent texts were red or crisis, or they answer a thread whose opening text by
  the same writer was red or crisis, or it is night and one of the recent texts was.

Red and crisis stay as they are. Someone who is often in distress is not less in distress.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.screening.result import Finding, Level, Screening


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known: levels of the writer's `recent` texts, newest first, and of their opening text; night."""

    recent: Sequence[Level] = ()
    opening: Level = Level.GREEN
    night: bool = False


def raised(screening: Screening, around: Surroundings, text: str) -> Screening:
    """The screening, one step higher where what stands around `text` says so; never lower, never to crisis."""
    level = _level(screening.level, around)
    if level is screening.level or not text:
        return screening
    finding = Finding("surroundings", 0, len(text), "what the writer said before suggests danger")
    score = max(screening.score, level.least_score)
    return Screening(level, score, (*screening.findings, finding), screening.version)


def _level(level: Level, around: Surroundings) -> Level:
    urgent = [before.rank >= Level.RED.rank for before in around.recent]
    if level is Level.GREEN and urgent and urgent[0]:
        return Level.AMBER
    often = sum(urgent) > 1 or around.opening.rank >= Level.RED.rank or (around.night and any(urgent))
    return Level.RED if level is Level.AMBER and often else level
