"""The screener: what a text says, how soon a person should look, and why."""

from collections.abc import Collection
from dataclasses import dataclass, field
from math import isfinite

from moderation.screening import language, model
from moderation.screening.agreed import shaped
from moderation.screening.levels import CUTS, Cuts, combined, weighed_together, with_model
from moderation.screening.lexicon import Lexicon, lexicon, lexicon_with
from moderation.screening.result import AGREED_RULES, Finding, Level, Screening
from moderation.screening.scope import Scope
from moderation.screening.text import Reading

VERSION = lexicon().version
FEWEST_WORDS = (
    2  # that the model judges: one word alone ('Tonight') says what it says in the lexicon, or nothing
)


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
        return self._read(text, self.words.read(text))[0]

    def screen(self, text: str) -> Screening:
        """Screen `text` with both stages; what the model cannot read goes to a person, as `unread` does."""
        reading = self.words.read(text)
        seen, calmed = self._read(text, reading)
        unknown = any(finding.category == "unread_language" for finding in seen.findings)
        if unknown or len(reading.words) < FEWEST_WORDS:
            return seen
        try:
            probability = model.probability(reading, seen.score)
            version = f"{self.words.version}+{model.version()}{self.mark}"
        except model.Missing:
            return unread(text, seen)
        if not isfinite(probability):
            return unread(text, seen)
        level = self.cuts.level(probability, calmed=calmed and seen.level.rank < Level.RED.rank)
        why = model.why(reading) if level.rank > seen.level.rank else []
        return with_model(seen, level, probability, why, version, len(text))

    def _read(self, text: str, reading: Reading) -> tuple[Screening, bool]:
        """What the lexicon says, and whether something urgent was lowered by what stands around it."""
        words = self.words
        scope = Scope(reading, words, words.hits(reading), self.rules)
        meant = scope.meant()
        extra = [(Level.AMBER, 0.3, finding) for finding in shaped(text, words.shapes, self.rules)]
        if language.is_unread(reading.spoken, words.english, words.english_among_others):
            finding = Finding("unread_language", 0, len(text), "in a language that the machine does not read")
            extra.append((Level.AMBER, 0.3, finding))
        weighed = weighed_together(meant, reading)
        return combined(weighed, reading, extra, words.version + self.mark), scope.calmed


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


_shipped = Screener()
