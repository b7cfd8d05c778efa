"""The site's screener: which one reads texts now. Web processes and workers all ask `live`.

A site chooses how sure the model must be and adds words of its own. Each save is one more version, and its number
stands at the end of the version that is written into every screening.
"""

import logging
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, UnicodeText, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from forum.db import Base, session
from forum.snapshot import Snapshot
from moderation.screening import CUTS, Cuts, Screener

log = logging.getLogger(__name__)


class ScreenerVersion(Base):
    """What the site chose for its screener, as one save left it; the highest number counts, older ones stay."""

    __tablename__ = "screener_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by: Mapped[Any] = relationship("User", lazy="raise")
    amber: Mapped[float | None]
    red: Mapped[float | None]
    own_words: Mapped[str] = mapped_column(UnicodeText)


@dataclass(frozen=True)
class Choices:
    """How sure the model must be to raise a text to amber and to red (0 to 1; None: as comes with the software), and
    the site's own words (docs/lexicon.md). `number` says which save it was."""

    amber: float | None = None
    red: float | None = None
    own_words: str = ""
    number: int = 0

    @property
    def cuts(self) -> Cuts:
        """Both cuts; one that was not chosen gives way to the other. ValueError when they contradict each other."""
        amber, red = self.amber, self.red
        return Cuts(
            amber=amber if amber is not None else min(CUTS.amber, red or 1),
            red=red if red is not None else max(CUTS.red, amber or 0),
        )


@dataclass(frozen=True)
class Live:
    """The screener that reads now, made as `choices` say; `trouble` in a sentence where that could not be."""

    screener: Screener
    choices: Choices = Choices()
    trouble: str = ""


def live() -> Screener:
    """The screener that reads texts now: a change is used by every process within two seconds, or as soon as it is
    built. While the database is away, the last that was known; until it is first asked, the one that is shipped."""
    return _known.known().screener


def live_as_known() -> Live:
    """The same with the choices it was made from, and what is wrong with it."""
    return _known.known()


def get_ready(seconds: float) -> None:
    """Wait so long for the site's screener to be built: for a process that would otherwise begin with the shipped."""
    _known.known(patience=seconds)


def forget() -> None:
    """Read the choices afresh when they are next asked for: this process changed them."""
    _known.forget()


def choices_as_saved() -> Choices:
    """The choices as the database has them at this moment, for whoever is about to change them."""
    return choices_of(session.scalars(_newest()).first())


def choices_of(version: ScreenerVersion | None) -> Choices:
    """What this save chose; without one, what is shipped."""
    if version is None:
        return Choices()
    return Choices(**{field.name: getattr(version, field.name) for field in fields(Choices)})


def made(choices: Choices) -> Screener:
    """The screener of these choices; ValueError says what is wrong with them."""
    mark = f"+site-{choices.number}" if choices.number else ""
    return Screener.of(choices.own_words, cuts=choices.cuts, mark=mark)


def _newest() -> Select[ScreenerVersion]:
    return select(ScreenerVersion).order_by(ScreenerVersion.number.desc()).limit(1)


def _read(reader: Session, known: Live) -> Live:
    choices = choices_of(reader.scalars(_newest()).first())
    return known if choices == known.choices else _built(choices)


def _built(choices: Choices) -> Live:
    """What reads as these choices say; where that cannot be (a new edition of the lexicon may know one of the own
    words already), what comes nearest: words that do not fit must not keep the others from being read."""
    try:
        return Live(made(choices), choices)
    except Exception as broken:  # whatever it is, texts go on being read
        log.error("screener_not_as_chosen number=%s kind=%s", choices.number, type(broken).__name__)
        why = str(broken) if isinstance(broken, ValueError) else type(broken).__name__
        try:
            return Live(made(replace(choices, own_words="")), choices, why)
        except ValueError:
            return Live(Screener(), choices, why)


_known = Snapshot(Live(Screener()), _read)
