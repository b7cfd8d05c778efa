"""The facts of the site"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("hours_from", sa.String(length=5), nullable=False),
        sa.Column("hours_until", sa.String(length=5), nullable=False),
        sa.Column("languages", sa.String(length=120), nullable=False),
        sa.Column("minimum_age", sa.Integer(), nullable=False),
        sa.Column("age_reason", sa.UnicodeText(), nullable=False),
        sa.Column("provider", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("sign_ups", sa.String(24), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_site_versions_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_versions")),
        sa.UniqueConstraint("number", name=op.f("uq_site_versions_number")),
    )


def downgrade() -> None:
    op.drop_table("site_versions")
