"""The screener: what a text says, how soon a person should look, and why."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

from moderation.screening import language, model
from moderation.screening.agreed import shaped
from moderation.screening.facts import facts
from moderation.screening.levels import CUTS, Cuts, combined, weighed_together, with_model
from moderation.screening.lexicon import Lexicon, lexicon, lexicon_with
from moderation.screening.result import AGREED_RULES, Finding, Level, Screening
from moderation.screening.scope import Meant, Scope
from moderation.screening.text import Reading

VERSION = lexicon().version
# That the model judges. 'Take care', 'I am here' and 'Tonight' say what they say in the lexicon, or nothing.
FEWEST_WORDS = 4
FEWEST_BESIDES = 5  # that say something beside words that were calmed: 'I do not' says nothing


@dataclass(frozen=True)
class Screener:
    """Reads texts as one site wants them read: with its own words, and with the rules of one agreement.

    Own words and rules only add. `cuts` say how sure the model must be; what the lexicon says they cannot lower.
    `mark` stands at the end of every version: the site's own name for these choices.
    """

    words: Lexicon = field(default_factory=lexicon)
    rules: frozenset[str] = frozenset()
    cuts: Cuts = CUTS
    mark: str = ""
    judge: model.Model | None = None  # None: the one that is shipped

    @staticmethod
    def of(
        own_words: str = "", rules: Collection[str] = (), *, cuts: Cuts = CUTS, mark: str = ""
    ) -> "Screener":
        """The screener with these own words (see `lexicon_with`) and agreed rules; ValueError says what is wrong."""
        if unknown := sorted(set(rules) - AGREED_RULES):
            raise ValueError(f"no such rule: {', '.join(unknown)}")
        words = lexicon_with(own_words) if own_words.strip() else lexicon()
        return Screener(words, frozenset(rules), cuts, mark)

    def transparent(self, text: str) -> Screening:
        """Screen `text` by the lexicon alone: pure, and fast enough for inside a request (2 ms for 600 characters)."""
        return self._read(text, self.words.read(text)).seen

    def screen(self, text: str) -> Screening:
        """Screen `text` with both stages; what the model cannot read goes to a person, as `unread` does."""
        reading = self.words.read(text)
        read = self._read(text, reading)
        seen = read.seen
        unknown = any(finding.category == "unread_language" for finding in seen.findings)
        if unknown or len(reading.words) < FEWEST_WORDS:
            return seen
        judge = self.judge or model
        try:
            told = read.facts()
            probability = judge.probability(reading, told)
            calmed = read.calmed if seen.level.rank < Level.RED.rank else []
            besides = _without(reading, calmed)
            rest = judge.probability(besides, told) if len(besides.words) >= FEWEST_BESIDES else 0.0
            name = self.judge.version if self.judge else model.version()
            version = f"{self.words.version}+{name}{self.mark}"
        except model.Missing:
            return unread(text, seen)
        if not (isfinite(probability) and isfinite(rest)):
            return unread(text, seen)
        # Words that were calmed speak only to a model that is nearly certain; what else was said speaks for itself.
        level = Level.highest(
            self.cuts.level(probability, calmed=bool(calmed)),
            self.cuts.level(rest, calmed=False),
        )
        why = judge.why(reading) if level.rank > seen.level.rank else []
        return with_model(seen, level, probability, why, version, len(text))

    def facts(self, text: str) -> dict[str, float]:
        """What the transparent stage tells the model of `text`: what training learns from."""
        return self._read(text, self.words.read(text)).facts()

    def _read(self, text: str, reading: Reading) -> "_Read":
        """What the lexicon says, and what was lowered by what stands around it."""
        words = self.words
        scope = Scope(reading, words, words.hits(reading), self.rules)
        meant = scope.meant()
        extra = [(Level.AMBER, 0.3, finding) for finding in shaped(text, words.shapes, self.rules)]
        if language.is_unread(reading.spoken, words.english, words.english_among_others):
            finding = Finding("unread_language", 0, len(text), "in a language that the machine does not read")
            extra.append((Level.AMBER, 0.3, finding))
        weighed = _once_each(weighed_together(meant, reading), reading.words)
        seen = combined(weighed, reading, extra, words.version + self.mark)
        return _Read(seen, meant, weighed, scope.calmed)


@dataclass(frozen=True, slots=True)
class _Read:
    """One text as the transparent stage saw it, with what led there."""

    seen: Screening
    meant: Sequence[Meant]
    weighed: Sequence[Meant]
    calmed: list[range]  # the words in which something urgent was lowered by what stands around it

    def facts(self) -> dict[str, float]:
        return facts(self.meant, self.weighed, self.seen, calmed=bool(self.calmed))


def transparent(text: str) -> Screening:
    """Screen `text` by the shipped lexicon alone."""
    return _shipped.transparent(text)


def screen(text: str) -> Screening:
    """Screen `text` with every stage there is, by the shipped lexicon."""
    return _shipped.screen(text)


def unread(text: str, seen: Screening | None) -> Screening:
    """What stands for a text that could not be read: at least amber; red where nothing was `seen` of it before."""
    # An empty text has no characters to point at.
    finding = (Finding("unread", 0, len(text), "could not be read by the machine"),) if text else ()
    if seen is None:
        return Screening(Level.RED, Level.RED.least_score, finding, VERSION)
    level = Level.highest(Level.AMBER, seen.level)
    return Screening(level, max(level.least_score, seen.score), (*finding, *seen.findings), seen.version)


def _once_each(weighed: Iterable[Meant], words: Sequence[str]) -> list[Meant]:
    """Of findings of one category that overlap, the strongest; of equals the longest, in letters as they are read:
    as they were typed, those that nobody sees would decide."""

    def order(one: Meant) -> tuple[int, float, int, int]:
        letters = one.end - one.start + sum(map(len, words[one.start : one.end]))
        return -one.level.rank, -one.weight, -letters, one.start

    kept: list[Meant] = []
    taken: set[tuple[str, int]] = set()
    for one in sorted(weighed, key=order):
        places = {(one.category, place) for place in range(one.start, one.end)}
        if taken.isdisjoint(places):
            taken |= places
            kept.append(one)
    return kept


def _without(reading: Reading, calmed: Collection[range]) -> Reading:
    """What was said besides: the words before each calmed thing and the sentences after it; none where nothing was."""
    if not calmed:
        return replace(reading, words=[])
    left_out = {first.start: reading.sentences[first.start] for first in calmed}
    kept: list[int] = []
    silent = -1
    for place, sentence in enumerate(reading.sentences):
        silent = left_out.get(place, silent)
        if sentence != silent:
            kept.append(place)
    return replace(
        reading,
        words=[reading.words[place] for place in kept],
        starts=[reading.starts[place] for place in kept],
        ends=[reading.ends[place] for place in kept],
        sentences=[reading.sentences[place] for place in kept],
    )


_shipped = Screener()
