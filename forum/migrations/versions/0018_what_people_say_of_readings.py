"""What people say of the machine's readings"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(24), nullable=False),
        sa.Column("said_level", sa.String(24), nullable=True),
        sa.Column("speaker", sa.String(24), nullable=False),
        sa.Column("level", sa.String(24), nullable=False),
        sa.Column("screener", sa.String(80), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_labels_case_id")),
        sa.ForeignKeyConstraint(["version_id"], ["text_versions.id"], name=op.f("fk_labels_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
    )
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_labels_case_id"), ["case_id"])
        batch_op.create_index(op.f("ix_labels_version_id"), ["version_id"])
        batch_op.create_index(op.f("ix_labels_at"), ["at"])


def downgrade() -> None:
    op.drop_table("labels")
