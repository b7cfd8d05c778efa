"""A throw-away site: its own data folder, broker and ports, everything deleted afterwards."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from worker import broker

Found = TypeVar("Found")


class Site:
    """The throw-away site, with a broker of its own that can be stopped without being started again at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broker_port, self.port = _free_port(), _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._broker: subprocess.Popen[bytes] | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.start_broker()
        environment = os.environ | {
            "DATA": str(self._folder / "data"),
            "PORT": str(self.port),
            "SITE_MODE": "testing",
            "LIMITS": "no",
            "REDIS_URL": f"redis://127.0.0.1:{self._broker_port}",
            "DATABASE_URL": "",
            "DEMO": "",
            "MODERATORS_FROM": "00:00",
            "MODERATORS_UNTIL": "24:00",
        }
        with (self._folder / "said").open("ab") as said:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "worker.supervisor"],
                env=environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        wait_for(self._serves, "the site", 120)

    def stop(self) -> None:
        if self._supervisor is not None:
            self._supervisor.send_signal(signal.SIGINT)
            self._supervisor.wait(timeout=60)
        self.stop_broker()

    def start_broker(self) -> None:
        folder = self._folder / "broker"
        folder.mkdir(exist_ok=True)
        with (self._folder / "broker.log").open("ab") as log:
            self._broker = subprocess.Popen(
                broker.command(folder, self._broker_port), stdout=log, stderr=log, start_new_session=True
            )
        wait_for(lambda: broker.answers(self._broker_port), "the broker", 20)

    def stop_broker(self) -> None:
        if self._broker is not None:
            self._broker.kill()
            self._broker.wait(timeout=10)

    def kill_screening(self) -> None:
        pid = self._pid("screening")
        for victim in (*children_of(pid), pid):
            os.kill(victim, signal.SIGKILL)

    def kill_a_web_process(self) -> None:
        os.kill(children_of(self._pid("web"))[0], signal.SIGKILL)

    def rows(self, statement: str) -> list[Any]:
        """What the database says, read from outside."""
        path = self._folder / "data" / "forum.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(statement).fetchall()

    def _pid(self, name: str) -> int:
        found: Any = wait_for(
            lambda: json.loads((self._folder / "data" / "run.json").read_text())["children"][name], name, 30
        )
        return int(found)

    def _serves(self) -> bool:
        assert self._supervisor is not None
        if self._supervisor.poll() is not None:
            raise RuntimeError((self._folder / "said").read_text())
        try:
            if not json.loads((self._folder / "data" / "run.json").read_text()).get("serving"):
                return False
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, ValueError):
            return False


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(
    condition: Callable[[], Found], what: str, seconds: float, *, strict: bool = True
) -> Found | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    if strict:
        raise TimeoutError(f"{what} took longer than {seconds:.0f} s")
    print(f"{what}: not done within {seconds:.0f} s")
    return None
