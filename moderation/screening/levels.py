"""From single findings to the level of a whole text: what stands together weighs more than each alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from moderation.screening.result import Finding, Level, Screening
from moderation.screening.scope import Meant
from moderation.screening.text import Reading

_NEARBY = 4  # sentences
_SURE = 0.9  # a model this sure is believed against a context that lowered a rule
_MOST_FINDINGS = 40  # a text of 40,000 characters can repeat itself; a moderator reads the strongest few
_BANDS = {Level.GREEN: (0.0, 0.25), Level.AMBER: (0.25, 0.5), Level.RED: (0.5, 0.8), Level.CRISIS: (0.8, 1.0)}
_PREPARATIONS = frozenset({"plan", "means", "time", "goodbye", "attempt_now"})
_THOUGHTS = frozenset({"suicidal_thoughts_active", "suicidal_thoughts_passive"})
_DESPAIR = frozenset({"suicidal_thoughts_active", "suicidal_thoughts_passive", "hopelessness"})
# A sign of danger only beside something of the same kind: fainting beside not eating, a weapon beside a belief.
_SIGNS_OF_DANGER = frozenset({"eating_disorder", "voices_with_danger"})


def weighed_together(meant: Sequence[Meant], reading: Reading) -> list[Meant]:
    """The findings after company raised them; what counts only in company and has none is left out."""
    company = _Company([one for one in meant if one.about_self], reading)
    raised = [
        replace(one, level=_in_company(one, reading.sentences[one.start], company)) if one.about_self else one
        for one in meant
    ]
    return [one for one in raised if one.level is not Level.GREEN]


class _Company:
    """What the writer says of themselves, by category and sentence, and how much each sentence prepares."""

    def __init__(self, meant: Sequence[Meant], reading: Reading) -> None:
        self._levels: dict[str, dict[int, Level]] = {}
        self._preparing: dict[int, int] = {}
        self._entries: dict[str, dict[int, set[str]]] = {}
        self._firm: dict[str, set[int]] = {}  # where something was said that no context lowered
        counted_to = 0
        for one in sorted(meant, key=lambda one: (one.start, -one.level.rank)):
            sentence = reading.sentences[one.start]
            levels = self._levels.setdefault(one.category, {})
            levels[sentence] = Level.highest(one.level, levels.get(sentence, Level.GREEN))
            if one.level.rank >= max(one.hit.entry.level.rank, Level.AMBER.rank):
                self._firm.setdefault(one.category, set()).add(sentence)
            if one.level is not Level.GREEN:
                self._entries.setdefault(one.category, {}).setdefault(sentence, set()).add(one.hit.entry.id)
            if one.category in _PREPARATIONS and one.start >= counted_to:
                self._preparing[sentence] = self._preparing.get(sentence, 0) + min(one.level.rank, 2)
                counted_to = one.end if one.level is not Level.GREEN else counted_to

    def near(
        self, sentence: int, categories: Iterable[str], least: Level = Level.GREEN, within: int = _NEARBY
    ) -> bool:
        """Whether one of `categories` was said, at `least` that strongly, so many sentences away at most."""
        return any(
            place in levels and levels[place].rank >= least.rank
            for levels in (self._levels[category] for category in categories if category in self._levels)
            for place in range(sentence - within, sentence + within + 1)
        )

    def preparing(self, sentence: int) -> int:
        """How many signs of preparing there are nearby; a strong one counts twice."""
        return sum(
            self._preparing.get(place, 0) for place in range(sentence - _NEARBY, sentence + _NEARBY + 1)
        )

    def firmly(self, sentence: int, category: str) -> bool:
        """Whether this was said nearby in earnest, now and of oneself."""
        said = self._firm.get(category, ())
        return any(place in said for place in range(sentence - _NEARBY, sentence + _NEARBY + 1))

    def kinds(self, sentence: int, category: str) -> int:
        """How many different things of one category were said nearby."""
        said = self._entries.get(category, {})
        around = range(sentence - _NEARBY, sentence + _NEARBY + 1)
        return len(set().union(*(said[place] for place in around if place in said)))

    def anything_but(self, category: str) -> set[str]:
        """Every category that was said, but this one."""
        return self._levels.keys() - {category}


def _in_company(one: Meant, sentence: int, company: _Company) -> Level:
    """The level of one finding, given what the writer says of themselves in the sentences nearby."""
    category, level = one.category, one.level
    if level is Level.GREEN:
        despair = category == "intoxication_with_despair" and company.near(sentence, _DESPAIR, Level.AMBER)
        child = category == "child_at_risk" and company.near(
            sentence, company.anything_but(category), Level.AMBER
        )
        sign = category in _SIGNS_OF_DANGER and company.firmly(sentence, category)
        return Level.RED if despair or child or sign else level
    if category in _PREPARATIONS:
        more, signs = (
            company.near(sentence, _PREPARATIONS - {category}, Level.AMBER),
            company.preparing(sentence),
        )
        if level is Level.AMBER:
            kinds = company.kinds(sentence, category) > 1
            return (
                Level.RED
                if more or kinds or signs > 2 or company.near(sentence, _THOUGHTS, Level.AMBER)
                else level
            )
        return Level.CRISIS if more or signs > 3 or company.near(sentence, _THOUGHTS, Level.RED) else level
    if level is Level.RED and category in _THOUGHTS:
        # A word such as "tablets" or "tonight" counts only right beside the thought; people take tablets.
        prepares = company.near(sentence, {"plan", "means", "goodbye"}, Level.AMBER)
        beside = company.near(sentence, {"plan", "means", "goodbye"}, within=1)
        soon = category == "suicidal_thoughts_active" and company.near(sentence, {"time"}, within=0)
        prepares = prepares or beside
        return Level.CRISIS if prepares or soon else level
    if level is Level.AMBER and category in _DESPAIR:
        return Level.RED if company.near(sentence, _PREPARATIONS, Level.AMBER) else level
    return level


def combined(
    meant: Iterable[Meant], reading: Reading, extra: Iterable[tuple[Level, float, Finding]], version: str
) -> Screening:
    """One screening of all findings: the highest level, and a score that grows with the evidence inside its band."""
    found = [
        (
            one.level,
            one.weight,
            Finding(one.category, reading.starts[one.start], reading.ends[one.end - 1], one.reason),
        )
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


@dataclass(frozen=True, slots=True)
class Cuts:
    """How sure the model must be, 0 to 1, to raise a text by itself. It never says crisis."""

    amber: float
    red: float

    def __post_init__(self) -> None:
        if not 0 < self.amber <= self.red <= 1:
            raise ValueError("cuts lie between 0 and 1, amber not above red")

    def level(self, probability: float, *, calmed: bool) -> Level:
        """The level that the model asks for.

        Where words of danger were `calmed` by what stands around them, a sure model asks for amber: somebody
        should look. Only when it is nearly certain does it ask for red against them.
        """
        if probability >= (max(self.red, _SURE) if calmed else self.red):
            return Level.RED
        return Level.AMBER if probability >= self.amber else Level.GREEN


# Chosen as more found than the lexicon alone finds for one or two more false alarms in a hundred, with the figures of
# docs/screening.md in sight, which says what each cut costs.
CUTS = Cuts(amber=0.2, red=0.35)


def with_model(
    seen: Screening, level: Level, probability: float, why: Sequence[Finding], version: str, length: int
) -> Screening:
    """The transparent reading, raised to the `level` that the model asks for; never lowered.

    The score is the model's probability. It weighs what the lexicon found too, but the level stays with the lexicon
    where that is higher.
    """
    if level.rank <= seen.level.rank:
        level, findings = seen.level, seen.findings
    else:
        why = why or [Finding("reads_like_danger", 0, length, "reads like the words of people in danger")]
        findings = tuple(
            sorted((*seen.findings, *why), key=lambda each: (each.start, each.end, each.category))
        )
    return Screening(level, round(probability, 6), findings, version)


def _without_repeats(found: list[tuple[Level, float, Finding]]) -> list[tuple[Level, float, Finding]]:
    """One finding for each category and place, the strongest few, in the order of the text."""
    strongest = sorted(
        found, key=lambda each: (-each[0].rank, -each[1], each[2].start - each[2].end, each[2].start)
    )
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
