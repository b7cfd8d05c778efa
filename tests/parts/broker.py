"""A real Redis-compatible server for the tests, the same one that `make run` starts."""

import subprocess
from pathlib import Path

import redis

from tests.parts.processes import die_with_parent, free_port, wait_for
from worker import broker


class Broker:
    """One server of its own; it can be stopped and started again, as in a bad night."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Serve; returns when the server answers."""
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                broker.command(self._folder, self.port),
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )

        def the_broker_answers() -> bool:
            if not self.running:
                raise RuntimeError(f"the broker stopped: {(self._folder / 'log').read_text()}")
            return broker.answers(self.port)

        wait_for(the_broker_answers)

    def stop(self) -> None:
        """Kill it, as a crash would."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(timeout=10)
            self._server = None

    def empty(self) -> None:
        """Forget everything it carries."""
        with redis.Redis(port=self.port) as client:
            client.flushall()
