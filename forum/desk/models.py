"""What moderators work on: cases, the signals that feed them, claims and decisions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.columns import kept_as
from forum.db import Base
from forum.texts import Text
from moderation.cases import CaseState
from moderation.screening import Level


class SignalKind(StrEnum):
    """What says that somebody should look."""

    SCREENING = "screening"
    EDIT = "edit"
    WITHDRAWAL = "withdrawal"
    MODERATOR = "moderator"
    TO_TEAM = "to_team"


class DecisionKind(StrEnum):
    """What a moderator did."""

    NOTHING_NEEDED = "nothing_needed"
    REACH_OUT = "reach_out"
    HIDE = "hide"


class Case(Base):
    """One text that needs somebody, with everything that says so. Its level only rises; at most one is open a text.

    `fence` grows with every claim: a write that carries an older one is refused. Due at `cases.NO_CLOCK` it stands
    in the lane of words that the machine does not read.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "one_open_case_per_text",
            "text_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
        Index("ix_cases_text", "text_id"),
        Index(
            "ix_cases_open",
            "space_id",
            "due_at",
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    text_id: Mapped[int] = mapped_column(ForeignKey("texts.id"))
    level: Mapped[Level] = mapped_column(kept_as(Level))
    state: Mapped[CaseState] = mapped_column(kept_as(CaseState), default=CaseState.OPEN)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    held_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    words: Mapped[Text] = relationship(lazy="raise")
    signals: Mapped[list["Signal"]] = relationship(lazy="raise", order_by="Signal.id")
    decisions: Mapped[list["Decision"]] = relationship(lazy="raise", order_by="Decision.id")


class Signal(Base):
    """One reason for a case, with the version of the text as it stood: evidence that no edit can change."""

    __tablename__ = "signals"
    __table_args__ = (UniqueConstraint("version_id", "kind", "level"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[SignalKind] = mapped_column(kept_as(SignalKind))
    version_id: Mapped[int] = mapped_column(ForeignKey("text_versions.id"))
    level: Mapped[Level] = mapped_column(kept_as(Level))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # category, start, end, reason
    made_at: Mapped[datetime]


class Decision(Base):
    """What a moderator decided; a restriction cites a rule and tells the author why, care cites none."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("decided_by", "form_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[DecisionKind] = mapped_column(kept_as(DecisionKind))
    decided_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("rules.id"))
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("texts.id"))  # told to the author
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"))  # the reach-out it began
    form_key: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime]


class Said(StrEnum):
    """What a person said of a reading: by a mark (the first three), or by what they did about the case."""

    RIGHT = "right"
    FALSE_ALARM = "false_alarm"
    MISSED = "missed"
    RAISED = "raised"
    REACH_OUT = "reach_out"
    HIDE = "hide"
    NOTHING_NEEDED = "nothing_needed"


class Speaker(StrEnum):
    """In which role somebody spoke."""

    MODERATOR = "moderator"
    LEAD = "lead"


class Label(Base):
    """What somebody said of one reading. It goes with the words that were read (forum/retention.py)."""

    __tablename__ = "labels"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("text_versions.id"), index=True)
    said: Mapped[Said] = mapped_column(kept_as(Said))
    said_level: Mapped[Level | None] = mapped_column(kept_as(Level))
    speaker: Mapped[Speaker] = mapped_column(kept_as(Speaker))
    level: Mapped[Level] = mapped_column(kept_as(Level))  # that the machine gave, and by which version of it
    screener: Mapped[str] = mapped_column(String(80))
    categories: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(index=True)
