"""Names that look alike are one: their keys are made anew"""

import sqlalchemy as sa
from alembic import op

from forum.accounts.names import name_key, own_key, plain_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_users = sa.table(
    "users", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("name_key", sa.String)
)


def upgrade() -> None:
    """Who was here first has the key; others whose names look the same keep their names, under keys of their own."""
    taken: set[str] = set()
    keys: dict[int, str] = {}
    for user_id, name in op.get_bind().execute(sa.select(_users.c.id, _users.c.name).order_by(_users.c.id)):
        key = name_key(name)
        keys[user_id] = own_key(name) if key in taken else key
        taken.add(key)
    _store(keys)


def downgrade() -> None:
    rows = op.get_bind().execute(sa.select(_users.c.id, _users.c.name)).all()
    _store({user_id: plain_key(name) for user_id, name in rows})


def _store(keys: dict[int, str]) -> None:
    """By a detour, so that no key of the one kind meets one of the other on the way."""
    for user_id in keys:
        _put(user_id, f"#{user_id}")
    for user_id, key in keys.items():
        _put(user_id, key)


def _put(user_id: int, key: str) -> None:
    op.execute(_users.update().where(_users.c.id == user_id).values(name_key=key))
