"""Sign-ins with device, day, address and why they ended"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REASONS = ("logged_out", "ended", "password", "second_factor", "recovery", "rights", "reset")


def upgrade() -> None:
    with op.batch_alter_table("sign_ins") as table:
        table.add_column(sa.Column("device", sa.String(60), nullable=False, server_default="A browser"))
        table.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("address", sa.String(255), nullable=True))
        table.add_column(sa.Column("proven", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(
            sa.Column("ended_because", sa.Enum(*_REASONS, native_enum=False, length=24), nullable=True)
        )


def downgrade() -> None:
    with op.batch_alter_table("sign_ins") as table:
        for name in ("ended_because", "proven", "address", "seen_at", "device"):
            table.drop_column(name)
