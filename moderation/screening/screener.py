"""The screener: what a text says, how soon a person should look, and why."""

from moderation.screening import language
from moderation.screening.levels import combined, weighed_together
from moderation.screening.lexicon import lexicon
from moderation.screening.result import Finding, Level, Screening
from moderation.screening.scope import Scope

VERSION = lexicon().version


def transparent(text: str) -> Screening:
    """Screen `text` by the lexicon alone: pure, and fast enough for inside a request (2 ms for 600 characters)."""
    words = lexicon()
    reading = words.read(text)
    meant = Scope(reading, words, words.hits(reading)).meant()
    extra = []
    if language.is_unread(reading.spoken, words.english, words.english_among_others):
        finding = Finding("unread_language", 0, len(text), "in a language that the machine does not read")
        extra.append((Level.AMBER, 0.3, finding))
    return combined(weighed_together(meant, reading), reading, extra, VERSION)


def screen(text: str) -> Screening:
    """Screen `text` with every stage there is."""
    return transparent(text)


def unread(text: str, seen: Screening | None) -> Screening:
    """What stands for a text that could not be read: at least amber; red where nothing was `seen` of it before."""
    # An empty text has no characters to point at.
    finding = (Finding("unread", 0, len(text), "could not be read by the machine"),) if text else ()
    if seen is None:
        return Screening(Level.RED, 0.5, finding, VERSION)
    level = Level.highest(Level.AMBER, seen.level)
    return Screening(level, max(0.25, seen.score), (*finding, *seen.findings), seen.version)
