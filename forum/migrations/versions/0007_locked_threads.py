"""Locked threads"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("frame_revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("lock_reason", sa.String(24), nullable=True))
    with op.batch_alter_table("threads", schema=None) as batch_op:
        batch_op.alter_column("frame_revision", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("threads", schema=None) as batch_op:
        for column in ("lock_reason", "locked_at", "frame_revision"):
            batch_op.drop_column(column)
