"""Undo the spelling tricks of a text, word by word, and keep the way back to the characters as typed."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

_WORD = re.compile(r"[$@]?[^\W_](?:[^\W_]|['@$!|*](?=[^\W_'@$!|*]|['@$!|*]{1,4}[^\W_]))*")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_QUOTATION = re.compile(r"""\"[^"\n]{1,300}\"|(?<![\w'])'(?=[^\s'])[^\n]{1,200}?(?<=[^\s'])'(?![\w'])""")
_THREE_ALIKE = re.compile(r"(.)\1{2,}")
_TWO_ALIKE_ONLY = re.compile(r"(.)\1")
_TWO_ALIKE = re.compile(r"(.)\1+")
# "Tonight's the night", but "mum's house".
_BEFORE_IS = frozenset(
    {
        "he",
        "she",
        "it",
        "that",
        "there",
        "what",
        "who",
        "here",
        "tonight",
        "today",
        "tomorrow",
        "everything",
        "life",
    }
)
_SYMBOLS = re.compile(r"[$@!|*']+")
_SENTENCE_ENDS = frozenset(".!?;")
_CLAUSE_ENDS = frozenset(',:()"-')
_BETWEEN_LETTERS = frozenset(" .-_*/,+|~")
_WITHIN_A_WORD = frozenset("-_~+/.")
_LONGEST_WORD = 14
_MOST_CHARACTERS = 8192  # that are kept in mind
# "Ill" before one of these is "I'll"; elsewhere it is an illness.
_AFTER_I_WILL = frozenset(
    {
        "be", "do", "go", "have", "never", "not", "just", "take", "kill", "end", "miss", "see", "get", "make", "stop",
        "leave", "try",
    }
)  # fmt: skip

# Letters that are drawn like a Latin letter. They are only read as Latin in a word that is otherwise
# Latin, or where the word so read is one the lexicon knows: real Cyrillic or Greek stays what it is.
_LOOK_ALIKES = str.maketrans(
    "абвгԁеёһіїјкӏмнпорԛгѕтуүхшԝьαβγδεζηικλμνοπρστυχωѡɑɡɩϲⅼıłøđħŧс",
    "abbrdeehiijklmhnopqrstyyxwwbabyoezniklmvonpotuxwwagiclilodhtc",
)
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_LEET = tuple(str.maketrans("013457@$!|", f"o{one}east" + f"as{one}l") for one in "il")
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_QUOTES = {**dict.fromkeys("‘’ʼ`´′＇", "'"), **dict.fromkeys("“”„«»", '"')}


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as words. Word `i` was typed at `starts[i]:ends[i]`; the other lists run alongside."""

    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    after_break: list[bool]
    quoted_line: list[bool]
    quotation: list[bool]
    titled: list[bool]
    spoken: list[str]
    questions: set[int]


class _Typed(NamedTuple):
    """A stretch of letters as it stands in the folded text."""

    letters: str
    start: int
    end: int


class _Folding(dict[int, str]):
    """What each character is read as, found out when it is first met. `uneven` are those that are not one character."""

    def __init__(self, emoji: Mapping[str, str]) -> None:
        super().__init__()
        self.uneven: set[str] = set()
        self._emoji = dict(emoji)

    def __missing__(self, code: int) -> str:
        character = chr(code)
        meant = self._emoji.get(character)
        plain = _plain(character) if meant is None else f" {meant} "
        if len(self) > _MOST_CHARACTERS:
            self.clear()  # somebody types all of Unicode
        if len(plain) != 1:
            self.uneven.add(character)
        self[code] = plain
        return plain


class Reader:
    """Reads texts into words. `vocabulary` is what the lexicon can recognise: a trick is undone towards it only."""

    def __init__(
        self,
        vocabulary: Iterable[str],
        rewrites: Mapping[str, str],
        emoji: Mapping[str, str],
        fillers: Iterable[str],
        typed_wrong: Iterable[str],
        as_they_are: Iterable[str] = (),
    ) -> None:
        self._vocabulary = frozenset(vocabulary)
        self._rewrites = {typed: tuple(meant.split()) for typed, meant in rewrites.items()}
        self._folding = _Folding(emoji)
        self._fillers = frozenset(fillers)
        self._doubled = frozenset(as_they_are)
        self._squeezed = {_TWO_ALIKE.sub(r"\1", word): word for word in sorted(self._vocabulary)}
        real = self._vocabulary | self._rewrites.keys() | self._doubled
        self._slips = _swapped(self._vocabulary, real) | _slips(typed_wrong, real)
        self._by_length: dict[int, list[str]] = {
            length: sorted(words) for length, words in groupby(sorted(self._vocabulary, key=len), key=len)
        }

    def read(self, text: str) -> Reading:
        """The words of `text` with their places; any string is accepted and time grows with its length only."""
        folded, places = self._fold(text)
        folded = _LINK.sub(lambda link: " " * len(link[0]), folded)
        typed = [_Typed(match[0], *match.span()) for match in _WORD.finditer(folded)]
        quotations = _inside(_QUOTATION, folded) if '"' in folded or "'" in folded else b""
        reading = Reading([], [], [], [], [], [], [], [], [], set())
        sentence, quoted, place = 0, False, 0
        for word, said in self._said(typed, folded):
            start, end = places[word.start], places[word.end - 1] + 1
            between = folded[place : word.start]
            breaks = False
            if between != " ":
                ends, breaks = _pause(between, text[start], opening=place == 0)
                if ends and "?" in between:
                    reading.questions.add(sentence)
                sentence += ends
                if "\n" in between or place == 0:
                    quoted = between.rpartition("\n")[2].lstrip(" ").startswith(">")
            reading.spoken.extend(said)
            for meant in said:
                if meant in self._fillers:
                    continue
                reading.words.append(meant)
                reading.starts.append(start)
                reading.ends.append(end)
                reading.sentences.append(sentence)
                reading.after_break.append(breaks)
                reading.quoted_line.append(quoted)
                reading.quotation.append(word.start < len(quotations) and bool(quotations[word.start]))
                reading.titled.append(text[start].isupper())
                breaks = False
            place = word.end
        if "?" in folded[place : place + 3]:
            reading.questions.add(sentence)
        _join_one_word_sentences(reading.sentences)
        return reading

    def phrase(self, words: str) -> list[str]:
        """The words of a phrase of the lexicon, spelt the way a text is read."""
        said = (meant for typed in words.split() for meant in self._meant(typed))
        return [word for word in said if word not in self._fillers]

    def _fold(self, text: str) -> tuple[str, "list[int] | range"]:
        folded = text.translate(self._folding)
        if self._folding.uneven.isdisjoint(text):
            return folded, range(len(text))
        places: list[int] = []
        for place, character in enumerate(text):
            places.extend([place] * len(self._folding[ord(character)]))
        return folded, places

    def _said(self, typed: list[_Typed], folded: str) -> Iterable[tuple[_Typed, tuple[str, ...]]]:
        at, last = 0, len(typed)
        while at < last:
            word = typed[at]
            if word.end - word.start == 1 and (run := _spaced_run(typed, at, folded)) > 2:
                yield from self._spaced(typed[at : at + run])
                at += run
                continue
            at += 1
            if at < last and (joined := self._joined(word, typed[at], folded)) is not None:
                at += 1
                yield joined, self._meant(joined.letters)
                continue
            if word.letters == "ill" and at < last and typed[at].letters in _AFTER_I_WILL:
                yield word, ("i", "will")
                continue
            if folded[word.start - 1 : word.start] == "#":
                parts = self._parts(word.letters)
                said = [meant for part in parts for meant in self._meant(part)]
                yield word, tuple(said) if all(map(self.is_known, parts)) else self._meant(word.letters)
            else:
                yield word, self._meant(word.letters)

    def _joined(self, word: _Typed, after: _Typed, folded: str) -> _Typed | None:
        """Two pieces with one mark between them as the known word that they make, where they are none alone."""
        if after.start - word.end != 1 or folded[word.end] not in _WITHIN_A_WORD:
            return None
        letters = word.letters + after.letters
        alone = self.is_known(word.letters) and self.is_known(after.letters)
        if alone or len(letters) > _LONGEST_WORD or not self.is_known(letters):
            return None
        return _Typed(letters, word.start, after.end)

    def _spaced(self, letters: list[_Typed]) -> Iterable[tuple[_Typed, tuple[str, ...]]]:
        parts = self._parts("".join(letter.letters for letter in letters))
        if max(map(len, parts), default=0) < 3:
            yield from ((letter, (letter.letters,)) for letter in letters)
            return
        at = 0
        for part in parts:
            first, last = letters[at], letters[at + len(part) - 1]
            yield _Typed(part, first.start, last.end), self._meant(part)
            at += len(part)

    def _parts(self, letters: str) -> list[str]:
        """`letters` cut into known words, the longest first; a letter that fits nowhere stays alone."""
        parts, at = [], 0
        while at < len(letters):
            longest = min(_LONGEST_WORD, len(letters) - at)
            size = next((size for size in range(longest, 1, -1) if self.is_known(letters[at : at + size])), 1)
            parts.append(letters[at : at + size])
            at += size
        return parts

    def is_known(self, word: str) -> bool:
        """Whether the lexicon recognises this word as it stands."""
        return word in self._vocabulary or word in self._rewrites

    def _meant(self, typed: str) -> tuple[str, ...]:
        if (rewrite := self._rewrites.get(typed)) is not None:
            return rewrite
        if typed in self._vocabulary:
            return (typed,)
        if not typed.isascii():
            latin = typed.translate(_LOOK_ALIKES)
            if latin.isascii() and (self.is_known(latin) or _has_latin(typed)):
                return self._meant(latin)
            return (typed,)
        if not typed.isalpha():
            return self._unmasked(typed)
        if (shorter := self._unstretched(typed)) is not None:
            return self._meant(shorter)
        if typed.endswith("in") and f"{typed}g" in self._vocabulary:
            return (f"{typed}g",)
        return (self._slips.get(typed, typed),)

    def _unstretched(self, typed: str) -> str | None:
        """The known word that was typed with letters too many."""
        if _THREE_ALIKE.search(typed):
            single = _TWO_ALIKE.sub(r"\1", typed)
            shorter = [_THREE_ALIKE.sub(r"\1\1", typed), single, self._squeezed.get(single, single)]
        elif typed in self._doubled:
            return None
        else:
            pairs = _TWO_ALIKE_ONLY.finditer(typed)
            shorter = [typed[: pair.start()] + typed[pair.start() + 1 :] for pair in pairs]
        return next((word for word in shorter if self.is_known(word)), None)

    def _unmasked(self, typed: str) -> tuple[str, ...]:
        if typed.isdigit():
            return (typed,)
        for leet in _LEET:
            plain = typed.translate(leet)
            for candidate in (plain, _TWO_ALIKE.sub(r"\1", plain)):
                if self.is_known(candidate):
                    return self._meant(candidate)
        if "*" in typed and len(typed) <= _LONGEST_WORD:
            mask = re.compile(re.escape(typed).replace(r"\*", "."))
            fits = [word for word in self._by_length.get(len(typed), ()) if mask.fullmatch(word)]
            if len(fits) == 1:
                return (fits[0],)
        if "'" in typed:
            return tuple(word for word in _contraction(typed) if word)
        pieces = [piece for piece in _SYMBOLS.split(typed) if piece]
        if len(pieces) > 1:
            return tuple(meant for piece in pieces for meant in self._meant(piece))
        return (pieces[0],) if pieces else (typed,)


def _contraction(typed: str) -> tuple[str, ...]:
    if typed.endswith("n't"):
        return (typed[:-3], "not")
    stem, _, ending = typed.partition("'")
    meant = {"m": "am", "ve": "have", "ll": "will", "d": "would", "re": "are"}.get(ending)
    if stem and meant:
        return (stem, meant)
    if ending == "s":
        return (stem, "is") if stem in _BEFORE_IS else (stem,)
    return (typed.replace("'", ""),)


def _plain(character: str) -> str:
    """One character as small plain letters: nothing for an invisible one, 'kk' style expansions as NFKD has them."""
    if character in _INVISIBLE_LETTERS or _is_kept_free(ord(character)):
        return ""
    if special := _QUOTES.get(character) or _SMALL_CAPITALS.get(character) or _boxed_letter(ord(character)):
        return special
    category = unicodedata.category(character)
    if character in "\n\r\x0b\x0c\x85" or category in {"Zl", "Zp"}:
        return "\n"
    if category in {"Cf", "Mn", "Me"} or (category == "Cc" and character != "\t"):
        return ""
    if category == "Pd":
        return "-"
    apart = unicodedata.normalize("NFKD", character).lower()
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _is_kept_free(code: int) -> bool:
    """Whether Unicode keeps this place for something that will never be drawn: nobody sees it today either."""
    return code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or 0xE0000 <= code <= 0xE0FFF


def _boxed_letter(code: int) -> str:
    for first in (0x1F150, 0x1F170, 0x1F1E6):
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    return ""


def _has_latin(word: str) -> bool:
    return any("a" <= letter <= "z" for letter in word)


def _spaced_run(typed: list[_Typed], at: int, folded: str) -> int:
    """How many single letters stand in a row from `at`, each a little apart from the next."""
    run = 1
    while at + run < len(typed):
        before, letter = typed[at + run - 1], typed[at + run]
        gap = folded[before.end : letter.start]
        if letter.end - letter.start != 1 or len(gap) > 3 or not _BETWEEN_LETTERS.issuperset(gap):
            break
        run += 1
    return run


def _pause(between: str, first: str, *, opening: bool) -> tuple[bool, bool]:
    """Whether a sentence, and whether at least a clause, ends in the characters before a word starting with `first`."""
    if opening:
        return False, False
    marks = frozenset(between)
    if not marks.isdisjoint(_SENTENCE_ENDS):
        return True, True
    if "\n" in marks:
        ends = between.count("\n") > 1 or first.isupper() or ">" in marks or "-" in marks
        return ends, True
    return False, not marks.isdisjoint(_CLAUSE_ENDS)


def _inside(pattern: re.Pattern[str], folded: str) -> bytes:
    marked = bytearray(len(folded))
    for match in pattern.finditer(folded):
        marked[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    return bytes(marked)


def _join_one_word_sentences(sentences: list[int]) -> None:
    """Three or more sentences of one word in a row are one sentence said with force."""
    runs = [[number, len(list(words))] for number, words in groupby(sentences)]
    at, place = 0, 0
    while at < len(runs):
        until = at
        while until < len(runs) and runs[until][1] == 1:
            until += 1
        if until - at >= 3:
            sentences[place : place + until - at] = [runs[at][0]] * (until - at)
            place += until - at
            at = until
            continue
        place += runs[at][1]
        at += 1


def _swapped(words: Iterable[str], real_words: Collection[str]) -> dict[str, str]:
    """Each longer word with two neighbouring letters changed about, and what was meant."""
    swapped: dict[str, str] = {}
    for word in words:
        if len(word) > 4 and word.isalpha():
            for at in range(1, len(word) - 1):
                wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
                if wrong not in real_words:
                    swapped[wrong] = word
    return swapped


def _slips(words: Iterable[str], real_words: Iterable[str]) -> dict[str, str]:
    """Each word one slip of the finger away from one of `words`, and what was meant."""
    letters, taken = "abcdefghijklmnopqrstuvwxyz", frozenset(real_words)
    slips: dict[str, str] = {}
    for word in words:
        cuts = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
        for before, after in cuts:
            wrong = [before + after[1:], before[:-1] + after[:1] + before[-1] + after[1:]]
            wrong += [before + letter + after for letter in letters]
            wrong += [before + letter + after[1:] for letter in letters]
            slips.update((slip, word) for slip in wrong if slip not in taken)
    return slips
