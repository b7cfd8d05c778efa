"""The lexicon: reviewable data files, read once, and the search for their patterns in a text.

A pattern is words in a row. `{name}` is any phrase of that class in `words.toml`, `a|b` either word, `word?` a
word that may be missing, `..` up to three words that are not negations (`..6` up to six), `^` at the front the
start of a sentence. No pattern reaches over the end of a sentence.

Every entry has the `reason` that a moderator reads, and `because`: why it stands here, for whoever reviews it.
An entry's `about` says of whom it can be: `anyone` (the sentence decides), `anyone_but_you`,
`whoever_is_named` (nobody, when nobody is named), `self`, `someone_else`. `not_lowered_by` names what does
not weaken it; `just_now` is the level and category it has when it was only just.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from moderation.screening.agreed import Shape, shape
from moderation.screening.result import CATEGORIES, Level
from moderation.screening.text import Reader, Reading

_FOLDER = Path(__file__).parent / "lexicons"
_WEIGHTS = {Level.GREEN: 0.15, Level.AMBER: 0.3, Level.RED: 0.5, Level.CRISIS: 0.6}
_ABOUT = {"anyone", "anyone_but_you", "whoever_is_named", "self", "someone_else"}
_LOWERING = {"negation", "person", "past", "humour", "quotation", "return", "condition", "everyday"}
_OTHER = ""  # stands for every word that no pattern knows, so that what is kept stays bounded
_MOST_STEPS = 100_000  # some 20 MB
# What a site may tell of an entry of its own, and whether it is a list; how much of it there can be.
_OWN_PARTS = {
    "id": False, "category": False, "level": False, "reason": False, "because": False, "about": False,
    "not_lowered_by": True, "patterns": True, "matches": True, "not_matches": True,
}  # fmt: skip
_MOST_OWN, _LONGEST_LINE, _WIDEST_GAP = 300, 300, 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One reviewed thing that people say. At level green it counts only in company, an idiom or a cue never."""

    id: str
    category: str
    level: Level
    weight: float
    reason: str
    because: str
    about: str
    not_lowered_by: frozenset[str]
    just_now: tuple[Level, str] | None
    patterns: tuple[str, ...]
    matches: tuple[str, ...]
    not_matches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found at words `start` to `end` (exclusive) of a reading."""

    entry: Entry
    start: int
    end: int


_Spell = Callable[[str], list[str]]


class _Node:
    """A place in the net of patterns: which word leads where, and which entries end here."""

    __slots__ = ("after", "any_word", "ends", "skips", "words")

    def __init__(self) -> None:
        self.words: dict[str, list[_Node]] = {}
        self.any_word: _Node | None = None
        self.skips: list[_Node] = []
        self.ends: list[Entry] = []
        self.after: dict[str, _Node] = {}

    def step(self, word: str, target: "_Node") -> None:
        targets = self.words.setdefault(word, [])
        if target not in targets:
            targets.append(target)


class _State:
    """Where a search stands: every place in the net that the words so far lead to. Steps once taken are kept."""

    __slots__ = ("ends", "nodes", "steps")

    def __init__(self, nodes: tuple[_Node, ...]) -> None:
        self.nodes = nodes
        self.ends = tuple(entry for node in nodes for entry in node.ends)
        self.steps: dict[str, _State | None] = {}


class Lexicon:
    """All entries, the words they are made of, and a reader that undoes spelling tricks towards those words."""

    def __init__(
        self, words: Mapping[str, Any], entries: Iterable[Entry], version: str, shapes: Iterable[Shape] = ()
    ) -> None:
        self.version = version
        self.shapes = tuple(shapes)
        self.entries = tuple(entries)
        self.negations = frozenset(words["negations"])
        self.people = {kind: frozenset(names) for kind, names in words["people"].items()}
        (
            self.joins,
            self.subject_joins,
            self.denies_nothing,
            self.in_the_past,
            self.up_to_now,
            self.conditions,
        ) = (
            frozenset(words["scope"][name])
            for name in ("joins", "subject_joins", "denies_nothing", "in_the_past", "up_to_now", "conditions")
        )
        self.english = frozenset(words["languages"]["english"])
        spelling = words["spelling"]
        self._classes: Mapping[str, list[str]] = words["classes"]
        spell = cache(Reader((), spelling["rewrites"], {}, words["fillers"], ()).phrase)
        self._root, self._opening = _Node(), _Node()
        self._laid: set[str] = set()
        for entry in self.entries:
            for pattern in entry.patterns:
                self._add(pattern, entry, spell)
        self._start: tuple[_State, _State] | None = None
        self._steps_kept = 0
        self._known = self._vocabulary(spell, words)
        self.english_among_others = frozenset(words["languages"]["english_among_others"]) | self._known
        self.reader = Reader(
            self._known,
            spelling["rewrites"],
            spelling["emoji"],
            words["fillers"],
            spelling["typed_wrong"],
            spelling["as_they_are"],
        )

    def read(self, text: str) -> Reading:
        """The words of `text`, spelt the way the patterns are."""
        return self.reader.read(text)

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """Every entry found, the longest match from each first word, in the order of the text."""
        sentences, count = reading.sentences, len(reading.words)
        words = [word if word in self._known else _OTHER for word in reading.words]
        anywhere, opening = self._begin()
        for first in range(count):
            sentence = sentences[first]
            state: _State | None = opening if first == 0 or sentences[first - 1] != sentence else anywhere
            found: dict[str, Hit] = {}
            for place in range(first, count):
                if sentences[place] != sentence:
                    break
                word = words[place]
                assert state is not None
                state = state.steps[word] if word in state.steps else self._step(state, word)
                if state is None:
                    break
                for entry in state.ends:
                    found[entry.id] = Hit(entry, first, place + 1)
            yield from found.values()

    def _begin(self) -> tuple[_State, _State]:
        """The two places to start from. All that was kept is forgotten when it has grown large."""
        if self._start is None or self._steps_kept > _MOST_STEPS:
            self._steps_kept = 0
            self._states: dict[tuple[int, ...], _State] = {}
            self._start = (_State((self._root,)), _State((self._root, self._opening)))
        return self._start

    def _step(self, state: _State, word: str) -> _State | None:
        is_other = word == _OTHER or (
            word not in self.negations and not any(word in node.words for node in state.nodes)
        )
        if is_other and _OTHER in state.steps:
            state.steps[word] = state.steps[_OTHER]  # most words lead no further than any other word
            return state.steps[word]
        reached: dict[int, _Node] = {}
        for node in state.nodes:
            for target in node.words.get(word, ()):
                _reach(target, reached)
            if node.any_word is not None and word not in self.negations:
                _reach(node.any_word, reached)
        after: _State | None = None
        if reached:
            places = tuple(sorted(reached))
            after = self._states.get(places)
            if after is None:
                after = self._states[places] = _State(tuple(reached.values()))
        state.steps[word] = after
        if is_other:
            state.steps[_OTHER] = after
        self._steps_kept += 1
        return after

    def _add(self, pattern: str, entry: Entry, spell: _Spell) -> None:
        node = self._opening if pattern.startswith("^ ") else self._root
        for element in pattern.removeprefix("^ ").split():
            if element not in node.after:
                node.after[element] = _Node()
                self._lead(node, element, node.after[element], spell)
            node = node.after[element]
        node.ends.append(entry)

    def _lead(self, node: _Node, element: str, target: _Node, spell: _Spell) -> None:
        """Lay every way that `element` can be said from `node` to `target`."""
        if element.startswith(".."):
            for _ in range(int(element[2:] or 3)):
                node.skips.append(target)
                node.any_word = node.any_word or _Node()
                node = node.any_word
            node.skips.append(target)
            return
        if element.endswith("?"):
            node.skips.append(target)
        for choice in element.rstrip("?").split("|"):
            if choice.startswith("{"):
                if choice[1:-1] not in self._classes:
                    raise ValueError(f"no such class of words: {choice}")
                for phrase in self._classes[choice[1:-1]]:
                    self._follow(node, phrase.split(), target, spell)
            else:
                self._lay(node, spell(choice), target, element)

    def _lay(self, node: _Node, words: list[str], target: _Node, element: str) -> None:
        if not words:
            raise ValueError(f"'{element}' holds a filler, which is never left in a text")
        self._laid.update(words)
        for word in words[:-1]:
            between = _Node()
            node.step(word, between)
            node = between
        node.step(words[-1], target)

    def _follow(self, node: _Node, elements: list[str], target: _Node, spell: _Spell) -> None:
        for element in elements[:-1]:
            between = _Node()
            self._lead(node, element, between, spell)
            node = between
        self._lead(node, elements[-1], target, spell)

    def _vocabulary(self, spell: _Spell, words: Mapping[str, Any]) -> set[str]:
        """Every word that a pattern, a scope or a person is made of."""
        seen = set(self._laid)
        for fixed in ("fillers", "negations"):
            seen.update(words[fixed])
        for people in words["people"].values():
            seen.update(word for person in people for word in spell(person))
        return seen


@cache
def lexicon() -> Lexicon:
    """The lexicon of the data files beside this module, read once in a process."""
    return lexicon_of(shipped_files())


@cache
def shipped_files() -> Mapping[str, bytes]:
    """The data files beside this module, by their names without `.toml`."""
    return {file.stem: file.read_bytes() for file in sorted(_FOLDER.glob("*.toml"))}


def lexicon_of(files: Mapping[str, bytes]) -> Lexicon:
    """The lexicon of these data files; ValueError where they are none."""
    words, entries, shapes, version = _told(files)
    return Lexicon(words, entries, version, shapes)


@lru_cache(maxsize=1)
def lexicon_with(own_words: str) -> Lexicon:
    """The lexicon and a site's own words, as `with_own_words`."""
    return with_own_words(shipped_files(), own_words)


def with_own_words(files: Mapping[str, bytes], own_words: str) -> Lexicon:
    """These data files and a site's own words, told as TOML: `[slang]`, typed = "meant", and `[[entry]]` as in ours.

    A site adds and never takes away: no entry may calm (be an idiom or a cue), and no slang may give another
    meaning to a word that is known already. Raises ValueError with what is wrong, in words for who wrote them.
    """
    words, entries, shapes, version = _told(files)
    slang, raw_entries = _parsed(own_words)
    _refuse_taken(slang, lexicon() if files is shipped_files() else lexicon_of(files))
    own = [_own_entry(raw) for raw in raw_entries]
    _refuse_twice([*entries, *own])
    spelling = {**words["spelling"], "rewrites": {**words["spelling"]["rewrites"], **slang}}
    name = hashlib.sha256(f"{version}\0{own_words}".encode("utf-8", "surrogatepass")).hexdigest()[:6]
    made = Lexicon(
        {**words, "spelling": spelling}, [*entries, *own], f"{words['edition']}.own-{name}", shapes
    )
    _refuse_wrong_examples(made, own)
    return made


def _told(files: Mapping[str, bytes]) -> tuple[dict[str, Any], list[Entry], list[Shape], str]:
    """What the data files tell; ValueError names the file that is not one."""
    data: dict[str, Any] = {}
    for name in sorted(files):
        try:
            data[name] = tomllib.loads(files[name].decode())
        except (ValueError, RecursionError) as wrong:
            raise ValueError(f"{name}.toml: {wrong}") from None
    digest = hashlib.sha256(b"\0".join(files[name] for name in sorted(files))).hexdigest()
    try:
        words = data.pop("words")
        entries = [_entry(raw) for name in sorted(data) for raw in data[name]["entry"]]
        shapes = [shape(raw) for name in sorted(data) for raw in data[name].get("shape", ())]
        version = f"{words['edition']}-{digest[:10]}"
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"not a lexicon: {type(wrong).__name__} {wrong}") from None
    _refuse_twice(entries)
    return words, entries, shapes, version


def _parsed(own_words: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The slang and the entries that were told."""
    try:
        told = tomllib.loads(own_words)
    except tomllib.TOMLDecodeError as wrong:
        raise ValueError(f"not TOML: {wrong}") from None
    except RecursionError:
        raise ValueError("not TOML: brackets in brackets without end") from None
    slang, entries = told.pop("slang", {}), told.pop("entry", [])
    if told:
        raise ValueError(f"'{next(iter(told))}' is not known here: there is [slang], and [[entry]]")
    if not isinstance(slang, dict):
        raise ValueError("slang is told as [slang], and below it a line for each word")
    if not isinstance(entries, list) or not all(isinstance(raw, dict) for raw in entries):
        raise ValueError("each entry begins with a line [[entry]]")
    if len(slang) > _MOST_OWN or len(entries) > _MOST_OWN:
        raise ValueError(f"there can be {_MOST_OWN} words of slang and as many entries")
    return slang, entries


def _refuse_taken(slang: Mapping[str, Any], known: Lexicon) -> None:
    for typed, meant in slang.items():
        if not isinstance(meant, str) or not meant.strip() or len(meant) > _LONGEST_LINE:
            raise ValueError(f"slang '{typed}' needs the words that it means")
        if typed != typed.lower() or len(typed.split()) != 1 or known.reader.is_known(typed):
            raise ValueError(f"slang '{typed}' is not one new word in small letters")


def _own_entry(raw: dict[str, Any]) -> Entry:
    name = raw.get("id", "an entry without id")
    _refuse_misshapen(name, raw)
    try:
        entry = _entry(raw)
    except KeyError as missing:
        raise ValueError(f"{name}: {missing} is missing") from None
    if entry.category not in CATEGORIES:
        raise ValueError(f"{name}: a site's own words cannot calm: {entry.category}")
    if not entry.matches or not entry.not_matches:
        raise ValueError(f"{name}: needs examples that match and examples that must not")
    return entry


def _refuse_misshapen(name: Any, raw: Mapping[str, Any]) -> None:
    """An entry whose parts are of the wrong kind, or a pattern that would fill the memory."""
    for part, told in raw.items():
        if part not in _OWN_PARTS:
            raise ValueError(f"{name}: '{part}' is not known; there are {', '.join(_OWN_PARTS)}")
        lines = told if _OWN_PARTS[part] else [told]
        if not isinstance(lines, list) or not all(isinstance(line, str) and line.strip() for line in lines):
            kind = 'a list, as in ["one", "another"]' if _OWN_PARTS[part] else 'words in "quotes"'
            raise ValueError(f"{name}: '{part}' must be {kind}")
        if len(lines) > _MOST_OWN or any(len(line) > _LONGEST_LINE for line in lines):
            raise ValueError(f"{name}: '{part}' is too long")
    if raw.get("level", "green") not in list(Level):
        raise ValueError(f"{name}: 'level' must be one of {', '.join(Level)}")
    for pattern in raw.get("patterns", ()):
        for gap in (word for word in pattern.split() if word.startswith("..")):
            if gap not in ("..", *(f"..{words}" for words in range(1, _WIDEST_GAP + 1))):
                raise ValueError(f"{name}: '{gap}' must be .. or a number up to ..{_WIDEST_GAP}")


def _refuse_wrong_examples(made: Lexicon, own: Iterable[Entry]) -> None:
    for entry in own:
        for examples, wanted, wrong in (
            (entry.matches, True, "is not recognised"),
            (entry.not_matches, False, "is recognised"),
        ):
            for text in examples:
                if any(hit.entry.id == entry.id for hit in made.hits(made.read(text))) is not wanted:
                    raise ValueError(f"{entry.id}: '{text}' {wrong}")


def _refuse_twice(entries: Iterable[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise ValueError(f"{entry.id}: two entries with the same id")
        seen.add(entry.id)


def _reach(node: _Node, reached: dict[int, _Node]) -> None:
    """Add `node` and all that can be reached from it without another word."""
    if id(node) not in reached:
        reached[id(node)] = node
        for beyond in node.skips:
            _reach(beyond, reached)


def _entry(raw: dict[str, Any]) -> Entry:
    category, about = raw["category"], raw.get("about", "anyone")
    not_lowered_by = frozenset(raw.get("not_lowered_by", ()))
    if category not in CATEGORIES and category != "idiom" and not category.startswith("cue."):
        raise ValueError(f"{raw['id']}: no such category: {category}")
    if about not in _ABOUT or not not_lowered_by <= _LOWERING:
        raise ValueError(f"{raw['id']}: unknown 'about' or 'not_lowered_by'")
    level = Level(raw.get("level", "green"))
    just_now = raw.get("just_now")
    return Entry(
        id=raw["id"],
        category=category,
        level=level,
        weight=float(raw.get("weight", _WEIGHTS[level])),
        reason=raw["reason"],
        because=raw["because"],
        about=about,
        not_lowered_by=not_lowered_by,
        just_now=(Level(just_now["level"]), just_now["category"]) if just_now else None,
        patterns=tuple(raw["patterns"]),
        matches=tuple(raw["matches"]),
        not_matches=tuple(raw["not_matches"]),
    )
