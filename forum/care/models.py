"""That somebody checked a help line: who, when and how."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base


class LineCheck(Base):
    """One check of a line as it was written then (`mark`): a line that is written anew was checked by nobody. Rows
    are added and never changed."""

    __tablename__ = "line_checks"
    __table_args__ = (Index("ix_line_checks_line", "line_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(String(80))
    mark: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(80))  # as whoever ran the command said
    how: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
