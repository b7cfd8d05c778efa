"""Content notes and departures"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "content_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("by_moderator", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_content_notes_post_id")),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name=op.f("fk_content_notes_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_notes")),
        sa.UniqueConstraint("text_id", name=op.f("uq_content_notes_text_id")),
    )
    with op.batch_alter_table("content_notes", schema=None) as batch_op:
        batch_op.create_index(
            "one_note_at_a_time",
            ["post_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
    op.create_table(
        "departures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("farewell", sa.String(24), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_departures_space_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_departures_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nameless", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.alter_column("nameless", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_column("nameless")
    op.drop_table("departures")
    with op.batch_alter_table("content_notes", schema=None) as batch_op:
        batch_op.drop_index(
            "one_note_at_a_time",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
    op.drop_table("content_notes")
