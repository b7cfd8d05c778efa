"""Which pieces of language may be in a model: those that enough people wrote, and those that only we wrote."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set

FEWEST_POSTS = 5  # what stands in fewer posts could be one person's words
FEWEST_LINES = 2  # of the corpus


def counted(texts: Iterable[Set[str]]) -> Counter[str]:
    """In how many of these texts, each given as its grams, each gram stands."""
    in_texts: Counter[str] = Counter()
    for grams in texts:
        in_texts.update(grams)
    return in_texts


def of_posts(in_posts: Mapping[str, int]) -> list[str]:
    """The grams, sorted, that stand in enough posts to be nobody's own."""
    return sorted(gram for gram, posts in in_posts.items() if posts >= FEWEST_POSTS)


def of_corpus(in_lines: Mapping[str, int], in_posts: Mapping[str, int]) -> list[str]:
    """The grams, sorted, that lines of the corpus repeat; what also stands in posts must stand in enough of them."""
    return sorted(
        gram
        for gram, lines in in_lines.items()
        if lines >= FEWEST_LINES and (not in_posts.get(gram) or in_posts[gram] >= FEWEST_POSTS)
    )
