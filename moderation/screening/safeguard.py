"""What no choice and no new lexicon may take away: the crises that the shipped lexicon finds."""

from functools import cache

from moderation.screening.lexicon import Entry, lexicon
from moderation.screening.result import Level
from moderation.screening.screener import Screener


def lost_crises(screener: Screener) -> list[str]:
    """The shipped entries behind a crisis that `screener` would not call one any more, by their ids.

    An entry that says crisis must be there with all its patterns and be lowered by nothing new; and every example of
    the shipped lexicon that is a crisis must stay one, whatever idioms and cues stand beside it.
    """
    there = {entry.id: entry for entry in screener.words.entries}
    lost = [entry.id for entry in _saying_crisis() if not _stands(entry, there.get(entry.id))]
    lost += [entry_id for entry_id, text in _crises() if screener.transparent(text).level is not Level.CRISIS]
    return list(dict.fromkeys(lost))


def _stands(entry: Entry, there: Entry | None) -> bool:
    return (
        there is not None
        and (there.level, there.category, there.about) == (entry.level, entry.category, entry.about)
        and there.just_now == entry.just_now
        and set(there.patterns) >= set(entry.patterns)
        and there.not_lowered_by >= entry.not_lowered_by
    )


@cache
def _saying_crisis() -> list[Entry]:
    return [entry for entry in lexicon().entries if _says_crisis(entry)]


def _says_crisis(entry: Entry) -> bool:
    return Level.CRISIS in (entry.level, entry.just_now[0] if entry.just_now else None)


@cache
def _crises() -> list[tuple[str, str]]:
    shipped = Screener()
    return [
        (entry.id, text)
        for entry in lexicon().entries
        for text in entry.matches
        if shipped.transparent(text).level is Level.CRISIS
    ]
