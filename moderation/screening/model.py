"""The statistical stage: how much a text reads like those in which people were in danger.

The model is one table beside this module, `model.json.gz`: pieces of language, each with its weight and its rarity.
It is read as JSON, so loading it runs nothing. It has two heads: one learnt from posts, one from the corpus. What a
text holds is compared sentence by sentence, two neighbouring sentences at a time and as a whole, so that one sentence
is found in a long story. How long a text is says nothing by itself, but it says which head knows such texts better.
`moderation/training` makes the table.
"""

import gzip
import json
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from math import exp, isfinite, log1p, sqrt
from pathlib import Path
from typing import Any

from moderation.screening.lexicon import lexicon
from moderation.screening.result import Finding
from moderation.screening.text import Reading

TABLE = Path(__file__).parent / "model.json.gz"
FORM = 2
CATEGORY = "reads_like_danger"
REASON = "these words, together, read like those of people who were in danger"
_LONGEST_PIECE = 40  # words; a text without full stops is read in pieces of this length
_OPENS, _CLOSES = "<", ">"
_MOST_SPANS = 3
_MIDDLE = 40  # words; from about here on a text is a long one
_STEEPNESS = 2.0


class Missing(Exception):
    """The model's table is not there, or is damaged."""


def probability(text: Reading | str, facts: Mapping[str, float] | None = None) -> float:
    """How likely it is that a moderator is needed soon, 0 to 1, where one post in ten needs one; raises Missing.

    With `facts`, what the transparent stage found in this text (see `facts.py`), both count.
    """
    return model().probability(_read(text), facts)


def why(text: Reading | str) -> list[Finding]:
    """The few places in `text` that speak most for danger, in the order of the text; raises Missing."""
    return model().why(_read(text))


def version() -> str:
    """The name of the table in use; raises Missing."""
    return model().version


@cache
def model() -> "Model":
    """The model of the table beside this module, read once in a process; raises Missing."""
    return loaded(TABLE)


def loaded(table: Path) -> "Model":
    """The model of this table; raises Missing where it is absent, cut short, or not a model."""
    try:
        return Model(json.loads(gzip.decompress(table.read_bytes())))
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, OverflowError) as wrong:
        raise Missing(f"{table.name}: {type(wrong).__name__}") from wrong


class Model:
    """Weights for pieces of language, and how to read a text with them."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        if told["form"] != FORM:
            raise ValueError("a table of another form")
        self.version: str = told["version"]
        self._kinds = {word: f"#{number}" for number, words in enumerate(told["kinds"]) for word in words}
        self._heads = [Head(head, self._kinds) for head in told["heads"]]
        self._alone = _Weighing(told["alone"], 2 * len(self._heads))
        self._with_facts = _Weighing(told["with_facts"], 2 * len(self._heads))

    def probability(self, reading: Reading, facts: Mapping[str, float] | None = None) -> float:
        """As the module's `probability`."""
        signs = self.signs(pieces(reading))
        if facts is None:
            return self._alone.probability(signs, len(reading.words), {})
        return self._with_facts.probability(signs, len(reading.words), facts)

    def signs(self, words_of_pieces: Sequence[Sequence[str]]) -> list[float]:
        """Of each head the evidence in the whole and in the strongest passage."""
        return [sign for head in self._heads for sign in head.signs(words_of_pieces)]

    def why(self, reading: Reading) -> list[Finding]:
        """As the module's `why`."""
        pulls: dict[int, float] = {}
        for start, words in _pieces(reading):
            here = self._pulls(words)
            pulls.update({start + place: pull for place, pull in enumerate(here) if pull > 0})
        strongest = sorted(pulls, key=lambda place: -pulls[place])[: 2 * _MOST_SPANS]
        spans = sorted(_joined(sorted(strongest)), key=lambda span: -sum(pulls[at] for at in range(*span)))
        return [
            Finding(CATEGORY, reading.starts[first], reading.ends[beyond - 1], REASON)
            for first, beyond in sorted(spans[:_MOST_SPANS])
        ]

    def _pulls(self, words: Sequence[str]) -> list[float]:
        """How much each word, with its neighbours, speaks for danger, by every head."""
        return [sum(pulls) for pulls in zip(*(head.pulls(words) for head in self._heads), strict=True)]


class Head:
    """One way of weighing grams: `push` of each (its weight times its rarity), and where it starts."""

    def __init__(self, told: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
        grams, unit = told["grams"], float(told["unit"])
        if not len(grams) == len(told["rarity"]) == len(told["weights"]):
            raise ValueError("as many rarities and weights as grams are needed")
        self._kinds = kinds
        self._places = {gram: place for place, gram in enumerate(grams)}
        self._mass = array("f", ((number * unit) ** 2 for number in told["rarity"]))
        both = zip(told["rarity"], told["weights"], strict=True)
        self._push = array("f", (rarity * weight * unit * unit for rarity, weight in both))
        (self._bias,) = _finite([told["bias"]], 1)
        self._of_word = lru_cache(maxsize=8192)(self._known_grams)

    def signs(self, words_of_pieces: Sequence[Sequence[str]]) -> tuple[float, float]:
        """The evidence in the whole and in the strongest passage: a sentence, or two neighbours."""
        known = [self._known(words) for words in words_of_pieces]
        whole = self._evidence(set().union(*known))
        if len(known) < 2:
            return whole, whole
        passages = [*known, *(first | second for first, second in pairwise(known))]
        return whole, max(map(self._evidence, passages))

    def pulls(self, words: Sequence[str]) -> list[float]:
        """How much each word, with its neighbours, speaks for danger."""
        push = self._push
        pulls = [float(sum(push[place] for place in self._of_word(word))) for word in words]
        for at in range(len(words) - 1):
            gram = f"{words[at]} {words[at + 1]}"
            if gram in self._places:
                both = push[self._places[gram]]
                pulls[at] += both / 2
                pulls[at + 1] += both / 2
        return pulls

    def _evidence(self, places: Collection[int]) -> float:
        size = sqrt(sum(map(self._mass.__getitem__, places))) or 1.0
        return float(sum(map(self._push.__getitem__, places)) / size + self._bias)

    def _known(self, words: Sequence[str]) -> set[int]:
        known: set[int] = set()
        for word in words:
            known.update(self._of_word(word))
        places = self._places
        for gram in pairs(words, self._kinds):
            if gram in places:
                known.add(places[gram])
        return known

    def _known_grams(self, word: str) -> tuple[int, ...]:
        return tuple(self._places[gram] for gram in of_word(word, self._kinds) if gram in self._places)


class _Weighing:
    """What signs and facts make together: for each sign a weight in short and in long texts, for each fact one."""

    def __init__(self, told: Mapping[str, Any], signs: int) -> None:
        self._centres = _finite(told["centres"], signs)
        self._short, self._long = _finite(told["short"], signs), _finite(told["long"], signs)
        self._facts = dict(
            zip(told["facts"], _finite(told["facts"].values(), len(told["facts"])), strict=True)
        )
        (self._shift,) = _finite([told["shift"]], 1)

    def probability(self, signs: Sequence[float], words: int, facts: Mapping[str, float]) -> float:
        logit = self._shift + sum(self._facts.get(name, 0.0) * fact for name, fact in facts.items())
        long = longness(words)
        weights = zip(self._short, self._long, strict=True)
        for sign, centre, (in_short, in_long) in zip(signs, self._centres, weights, strict=True):
            logit += (sign - centre) * (in_short * (1 - long) + in_long * long)
        return float(1 / (1 + exp(-max(-60.0, min(60.0, logit)))))


def longness(words: int) -> float:
    """How much a text of so many words counts as a long one, 0 to 1."""
    return 1 / (1 + exp(-_STEEPNESS * (log1p(words) - log1p(_MIDDLE))))


def plain_grams(words: Sequence[str]) -> set[str]:
    """The grams of one piece of text that are words, and neighbours as they are."""
    framed = [_OPENS, *words, _CLOSES]
    return {*words, *(f"{first} {second}" for first, second in pairwise(framed))}


def grams(words: Sequence[str], kinds: Mapping[str, str]) -> set[str]:
    """Every gram of one piece of text: what training counts and what scoring looks up."""
    found = set(pairs(words, kinds))
    for word in words:
        found.update(of_word(word, kinds))
    return found


def of_word(word: str, kinds: Mapping[str, str]) -> Iterator[str]:
    """The grams of one word: itself, its kind, and its runs of three to five letters ('~' before, '_' at its ends)."""
    yield word
    if (kind := kinds.get(word)) is not None:
        yield kind
    framed = f"_{word}_"
    for size in (3, 4, 5):
        for start in range(len(framed) - size + 1):
            yield f"~{framed[start : start + size]}"


def pairs(words: Sequence[str], kinds: Mapping[str, str]) -> Iterator[str]:
    """The grams of two words: neighbours as they are, and the kinds of neighbours and of words a little apart."""
    framed = [_OPENS, *words, _CLOSES]
    named = [kinds.get(word, word) for word in framed]
    last = len(framed) - 1
    for at in range(last):
        yield f"{framed[at]} {framed[at + 1]}"
        yield f"{named[at]}+{named[at + 1]}"
        if at + 2 <= last:
            yield f"{named[at]}..{named[at + 2]}"
        if at + 3 <= last:
            yield f"{named[at]}..{named[at + 3]}"


def _pieces(reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """The sentences, with the place of their first word; a very long one in several pieces."""
    words, sentences = reading.words, reading.sentences
    start = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or sentences[place] != sentences[start] or place - start == _LONGEST_PIECE:
            yield start, words[start:place]
            start = place


def pieces(reading: Reading) -> list[list[str]]:
    """The words of a text in the pieces that it is scored by."""
    return [words for _, words in _pieces(reading)]


def _finite(numbers: Iterable[float], count: int) -> list[float]:
    told = list(map(float, numbers))
    if len(told) != count or not all(map(isfinite, told)):
        raise ValueError("not the numbers that were expected")
    return told


def _joined(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring places as spans of first and one past the last."""
    first = before = None
    for place in places:
        if before is None or first is None:
            first = place
        elif place > before + 1:
            yield first, before + 1
            first = place
        before = place
    if first is not None and before is not None:
        yield first, before + 1


def _read(text: Reading | str) -> Reading:
    return lexicon().read(text) if isinstance(text, str) else text
