"""What was said to a person, as rows: who, where, how far they know it. No words: those are shown as they are now."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.columns import kept_as
from forum.db import Base


class NoticeKind(StrEnum):
    """What it is about."""

    REPLIES = "replies"  # in a conversation that one takes part in
    TEAM = "team"  # in one's private thread with the team
    DECISION = "decision"  # about one's own words


class Notice(Base):
    """One thread, or one decision, for one person: one row however often something is said there.

    `counted_to` is the position of the last post counted (1 for a decision) and `seen_to` how far the person knows
    it: the difference is what is new, so counting a post twice changes nothing. `first_at` and `latest_at` are the
    times of the first and the last that are new. A row stands from a person's own first post on, so that what a
    reply has to touch are the rows of its thread and no others.

    Mail and push can be made of the same rows: whoever sends them keeps for each row how far it told the person
    (`counted_to` as it was), tells of a row when that is behind, `seen_to` is behind too and neither `muted` nor
    the person's quiet stands against it (only REPLIES can be silenced), and says that there is something, never what.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("user_id", "thread_id"),
        UniqueConstraint("user_id", "decision_id"),
        CheckConstraint("(thread_id IS NULL) <> (decision_id IS NULL)", name="about_one_thing"),
        Index("ix_notices_thread", "thread_id"),
        Index("ix_notices_latest", "user_id", "latest_at"),
        Index(
            "ix_notices_new",
            "user_id",
            postgresql_where=text("counted_to > seen_to"),
            sqlite_where=text("counted_to > seen_to"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[NoticeKind] = mapped_column(kept_as(NoticeKind))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    first_at: Mapped[datetime]
    latest_at: Mapped[datetime]
    counted_to: Mapped[int] = mapped_column(default=0)
    seen_to: Mapped[int] = mapped_column(default=0)
    muted: Mapped[bool] = mapped_column(default=False)  # no more notices from this conversation
