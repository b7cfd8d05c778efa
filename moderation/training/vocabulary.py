"""Which pieces of language may be in a model: those that enough people wrote."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from moderation.screening import model

FEWEST_POSTS = 5  # what stands in fewer posts could be one person's words


def vocabulary(texts: Iterable[Sequence[Sequence[str]]], kind_of: Mapping[str, str]) -> dict[str, int]:
    """Each gram that stands in at least five of these texts (given in pieces), with the number of texts, sorted."""
    in_posts: Counter[str] = Counter()
    for pieces in texts:
        in_posts.update(set().union(*(model.grams(words, kind_of) for words in pieces)))
    return {gram: seen for gram, seen in sorted(in_posts.items()) if seen >= FEWEST_POSTS}
