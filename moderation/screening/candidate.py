"""A screener of files that do not ship: another lexicon, another model, or both, tried beside the one that reads."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from moderation.screening import model
from moderation.screening.levels import CUTS, Cuts
from moderation.screening.lexicon import Lexicon, lexicon_of, shipped_files, with_own_words
from moderation.screening.result import AGREED_RULES, CATEGORIES
from moderation.screening.scope import Scope
from moderation.screening.screener import Screener

TABLE = "model.json.gz"


def whole(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files` with everything that ships and that they do not replace: what stays the same whatever ships later.

    They are named as they lie in the folder: `model.json.gz` and `lexicons/NAME.toml`. ValueError names any other.
    """
    shipped = {_named(name): content for name, content in shipped_files().items()}
    unknown = [name for name in files if name != TABLE and not _is_lexicon(name)]
    if unknown or not files:
        raise ValueError(
            f"there is {', '.join(unknown) or 'nothing'}; needed are {TABLE}, lexicons/NAME.toml or both"
        )
    return shipped | {TABLE: model.TABLE.read_bytes()} | dict(files)


def screener_of(
    files: Mapping[str, bytes], own_words: str = "", *, cuts: Cuts = CUTS, mark: str = ""
) -> Screener:
    """The screener of these files (as `whole` names them) with a site's own words; ValueError says what is wrong."""
    told = {Path(name).stem: content for name, content in files.items() if _is_lexicon(name)}
    if not told:
        raise ValueError("there is no lexicon")
    judge = _model_of(files[TABLE]) if TABLE in files else None
    words = with_own_words(told, own_words) if own_words.strip() else lexicon_of(told)
    return Screener(words, frozenset(), cuts, mark, judge)


def wrong_examples(screener: Screener) -> list[str]:
    """The entries whose examples do not hold, by their ids: not found where they should be, or found elsewhere."""
    words = screener.words
    wrong: list[str] = []
    for entry in words.entries:
        raises = entry.category in CATEGORIES
        for examples, wanted in ((entry.matches, True), (entry.not_matches, False)):
            if any((entry.id in _found(words, text, raises)) is not wanted for text in examples):
                wrong.append(entry.id)
    return list(dict.fromkeys(wrong))


def _found(words: Lexicon, text: str, meant: bool) -> set[str]:
    """What is found in this text; of what raises, only what is `meant`."""
    reading = words.read(text)
    hits = list(words.hits(reading))
    if meant:
        hits = [one.hit for one in Scope(reading, words, hits, AGREED_RULES).meant()]
    return {hit.entry.id for hit in hits}


def _model_of(table: bytes) -> model.Model:
    with tempfile.NamedTemporaryFile(suffix=".json.gz") as file:
        file.write(table)
        file.flush()
        try:
            return model.loaded(Path(file.name))
        except model.Missing as wrong:
            raise ValueError(f"{TABLE} is no model: {wrong.__cause__!r}") from None


def _is_lexicon(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder == "lexicons" and file.endswith(".toml") and "/" not in file


def _named(stem: str) -> str:
    return f"lexicons/{stem}.toml"
