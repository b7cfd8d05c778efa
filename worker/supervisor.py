"""What `make run` executes: every process the site needs, on this machine alone.

`children` is the table of them. All that is kept lies in one data folder: the database, what the broker carries,
the keys, and `log/`. The environment says which (DATA), which port (PORT), and may name a database or a broker
of its own (DATABASE_URL, REDIS_URL).

Where the site is hosted, `python -m worker.supervisor web` (relay, screening, maintenance, beat) becomes that one
process of the table instead.
"""

import errno
import fcntl
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

from worker import broker
from worker.children import Child, Keeper, Refused, Stopped

# How gunicorn serves by each ASYNC_MODE (forum/config.py): a thread for every open socket, or none.
SERVES = {"threading": "gthread --threads 200", "gevent": "gevent --worker-connections 5000"}
CLOCK = "--scheduler celery.beat:Scheduler"  # the one that keeps no file


def children(
    port: int,
    async_mode: str = "threading",
    reload: bool = False,
    bind: str = "127.0.0.1",
    clock: str = f"--beat {CLOCK}",
) -> list[Child]:
    """The processes beside the broker, in the order they start; they stop in the reverse one.

    Each finds all else it needs in its environment (forum/config.py).
    """
    gunicorn = f"gunicorn --workers 2 --worker-class {SERVES[async_mode]} --graceful-timeout 3"
    celery = "celery --app worker.app worker --pool prefork --concurrency 1 --without-gossip --without-mingle"
    return [
        _module(
            "web",
            f"{gunicorn} --no-control-socket --log-level warning --bind {bind}:{port} forum.wsgi:app",
            reload,
        ),
        _module("relay", "worker.relay"),
        # The relay reads in its place when it is down, so its troubles end nothing else.
        _module(
            "screening",
            f"{celery} --queues urgent,screening --hostname screening@%h",
            vital=False,
        ),
        # What it does is written down and waits for it. It carries the clock (worker/schedule.py) along.
        _module(
            "maintenance",
            f"{celery} --queues maintenance,behind --hostname maintenance@%h {clock}",
            vital=False,
        ),
    ]


def become(name: str) -> int:
    """Check the settings and turn into this one process; answers 1 when that cannot be."""
    from forum import config  # not above: `make run` only starts others, and need not wait for all this

    try:
        settings = config.from_environment()
        table = services(settings.port, settings.async_mode, settings.bind)
        if name not in table:
            raise Refused(f"There is no process {name}: choose one of {', '.join(table)}.")
    except (config.Misconfigured, Refused) as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="forum-metrics-")
    command = list(table[name].command)
    os.execv(command[0], command)  # noqa: S606 (our own table; nothing passes through a shell)


def services(port: int, async_mode: str, bind: str) -> dict[str, Child]:
    """The same processes one by one, by name; the clock is one of its own, so that it starts again by itself."""
    apart = children(port, async_mode, bind=bind, clock="")
    apart.append(_module("beat", f"celery --app worker.app beat {CLOCK}"))
    return {child.name: child for child in apart}


def main(given: Mapping[str, str] = os.environ) -> int:
    """Run the site until Ctrl-C; answers the exit status: 0 when asked to stop, 1 when it cannot run."""
    os.umask(0o077)  # what people write is nobody else's on this machine
    try:
        data, port = _data_folder(given.get("DATA") or "var"), _port(given.get("PORT") or "8000")
        with _locked(data):
            _require_free(port)
            keeper = Keeper(data, {"address": f"http://127.0.0.1:{port}", "port": port})
            for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(asked, lambda *_: keeper.ask_to_stop())
            try:
                _serve(keeper, data, port, {name: value for name, value in given.items() if value})
                keeper.watch()
            finally:
                keeper.stop()
    except Stopped:
        return 0
    except Refused as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1
    raise AssertionError("watching ends only with an exception")


def _serve(keeper: Keeper, data: Path, port: int, given: dict[str, str]) -> None:
    """Start everything and return when the site answers, having said where it is and who may sign in."""
    database = data / "forum.db"
    say("Starting …" if database.exists() else "Starting, with a new database …")
    defaults = {
        "SITE_MODE": "development",
        "DATABASE_URL": f"sqlite:///{database}",
        "ORIGIN": f"http://127.0.0.1:{port}",
        "MAIL_URL": (data / "mail").as_uri(),
        "MAIL_FROM": "forum@localhost",
        "PYTHONUNBUFFERED": "1",
    }
    secrets_of_ours = {
        "SECRET_KEY": _secret(data / "secret_key"),
        "ENCRYPTION_KEY": _secret(data / "encryption_key"),
    }
    keeper.environment = defaults | secrets_of_ours | given
    if "REDIS_URL" not in given:
        keeper.environment["REDIS_URL"] = _start_broker(keeper, data / "broker", _secret(data / "broker_key"))
    keeper.environment["PROMETHEUS_MULTIPROC_DIR"] = _emptied(data / "metrics")
    with_demo = "" if given.get("DEMO") == "no" else " --demo"
    prepared = keeper.finish(_module("migrate", f"flask --app forum migrate{with_demo}"))
    async_mode = given.get("ASYNC_MODE", "threading")
    if async_mode not in SERVES:
        raise Refused("ASYNC_MODE must be threading or gevent.")
    for child in children(port, async_mode, reload="RELOAD" in given):
        keeper.start(child)
    keeper.wait_until(lambda: _healthy(port), "The site")
    keeper.tell(serving=True)
    say(f"\n{prepared.strip()}\n".lstrip("\n"))
    say(f"The site is at http://127.0.0.1:{port} (Ctrl-C stops it; logs are in {data / 'log'}).")


def _start_broker(keeper: Keeper, folder: Path, password: str) -> str:
    folder.mkdir(exist_ok=True)
    port = _free_port()
    keeper.facts["broker_port"] = port
    keeper.start(Child("broker", broker.command(folder, port, password)))
    keeper.wait_until(lambda: broker.answers(port, password), "The broker")
    return f"redis://:{password}@127.0.0.1:{port}"


def _module(name: str, words: str, reload: bool = False, *, vital: bool = True) -> Child:
    return Child(name, [sys.executable, "-m", *words.split(), *(["--reload"] if reload else [])], vital)


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)


def _data_folder(given: str) -> Path:
    folder = Path(given).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as trouble:
        raise Refused(
            f"The data folder {folder} cannot be written to ({trouble.strerror}): name another one, "
            "as in `make run DATA=/somewhere/else`."
        ) from trouble
    return folder


def _locked(data: Path) -> IO[str]:
    """The lock of this data folder, held until it is closed or we die."""
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        raise Refused(
            f"A site is already running on the data folder {data}: stop that one first, or name "
            "another folder with DATA=."
        ) from taken
    return lock


def _port(given: str) -> int:
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Refused(f"PORT={given} is not a port: use a number from 1 to 65535.")
    return int(given)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as trouble:
            taken = trouble.errno == errno.EADDRINUSE
            why = "is taken by another program" if taken else f"cannot be used ({trouble.strerror})"
            raise Refused(f"Port {port} {why}: choose another one, as in `make run PORT=8001`.") from trouble


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _emptied(folder: Path) -> str:
    """A folder for what the workers of a web process count; the counts of an earlier start are not theirs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return str(folder)


def _secret(path: Path) -> str:
    """A key of this data folder, readable by its owner alone; made once, so that people stay signed in."""
    if not path.exists():
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(48))
        new.replace(path)
    return path.read_text()


def _healthy(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


if __name__ == "__main__":
    sys.exit(become(sys.argv[1]) if len(sys.argv) > 1 else main())
