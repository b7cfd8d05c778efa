"""Checks of help lines"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.String(80), nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("how", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_checks")),
    )
    op.create_index("ix_line_checks_line", "line_checks", ["line_id"])


def downgrade() -> None:
    op.drop_index("ix_line_checks_line", table_name="line_checks")
    op.drop_table("line_checks")
