"""What the site says of itself: versions that are never changed, so that every change can be looked up."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UnicodeText
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.columns import kept_as
from forum.db import Base


class SignUps(StrEnum):
    """Who may make an account."""

    OPEN = "open"
    INVITED = "invited"
    CLOSED = "closed"


class SiteVersion(Base):
    """All facts of the site as one save left them; the highest number counts. `by_id` is None for the machine."""

    __tablename__ = "site_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by: Mapped[Any] = relationship("User", lazy="raise")
    name: Mapped[str] = mapped_column(String(60))
    country: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(60))
    hours_from: Mapped[str] = mapped_column(String(5))
    hours_until: Mapped[str] = mapped_column(String(5))
    languages: Mapped[str] = mapped_column(String(120))
    minimum_age: Mapped[int]
    age_reason: Mapped[str] = mapped_column(UnicodeText)  # why this age, as whoever changed it said
    provider: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200))
    sign_ups: Mapped[SignUps] = mapped_column(kept_as(SignUps))
