"""What the site did to its screener's work: readings that are made once more."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base


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
