"""The schema's history (Alembic), and the one way to bring a database up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

# Rows of these are added and never changed; the database refuses it by a trigger, and by what it grants.
APPEND_ONLY = (
    "audit_entries",
    "agreement_versions",
    "consents",
    "decisions",
    "document_versions",
    "rules",
    "screener_versions",
    "site_versions",
)


def upgrade(engine: Engine, to: str = "head") -> str:
    """Apply what is missing; returns the new revision, or nothing when there was nothing to do."""
    return _move(engine, command.upgrade, to)


def downgrade(engine: Engine, to: str) -> str:
    """Go back to an older revision; `base` is an empty database."""
    return _move(engine, command.downgrade, to)


def grant(engine: Engine, role: str) -> None:
    """Let this role of Postgres run the site: read and write rows, and change no table and no past.

    Run by the owner of the tables after every migration; a second time changes nothing.
    """
    from forum.models import Base

    named = engine.dialect.identifier_preparer.quote
    with engine.begin() as connection:
        words = [f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {named(role)}"]
        words += [f"GRANT USAGE ON SCHEMA public TO {named(role)}"]
        words += [f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {named(role)}"]
        words += [f"GRANT SELECT ON alembic_version TO {named(role)}"]
        for table in Base.metadata.tables:
            rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
            words.append(f"GRANT {rights} ON {named(table)} TO {named(role)}")
        for sentence in words:
            connection.execute(text(sentence))


def configured() -> Config:
    """Alembic's settings, without a file of their own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def revision(engine: Engine) -> str | None:
    """The schema that this database has; None when it has none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _move(engine: Engine, move: object, to: str) -> str:
    config = configured()
    before = revision(engine)
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        config.attributes["connection"] = connection
        move(config, to)  # type: ignore[operator]
    after = revision(engine)
    return (after or "base") if after != before else ""
