"""Cases by their text"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_text", "cases", ["text_id"])


def downgrade() -> None:
    op.drop_index("ix_cases_text", table_name="cases")
