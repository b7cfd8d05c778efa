"""When moderators said that they are here."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.db import Base


class Shift(Base):
    """Somebody of the team said that they are here until `until`. It lapses by itself; `ended_at`: they left earlier,
    or said another time, which is another row."""

    __tablename__ = "shifts"
    __table_args__ = (
        Index(
            "one_shift_at_a_time",
            "user_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_shifts_until", "until"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[Any] = relationship("User", lazy="raise")
    began_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
