"""What was agreed, decided and in force is never changed"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Of the first rows stay for ever. The others may only end as a whole: a consent with its account, and the wording that
# a new site begins with when a backup brings another one.
_STAY = ("agreement_versions", "decisions", "rules", "screener_versions", "site_versions")
_MAY_END = ("consents", "document_versions")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, act in _refused():
            op.execute(
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
            )
        return
    op.execute(
        """CREATE FUNCTION rows_stay() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION '% are never changed', TG_TABLE_NAME; END $$"""
    )
    for table, act in _refused():
        op.execute(
            f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION rows_stay()"
        )


def downgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    for table, act in _refused():
        op.execute(f"DROP TRIGGER {table}_no_{act}" + (f" ON {table}" if on_postgres else ""))
    if on_postgres:
        op.execute("DROP FUNCTION rows_stay()")


def _refused() -> list[tuple[str, str]]:
    return [
        *((table, act) for table in _STAY for act in ("update", "delete")),
        *((table, "update") for table in _MAY_END),
    ]
