"""Who can be called or texted, by country: read once from help_lines.toml, with no database."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

ANYWHERE = "*"


@dataclass(frozen=True)
class HelpLine:
    """One service. `text_word` is what to send to `text`; `verified`: this site checked it at `source`."""

    id: str
    country: str
    name: str
    for_whom: str
    hours: str
    source: str
    checked_on: date
    verified: bool
    call: str | None = None
    text: str | None = None
    text_word: str | None = None
    chat_url: str | None = None
    url: str | None = None
    emergency: bool = False
    for_young: bool = False  # for children and young people, who may be too young for this site


@dataclass(frozen=True)
class Country:
    """A country that has lines of its own here."""

    code: str
    name: str


def lines_for(country: str, limit: int | None = None) -> tuple[HelpLine, ...]:
    """The lines of a country as shown, or those for anywhere; a limit keeps an emergency number."""
    lines = tuple(line for line in _book().lines if line.country == country.upper()) or world_lines()
    if limit is None or len(lines) <= limit:
        return lines
    first = lines[:limit]
    if any(line.emergency for line in first):
        return first
    return (*first[:-1], next(line for line in lines if line.emergency))


def lines_for_the_young(country: str) -> tuple[HelpLine, ...]:
    """The lines of a country for children and young people; where there are none, those that are for everybody."""
    lines = lines_for(country)
    return tuple(line for line in lines if line.for_young) or tuple(lines_for(country, 3))


def world_lines() -> tuple[HelpLine, ...]:
    """What helps wherever somebody is."""
    return tuple(line for line in _book().lines if line.country == ANYWHERE)


def countries() -> tuple[Country, ...]:
    """The countries that have lines of their own."""
    return _book().countries


def country(code: str) -> Country | None:
    """The country of this code (two letters), if it has lines of its own."""
    return next((known for known in countries() if known.code == code.upper()), None)


@dataclass(frozen=True)
class _Book:
    countries: tuple[Country, ...]
    lines: tuple[HelpLine, ...]


@cache
def _book() -> _Book:
    written = tomllib.loads(Path(__file__).with_name("help_lines.toml").read_text(encoding="utf-8"))
    return _Book(
        tuple(Country(**entry) for entry in written["countries"]),
        tuple(HelpLine(**entry) for entry in written["lines"]),
    )
