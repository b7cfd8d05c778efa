"""A site of which every part may be hurt: nobody starts its broker again but the test."""

import os
import signal
from pathlib import Path

from tests.parts.broker import Broker
from tests.parts.processes import lives, wait_for
from tests.parts.site import Site


class FrailSite(Site):
    """A whole site with a broker of its own: `broker.stop()` and `broker.start()`."""

    def __init__(self, data: Path, **settings: str) -> None:
        (data / "broker").mkdir(parents=True)
        self.broker = Broker(data / "broker")
        self._moved = 0.0
        super().__init__(data, REDIS_URL=self.broker.url, **settings)

    def start(self) -> None:
        """Start the broker, then everything else."""
        self.broker.start()
        super().start()

    def stop(self, how: int = signal.SIGINT) -> int:
        """Stop everything."""
        status = super().stop(how)
        self.broker.stop()
        return status

    def move_clock_on(self, seconds: float) -> None:
        """Let time pass for every process; it never goes back, as others share the site."""
        self._moved += seconds
        self.move_clock(self._moved)

    def kill_web_workers(self) -> None:
        """SIGKILL every process that serves pages; returns when others serve in their place."""
        before = self.workers_of("web")
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        def others_serve() -> bool:
            now = self.workers_of("web")
            return len(now) == len(before) and not set(now) & set(before)

        wait_for(others_serve, timeout=30)

    def kill_screening(self) -> None:
        """SIGKILL the worker that reads texts, and what it started; the site starts another."""
        victims = [*self.workers_of("screening"), self.pid("screening")]
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not any(lives(pid) for pid in victims))
