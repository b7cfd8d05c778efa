"""The screener of a site"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screener_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("amber", sa.Double(), nullable=True),
        sa.Column("red", sa.Double(), nullable=True),
        sa.Column("own_words", sa.UnicodeText(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_screener_versions_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screener_versions")),
        sa.UniqueConstraint("number", name=op.f("uq_screener_versions_number")),
    )
    with op.batch_alter_table("screenings", schema=None) as batch_op:
        batch_op.alter_column("screener", existing_type=sa.String(40), type_=sa.String(80))


def downgrade() -> None:
    op.execute("UPDATE screenings SET screener = substr(screener, 1, 40)")
    with op.batch_alter_table("screenings", schema=None) as batch_op:
        batch_op.alter_column("screener", existing_type=sa.String(80), type_=sa.String(40))
    op.drop_table("screener_versions")
