"""Readings beside the one that counts: made once more, and by candidates that only read along."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.columns import kept_as
from forum.db import Base
from moderation.screening import Level


class Rereading(Base):
    """The words of open cases, read once more by the screener of the day: how far that is, so that it can go on."""

    __tablename__ = "rereadings"
    id: Mapped[int] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    last_id: Mapped[int]  # of the screenings that there were then
    total: Mapped[int]
    up_to_id: Mapped[int] = mapped_column(default=0)  # the screening that was read last
    done: Mapped[int] = mapped_column(default=0)
    rose: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(
        default=0
    )  # how often somebody began with the next one and never finished
    finished_at: Mapped[datetime | None]


class ShadowReading(Base):
    """What a candidate made of words that the live screener had read: levels and categories, and nothing follows."""

    __tablename__ = "shadow_readings"
    __table_args__ = (UniqueConstraint("candidate_id", "version_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("text_versions.id"), index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("texts.id"))
    live_level: Mapped[Level] = mapped_column(kept_as(Level))
    live_categories: Mapped[list[str]] = mapped_column(JSON)
    live_screener: Mapped[str] = mapped_column(String(80))
    level: Mapped[Level] = mapped_column(kept_as(Level))
    categories: Mapped[list[str]] = mapped_column(JSON)
    read_at: Mapped[datetime] = mapped_column(index=True)
