"""The schema's history (Alembic), and the one way to bring a database up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine


def upgrade(engine: Engine, to: str = "head") -> str:
    """Apply what is missing; returns the new revision, or nothing when there was nothing to do."""
    return _move(engine, command.upgrade, to)


def downgrade(engine: Engine, to: str) -> str:
    """Go back to an older revision; `base` is an empty database."""
    return _move(engine, command.downgrade, to)


def configured() -> Config:
    """Alembic's settings, without a file of their own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _move(engine: Engine, move: object, to: str) -> str:
    config = configured()
    before = _revision(engine)
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        config.attributes["connection"] = connection
        move(config, to)  # type: ignore[operator]
    after = _revision(engine)
    return (after or "base") if after != before else ""


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
