"""How a thing that was said is meant: who it is about, denied or not, past or present, quoted, joked or told in support."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from moderation.screening.lexicon import Entry, Hit, Lexicon
from moderation.screening.result import Level
from moderation.screening.text import Reading

_REACH = 24          # words on either side that can say how something is meant
_NEGATION_REACH = 7
_SUBJECT_REACH = 12
_JOINS = frozenset({"and", "but", "so", "because", "then", "while", "since", "or", "if", "when", "that", "as", "until"})
# "I don't know if", "not sure", "can't stop", "not only": a negation that denies nothing that follows it.
_DENIES_NOTHING = frozenset(
    {"know", "sure", "only", "stop", "help", "lie", "wait", "care", "certain", "understand", "see", "joking", "kidding",
     "deny", "resist", "sleep", "eat", "work", "get", "take", "cope", "go", "anymore", "shake", "because", "good",
     "matter", "long", "much", "far", "escape", "talk", "tell", "avoid", "control", "one", "be", "breathe", "enough",
     "fair", "being", "doing", "ok", "okay", "well", "like", "love", "handle", "bear", "stand", "do", "deserve"}
)  # fmt: skip
_DENIES_ANYWAY = frozenset({"going", "planning", "gonna", "about"})
_PAST_WORDS = frozenset({"wanted", "felt", "was", "were", "tried", "had", "thought", "wished", "used", "considered",
                         "contemplated", "attempted", "hoped", "prayed"})  # fmt: skip
_ALREADY = frozenset({"have", "has"})
_CONDITIONS = frozenset({"if", "unless"})
_OF_HOPE = {
    "suicidal_thoughts_passive", "suicidal_thoughts_active", "hopelessness", "self_harm_urge", "plan",
    "intoxication_with_despair",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meant:
    """A hit after everything around it was weighed."""

    entry: Entry
    category: str
    level: Level
    weight: float
    reason: str
    start: int
    end: int
    about_self: bool


class Scope:
    """Weighs the hits in one reading. Cues are found once and looked up by place."""

    def __init__(self, reading: Reading, lexicon: Lexicon, hits: Iterable[Hit]) -> None:
        self._reading = reading
        self._negations = lexicon.negations
        self._people = {kind: frozenset(names) for kind, names in lexicon.words["people"].items()}
        self._cues: dict[str, list[int]] = defaultdict(list)
        self._idioms: dict[int, int] = {}
        self._hits: list[Hit] = []
        for hit in hits:
            if hit.entry.category == "idiom":
                self._idioms[hit.start] = max(hit.end, self._idioms.get(hit.start, 0))
            elif hit.entry.category.startswith("cue."):
                self._cues[hit.entry.category[4:]].append(hit.start)
            else:
                self._hits.append(hit)
        self._only_quotes = all(reading.quoted_line)

    def meant(self) -> list[Meant]:
        """What remains of the hits, each with the level it deserves where it stands."""
        weighed = (self._weigh(hit) for hit in self._hits if not self._is_idiom(hit))
        return [meant for meant in weighed if meant is not None]

    def _is_idiom(self, hit: Hit) -> bool:
        nearby = range(max(0, hit.start - 8), min(hit.start + 3, hit.end))
        return any(self._idioms.get(start, 0) >= hit.end for start in nearby)

    def _weigh(self, hit: Hit) -> Meant | None:
        entry, reading = hit.entry, self._reading
        meant = Meant(entry, entry.category, entry.level, entry.weight, entry.reason, hit.start, hit.end, True)
        low, high = self._sentence(hit)
        if "quotation" not in entry.not_lowered_by:
            if reading.quoted_line[hit.start]:
                return _lowered(meant, Level.AMBER) if self._only_quotes else None
            if self._is_title(hit, low):
                return None
        if "negation" not in entry.not_lowered_by and self._is_denied(hit, low):
            taken_back = self._near("but", hit.end, high + 3) and meant.level is not Level.GREEN
            return _lowered(meant, Level.AMBER) if taken_back else None
        who = self._who(hit, low)
        if who == "nobody":
            return None
        if entry.just_now and self._near("just_now", low, high):
            level, category = entry.just_now
            meant = replace(meant, level=level, category=category, reason=f"{entry.reason}, and only just now")
            return _of_someone_else(meant, past=False) if who == "they" else meant
        past = "past" not in entry.not_lowered_by and self._is_past(hit, low, high)
        if who == "you":
            return None if past else self._to_you(meant, low, high)
        if who == "they":
            return _of_someone_else(meant, past)
        if past:
            if entry.category in _OF_HOPE and self._near("recovery", low - _REACH, high + _REACH):
                return None
            return _lowered(meant, Level.AMBER)
        if "humour" not in entry.not_lowered_by and self._near("humour", low, high + 2):
            return _lowered(meant, Level.AMBER)
        if meant.level is Level.CRISIS and not _CONDITIONS.isdisjoint(reading.words[hit.end : min(high, hit.end + 3)]):
            return _lowered(meant, Level.RED)
        return meant

    def _sentence(self, hit: Hit) -> tuple[int, int]:
        sentences, number = self._reading.sentences, self._reading.sentences[hit.start]
        low, high = hit.start, hit.end
        while low > 0 and hit.start - low < _REACH and sentences[low - 1] == number:
            low -= 1
        while high < len(sentences) and high - hit.end < _REACH and sentences[high] == number:
            high += 1
        return low, high

    def _near(self, cue: str, low: int, high: int) -> bool:
        places = self._cues.get(cue, ())
        at = bisect_left(places, low)
        return at < len(places) and places[at] < high

    def _is_title(self, hit: Hit, low: int) -> bool:
        reading = self._reading
        named = self._near("title", max(low, hit.start - 5), hit.start)
        capitals = all(reading.titled[hit.start : hit.end]) and hit.end - hit.start > 1
        return named and (capitals or reading.quotation[hit.start])

    def _is_denied(self, hit: Hit, low: int) -> bool:
        words, breaks = self._reading.words, self._reading.after_break
        denials = 0
        for place in range(hit.start - 1, max(low, hit.start - _NEGATION_REACH) - 1, -1):
            if breaks[place + 1] or (words[place] in _JOINS and words[place] not in {"that", "or", "as"}):
                break
            if words[place] in self._negations:
                following = words[place + 1] if place + 1 < hit.start else ""
                denials += following not in _DENIES_NOTHING or following in _DENIES_ANYWAY
        return denials % 2 == 1

    def _who(self, hit: Hit, low: int) -> str:
        if hit.entry.about in {"self", "someone_else"}:
            return {"self": "me", "someone_else": "they"}[hit.entry.about]
        if "person" in hit.entry.not_lowered_by:
            return "me"
        words, breaks = self._reading.words, self._reading.after_break
        inside = words[hit.start : hit.end]
        general = self._people["nobody_in_particular"]
        for kind in ("me", "you", "they"):
            if not self._people[kind].isdisjoint(inside):
                if kind == "me":
                    return "they" if self._is_reported(hit, low) else kind
                known = self._people["someone"].isdisjoint(words[low : hit.start])
                return "nobody" if known and not general.isdisjoint(words[max(low, hit.start - 4) : hit.start]) else kind
        joined = False
        for place in range(hit.start - 1, max(low, hit.start - _SUBJECT_REACH) - 1, -1):
            word = words[place]
            if word in self._people["me"]:
                return "they" if self._is_reported(hit, low) else "me"
            if word in self._people["you"]:
                return "you"
            if word in self._people["they"]:
                return "they"
            joined = joined or breaks[place + 1] or word in _JOINS
            if not joined and word in self._people["nobody_in_particular"]:
                return "nobody"
            if not joined and word in self._people["someone"]:
                return "they"
        alone = self._people["me"].isdisjoint(words[low : hit.end + 8])
        named = hit.entry.about != "whoever_is_named" or hit.end + 4 > len(words)
        return "nobody" if alone and (not named or self._near("topic", low, hit.end + 8)) else "me"

    def _is_reported(self, hit: Hit, low: int) -> bool:
        """Whether the words stand in quotation marks after 'she said' or the like."""
        reading = self._reading
        if not reading.quotation[hit.start] or not self._near("said", max(0, low - 4), hit.start):
            return False
        before = [word for place, word in enumerate(reading.words[max(0, low - 4) : hit.start], max(0, low - 4))
                  if not reading.quotation[place]]  # fmt: skip
        others = self._people["they"] | self._people["someone"] | self._people["you"]
        return not others.isdisjoint(before) and "i" not in before

    def _to_you(self, meant: Meant, low: int, high: int) -> Meant | None:
        in_support = self._near("support", 0, len(self._reading.words))
        asked = self._reading.sentences[low] in self._reading.questions
        asked = asked or not _CONDITIONS.isdisjoint(self._reading.words[low:high])
        if in_support or asked or meant.level is Level.GREEN:
            return None
        return _lowered(meant, Level.AMBER)

    def _is_past(self, hit: Hit, low: int, high: int) -> bool:
        words = self._reading.words
        if self._near("recent", low, high):
            return False
        if self._near("past", low, high):
            return True
        before = words[max(low, hit.start - 2) : hit.start]
        spoken = {words[hit.start], *before}
        return not _PAST_WORDS.isdisjoint(spoken) and _ALREADY.isdisjoint(before)


def _lowered(meant: Meant, level: Level) -> Meant:
    if meant.level.rank <= level.rank:
        return replace(meant, weight=meant.weight / 2)
    return replace(meant, level=level, weight=meant.weight / 2)


def _of_someone_else(meant: Meant, past: bool) -> Meant | None:
    if meant.level is Level.GREEN:
        return None
    level = Level.AMBER if past else meant.level
    return replace(
        meant,
        category="concern_for_someone_else",
        level=level,
        about_self=False,
        reason=f"about someone else: {meant.reason}",
    )
