"""Make the model's table: `python -m moderation.training.train POSTS` (labelled JSONL, also .gz).

What trains: the licensed sources among POSTS (sources.py) without their held-out fifth, and the corpus's train split.
Nothing else, in a fixed order with a fixed seed, so that the same posts make the same table.
"""

import argparse
import gzip
import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from moderation import corpus
from moderation.screening import model
from moderation.screening.lexicon import lexicon
from moderation.screening.result import Level
from moderation.screening.screener import Screener
from moderation.training import vocabulary
from moderation.training.kinds import kinds
from moderation.training.sources import LICENSED, held_out, posts

SEED = 20261122
STRENGTHS = (
    2.0,
    3.0,
)  # the inverse of how strongly weights are drawn towards 0: head of posts, head of the corpus
WEIGHING_STRENGTH = 0.1
FEWEST_FACTS = 10  # texts that tell a fact, before it is weighed
AMBER_SHARE = 0.15  # an amber line counts as this much of an urgent one
UNSEEN_PART = 0  # of the corpus: whoever works on the lexicon does not read it
PARTS = (
    4  # each part is read by heads that had not seen it, to learn how far heads and facts are to be believed
)
CORPUS_SHARE = 0.5  # of what is weighed; the rest are posts
URGENT_SHARE = 0.3  # of each of the two, while weighing
NEEDED = 0.1  # the share of posts that need somebody, for which probabilities hold
_UNIT = 1 / 2048
Grams = frozenset[str]


@dataclass(frozen=True, slots=True)
class Taught:
    """One text to learn from: the words of its pieces, how urgent it is (0 to 1), how much it weighs, its group,
    whether it is a line of the corpus, and what the transparent stage says of it."""

    pieces: list[list[str]]
    urgent: float
    weight: float
    group: str
    written: bool
    facts: Mapping[str, float]


def taught(path: Path) -> list[Taught]:
    """Everything that may train, in the order of its ids."""
    texts = []
    for post in posts(path):
        if post.source not in LICENSED or post.urgent is None or post.lang != "en" or held_out(post.id):
            continue
        weight = LICENSED[post.source].weights[post.urgent]
        texts.append((post.id, _taught(post.text, float(post.urgent), weight, post.id)))
    for line in corpus.lines("train"):
        urgent = AMBER_SHARE if line.level is Level.AMBER else float(line.level.rank >= Level.RED.rank)
        texts.append((line.id, _taught(line.text, urgent, 1.0, line.pair or line.id, written=True)))
    return [text for _, text in sorted(texts, key=lambda each: each[0]) if any(text.pieces)]


class Lessons:
    """Texts as grams of one head's choosing, from which that head is fitted."""

    def __init__(
        self, texts: Sequence[Taught], grams: Sequence[Grams], known: Sequence[str], strength: float
    ) -> None:
        self.grams = list(known)
        place = {gram: number for number, gram in enumerate(known)}
        self._places = [
            np.array(sorted(place[gram] for gram in each if gram in place), np.int32) for each in grams
        ]
        in_texts = np.bincount(np.concatenate(self._places), minlength=len(known))
        self.rarity = 1 + np.log((len(texts) + 1) / (in_texts + 1))
        self._texts, self._strength = texts, strength

    def head(self, chosen: Sequence[int]) -> dict[str, Any]:
        """The head learnt from the texts with these numbers, as it stands in a table."""
        values = [self.rarity[self._places[number]] for number in chosen]
        values = [each / max(1e-9, float(np.sqrt((each * each).sum()))) for each in values]
        ends = np.cumsum([0, *map(len, values)])
        columns = np.concatenate([self._places[number] for number in chosen])
        rows = csr_matrix((np.concatenate(values), columns, ends), shape=(len(chosen), len(self.grams)))
        # A text that is partly urgent stands twice, once on each side.
        texts = [self._texts[number] for number in chosen]
        sides = [(row, 1, text.urgent * text.weight) for row, text in enumerate(texts) if text.urgent]
        sides += [
            (row, 0, (1 - text.urgent) * text.weight) for row, text in enumerate(texts) if text.urgent < 1
        ]
        fit = LogisticRegression(C=self._strength, max_iter=300, class_weight="balanced")
        fit.fit(rows[[row for row, _, _ in sides]], [side for _, side, _ in sides], [w for _, _, w in sides])
        return {
            "grams": self.grams,
            "rarity": [round(float(number) / _UNIT) for number in self.rarity],
            "weights": [round(float(number) / _UNIT) for number in fit.coef_[0]],
            "bias": float(fit.intercept_[0]),
        }


def weighing(signs: Any, longs: Any, texts: Sequence[Taught], *, with_facts: bool) -> dict[str, Any]:
    """How far each sign (a column of `signs`) is believed in short and long texts, and each fact.

    Posts and corpus count by `CORPUS_SHARE`: the one is what people wrote, the other what no data set says.
    """
    centres, spreads = signs.mean(0), signs.std(0)
    even, long = (signs - centres) / spreads, longs[:, None]
    told = Counter(name for text in texts for name in text.facts)
    names = sorted(name for name, seen in told.items() if with_facts and seen >= FEWEST_FACTS)
    number = {name: column for column, name in enumerate(names)}
    cells = [
        (row, number[name], value)
        for row, text in enumerate(texts)
        for name, value in text.facts.items()
        if name in number
    ]
    at_row, at_column, values = zip(*cells, strict=True) if cells else ((), (), ())
    of_facts = csr_matrix((values, (at_row, at_column)), shape=(len(texts), len(names)), dtype=float)
    columns = hstack([csr_matrix(even * (1 - long)), csr_matrix(even * long), of_facts]).tocsr()
    urgent = np.array([text.urgent for text in texts])
    rows, sides = np.concatenate([np.flatnonzero(urgent > 0), np.flatnonzero(urgent < 1)]), []
    sides = np.array([1] * int((urgent > 0).sum()) + [0] * int((urgent < 1).sum()))
    weights = np.array([text.weight for text in texts])[rows] * np.where(
        sides == 1, urgent[rows], 1 - urgent[rows]
    )
    written = np.array([text.written for text in texts])[rows]
    for of_corpus, share in ((True, CORPUS_SHARE), (False, 1 - CORPUS_SHARE)):
        for side, part in ((1, URGENT_SHARE), (0, 1 - URGENT_SHARE)):
            here = (written == of_corpus) & (sides == side)
            weights[here] *= share * part * len(texts) / weights[here].sum()
    fit = LogisticRegression(C=WEIGHING_STRENGTH, max_iter=3000)
    fit.fit(columns[rows], sides, weights)
    count, learnt = signs.shape[1], fit.coef_[0]
    fewer = math.log(NEEDED / (1 - NEEDED)) - math.log(URGENT_SHARE / (1 - URGENT_SHARE))
    return {
        "centres": list(map(float, centres)),
        "short": list(map(float, learnt[:count] / spreads)),
        "long": list(map(float, learnt[count : 2 * count] / spreads)),
        "facts": {name: float(weight) for name, weight in zip(names, learnt[2 * count :], strict=True)},
        "shift": float(fit.intercept_[0]) + fewer,
    }


def trained(texts: Sequence[Taught], say: Callable[[str], None] = print) -> dict[str, Any]:
    """The table of a model trained on all `texts`.

    It has two heads: one learnt from posts, one from the corpus, which knows what no data set says. How far to
    believe them is learnt from texts that each had not seen.
    """
    alike = kinds([_words(text) for text in texts], vocabulary.FEWEST_POSTS, SEED)
    kind_of = {word: f"#{number}" for number, words in enumerate(alike) for word in words}
    written = [number for number, text in enumerate(texts) if text.written]
    posted = [number for number, text in enumerate(texts) if not text.written]
    every = [Grams().union(*(model.grams(words, kind_of) for words in text.pieces)) for text in texts]
    plain = [Grams().union(*map(model.plain_grams, text.pieces)) for text in texts]
    in_posts = vocabulary.counted(every[number] for number in posted)
    in_lines = vocabulary.counted(every[number] for number in written)
    of_posts = vocabulary.of_posts(vocabulary.counted(plain[number] for number in posted))
    lessons = (
        (Lessons(texts, plain, of_posts, STRENGTHS[0]), posted),
        (Lessons(texts, every, vocabulary.of_corpus(in_lines, in_posts), STRENGTHS[1]), written),
    )
    say(
        f"{len(texts)} texts, {len(written)} of them the corpus's; {[len(each.grams) for each, _ in lessons]} grams"
    )
    parts = [_part(text.group) for text in texts]
    signs = np.zeros((len(texts), 2 * len(lessons)))
    for part in range(PARTS):
        heads = [
            model.Head({"unit": _UNIT, **each.head([n for n in own if parts[n] != part])}, kind_of)
            for each, own in lessons
        ]
        for number, text in enumerate(texts):
            if parts[number] == part:
                signs[number] = [sign for head in heads for sign in head.signs(text.pieces)]
        say(f"part {part + 1} of {PARTS} read")
    # The lexicon was written with the other parts of the corpus in sight: its facts look better there than they are.
    fair = [number for number, text in enumerate(texts) if not text.written or parts[number] == UNSEEN_PART]
    weighed = [texts[number] for number in fair]
    longs = np.array([model.longness(len(_words(text))) for text in weighed])
    told: dict[str, Any] = {
        "form": model.FORM,
        "kinds": alike,
        "heads": [{"unit": _UNIT, **each.head(own)} for each, own in lessons],
        "alone": weighing(signs[fair], longs, weighed, with_facts=False),
        "with_facts": weighing(signs[fair], longs, weighed, with_facts=True),
    }
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return {"version": f"model-{digest[:10]}", **told}


def main() -> None:
    """Train and keep the table beside the screener."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("posts", type=Path)
    asked.add_argument("--out", type=Path, default=model.TABLE)
    told = asked.parse_args()
    made = trained(taught(told.posts))
    kept = gzip.compress(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0)
    told.out.write_bytes(kept)
    print(f"{told.out.name}: {made['version']}, {len(kept):,} bytes, posts' digest {_digest(told.posts)}")


def _taught(text: str, urgent: float, weight: float, group: str, *, written: bool = False) -> Taught:
    return Taught(model.pieces(lexicon().read(text)), urgent, weight, group, written, Screener().facts(text))


def _words(text: Taught) -> list[str]:
    return [word for piece in text.pieces for word in piece]


def _part(group: str) -> int:
    return hashlib.sha256(f"calibration {group}".encode()).digest()[0] % PARTS


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


if __name__ == "__main__":
    main()
