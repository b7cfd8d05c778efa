"""The statistical stage: how much a text reads like those in which people were in danger.

The model is one table beside this module, `model.json.gz`: pieces of language, each with its weight and its rarity.
It is read as JSON, so loading it runs nothing. What a text holds is compared sentence by sentence, two neighbouring
sentences at a time and as a whole, so that one sentence is found in a long story; how long a text is counts for
nothing. `moderation/training` makes the table.
"""

import gzip
import json
import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from math import exp, isfinite, sqrt
from pathlib import Path
from typing import Any

from moderation.screening.lexicon import lexicon
from moderation.screening.result import Finding
from moderation.screening.text import Reading

TABLE = Path(__file__).parent / "model.json.gz"
FORM = 1
CATEGORY = "reads_like_danger"
REASON = "these words, together, read like those of people who were in danger"
_LONGEST_PIECE = 40  # words; a text without full stops is read in pieces of this length
_OPENS, _CLOSES = "<", ">"
_MOST_SPANS = 3


class Missing(Exception):
    """The model's table is not there, or is damaged."""


def probability(text: Reading | str, rules: float | None = None) -> float:
    """How likely it is that a moderator is needed soon, 0 to 1, where one post in ten needs one; raises Missing.

    With `rules`, the score that the transparent stage gave this text, both count.
    """
    return model().probability(_read(text), rules)


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
        grams, unit = told["grams"], float(told["unit"])
        rarity = array("f", (number * unit for number in told["rarity"]))
        if len(grams) != len(rarity):
            raise ValueError("as many rarities as grams are needed")
        self._places = {gram: place for place, gram in enumerate(grams)}
        self._mass = array("f", (number * number for number in rarity))
        self._heads = [_Head(head, rarity, unit) for head in told["heads"]]
        self._alone = _finite(told["alone"], len(self._heads) + 1)
        self._with_rules = _finite(told["with_rules"], len(self._heads) + 2)
        self._of_word = lru_cache(maxsize=8192)(self._known_grams)

    def probability(self, reading: Reading, rules: float | None = None) -> float:
        """As the module's `probability`."""
        signs = self.scores(pieces(reading))
        if rules is None:
            return _weighed(self._alone, signs)
        return _weighed(self._with_rules, [*signs, rules])

    def scores(self, words_of_pieces: Iterable[Sequence[str]]) -> list[float]:
        """Of each head the evidence in the strongest passage and in the whole, half and half."""
        known = [self._known(words) for words in words_of_pieces]
        whole = self._evidence(set().union(*known))
        if len(known) < 2:
            return whole
        passages = [*known, *(first | second for first, second in pairwise(known))]
        strongest = map(max, zip(*map(self._evidence, passages), strict=True))
        return [(all_of_it + most) / 2 for all_of_it, most in zip(whole, strongest, strict=True)]

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

    def _evidence(self, places: Collection[int]) -> list[float]:
        size = sqrt(sum(map(self._mass.__getitem__, places))) or 1.0
        return [sum(map(head.push.__getitem__, places)) / size + head.bias for head in self._heads]

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

    def _pulls(self, words: Sequence[str]) -> list[float]:
        """How much each word, with its neighbours, speaks for danger."""
        push = self._heads[0].push
        pulls = [sum(push[place] for place in self._of_word(word)) for word in words]
        for at in range(len(words) - 1):
            gram = f"{words[at]} {words[at + 1]}"
            if gram in self._places:
                both = push[self._places[gram]]
                pulls[at] += both / 2
                pulls[at + 1] += both / 2
        return pulls


class _Head:
    """One way of weighing the grams: `push` of each (its weight times its rarity), and where it starts."""

    def __init__(self, told: Mapping[str, Any], rarity: Sequence[float], unit: float) -> None:
        if len(told["weights"]) != len(rarity):
            raise ValueError("as many weights as grams are needed")
        self.push = array("f", (a * b * unit for a, b in zip(rarity, told["weights"], strict=True)))
        (self.bias,) = _finite([told["bias"]], 1)


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


def _finite(numbers: Sequence[float], count: int) -> list[float]:
    if len(numbers) != count or not all(map(isfinite, numbers)):
        raise ValueError("not the numbers that were expected")
    return list(map(float, numbers))


def _weighed(weights: Sequence[float], signs: Sequence[float]) -> float:
    """The probability that these signs make; the last weight stands alone."""
    *each, shift = weights
    logit = shift + sum(weight * sign for weight, sign in zip(each, signs, strict=True))
    return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))


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
