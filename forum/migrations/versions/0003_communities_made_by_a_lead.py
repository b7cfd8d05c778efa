"""Communities made by a lead"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("spaces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("for_whom", sa.UnicodeText(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("minimum_age", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("archive_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("archive_reason", sa.UnicodeText(), nullable=False, server_default=""))
    with op.batch_alter_table("spaces", schema=None) as batch_op:
        batch_op.alter_column("for_whom", server_default=None)
        batch_op.alter_column("archive_reason", server_default=None)
    with op.batch_alter_table("acceptances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("age_stated", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("acceptances", schema=None) as batch_op:
        batch_op.drop_column("age_stated")
    with op.batch_alter_table("spaces", schema=None) as batch_op:
        for column in ("archive_reason", "archive_at", "minimum_age", "for_whom"):
            batch_op.drop_column(column)
