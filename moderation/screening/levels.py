"""From single findings to the level of a whole text: what stands together weighs more than each alone."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from moderation.screening.result import Finding, Level, Screening
from moderation.screening.scope import Meant
from moderation.screening.text import Reading

_NEARBY = 4          # sentences
_MOST_FINDINGS = 40  # a text of 40,000 characters can repeat itself; a moderator reads the strongest few
_BANDS = {Level.GREEN: (0.0, 0.25), Level.AMBER: (0.25, 0.5), Level.RED: (0.5, 0.8), Level.CRISIS: (0.8, 1.0)}
_PREPARING = frozenset({"plan", "means", "goodbye"})


def weighed_together(meant: Sequence[Meant], reading: Reading) -> list[Meant]:
    """The findings after company raised them; what counts only in company and has none is left out."""
    raised: list[Meant] = []
    by_self = [one for one in meant if one.about_self]
    sentence = reading.sentences
    places: dict[str, list[int]] = {}
    for one in by_self:
        places.setdefault(one.category, []).append(sentence[one.start])
    for one in meant:
        level = _in_company(one, sentence[one.start], places) if one.about_self else one.level
        if level is not Level.GREEN:
            raised.append(replace(one, level=level))
    return raised


def _in_company(one: Meant, at: int, places: dict[str, list[int]]) -> Level:
    def near(*categories: str, within: int = _NEARBY) -> bool:
        return any(abs(place - at) <= within for category in categories for place in places.get(category, ()))

    thinks_of_ending = one.category == "suicidal_thoughts_active" and one.level.rank >= Level.RED.rank
    wishes_to_die = one.category == "suicidal_thoughts_passive" and one.level.rank >= Level.RED.rank
    if thinks_of_ending and (near(*_PREPARING) or near("time", within=1)):
        return Level.CRISIS
    if wishes_to_die and near(*_PREPARING):
        return Level.CRISIS
    return one.level


def combined(meant: Iterable[Meant], reading: Reading, extra: Iterable[tuple[Level, float, Finding]], version: str) -> Screening:
    """One screening of all findings: the highest level, and a score that grows with the evidence inside its band."""
    found = [
        (one.level, one.weight, Finding(one.category, reading.starts[one.start], reading.ends[one.end - 1], one.reason))
        for one in meant
    ]
    found = _without_repeats([*found, *extra])
    level = Level.highest(*(each[0] for each in found))
    doubt = 1.0
    for _, weight, _ in found:
        doubt *= 1 - weight
    low, high = _BANDS[level]
    score = low + (high - low) * (1 - doubt) * 0.999 if found else 0.0
    return Screening(level, round(score, 6), tuple(finding for _, _, finding in found), version)


def _without_repeats(found: list[tuple[Level, float, Finding]]) -> list[tuple[Level, float, Finding]]:
    """One finding for each category and place, the strongest few, in the order of the text."""
    strongest = sorted(found, key=lambda each: (-each[0].rank, -each[1], each[2].start - each[2].end, each[2].start))
    kept: list[tuple[Level, float, Finding]] = []
    for each in strongest:
        finding = each[2]
        if len(kept) == _MOST_FINDINGS:
            break
        if not any(
            other.category == finding.category and finding.start < other.end and other.start < finding.end
            for _, _, other in kept
        ):
            kept.append(each)
    return sorted(kept, key=lambda each: (each[2].start, each[2].end, each[2].category))
