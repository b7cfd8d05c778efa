"""What the site says of itself: versions that are never changed, so that every change can be looked up."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UnicodeText, UniqueConstraint
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
    country: Mapped[str] = mapped_column(String(6))  # GB, or GB-WLS
    time_zone: Mapped[str] = mapped_column(String(60))
    hours_from: Mapped[str] = mapped_column(String(5))
    hours_until: Mapped[str] = mapped_column(String(5))
    languages: Mapped[str] = mapped_column(String(120))
    minimum_age: Mapped[int]
    age_reason: Mapped[str] = mapped_column(UnicodeText)  # why this age, as whoever changed it said
    provider: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200))
    sign_ups: Mapped[SignUps] = mapped_column(kept_as(SignUps))


class DocumentKind(StrEnum):
    """What everybody can read about the site itself."""

    PRIVACY = "privacy"
    TERMS = "terms"


class DocumentVersion(Base):
    """One wording of the privacy notice or the terms, in force until the next number begins; never changed."""

    __tablename__ = "document_versions"
    __table_args__ = (UniqueConstraint("kind", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(kept_as(DocumentKind))
    number: Mapped[int]
    began_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # None: it came with the software
    body: Mapped[str] = mapped_column(UnicodeText)
    html: Mapped[str] = mapped_column(UnicodeText)


class Consent(Base):
    """Somebody said that they are old enough and agreed to the terms, with the privacy notice before them."""

    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    terms_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id"))
    privacy_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id"))
    age: Mapped[int | None]  # years that they said they have at least; None where it was not asked
    at: Mapped[datetime]


class Invitation(Base):
    """A link that lets people sign up, so many times until `ends_at`; only the hash of its token is kept."""

    __tablename__ = "invitations"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by: Mapped[Any] = relationship("User", lazy="raise")
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    uses: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    revoked_at: Mapped[datetime | None]

    @staticmethod
    def hashed(token: str) -> str:
        """What the database keeps of a token; a copy of the database invites nobody."""
        return hashlib.sha256(token.encode()).hexdigest()
