"""Who can be called, texted or written to, by country: read once from files, with no database.

The project brings help_lines.toml; a site adds to it and changes it with a file of its own, named in HELP_LINES.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from forum.care.opening import Opening, Standing, opening

ANYWHERE = "*"
OURS = Path(__file__).with_name("help_lines.toml")
_NUMBER = re.compile(r"\+?[0-9][0-9 -]*")
Entry = TypeVar("Entry", bound="Country | Topic | HelpLine")


class WrongLines(Exception):
    """A file of help lines cannot be used; the message is one sentence that says where and why."""


class Kind(StrEnum):
    """What a line does: people who listen, advice about what help there is, or the emergency services."""

    LISTENING = "listening"
    ADVICE = "advice"
    EMERGENCY = "emergency"


@dataclass(frozen=True)
class HelpLine:
    """One service. `text_word` is what to send to `text`; `about`: it is for these topics before others; ages in
    years, both included; `for_young`: for children and young people, with no exact age known here."""

    id: str
    country: str
    name: str
    for_whom: str
    opening: Opening
    source: str
    listed_on: date
    call: str | None = None
    text: str | None = None
    text_word: str | None = None
    textphone: str | None = None
    chat_url: str | None = None
    url: str | None = None
    kind: Kind = Kind.LISTENING
    about: tuple[str, ...] = ()
    youngest: int | None = None
    oldest: int | None = None
    for_young: bool = False

    @property
    def emergency(self) -> bool:
        """Whether these are the emergency services."""
        return self.kind is Kind.EMERGENCY

    @property
    def has_ages(self) -> bool:
        """Whether it is for people of certain ages only."""
        return self.for_young or self.youngest is not None or self.oldest is not None

    @property
    def mark(self) -> str:
        """Another one as soon as anything differs that somebody who checks the line would look at."""
        told = [repr(getattr(self, field.name)) for field in fields(self) if field.name != "listed_on"]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]

    def at(self, now: datetime) -> Standing:
        """Whether it answers now, in words."""
        return self.opening.at(now)

    def is_for(self, ages: "Ages") -> bool:
        """Whether it is for everybody of these ages, but perhaps the smallest of children."""
        if self.for_young and ages.youngest > YOUNG:
            return False
        too_old = self.oldest is not None and (ages.oldest is None or ages.oldest > self.oldest)
        too_young = self.youngest is not None and ages.oldest is not None and ages.oldest < self.youngest
        return not (too_old or too_young)


@dataclass(frozen=True)
class Country:
    """A country that has lines of its own here, perhaps within another one."""

    code: str
    name: str
    within: str | None = None


@dataclass(frozen=True)
class Topic:
    """What a line can be about; `findings` are the machine's words for it."""

    id: str
    name: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ages:
    """How old somebody says they are, as they are asked: in years, both included."""

    id: str
    name: str
    youngest: int
    oldest: int | None


YOUNG = 24
AGES = (
    Ages("under-18", "under 18", 0, 17),
    Ages("18-24", "18 to 24", 18, YOUNG),
    Ages("25-34", "25 to 34", 25, 34),
    Ages("35-and-over", "35 or older", 35, None),
)


@dataclass(frozen=True)
class Wish:
    """What somebody told of themselves to be shown lines that fit; all of it may be missing."""

    ages: Ages | None = None
    topics: frozenset[str] = frozenset()


NO_WISH = Wish()


def use(own_file: str) -> None:
    """Read our lines and the site's own file (none: empty); raises WrongLines."""
    global _book
    _book = _read(own_file)


def lines_for(country: str) -> tuple[HelpLine, ...]:
    """All lines of a country: its own, those of the country it lies in, then those of countries within it; where
    there are none, those for anywhere."""
    known = _by_code(country)
    if known is None:
        return world_lines()
    here = [known.code] + ([known.within] if known.within else [])
    here += [other.code for other in countries() if other.within == known.code]
    return tuple(line for code in here for line in _in_use().lines if line.country == code)


def chosen(country: str, now: datetime, wish: Wish = NO_WISH, at_most: int = 3) -> tuple[HelpLine, ...]:
    """Two or three lines to begin with: who answers now and fits best, then who knows of what it is about or can be
    reached in another way, and the emergency number last. Lines for certain ages only for who said theirs."""
    lines = _of_here(country)
    people = [line for line in lines if not line.emergency]
    fitting = sorted((line for line in people if _fits(line, wish)), key=_suits(now, wish)) or people
    emergency = [line for line in lines if line.emergency][:1]
    first, others = fitting[:1], fitting[1:]
    about_it = [
        line for line in others if wish.topics & set(line.about) and line.at(now).is_open is not False
    ]
    another_way = [line for line in others if line.at(now).is_open and _adds_a_way(line, first)]
    best = dict.fromkeys((*first, *about_it[:1], *another_way[:1], *others))
    return (*list(best)[: at_most - len(emergency)], *emergency)


def lines_for_the_young(country: str, now: datetime) -> tuple[HelpLine, ...]:
    """The lines of a country for children and young people; where there are none, those that are for everybody."""
    under_age = AGES[0]
    lines = tuple(
        line for line in lines_for(country) if line.has_ages and line.is_for(under_age) and not line.about
    )
    return lines or chosen(country, now)


def world_lines() -> tuple[HelpLine, ...]:
    """What helps wherever somebody is."""
    return tuple(line for line in _in_use().lines if line.country == ANYWHERE)


def every_line() -> tuple[HelpLine, ...]:
    """All of them, as in the file."""
    return _in_use().lines


def line(id: str) -> HelpLine | None:
    """The line of this id."""
    return next((known for known in _in_use().lines if known.id == id), None)


def countries() -> tuple[Country, ...]:
    """The countries that have lines of their own."""
    return _in_use().countries


def country(code: str) -> Country | None:
    """The country of this code (GB, or GB-WLS), if it has lines of its own."""
    return _by_code(code)


def topics_in(country: str) -> tuple[Topic, ...]:
    """What one can be shown lines about in this country."""
    there = {topic for line in lines_for(country) for topic in line.about}
    return tuple(topic for topic in _in_use().topics if topic.id in there)


def topics_of(findings: Iterable[str]) -> frozenset[str]:
    """What somebody wrote about, by the categories that the machine found in it."""
    found = set(findings)
    return frozenset(topic.id for topic in _in_use().topics if found & set(topic.findings))


def ages(id: str) -> Ages | None:
    """The ages of this id, as they are asked."""
    return next((known for known in AGES if known.id == id), None)


def _by_code(code: str) -> Country | None:
    return next((known for known in countries() if known.code == code.upper()), None)


def _of_here(country: str) -> tuple[HelpLine, ...]:
    """Without the lines of countries within it: somebody in Scotland must not be sent to a line of Wales."""
    known = _by_code(country)
    if known is None:
        return world_lines()
    return tuple(line for line in lines_for(country) if line.country in (known.code, known.within))


def _fits(line: HelpLine, wish: Wish) -> bool:
    """Advice and lines about one thing are for who asked for that; certain ages for who said theirs."""
    if line.has_ages and (wish.ages is None or not line.is_for(wish.ages)):
        return False
    if line.about:
        return bool(wish.topics & set(line.about))
    return line.kind is Kind.LISTENING


def _suits(now: datetime, wish: Wish) -> Callable[[HelpLine], tuple[bool, ...]]:
    """The order to choose in: who answers now, then who is for just this person, then as in the file."""

    def order(line: HelpLine) -> tuple[bool, ...]:
        is_open = line.at(now).is_open
        return (is_open is not True, is_open is False, not (wish.topics & set(line.about)), not line.has_ages)

    return order


def _adds_a_way(line: HelpLine, to: list[HelpLine]) -> bool:
    return any(
        getattr(line, way) and not any(getattr(other, way) for other in to) for way in ("call", "text")
    )


# ------------------------------------------------------------------ reading the files


@dataclass(frozen=True)
class _Book:
    countries: tuple[Country, ...]
    topics: tuple[Topic, ...]
    lines: tuple[HelpLine, ...]


_book: _Book | None = None


def _in_use() -> _Book:
    global _book
    if _book is None:
        _book = _read("")
    return _book


def _read(own_file: str) -> _Book:
    ours = _written(OURS)
    own = _written(Path(own_file)) if own_file else {}
    book = _Book(
        tuple(_merged(own, ours, "countries", "code", _country)),
        tuple(_merged(own, ours, "topics", "id", _topic)),
        tuple(_merged(own, ours, "lines", "id", _line)),
    )
    _check(book, own_file)
    return book


def _written(file: Path) -> dict[str, Any]:
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise WrongLines(f"{file} cannot be read: {trouble}.") from None
    wrong = set(written) - {"countries", "topics", "lines", "without"}
    if wrong:
        raise WrongLines(f"{file}: '{min(wrong)}' is none of countries, topics, lines and without.")
    return written


def _merged(
    own: dict[str, Any], ours: dict[str, Any], part: str, key: str, made: Callable[[dict[str, Any]], Any]
) -> Iterable[Any]:
    """The site's new entries first; one of ours that the site wrote anew keeps its place."""
    entries = {entry.get(key): entry for entry in own.get(part, [])}
    left_out = set(own.get("without", [])) if part == "lines" else set()
    known = {entry[key] for entry in ours[part]}
    unknown = left_out - known
    if unknown:
        raise WrongLines(f"without: there is no help line '{min(unknown)}' to leave out.")
    yield from (made(entry) for id, entry in entries.items() if id not in known)
    yield from (made(entries.get(entry[key], entry)) for entry in ours[part] if entry[key] not in left_out)


def _country(entry: dict[str, Any]) -> Country:
    return _made(Country, entry, "country", entry.get("code"))


def _topic(entry: dict[str, Any]) -> Topic:
    return _made(Topic, entry | {"findings": tuple(entry.get("findings", ()))}, "topic", entry.get("id"))


def _line(entry: dict[str, Any]) -> HelpLine:
    id, told = entry.get("id"), dict(entry)
    hours = [str(told.pop(name, "")) for name in ("hours", "time_zone", "hours_in_words")]
    try:
        told["opening"] = opening(*hours)
        told["kind"] = Kind(told.get("kind", Kind.LISTENING))
    except ValueError as wrong:
        raise WrongLines(f"Help line '{id}': {wrong}") from None
    made = _made(HelpLine, told | {"about": tuple(told.get("about", ()))}, "help line", id)
    trouble = _trouble(made)
    if trouble:
        raise WrongLines(f"Help line '{id}': {trouble}")
    return made


def _made(kind: type[Entry], entry: dict[str, Any], what: str, id: Any) -> Entry:
    unknown = set(entry) - {field.name for field in fields(kind)}
    if unknown:
        raise WrongLines(f"The {what} '{id}' has a field '{min(unknown)}' that nobody knows.")
    try:
        return kind(**entry)
    except TypeError:
        raise WrongLines(f"The {what} '{id}' is not complete: docs/help-lines.md tells its fields.") from None


def _trouble(line: HelpLine) -> str:
    """What is wrong with a line as written, in a sentence; nothing when it is right."""
    told: dict[str, Any] = vars(line)  # a dataclass does not check what it is given
    given = {name: value for name, value in told.items() if value is not None}
    if not any(given.get(way) for way in ("call", "text", "chat_url", "url")):
        return "there is no way to reach it: give call, text, chat_url or url."
    for number in (given[name] for name in ("call", "text", "textphone") if name in given):
        if not (isinstance(number, str) and _NUMBER.fullmatch(number)):
            return f"{number!r} is no number to call or text."
    for address in (given[name] for name in ("source", "chat_url", "url") if name in given):
        if not (str(address).startswith("https://") and urlsplit(str(address)).hostname):
            return f"{address!r} is no address that begins with https://."
    if not re.fullmatch(r"[a-z0-9-]{1,80}", str(given["id"])):
        return "its id must be small letters, digits and hyphens."
    if line.text_word and not line.text:
        return "text_word needs the number that it is sent to, in text."
    if not isinstance(given["listed_on"], date):
        return "listed_on must be a date, as in 2026-11-22."
    if not all(isinstance(given.get(age, 0), int) for age in ("youngest", "oldest")):
        return "youngest and oldest are ages in whole years."
    return ""


def _check(book: _Book, own_file: str) -> None:
    codes, topics = {country.code for country in book.countries}, {topic.id for topic in book.topics}
    for country in book.countries:
        if country.within is not None and country.within not in codes:
            raise WrongLines(
                f"The country '{country.code}' lies within '{country.within}', which is not there."
            )
        if not any(line.country in (country.code, country.within) for line in book.lines):
            raise WrongLines(f"The country '{country.code}' has no help line.")
    for line in book.lines:
        if line.country not in codes | {ANYWHERE}:
            raise WrongLines(f"Help line '{line.id}': there is no country '{line.country}' here.")
        if set(line.about) - topics:
            raise WrongLines(
                f"Help line '{line.id}': there is no topic '{min(set(line.about) - topics)}' here."
            )
