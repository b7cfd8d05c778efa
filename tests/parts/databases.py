"""A migrated, empty database for each test: the migrations run once, every test gets a copy."""

import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

from forum.migrations import grant
from tests.parts.postgres import Postgres

SECRET = "only for tests and long enough to be accepted"


def environment(database_url: str, redis_url: str = "redis://127.0.0.1:1") -> dict[str, str]:
    """What a process of a test site finds in its environment; port 1 is a broker that is away."""
    site = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET,
        "ENCRYPTION_KEY": SECRET,
        "SITE_MODE": "testing",
    }
    return os.environ | site


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema, by the command that everybody uses."""
    command = [sys.executable, "-m", "flask", "--app", "forum", "migrate"]
    done = subprocess.run(command, env=environment(url), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"migrating failed: {done.stdout}{done.stderr}"


class SqliteDatabases:
    """Databases that are files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._numbers = count(1)
        self._names: dict[str, Path] = {}
        migrate(f"sqlite:///{self._template}")
        assert not self._template.with_name("template.db-wal").exists(), "the template was left open"

    def create(self) -> str:
        """The URL of a fresh, migrated database."""
        path = self._folder / f"test-{next(self._numbers)}.db"
        shutil.copyfile(self._template, path)
        url = f"sqlite:///{path}"
        self._names[url] = path
        return url

    def drop(self, url: str) -> None:
        """Remove it, with what SQLite keeps beside it."""
        path = self._names.pop(url)
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


class PostgresDatabases:
    """Databases of one server, copied from a template."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._numbers = count(1)
        self._names: dict[str, str] = {}
        migrate(server.create("template_forum"))

    def create(self) -> str:
        """The URL of a fresh, migrated database."""
        name = f"test_{next(self._numbers)}"
        url = self._server.create(name, template="template_forum")
        self._names[url] = name
        return url

    def granted(self, url: str) -> str:
        """The URL under which a site runs that owns nothing in this database."""
        engine = create_engine(url)
        grant(engine, "forum_site")
        engine.dispose()
        return url.replace("forum@", "forum_site@")

    def drop(self, url: str) -> None:
        """Remove it, whoever is still connected."""
        self._server.drop(self._names.pop(url))
