"""Who is here: users and their sign-ins."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from forum.columns import kept_as
from forum.db import Base


class SiteRole(StrEnum):
    """What a user is for the whole site."""

    MEMBER = "member"
    LEAD = "lead"


class EndedBecause(StrEnum):
    """Why a sign-in ended, for its person, who is told when they come back with its cookie."""

    LOGGED_OUT = "logged_out"
    ENDED = "ended"  # from another device
    PASSWORD = "password"  # noqa: S105 (a reason: it was changed)
    SECOND_FACTOR = "second_factor"
    RECOVERY = "recovery"
    RIGHTS = "rights"
    RESET = "reset"  # of the second factor, by a lead


class User(Base):
    """An account: a pseudonym and a password. Flags of the next page stand here so that reading them costs nothing."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    name_key: Mapped[str] = mapped_column(
        String(160), unique=True
    )  # folded: two names that look alike are one
    password_hash: Mapped[str] = mapped_column(String(200))
    recovery_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[SiteRole] = mapped_column(kept_as(SiteRole), default=SiteRole.MEMBER)
    created_at: Mapped[datetime]
    terms_number: Mapped[int] = mapped_column(default=0)  # the version of the terms they agreed to last
    care_offered_at: Mapped[datetime | None]  # the care panel stands from here until it is put away
    care_post_id: Mapped[int | None]  # the way back to the post it is about
    team_wrote_at: Mapped[datetime | None]  # something from the team that was not opened yet
    new_notices: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # conversations with something new
    quiet: Mapped[bool] = mapped_column(default=False, server_default=false())  # no conversation is announced


class SignIn(Base):
    """One log-in of one browser, until it is ended; the cookie holds its token, the row only the token's hash."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user", "user_id", "ended_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]  # moved once a day at most
    device: Mapped[str] = mapped_column(String(60), default="A browser")
    # Encrypted, read by `flask address` alone; the retention job empties it 30 days after `started_at`.
    address: Mapped[str | None] = mapped_column(String(255))
    proven: Mapped[bool] = mapped_column(default=False)  # a code of the second factor was asked and right
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[EndedBecause | None] = mapped_column(kept_as(EndedBecause))

    @staticmethod
    def hashed(token: str) -> str:
        """What the database keeps of a token; a copy of the database lets nobody in."""
        return hashlib.sha256(token.encode()).hexdigest()


class SecondFactor(Base):
    """That somebody's log-in asks for a code, and the secret that codes are made of, encrypted."""

    __tablename__ = "second_factors"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int]  # the half minute of the last code that was used: no code is taken twice
    on_since: Mapped[datetime]
    wrong_codes: Mapped[int] = mapped_column(default=0, server_default="0")  # since the last right one
    blocked_until: Mapped[datetime | None]
    # What its person is told of: so many wrong codes, the last of them then. A right code does not hide it.
    guessed_at: Mapped[datetime | None]
    guesses: Mapped[int] = mapped_column(default=0, server_default="0")


class LinkKind(StrEnum):
    """What a link in a mail is good for."""

    CONFIRM = "confirm"
    RECOVER = "recover"


class MailAddress(Base):
    """An address that its owner confirmed: encrypted, and found by its fingerprint."""

    __tablename__ = "mail_addresses"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    address: Mapped[str] = mapped_column(String(600))
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime]


class MailedLink(Base):
    """A link that was mailed, until it is used or too old; the mail holds its token, the row only the token's hash.

    Without a user it was asked for with an address that is nobody's, and works for nobody.
    """

    __tablename__ = "mailed_links"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(kept_as(LinkKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(600))
    ends_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
