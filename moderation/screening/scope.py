"""How a thing that was said is meant: about whom, denied or not, past or now, quoted, joked or told in support."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from moderation.screening.lexicon import Hit, Lexicon
from moderation.screening.result import Level
from moderation.screening.text import Reading

_REACH = 24  # words on either side that can say how something is meant
_NEGATION_REACH = 7
_SUBJECT_REACH = 12
_BLOCK, _REPEATS = 60, 4  # the same entry over and over says no more, and would cost time
_HEALING = frozenset(
    {"suicidal_thoughts_passive", "suicidal_thoughts_active", "hopelessness", "self_harm_urge", "plan"}
)


@dataclass(frozen=True, slots=True)
class Meant:
    """A hit after everything around it was weighed; words `start` to `end` (exclusive) of the reading."""

    hit: Hit
    category: str
    level: Level
    weight: float
    reason: str
    about_self: bool

    @property
    def start(self) -> int:
        """The first word."""
        return self.hit.start

    @property
    def end(self) -> int:
        """One past the last word."""
        return self.hit.end


class Scope:
    """Weighs the hits in one reading. Cues are found once and looked up by place."""

    def __init__(self, reading: Reading, lexicon: Lexicon, hits: Iterable[Hit]) -> None:
        self._reading = reading
        self._lexicon = lexicon
        self._cues: dict[str, list[int]] = defaultdict(list)
        self._idioms: dict[int, int] = {}
        self._hits: list[Hit] = []
        repeated: dict[tuple[str, int], int] = defaultdict(int)
        for hit in hits:
            category = hit.entry.category
            if category == "idiom":
                self._idioms[hit.start] = max(hit.end, self._idioms.get(hit.start, 0))
            elif category.startswith("cue."):
                self._cues[category[4:]].append(hit.start)
            elif repeated[hit.entry.id, hit.start // _BLOCK] < _REPEATS:
                repeated[hit.entry.id, hit.start // _BLOCK] += 1
                self._hits.append(hit)

    def meant(self) -> list[Meant]:
        """What remains of the hits, each with the level it deserves where it stands."""
        weighed = (self._weighed(hit) for hit in self._hits if not self._is_idiom(hit))
        return [meant for meant in weighed if meant is not None]

    def _is_idiom(self, hit: Hit) -> bool:
        nearby = range(max(0, hit.start - 8), min(hit.start + 3, hit.end))
        return any(self._idioms.get(start, 0) >= hit.end for start in nearby)

    def _weighed(self, hit: Hit) -> Meant | None:
        entry = hit.entry
        meant = Meant(hit, entry.category, entry.level, entry.weight, entry.reason, about_self=True)
        low, high = self._sentence(hit)
        if self._lowers("quotation", hit):
            if self._reading.quoted_line[hit.start]:
                return _lowered(meant) if all(self._reading.quoted_line) else None
            if self._is_title(hit, low):
                return None
        if self._lowers("negation", hit) and self._is_denied(hit, low):
            taken_back = self._near("but", hit.end, high + 3) and meant.level is not Level.GREEN
            return _lowered(meant) if taken_back else None
        who = self._who(hit, low)
        if who == "me":
            return self._of_the_writer(meant, hit, low, high)
        if who == "they":
            return self._of_someone_else(meant, hit, low, high)
        return self._of_you(meant, hit, low, high) if who == "you" else None

    def _lowers(self, what: str, hit: Hit) -> bool:
        return what not in hit.entry.not_lowered_by

    def _of_the_writer(self, meant: Meant, hit: Hit, low: int, high: int) -> Meant | None:
        if (fresh := self._only_just(meant, hit, low, high)) is not None:
            return fresh
        reading = self._reading
        if meant.category == "encouraging_harm" and reading.sentences[hit.start] in reading.questions:
            return None
        if self._is_past(hit, low, high):
            better = meant.category in _HEALING and self._near("recovery", low - _REACH, high + _REACH)
            return None if better else _lowered(meant)
        if self._lowers("humour", hit) and self._near("humour", low, high + 2):
            return _lowered(meant)
        if meant.level is Level.CRISIS and self._is_condition(hit.end, min(high, hit.end + 3)):
            return replace(meant, level=Level.RED, weight=meant.weight / 2)
        return meant

    def _of_someone_else(self, meant: Meant, hit: Hit, low: int, high: int) -> Meant | None:
        if meant.level is Level.GREEN:
            return None
        if (fresh := self._only_just(meant, hit, low, high)) is not None:
            meant = fresh
        elif self._is_past(hit, low, high):
            meant = replace(meant, level=Level.AMBER)
        reason = meant.reason
        if hit.entry.category != "concern_for_someone_else":
            reason = f"about someone else: {reason}"
        return replace(meant, category="concern_for_someone_else", reason=reason, about_self=False)

    def _of_you(self, meant: Meant, hit: Hit, low: int, high: int) -> Meant | None:
        """Said to the reader: in support, asked or remembered it says nothing of danger to the writer."""
        reading = self._reading
        asked = reading.sentences[hit.start] in reading.questions or self._is_condition(low, high)
        in_support = self._near("support", 0, len(reading.words))
        if asked or in_support or meant.level is Level.GREEN or self._is_past(hit, low, high):
            return None
        return _lowered(meant)

    def _only_just(self, meant: Meant, hit: Hit, low: int, high: int) -> Meant | None:
        if hit.entry.just_now is None or not self._near("just_now", low, high):
            return None
        level, category = hit.entry.just_now
        return replace(meant, level=level, category=category, reason=f"{meant.reason}, and only just now")

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

    def _is_condition(self, low: int, high: int) -> bool:
        return not self._lexicon.conditions.isdisjoint(self._reading.words[low:high])

    def _is_title(self, hit: Hit, low: int) -> bool:
        reading = self._reading
        named = self._near("title", max(low, hit.start - 5), hit.start)
        capitals = all(reading.titled[hit.start : hit.end]) and hit.end - hit.start > 1
        return named and (capitals or reading.quotation[hit.start])

    def _is_denied(self, hit: Hit, low: int) -> bool:
        words, breaks = self._reading.words, self._reading.after_break
        denials = 0
        for place in range(hit.start - 1, max(low, hit.start - _NEGATION_REACH) - 1, -1):
            if breaks[place + 1] or words[place] in self._lexicon.joins:
                break
            if words[place] in self._lexicon.negations:
                following = words[place + 1] if place + 1 < hit.start else ""
                denials += following not in self._lexicon.denies_nothing
        return denials % 2 == 1

    def _who(self, hit: Hit, low: int) -> str:
        """Of whom this is said: 'me', 'you', 'they', or 'nobody' in particular."""
        about = hit.entry.about
        if about in {"self", "someone_else"}:
            return "me" if about == "self" else "they"
        who = self._named_inside(hit, low) or self._named_before(hit, low)
        if who:
            return "they" if who == "me" and self._is_reported(hit, low) else who
        words = self._reading.words
        end = hit.end + 8
        if not self._lexicon.people["me"].isdisjoint(words[low:end]):
            return "me"
        # "Suicidal again": with nobody named, it is the writer who opens or closes with it.
        at_either_end = hit.start <= low + 1 or hit.end + 4 > len(words)
        unnamed = about == "whoever_is_named" and not at_either_end
        return "nobody" if unnamed or self._near("topic", low, end) else "me"

    def _named_inside(self, hit: Hit, low: int) -> str:
        people, words = self._lexicon.people, self._reading.words
        inside = words[hit.start : hit.end]
        if not people["me"].isdisjoint(inside):
            return "me"
        if hit.entry.about != "anyone_but_you" and not people["you"].isdisjoint(inside):
            return "you"
        if people["they"].isdisjoint(inside):
            return ""
        of_somebody = not people["someone"].isdisjoint(words[low : hit.start])
        before = words[max(low, hit.start - 4) : hit.start]
        return "they" if of_somebody or people["nobody_in_particular"].isdisjoint(before) else "nobody"

    def _named_before(self, hit: Hit, low: int) -> str:
        """Whoever was named last before it; a noun on the far side of a join or a comma is not the subject."""
        people, words, breaks = self._lexicon.people, self._reading.words, self._reading.after_break
        joined = False
        for place in range(hit.start - 1, max(low, hit.start - _SUBJECT_REACH) - 1, -1):
            word = words[place]
            for kind in ("me", "you", "they"):
                if word in people[kind]:
                    return kind
            joined = joined or breaks[place + 1] or word in self._lexicon.subject_joins
            if joined:
                continue
            if word in people["nobody_in_particular"]:
                return "nobody"
            if word in people["someone"]:
                return "they"
        return ""

    def _is_reported(self, hit: Hit, low: int) -> bool:
        """Whether the words stand in quotation marks after 'she said' or the like."""
        reading, people = self._reading, self._lexicon.people
        first = max(0, low - 4)
        if not reading.quotation[hit.start] or not self._near("said", first, hit.start):
            return False
        outside = {reading.words[place] for place in range(first, hit.start) if not reading.quotation[place]}
        return "i" not in outside and not outside.isdisjoint(
            people["they"] | people["someone"] | people["you"]
        )

    def _is_past(self, hit: Hit, low: int, high: int) -> bool:
        if not self._lowers("past", hit):
            return False
        if self._near("used_to", max(low, hit.start - 5), hit.start):
            return not self._near("relapse", low, high)
        if self._near("recent", low, high):
            return False
        if self._near("past", low, high):
            return True
        words = self._reading.words
        before = words[max(low, hit.start - 2) : hit.start]
        told = not self._lexicon.in_the_past.isdisjoint([words[hit.start], *before])
        return told and self._lexicon.up_to_now.isdisjoint(before)


def _lowered(meant: Meant) -> Meant:
    level = Level.AMBER if meant.level.rank > Level.AMBER.rank else meant.level
    return replace(meant, level=level, weight=meant.weight / 2)
