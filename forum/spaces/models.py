"""Spaces and who is in them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UnicodeText, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.columns import kept_as
from forum.db import Base, now


class SpaceKind(StrEnum):
    """What sort of space; rooms come inside communities. One is the machine's own, and nobody sees it."""

    COMMUNITY = "community"
    MACHINE = "machine"


class Role(StrEnum):
    """What a member is in one space."""

    MEMBER = "member"
    ORGANISER = "organiser"
    MODERATOR = "moderator"


class Farewell(StrEnum):
    """What somebody who leaves wants for the words they leave behind."""

    STAY = "stay"
    NAMELESS = "nameless"
    WITHDRAW = "withdraw"


class Space(Base):
    """Members with roles, an agreement, threads and an audience. `audience_epoch` grows with every loss of rights."""

    __tablename__ = "spaces"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SpaceKind] = mapped_column(kept_as(SpaceKind), default=SpaceKind.COMMUNITY)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(UnicodeText)
    for_whom: Mapped[str] = mapped_column(UnicodeText, default="")
    is_open: Mapped[bool] = mapped_column(default=True)  # open to read without an account
    minimum_age: Mapped[int | None]  # None: the site's
    audience_epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    archive_at: Mapped[datetime | None]  # from then on nothing new is written; announced before
    archive_reason: Mapped[str] = mapped_column(UnicodeText, default="")

    @property
    def is_archived(self) -> bool:
        """Whether nothing new is written here any more."""
        return self.archive_at is not None and self.archive_at <= now()


class Membership(Base):
    """A user in a space, with a role, until they leave; coming back makes a new row."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "one_membership_at_a_time",
            "user_id",
            "space_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("ix_memberships_space", "space_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    role: Mapped[Role] = mapped_column(kept_as(Role), default=Role.MEMBER)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Departure(Base):
    """Somebody left and said what is to happen with what they wrote there until then; `done_at`: it has happened."""

    __tablename__ = "departures"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    farewell: Mapped[Farewell] = mapped_column(kept_as(Farewell))
    left_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
