"""The append-only record of every use of power: who, what, when; ids and never a word of anyone's text."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, now, session


class AuditEntry(Base):
    """One use of power. Rows are added and never changed; tests hold the database to it."""

    __tablename__ = "audit_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: the machine, by itself
    act: Mapped[str] = mapped_column(String(40))
    thing: Mapped[str] = mapped_column(String(20))
    thing_id: Mapped[int]
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    detail: Mapped[str] = mapped_column(String(80), default="")  # ids and words of the vocabulary only


def record(
    by_id: int | None, act: str, thing: str, thing_id: int, *, space_id: int | None = None, detail: str = ""
) -> None:
    """Add an entry to the transaction of the act itself, so that neither stands without the other."""
    session.add(
        AuditEntry(
            at=now(), by_id=by_id, act=act, thing=thing, thing_id=thing_id, space_id=space_id, detail=detail
        )
    )
