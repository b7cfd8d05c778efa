"""A complete real site, started as `make run` starts it, on a free port and a data folder of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.parts.processes import die_with_parent, free_port, wait_for

TIME_TO_START = 150.0


class Site:
    """A throw-away site with its demo community. `address` is where it is; `data` is what it keeps.

    Settings given to it (see forum/config.py) come before those of a test site.
    """

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.clock = data / "clock"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns when every page can be asked for."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.said.open("a") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "worker.supervisor"],
                env=self._environment(),
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        wait_for(self._serves, timeout=TIME_TO_START)

    def stop(self, how: int = signal.SIGINT) -> int:
        """Ask it to stop, as Ctrl-C does; answers its exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self._process.wait(timeout=60)

    @property
    def started(self) -> bool:
        """Whether it was ever started."""
        return self._process is not None

    @property
    def said(self) -> Path:
        """What it wrote to the terminal."""
        return self.data / "said"

    @property
    def facts(self) -> dict[str, Any]:
        """Its `run.json`; AssertionError while there is none, so that `wait_for` waits."""
        path = self.data / "run.json"
        assert path.exists(), f"no {path}"
        facts: dict[str, Any] = json.loads(path.read_text())
        return facts

    def pid(self, child: str) -> int:
        """The process of a child: broker, web, relay, screening or maintenance; AssertionError while it is down."""
        pid = self.facts["children"][child]
        assert pid is not None, f"{child} is down"
        return int(pid)

    def workers_of(self, child: str) -> list[int]:
        """The processes that a child started itself, as gunicorn and celery do (Linux)."""
        children = Path(f"/proc/{self.pid(child)}/task/{self.pid(child)}/children").read_text()
        return [int(pid) for pid in children.split()]

    def kill(self, child: str) -> None:
        """SIGKILL a child and wait until the site has started another in its place."""
        before = self.pid(child)
        os.kill(before, signal.SIGKILL)

        def another_one_runs() -> bool:
            return self.pid(child) != before

        wait_for(another_one_runs, timeout=30)

    def move_clock(self, seconds: float) -> None:
        """Move the clock of every process of the site."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.clock)

    def _environment(self) -> dict[str, str]:
        ours = {
            "DATA": str(self.data),
            "PORT": str(self.port),
            "SITE_MODE": "testing",
            "LIMITS": "no",
            "CLOCK_FILE": str(self.clock),
            "REDIS_URL": "",
            "DATABASE_URL": "",
        }
        return os.environ | ours | self._settings

    def _serves(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"the site did not start: {self.said.read_text()}")
        return bool(self.facts.get("serving"))
