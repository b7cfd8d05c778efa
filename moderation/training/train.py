"""Make the model's table: `python -m moderation.training.train POSTS` (labelled JSONL, also .gz).

What trains: the licensed sources among POSTS (sources.py) without their held-out fifth, and the corpus's train split.
Nothing else, in a fixed order with a fixed seed, so that the same posts make the same table.
"""

import argparse
import gzip
import hashlib
import json
import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from moderation import corpus
from moderation.screening import model, transparent
from moderation.screening.lexicon import lexicon
from moderation.screening.result import Level
from moderation.training.kinds import kinds
from moderation.training.sources import LICENSED, held_out, posts
from moderation.training.vocabulary import FEWEST_POSTS, vocabulary

SEED = 20261122
STRENGTH = 2.0  # the inverse of how strongly weights are drawn towards 0
CORPUS_WEIGHT = 2.0  # a line written and reviewed for this purpose against a post with a noisy label
AMBER_SHARE = 0.25  # an amber line counts as this much of an urgent one
CALM_PARTS = 4  # passages of a calm post that train on their own
NEEDED = 0.1  # the share of posts that need somebody, for which probabilities are calibrated
_UNIT = 1 / 2048


@dataclass(frozen=True, slots=True)
class Taught:
    """One text to learn from: the words of its pieces, how urgent it is (0 to 1), how much it weighs, its group,
    and the score of the transparent stage."""

    pieces: list[list[str]]
    urgent: float
    weight: float
    group: str
    written: bool
    rules: float


def taught(path: Path) -> list[Taught]:
    """Everything that may train, in the order of its ids."""
    texts = []
    for post in posts(path):
        if post.source not in LICENSED or post.urgent is None or post.lang != "en" or held_out(post.id):
            continue
        source = LICENSED[post.source]
        if post.urgent or _in_share(post.id, source.calm_share):
            texts.append(
                (post.id, _taught(post.text, float(post.urgent), source.weights[post.urgent], post.id))
            )
    for line in corpus.lines("train"):
        urgent = AMBER_SHARE if line.level is Level.AMBER else float(line.level.rank >= Level.RED.rank)
        texts.append((line.id, _taught(line.text, urgent, CORPUS_WEIGHT, line.pair or line.id, written=True)))
    return [text for _, text in sorted(texts, key=lambda each: each[0]) if any(text.pieces)]


class Lessons:
    """All texts as sets of numbered grams, from which models are fitted."""

    def __init__(self, texts: Sequence[Taught]) -> None:
        self.texts = texts
        self.kinds = kinds([_words(text) for text in texts], FEWEST_POSTS, SEED)
        kind_of = {word: f"#{number}" for number, words in enumerate(self.kinds) for word in words}
        in_posts = vocabulary((text.pieces for text in texts), kind_of)
        self.grams = list(in_posts)
        place = {gram: number for number, gram in enumerate(self.grams)}
        self.rarity = np.array([1 + math.log((len(texts) + 1) / (seen + 1)) for seen in in_posts.values()])
        self.pieces = [
            [
                np.array(
                    sorted(place[gram] for gram in model.grams(words, kind_of) if gram in place), np.int32
                )
                for words in text.pieces
            ]
            for text in texts
        ]

    def fitted(self, chosen: Sequence[int]) -> tuple[Any, float]:
        """Weights and bias learnt from the texts with these numbers."""
        examples: list[tuple[Any, float, float]] = []
        chance = random.Random(SEED)  # noqa: S311 - a choice of passages, not a secret
        for number in chosen:
            text, pieces = self.texts[number], self.pieces[number]
            examples.append((_union(pieces), text.urgent, text.weight))
            if text.urgent == 0 and len(pieces) > 1:
                few = chance.sample(pieces, min(CALM_PARTS, len(pieces)))
                examples += [(piece, 0.0, text.weight / 2) for piece in few]
        rows = self._rows([grams for grams, _, _ in examples])
        # An example that is partly urgent stands twice, once on each side.
        sides = [
            (number, 1, urgent * weight) for number, (_, urgent, weight) in enumerate(examples) if urgent
        ]
        sides += [
            (number, 0, (1 - urgent) * weight)
            for number, (_, urgent, weight) in enumerate(examples)
            if urgent < 1
        ]
        fit = LogisticRegression(C=STRENGTH, solver="liblinear", tol=1e-3, max_iter=100, random_state=SEED)
        fit.fit(
            rows[[number for number, _, _ in sides]], [side for _, side, _ in sides], [w for _, _, w in sides]
        )
        return fit.coef_[0], float(fit.intercept_[0])

    def _rows(self, grams: Sequence[Any]) -> csr_matrix:
        values = [self.rarity[places] for places in grams]
        values = [each / max(1e-9, float(np.sqrt((each * each).sum()))) for each in values]
        ends = np.cumsum([0, *map(len, grams)])
        return csr_matrix(
            (np.concatenate(values), np.concatenate(grams), ends), shape=(len(grams), len(self.grams))
        )


def table(
    lessons: Lessons, heads: Sequence[tuple[Any, float]], alone: Sequence[float], with_rules: Sequence[float]
) -> dict[str, Any]:
    """What is kept of fitted heads; weights and rarities as whole numbers of a small unit."""
    told: dict[str, Any] = {
        "form": model.FORM,
        "unit": _UNIT,
        "kinds": lessons.kinds,
        "grams": lessons.grams,
        "rarity": [round(float(number) / _UNIT) for number in lessons.rarity],
        "heads": [
            {"weights": [round(float(number) / _UNIT) for number in weights], "bias": bias}
            for weights, bias in heads
        ],
        "alone": list(alone),
        "with_rules": list(with_rules),
    }
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return {"version": f"model-{digest[:10]}", **told}


def calibrated(signs: Sequence[Sequence[float]], texts: Sequence[Taught]) -> list[float]:
    """A weight for each sign and a shift, that make probabilities where a tenth of all texts are urgent.

    Posts and corpus count half and half: the one is what people wrote, the other what no data set says.
    """
    totals: dict[tuple[bool, int], float] = defaultdict(float)
    sided = [
        (text, side, text.weight * (text.urgent if side else 1 - text.urgent))
        for text in texts
        for side in (0, 1)
    ]
    for text, side, weight in sided:
        totals[text.written, side] += weight
    rows = [sign for sign in signs for _ in (0, 1)]
    shares = [
        weight * (NEEDED if side else 1 - NEEDED) * len(texts) / totals[text.written, side]
        for text, side, weight in sided
    ]
    fit = LogisticRegression(C=1e3, solver="lbfgs", max_iter=1000)
    fit.fit(rows, [side for _, side, _ in sided], shares)
    return [*map(float, fit.coef_[0]), float(fit.intercept_[0])]


def trained(texts: Sequence[Taught], say: Callable[[str], None] = print) -> dict[str, Any]:
    """The table of a model trained on all `texts`, calibrated on a quarter that a first fit had not seen.

    It has two heads: one learnt from everything, one from the corpus alone, which knows what no data set says.
    """
    lessons = Lessons(texts)
    written = [number for number, text in enumerate(texts) if text.written]
    say(f"{len(texts)} texts, {len(written)} of them the corpus's; {len(lessons.grams)} grams")
    unseen = [number for number, text in enumerate(texts) if _quarter(text.group)]
    seen = sorted(set(range(len(texts))) - set(unseen))
    heads = [lessons.fitted(seen), lessons.fitted(sorted(set(seen) & set(written)))]
    first = model.Model(table(lessons, heads, (1, 1, 0), (1, 1, 1, 0)))
    asked = [texts[number] for number in unseen]
    signs = [first.scores(text.pieces) for text in asked]
    alone = calibrated(signs, asked)
    with_rules = calibrated([[*sign, text.rules] for sign, text in zip(signs, asked, strict=True)], asked)
    say(f"alone {alone}, with rules {with_rules}")
    return table(lessons, [lessons.fitted(range(len(texts))), lessons.fitted(written)], alone, with_rules)


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
    words = model.pieces(lexicon().read(text))
    return Taught(words, urgent, weight, group, written, transparent(text).score)


def _in_share(post_id: str, share: float) -> bool:
    return hashlib.sha256(f"share {post_id}".encode()).digest()[0] < 256 * share


def _words(text: Taught) -> list[str]:
    return [word for piece in text.pieces for word in piece]


def _union(pieces: Sequence[Any]) -> Any:
    return np.unique(np.concatenate(pieces))


def _quarter(group: str) -> bool:
    return hashlib.sha256(f"calibration {group}".encode()).digest()[0] % 4 == 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


if __name__ == "__main__":
    main()
