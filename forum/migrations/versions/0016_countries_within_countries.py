"""Countries within countries: Wales has help lines of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("site_versions", schema=None) as batch_op:
        batch_op.alter_column("country", existing_type=sa.String(2), type_=sa.String(6), nullable=False)


def downgrade() -> None:
    op.execute("UPDATE site_versions SET country = substr(country, 1, 2)")
    with op.batch_alter_table("site_versions", schema=None) as batch_op:
        batch_op.alter_column("country", existing_type=sa.String(6), type_=sa.String(2), nullable=False)
