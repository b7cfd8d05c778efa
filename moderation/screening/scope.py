"""How a thing that was said is meant: about whom, denied or not, past or now, quoted, joked or told in support."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from moderation.screening.lexicon import Hit, Lexicon
from moderation.screening.result import AGREED_RULES, Level
from moderation.screening.text import Reading

_REACH = 24  # words on either side that can say how something is meant
_NEGATION_REACH = 7
_SUBJECT_REACH = 12
_BLOCK, _REPEATS = 60, 4  # the same entry over and over says no more, and would cost time
_ROUND = 16  # words within which "see you Thursday" makes a goodbye an ordinary one
_JUST_NOW = 8  # words within which "an hour ago" says when it was
# Words within which a cake, a gig or a driving test says what a knife, a roof or "I did it" is about; a longer text
# than that has room for both a cake and a knife.
_EVERYDAY, _SHORT = 10, 60
_HELD_BACK = frozenset(
    {"plan", "suicidal_thoughts_active"}
)  # what somebody can know and say that they will not do
# What is said in hints and by things at hand, and so can as well be said of an ordinary day.
_SAID_BY_THINGS = frozenset(
    {
        "plan", "means", "time", "goodbye", "attempt_now", "abuse_now", "self_harm_now", "pact", "eating_disorder",
        "concern_for_someone_else", "hopelessness", "child_at_risk", "intoxication_with_despair", "threat_to_others",
    }
)  # fmt: skip
_HEALING = frozenset(
    {
        "suicidal_thoughts_passive", "suicidal_thoughts_active", "hopelessness", "self_harm_urge", "plan",
        "past_attempt", "self_harm_past", "self_harm_now", "eating_disorder", "voices_with_danger", "abuse_now",
    }
)  # fmt: skip


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

    def __init__(
        self, reading: Reading, lexicon: Lexicon, hits: Iterable[Hit], rules: Collection[str] = ()
    ) -> None:
        self._reading = reading
        self._lexicon = lexicon
        self._cues: dict[str, list[int]] = defaultdict(list)
        self._idioms: dict[int, int] = {}
        self._hits: list[Hit] = []
        self.calmed: list[range] = []  # the words in which something urgent was said that its context lowered
        repeated: dict[tuple[str, int], int] = defaultdict(int)
        for hit in hits:
            category = hit.entry.category
            if category == "idiom":
                self._idioms[hit.start] = max(hit.end, self._idioms.get(hit.start, 0))
            elif category.startswith("cue."):
                self._cues[category[4:]].append(hit.start)
            elif category in AGREED_RULES and category not in rules:
                continue
            elif repeated[hit.entry.id, hit.start // _BLOCK] < _REPEATS:
                repeated[hit.entry.id, hit.start // _BLOCK] += 1
                self._hits.append(hit)

    def meant(self) -> list[Meant]:
        """What remains of the hits, each with the level it deserves where it stands."""
        kept = []
        for hit in self._hits:
            if self._is_idiom(hit):
                continue
            meant = self._weighed(hit)
            lowered = meant is None or meant.level.rank < Level.RED.rank
            if lowered and hit.entry.level.rank >= Level.RED.rank:
                self.calmed.append(range(hit.start, hit.end))
            if meant is not None:
                kept.append(meant)
        return kept

    def _is_idiom(self, hit: Hit) -> bool:
        nearby = range(max(0, hit.start - 8), hit.end)
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
        if entry.category in AGREED_RULES:
            return self._of_a_rule(meant, hit)
        if self._is_everyday(hit) or self._is_invented(hit, low, high) or self._is_given_to_say(hit, low):
            return None
        who = self._who(hit, low)
        if who == "me":
            return self._of_the_writer(meant, hit, low, high)
        if who == "they":
            return self._of_someone_else(meant, hit, low, high)
        return self._of_you(meant, hit, low, high) if who == "you" else None

    def _of_a_rule(self, meant: Meant, hit: Hit) -> Meant | None:
        """What an agreement does not want is a matter of the words, not of whom they are about; questions are none."""
        asked = self._reading.sentences[hit.start] in self._reading.questions
        if asked and meant.category in {"medical_advice", "hostility"}:
            return None
        return replace(meant, about_self=False)

    def _lowers(self, what: str, hit: Hit) -> bool:
        return what not in hit.entry.not_lowered_by

    def _of_the_writer(self, meant: Meant, hit: Hit, low: int, high: int) -> Meant | None:
        if (fresh := self._only_just(meant, hit, low, high)) is not None:
            return fresh
        reading = self._reading
        if meant.category == "encouraging_harm" and (
            reading.sentences[hit.start] in reading.questions
            or self._is_condition(max(low, hit.start - 4), hit.start)
        ):
            return None
        if self._is_shared(hit, low):
            return None
        if self._is_past(hit, low, high):
            better = meant.category in _HEALING and self._near("recovery", low - _REACH, high + _REACH)
            return None if better else _lowered(meant)
        if meant.category in _HELD_BACK and self._near("will_not", hit.end, hit.end + _ROUND):
            return _lowered(meant)
        if meant.category == "goodbye" and self._lowers("return", hit) and self._returns(hit):
            return None
        if self._lowers("humour", hit) and self._is_laughed(low, high + 2):
            return _lowered(meant)
        if meant.level is Level.CRISIS and self._lowers("condition", hit) and self._is_condition(low, high):
            return replace(meant, level=Level.RED, weight=meant.weight / 2)
        return meant

    def _of_someone_else(self, meant: Meant, hit: Hit, low: int, high: int) -> Meant | None:
        if meant.level is Level.GREEN or self._is_told_of_a_work(hit, low, high):
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
        low, high = max(low, hit.start - _JUST_NOW), min(high, hit.end + _JUST_NOW)
        if (
            hit.entry.just_now is None
            or not self._near("just_now", low, high)
            or self._near("past", low, high)
        ):
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

    def _is_shared(self, hit: Hit, low: int) -> bool:
        """Whether a helper names a feeling that they know, in words of support."""
        return self._near("shared", low, hit.start) and self._near("support", 0, len(self._reading.words))

    def _returns(self, hit: Hit) -> bool:
        """Whether the writer says when they will be back: then it is an ordinary goodbye."""
        return self._near("return", hit.start - _ROUND, hit.end + _ROUND)

    def _is_laughed(self, low: int, high: int) -> bool:
        """Whether a laugh stands near; "not joking" is no laugh."""
        places, words = self._cues.get("humour", ()), self._reading.words
        for place in places[bisect_left(places, low) :]:
            if place >= high:
                return False
            if self._lexicon.negations.isdisjoint(words[max(0, place - 2) : place]):
                return True
        return False

    def _is_everyday(self, hit: Hit) -> bool:
        """Whether the thing itself is named, and it is a cake, a gig or a wisdom tooth; never a wish to die."""
        if hit.entry.category not in _SAID_BY_THINGS or not self._lowers("everyday", hit):
            return False
        if len(self._reading.words) > _SHORT:
            return False
        return self._near("everyday", hit.start - _EVERYDAY, hit.end + _EVERYDAY)

    def _is_invented(self, hit: Hit, low: int, high: int) -> bool:
        """Whether it happens in a story that is being written, played or watched."""
        return self._near("fiction", max(low, hit.start - _REACH), min(high, hit.end + 4))

    def _is_given_to_say(self, hit: Hit, low: int) -> bool:
        """Whether a helper tells the reader which words to use: you can say 'I took something'."""
        if not self._reading.quotation[hit.start] or not self._near("support", 0, len(self._reading.words)):
            return False
        words = self._reading.words[max(0, low - 6) : hit.start]
        return not self._lexicon.people["you"].isdisjoint(words) and self._near(
            "said", max(0, low - 6), hit.start
        )

    def _is_told_of_a_work(self, hit: Hit, low: int, high: int) -> bool:
        """Whether a film, a song or a book is spoken of, and nobody whom the writer knows."""
        words, people = self._reading.words, self._lexicon.people
        known = people["me"].isdisjoint(words[low:high]) and self._near("title", low, hit.start)
        return known and hit.entry.category != "concern_for_someone_else"

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
                if words[place] == "stop" and place > low and words[place - 1] == "not":
                    continue  # "I cannot stop thinking of it" denies nothing
                following = words[place + 1] if place + 1 < hit.start else ""
                denials += following not in self._lexicon.denies_nothing
        return denials % 2 == 1

    def _who(self, hit: Hit, low: int) -> str:
        """Of whom this is said: 'me', 'you', 'they', or 'nobody' in particular."""
        about = hit.entry.about
        if about == "someone_else":
            # "My mother, I wanted to say": the writer is the subject after all.
            words, people = self._reading.words, self._lexicon.people
            named_first = words[hit.start] in people["they"] or words[hit.start] in people["someone"]
            own = named_first and any(
                words[at] == "i" and words[at - 1] != "and" for at in range(hit.start + 1, hit.end)
            )
            return "nobody" if own else "they"
        if about == "self":
            return self._if_not_you(hit)
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

    def _if_not_you(self, hit: Hit) -> str:
        """An entry about the writer, unless it is plainly said of the reader: 'you said that they tell you to'."""
        inside, people = self._reading.words[hit.start : hit.end], self._lexicon.people
        of_you = not people["you"].isdisjoint(inside) and people["me"].isdisjoint(inside)
        return "you" if of_you and hit.entry.category != "encouraging_harm" else "me"

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

    def _is_recent(self, low: int, high: int) -> bool:
        """Whether it is said to be now; "not now" and "never again" are not."""
        places, words = self._cues.get("recent", ()), self._reading.words
        for place in places[bisect_left(places, low) :]:
            if place >= high:
                return False
            if place == 0 or words[place - 1] not in self._lexicon.negations:
                return True
        return False

    def _is_past(self, hit: Hit, low: int, high: int) -> bool:
        if not self._lowers("past", hit):
            return False
        if self._near("used_to", max(low, hit.start - 5), hit.start):
            return not self._near("relapse", low, high)
        if self._is_recent(low, high):
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
