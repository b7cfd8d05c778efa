"""What a space has agreed: versions that are never changed, their rules, and who accepted which."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UnicodeText, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.db import Base


class AgreementVersion(Base):
    """One wording of a space's agreement, in force from `began_at` until the next number begins."""

    __tablename__ = "agreement_versions"
    __table_args__ = (UniqueConstraint("space_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"))
    number: Mapped[int]
    began_at: Mapped[datetime]
    rules: Mapped[list["Rule"]] = relationship(order_by="Rule.position", lazy="raise")


class Rule(Base):
    """One thing that was agreed: a short title, what it means, why it matters here, how it is kept."""

    __tablename__ = "rules"
    __table_args__ = (UniqueConstraint("version_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("agreement_versions.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    meaning: Mapped[str] = mapped_column(UnicodeText)
    why: Mapped[str] = mapped_column(UnicodeText)
    how: Mapped[str] = mapped_column(UnicodeText)


class Acceptance(Base):
    """A member has read and agreed to a version."""

    __tablename__ = "acceptances"
    __table_args__ = (UniqueConstraint("user_id", "version_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("agreement_versions.id"))
    accepted_at: Mapped[datetime]
    age_stated: Mapped[int | None]  # 'I am N or older', where the community asks for more than the site does
