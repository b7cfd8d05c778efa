"""Mail on its way. Whom it is for and what it says is encrypted, and gone as soon as it need not be known."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, UnicodeText, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.columns import kept_as
from forum.db import Base


class MailState(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Mail(Base):
    """One mail. While somebody is sending it, `next_try_at` is when another may; `attempts` is their proof.

    `recipient` and `facts` are encrypted, and empty once it is sent or nobody tries any more.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index(
            "ix_mails_waiting",
            "next_try_at",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_mails_failed",
            "queued_at",
            postgresql_where=text("state = 'failed'"),
            sqlite_where=text("state = 'failed'"),
        ),
        Index("ix_mails_queued", "queued_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str | None] = mapped_column(UnicodeText)
    facts: Mapped[str | None] = mapped_column(UnicodeText)
    state: Mapped[MailState] = mapped_column(kept_as(MailState), default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    trouble: Mapped[str | None] = mapped_column(String(60))  # the class of the last error, never its words
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
