"""Wrong codes of a second factor are counted"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("second_factors") as batch:
        batch.add_column(sa.Column("wrong_codes", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("guessed_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("guesses", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("second_factors") as batch:
        for name in ("guesses", "guessed_at", "blocked_until", "wrong_codes"):
            batch.drop_column(name)
