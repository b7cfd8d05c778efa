"""The site's screener: which one reads texts now. Web processes and workers all ask `live`.

A site chooses how sure the model must be and adds words of its own. Each save is one more version, and its number
stands at the end of the version that is written into every screening.
"""

import base64
import logging
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, UnicodeText, UniqueConstraint, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, scoped_session

from forum.db import Base, session
from forum.snapshot import Snapshot
from moderation.screening import CUTS, Cuts, Screener, lost_crises
from moderation.screening.candidate import TABLE, screener_of

Reader = Session | scoped_session[Session]

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
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id"))


class Candidate(Base):
    """A lexicon and a model that do not ship: read along with (forum/learning/shadow.py) until they are made live, or
    dropped. Its files are kept here, so that every process on every machine has the same ones."""

    __tablename__ = "candidates"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    added_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    up_to_id: Mapped[int]  # the screening up to which it has read along
    attempts: Mapped[int] = mapped_column(
        default=0
    )  # how often somebody began with the next ones and never finished
    ended_at: Mapped[datetime | None]  # it reads along no more


class CandidateFile(Base):
    """One file of a candidate: the lexicon's as they are, the model's in base64."""

    __tablename__ = "candidate_files"
    __table_args__ = (UniqueConstraint("candidate_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"))
    name: Mapped[str] = mapped_column(String(80))
    content: Mapped[str] = mapped_column(UnicodeText)


@dataclass(frozen=True)
class Choices:
    """How sure the model must be to raise a text to amber and to red (0 to 1; None: as comes with the software), the
    site's own words (docs/lexicon.md), and whether a candidate reads in place of what ships. `number` says which
    save it was."""

    amber: float | None = None
    red: float | None = None
    own_words: str = ""
    candidate_id: int | None = None
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


def made(choices: Choices, reader: Reader = session) -> Screener:
    """The screener of these choices; ValueError says what is wrong with them."""
    mark = f"+site-{choices.number}" if choices.number else ""
    if choices.candidate_id is None:
        return Screener.of(choices.own_words, cuts=choices.cuts, mark=mark)
    files = {
        name: _unpacked(name, content)
        for name, content in reader.execute(
            select(CandidateFile.name, CandidateFile.content).where(
                CandidateFile.candidate_id == choices.candidate_id
            )
        )
    }
    return screener_of(files, choices.own_words, cuts=choices.cuts, mark=mark)


def packed(name: str, content: bytes) -> str:
    """A file as it is kept; ValueError where a file of words is not UTF-8."""
    return base64.b64encode(content).decode() if name == TABLE else content.decode("utf-8")


def _unpacked(name: str, content: str) -> bytes:
    return base64.b64decode(content) if name == TABLE else content.encode()


def _newest() -> Select[ScreenerVersion]:
    return select(ScreenerVersion).order_by(ScreenerVersion.number.desc()).limit(1)


def _read(reader: Session, known: Live) -> Live:
    choices = choices_of(reader.scalars(_newest()).first())
    return known if choices == known.choices else _built(choices, reader)


def _built(choices: Choices, reader: Session) -> Live:
    """What reads as these choices say. Where that cannot be (a new edition of the software may know one of the own
    words already, or a danger that a candidate does not), what comes nearest: the rest must go on being read."""
    without_words = replace(choices, own_words="")
    shipped = replace(choices, candidate_id=None)
    trouble = ""
    for nearest in (choices, without_words, shipped, replace(shipped, own_words=""), Choices()):
        try:
            screener = made(nearest, reader)
            if nearest.candidate_id is not None and (lost := lost_crises(screener)):
                raise ValueError(
                    f"the candidate would miss danger that comes with the software: {', '.join(lost)}"
                )
            return Live(screener, choices, trouble)
        except SQLAlchemyError:
            raise
        except Exception as broken:  # whatever it is, texts go on being read
            log.error("screener_not_as_chosen number=%s kind=%s", choices.number, type(broken).__name__)
            trouble = trouble or (str(broken) if isinstance(broken, ValueError) else type(broken).__name__)
    return Live(Screener(), choices, trouble)


_known = Snapshot(Live(Screener()), _read)
