"""Tell when a text is surely in a language that the lexicon does not read."""

_FEWEST_WORDS = 8
_ENGLISH_SHARE = 0.08
# Common English words that are not common words of another language in Latin letters.
_ENGLISH = frozenset(
    "the of and that have it for not with you this but from they say her she will my what there would their about"
    " which when make can like time just know people into your some could them than then only how our because these"
    " most are were been has had did does be to i am is at if feel by or all so get got go been who why where him his"
    " more very too now still one any more always never day back good want need life way thing things think too he we"
    " out up down off after before again much really going take work".split()
)


def is_unread(words: list[str]) -> bool:
    """Whether these words (8 or more) are surely not English; a text with hardly any words is not judged."""
    letters = [word for word in words if not word.isdigit()]
    foreign = sum(not word.isascii() for word in letters)
    # Chinese, Japanese, Thai and others put no spaces between words: two letters count as one there.
    unspaced = sum(len(word) // 2 for word in letters if word[0] >= "\u0e00")
    if foreign + unspaced >= _FEWEST_WORDS and foreign * 2 > len(letters):
        return True
    if len(letters) < _FEWEST_WORDS:
        return False
    return sum(word in _ENGLISH for word in letters) < _ENGLISH_SHARE * len(letters)
