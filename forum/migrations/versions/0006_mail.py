"""Mail on its way"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.UnicodeText(), nullable=True),
        sa.Column("facts", sa.UnicodeText(), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.String(length=60), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    for name, column, state in (
        ("ix_mails_waiting", "next_try_at", "waiting"),
        ("ix_mails_failed", "queued_at", "failed"),
    ):
        part = sa.text(f"state = '{state}'")
        op.create_index(name, "mails", [column], postgresql_where=part, sqlite_where=part)
    op.create_index("ix_mails_queued", "mails", ["queued_at"])


def downgrade() -> None:
    op.drop_table("mails")
