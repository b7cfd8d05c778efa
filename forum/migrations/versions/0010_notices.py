"""Notices: whoever takes part in a conversation by now knows it as far as it goes"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("new_notices", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("quiet", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_to", sa.Integer(), nullable=False),
        sa.Column("seen_to", sa.Integer(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(thread_id IS NULL) <> (decision_id IS NULL)", name=op.f("ck_notices_about_one_thing")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_notices_thread_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_notices_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("user_id", "thread_id", name=op.f("uq_notices_user_id_thread_id")),
        sa.UniqueConstraint("user_id", "decision_id", name=op.f("uq_notices_user_id_decision_id")),
    )
    op.create_index("ix_notices_thread", "notices", ["thread_id"])
    op.create_index("ix_notices_latest", "notices", ["user_id", "latest_at"])
    new = sa.text("counted_to > seen_to")
    op.create_index("ix_notices_new", "notices", ["user_id"], postgresql_where=new, sqlite_where=new)
    op.execute(
        """INSERT INTO notices (user_id, kind, thread_id, first_at, latest_at, counted_to, seen_to, muted)
            SELECT DISTINCT p.author_id, 'replies', t.id, t.last_post_at, t.last_post_at, t.post_count,
                   t.post_count, false
            FROM posts p JOIN threads t ON t.id = p.thread_id WHERE t.kind = 'conversation'"""
    )
    op.execute(
        """INSERT INTO notices (user_id, kind, thread_id, first_at, latest_at, counted_to, seen_to, muted)
            SELECT t.person_id, 'team', t.id, t.last_post_at, t.last_post_at, t.post_count, t.post_count, false
            FROM threads t WHERE t.kind = 'reach_out'"""
    )


def downgrade() -> None:
    op.drop_table("notices")
    for column in ("quiet", "new_notices"):
        op.drop_column("users", column)
