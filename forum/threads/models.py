"""Threads and posts. Their words are texts (forum/texts.py); what is here is order, state and who."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from forum.accounts.models import User
from forum.columns import kept_as
from forum.db import Base
from forum.spaces.models import Space
from forum.texts import Text


class ThreadKind(StrEnum):
    """A conversation of the space, or a private thread between one person and the team."""

    CONVERSATION = "conversation"
    REACH_OUT = "reach_out"


class PostState(StrEnum):
    """What happened to a post; product words."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    HIDDEN = "hidden"


class LockReason(StrEnum):
    """Why nobody posts in a thread for now; what readers are told stands in forum/threads/wording.py."""

    HEATED = "heated"
    SAID = "said"
    ELSEWHERE = "elsewhere"
    LOOKING = "looking"


class Thread(Base):
    """An ordered list of posts with a title. `revision` grows with every change that a reader can see.

    `frame_revision` is the thread's at the last change that is not a post's: an open page then loads itself again.
    """

    __tablename__ = "threads"
    __table_args__ = (
        Index("ix_threads_latest", "space_id", "kind", "last_post_at", "id"),
        Index("ix_threads_person", "person_id"),
        UniqueConstraint("author_id", "form_key"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    kind: Mapped[ThreadKind] = mapped_column(kept_as(ThreadKind), default=ThreadKind.CONVERSATION)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # reach-out: the person it is with
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title_id: Mapped[int] = mapped_column(ForeignKey("texts.id"), unique=True)
    form_key: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(default=0)
    frame_revision: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None]
    lock_reason: Mapped[LockReason | None] = mapped_column(kept_as(LockReason))
    post_count: Mapped[int] = mapped_column(default=0)  # also the last position given
    last_post_at: Mapped[datetime]
    created_at: Mapped[datetime]
    space: Mapped[Space] = relationship(lazy="raise")
    title: Mapped[Text] = relationship(lazy="raise")
    author: Mapped[User] = relationship(lazy="raise", foreign_keys=[author_id])


class Post(Base):
    """Everything that anyone says. `revision` is the thread's at its last change; positions have no gaps."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("thread_id", "position"),
        UniqueConstraint("author_id", "form_key"),
        Index("ix_posts_changes", "thread_id", "revision"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("threads.id"))
    position: Mapped[int]
    revision: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    as_team: Mapped[bool] = mapped_column(default=False)  # written by a moderator as 'the team'
    text_id: Mapped[int] = mapped_column(ForeignKey("texts.id"), unique=True)
    form_key: Mapped[str] = mapped_column(String(64))
    state: Mapped[PostState] = mapped_column(kept_as(PostState), default=PostState.PUBLISHED)
    agreement_version_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_versions.id"))
    nameless: Mapped[bool] = mapped_column(default=False)  # its author left and took their name along
    hidden_under: Mapped[str | None] = mapped_column(String(120))  # title of the rule cited, as it stood
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    thread: Mapped[Thread] = relationship(lazy="raise")
    author: Mapped[User] = relationship(lazy="raise")
    text: Mapped[Text] = relationship(lazy="raise")
    note: Mapped["ContentNote | None"] = relationship(
        primaryjoin=lambda: and_(foreign(ContentNote.post_id) == Post.id, ContentNote.ended_at.is_(None)),
        viewonly=True,
        uselist=False,
        lazy="raise",
    )


class ContentNote(Base):
    """'Contains …': a post's words stay closed behind it until somebody opens them. One at a time; another ends it."""

    __tablename__ = "content_notes"
    __table_args__ = (
        Index(
            "one_note_at_a_time",
            "post_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    text_id: Mapped[int] = mapped_column(ForeignKey("texts.id"), unique=True)
    by_moderator: Mapped[bool]  # else by the post's author
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    words: Mapped[Text] = relationship(lazy="raise")
