"""Two web processes, a relay and a broker of their own, and people who listen to open pages."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from bench.listening import Listener
from forum.policy import Actor
from tests.forum import cast as people
from tests.parts.broker import Broker
from tests.parts.databases import environment
from tests.parts.processes import die_with_parent, free_port, wait_for

SERVES = {"sqlite": ("threading", "gthread --threads 30"), "postgresql": ("gevent", "gevent")}


class Live:
    """A site without its supervisor: `first` and `second` are the addresses of its web processes."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.database_url = database_url
        self.broker = Broker(folder)
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.first, self.second = (f"http://127.0.0.1:{free_port()}" for _ in range(2))

    def start(self) -> None:
        """Start everything; returns when both addresses answer."""
        self.broker.start()
        mode, how = SERVES[self.database_url.partition(":")[0].partition("+")[0]]
        for address in (self.first, self.second):
            bind = ["--bind", address.removeprefix("http://"), "--graceful-timeout", "1"]
            worker = ["--workers", "1", "--worker-class", *how.split(), "--no-control-socket"]
            self._run(mode, "gunicorn", *worker, *bind, "forum.wsgi:app")
        self._run("threading", "worker.relay")
        for address in (self.first, self.second):
            wait_for(lambda address=address: _answers(address), timeout=90)  # type: ignore[misc]

    def stop(self) -> None:
        """Stop everything."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(timeout=20)
        self.broker.stop()

    def _run(self, mode: str, module: str, *arguments: str) -> None:
        settings = {"ASYNC_MODE": mode, "LIMITS": "no", "LOG_LEVEL": "WARNING", "SOCKETS_PER_PROCESS": "20"}
        with (self._folder / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", module, *arguments],
                    env=os.environ | environment(self.database_url, self.broker.url) | settings,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=die_with_parent(),
                )
            )


def _answers(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
        return bool(answer.status == 200)


class Page:
    """Somebody's open page: what it heard, and what it may ask."""

    def __init__(self, address: str, cookie: str) -> None:
        self.heard: list[tuple[str, Any]] = []
        self._line = Listener(address, cookie, lambda name, says, _: self.heard.append((name, says))).open()

    def ask(self, name: str, **payload: Any) -> dict[str, Any]:
        """Ask over the line; what is answered."""
        answer: dict[str, Any] = self._line.ask(name, payload)
        return answer

    def told(self, name: str) -> list[Any]:
        """What was said to it under this name."""
        return [says for said, says in list(self.heard) if said == name]

    def waits_for(self, name: str, matching: Callable[[Any], bool] = lambda says: True) -> Any:
        """The first thing said under this name that matches, when it comes."""

        def it_was_told() -> Any:
            return next(([says] for says in self.told(name) if matching(says)), None)

        return wait_for(it_was_told, timeout=20)[0]

    def close(self) -> None:
        """Close the page."""
        self._line.close()


def cookie_of(app: Flask, actor: Actor) -> str:
    """The cookie of a fresh sign-in; nothing for a visitor."""
    if not actor.known:
        return ""
    kept = people.log_in(app.test_client(), actor).get_cookie("session")
    assert kept is not None
    return f"session={kept.value}"


def sent(address: str, cookie: str, path: str, form: dict[str, str]) -> dict[str, Any]:
    """What is answered to a form that the page's script sends."""
    headers = {"Cookie": cookie, "Origin": address, "Accept": "application/json"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    request = urllib.request.Request(address + path, urlencode(form).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
