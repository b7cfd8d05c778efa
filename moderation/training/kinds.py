"""Kinds of words: which words stand where others stand ('sister' as 'brother', 'bridge' as 'cliff').

A line of the corpus about a brother then says something about sisters too. Only the licensed posts and the corpus
tell which words are alike, and only words in five posts or more have a kind.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

KINDS = 400
_DIMENSIONS = 100
_NEIGHBOURS = (-2, -1, 1, 2)
_COMPARED = 3000  # the commonest words, by whose places others are compared
_OWN_KIND = 60  # the commonest words of all: too different from each other to be one kind
_LONGEST = 600  # words of one post; one person's long story shall not decide what words mean


def kinds(texts: Sequence[Sequence[str]], fewest_posts: int, seed: int) -> list[list[str]]:
    """Words in lists, one a kind; the same for the same texts and seed."""
    texts = [text[:_LONGEST] for text in texts]
    in_posts = Counter(word for text in texts for word in set(text))
    common = [word for word, _ in Counter(word for text in texts for word in text).most_common(_COMPARED)]
    words = sorted(word for word, posts in in_posts.items() if posts >= fewest_posts)
    if len(words) <= _DIMENSIONS:
        return []
    near = normalize(
        TruncatedSVD(_DIMENSIONS, random_state=seed).fit_transform(_surroundings(texts, words, common))
    )
    count = min(KINDS, len(words) // 4)
    labels = MiniBatchKMeans(count, random_state=seed, n_init=3, batch_size=4096).fit_predict(near)
    alike: dict[int, list[str]] = defaultdict(list)
    alone = set(common[:_OWN_KIND])
    for word, label in zip(words, labels, strict=True):
        if word not in alone:
            alike[int(label)].append(word)
    return [alike[label] for label in sorted(alike)]


def _surroundings(texts: Sequence[Sequence[str]], words: Sequence[str], common: Sequence[str]) -> csr_matrix:
    """For each word how much oftener than by chance each common word stands one or two places beside it."""
    row = {word: number for number, word in enumerate(words)}
    column = {word: number for number, word in enumerate(common)}
    together: Counter[tuple[int, int]] = Counter()
    for text in texts:
        places = [column.get(word) for word in text]
        for at, word in enumerate(text):
            if word not in row:
                continue
            for side, step in enumerate(_NEIGHBOURS):
                if 0 <= at + step < len(text) and (beside := places[at + step]) is not None:
                    together[row[word], side * len(common) + beside] += 1
    rows, columns = (np.fromiter((pair[side] for pair in together), int, len(together)) for side in (0, 1))
    counts = np.fromiter(together.values(), float, len(together))
    of_word = np.bincount(rows, counts, len(words))
    of_place = np.bincount(columns, counts, len(_NEIGHBOURS) * len(common)) ** 0.75
    by_chance = of_word[rows] * of_place[columns] / of_place.sum()
    surprise = np.maximum(0, np.log(counts / by_chance))
    return csr_matrix((surprise, (rows, columns)), shape=(len(words), len(_NEIGHBOURS) * len(common)))
