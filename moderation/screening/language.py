"""Tell when a text is surely in a language that the lexicon does not read."""

from collections.abc import Collection, Sequence

_FEWEST_WORDS = 8
_ENGLISH_SHARE = 0.08
_SHARE_WITH_OTHERS = 0.35


def is_unread(words: Sequence[str], english: Collection[str], among_others: Collection[str]) -> bool:
    """Whether these words (8 or more) are surely not English; fewer are not judged.

    `english` are its common words, `among_others` those that other languages may have too.
    """
    letters = [word for word in words if not word.isdigit()]
    foreign = sum(not word.isascii() for word in letters)
    # Chinese, Japanese, Thai and others put no spaces between words: two letters count as one word there.
    unspaced = sum(len(word) // 2 for word in letters if word >= "\u0e00")
    if foreign + unspaced >= _FEWEST_WORDS and foreign * 2 > len(letters):
        return True
    if len(letters) < _FEWEST_WORDS:
        return False
    sure = sum(word in english for word in letters)
    perhaps = sure + sum(word in among_others for word in letters)
    return sure < _ENGLISH_SHARE * len(letters) and perhaps < _SHARE_WITH_OTHERS * len(letters)
