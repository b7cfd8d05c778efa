"""Candidates that read along"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "candidates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("up_to_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_candidates_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        sa.UniqueConstraint("name", name=op.f("uq_candidates_name")),
    )
    op.create_table(
        "candidate_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("content", sa.UnicodeText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_candidate_files_candidate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_files")),
        sa.UniqueConstraint("candidate_id", "name", name=op.f("uq_candidate_files_candidate_id_name")),
    )
    op.create_table(
        "shadow_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("live_level", sa.String(24), nullable=False),
        sa.Column("live_categories", sa.JSON(), nullable=False),
        sa.Column("live_screener", sa.String(80), nullable=False),
        sa.Column("level", sa.String(24), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_shadow_readings_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["text_versions.id"], name=op.f("fk_shadow_readings_version_id")
        ),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_shadow_readings_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_readings")),
        sa.UniqueConstraint(
            "candidate_id", "version_id", name=op.f("uq_shadow_readings_candidate_id_version_id")
        ),
    )
    with op.batch_alter_table("shadow_readings", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_shadow_readings_version_id"), ["version_id"])
        batch_op.create_index(op.f("ix_shadow_readings_read_at"), ["read_at"])
    with op.batch_alter_table("screener_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("candidate_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_screener_versions_candidate_id"), "candidates", ["candidate_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("screener_versions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_screener_versions_candidate_id"), type_="foreignkey")
        batch_op.drop_column("candidate_id")
    op.drop_table("shadow_readings")
    op.drop_table("candidate_files")
    op.drop_table("candidates")
