"""Keeps processes running: starts them, restarts what dies, stops them in reverse order, leaves none."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LARGEST_LOG = 5_000_000  # bytes; a larger one is set aside at the next start
TIME_TO_STOP = 10.0  # seconds between asking and killing
TIME_TO_ANSWER = 120.0  # a busy machine takes its time


class Refused(Exception):
    """Why the site cannot run, in one sentence for the person at the terminal."""


class Stopped(Exception):
    """Somebody asked the site to stop."""


@dataclass(frozen=True)
class Child:
    """One process of the site: what it is called and the command that runs it.

    One that is not vital may die as often as it likes: it is tried again every minute.
    """

    name: str
    command: Sequence[str]
    vital: bool = True


@dataclass
class _Running:
    """A child, its process, and when it died lately."""

    child: Child
    process: subprocess.Popen[bytes]
    deaths: list[float] = field(default_factory=list)
    start_again_at: float | None = None


class Keeper:
    """Keeps children running until somebody asks it to stop, or one of them will not live.

    A child that dies is started again after a pause, each longer than the last; one more death than there are
    pauses within a minute is the end of everything, if the child is vital.

    `run.json` in the data folder names the pid of each (null while it is down) and `facts`, for who looks
    after the site from outside; it is replaced whenever something changes and gone when the site is.
    """

    def __init__(self, data: Path, facts: dict[str, Any], pauses: Sequence[float] = (1, 2, 4, 4)) -> None:
        self.environment = dict(os.environ)
        self.facts = facts
        self._data = data
        self._pauses = pauses
        self._running: list[_Running] = []
        self._asked_to_stop = 0
        (data / "log").mkdir(exist_ok=True)

    def start(self, child: Child) -> None:
        """Start a child and keep it running from now on."""
        self._set_large_log_aside(child)
        self._running.append(_Running(child, self._started(child)))
        self.tell()

    def finish(self, child: Child) -> str:
        """Run a child to its end, whoever asks to stop; answers what it printed. Refused when it fails."""
        process = self._started(child, stdout=subprocess.PIPE)
        said, _ = process.communicate()
        if process.returncode != 0:
            raise Refused(f"`{child.name}` failed and the site was not started: {self._last_line(child)}")
        return said.decode()

    def wait_until(self, ready: Callable[[], bool], who: str) -> None:
        """Look after the children until `ready`; Refused after two minutes."""
        until = time.monotonic() + TIME_TO_ANSWER
        while not ready():
            self._look_after_children()
            if time.monotonic() > until:
                raise Refused(
                    f"{who} did not answer within {TIME_TO_ANSWER:.0f} s: see {self._data / 'log'}."
                )

    def watch(self) -> None:
        """Look after the children until asked to stop (Stopped), or until one will not live (Refused)."""
        while True:
            self._look_after_children()

    def ask_to_stop(self) -> None:
        """Stop soon; asked twice, stop at once. Safe in a signal handler."""
        self._asked_to_stop += 1

    def stop(self) -> None:
        """Stop every child, the last started first, and whatever they started themselves."""
        for running in reversed(self._running):
            if running.start_again_at is None:
                with suppress(ProcessLookupError):
                    running.process.terminate()
                self._wait_for_end(running.process)
            _kill_group(running.process)
        self._running.clear()
        (self._data / "run.json").unlink(missing_ok=True)

    def tell(self, **facts: Any) -> None:
        """Write `run.json` anew, with these facts added."""
        self.facts |= facts
        pids = {
            running.child.name: running.process.pid if running.start_again_at is None else None
            for running in self._running
        }
        new = self._data / "run.json.new"
        new.write_text(json.dumps({"pid": os.getpid(), **self.facts, "children": pids}, indent=2) + "\n")
        new.replace(self._data / "run.json")

    def _look_after_children(self) -> None:
        if self._asked_to_stop:
            raise Stopped
        time.sleep(0.1)
        for running in self._running:
            if running.start_again_at is None:
                if running.process.poll() is not None:
                    self._died(running)
            elif time.monotonic() >= running.start_again_at:
                running.start_again_at = None
                running.process = self._started(running.child)
                self.tell()

    def _died(self, running: _Running) -> None:
        name, now = running.child.name, time.monotonic()
        _kill_group(running.process)  # gunicorn's and celery's own children hold ports and jobs
        running.deaths = [death for death in running.deaths if death > now - 60] + [now]
        too_often = len(running.deaths) > len(self._pauses)
        if too_often and running.child.vital:
            raise Refused(
                f"{name} died {len(running.deaths)} times within a minute, so everything was stopped: "
                f"{self._last_line(running.child)}"
            )
        pause = 60.0 if too_often else self._pauses[len(running.deaths) - 1]
        running.start_again_at = now + pause
        self.tell()
        print(f"{name} died ({_ending(running.process)}); starting it again in {pause:g} s.", flush=True)

    def _started(self, child: Child, stdout: int | None = None) -> subprocess.Popen[bytes]:
        with self._log(child).open("ab") as log:
            return subprocess.Popen(
                child.command,
                stdout=log if stdout is None else stdout,
                stderr=log,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is ours alone: we stop them in order
                preexec_fn=_die_with_us,
            )

    def _wait_for_end(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + TIME_TO_STOP
        while process.poll() is None and time.monotonic() < until and self._asked_to_stop < 2:
            time.sleep(0.02)

    def _log(self, child: Child) -> Path:
        return self._data / "log" / f"{child.name}.log"

    def _set_large_log_aside(self, child: Child) -> None:
        path = self._log(child)
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))

    def _last_line(self, child: Child) -> str:
        """Where to look, and the last thing it said: often that is the reason."""
        path = self._log(child)
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 2000))
            lines = log.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"see {path}, which ends with `{last[:300]}`." if last else f"see {path}."


def _die_with_us() -> None:
    """On Linux a child is asked to stop when we die, even by SIGKILL; elsewhere it may outlive that."""
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # found before any fork


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ending(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"signal {-code}" if code < 0 else f"exit status {code}"
