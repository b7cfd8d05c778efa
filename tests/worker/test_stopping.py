"""A process that is asked to stop finishes what it has begun."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.parts.databases import environment
from tests.parts.processes import die_with_parent, free_port, wait_for

FORM = b"name=&password=not+a+password+of+ours"  # refused before any work

HEAD = (
    b"POST /sign-up HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)


@contextmanager
def _web(database: str, mode: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A web process as it is hosted, with its port."""
    port = free_port()
    web = subprocess.Popen(
        [sys.executable, "-m", "worker.supervisor", "web"],
        env=environment(database) | {"PORT": str(port), "ASYNC_MODE": mode},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )

    def it_serves() -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            return line.recv(100).startswith(b"HTTP/1.1 200")

    try:
        wait_for(it_serves, timeout=150)
        yield web, port
    finally:
        web.kill()
        web.wait(timeout=30)


def _takes_no_more(port: int) -> bool:
    """By gevent it hangs up on new lines at once; threads let them wait, as others may begin to listen meanwhile."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            return not line.recv(100)
    except (ConnectionError, TimeoutError):
        return True


@pytest.mark.slow
@pytest.mark.timeout(300)  # a busy machine takes its time to start
@pytest.mark.parametrize(("kind", "mode"), [("postgres", "gevent"), ("sqlite", "threading")])
def test_a_form_that_is_on_its_way_is_answered_by_a_web_process_that_stops(request, kind, mode):
    databases = request.getfixturevalue(f"{kind}_databases")
    database = databases.create()
    with (
        _web(database, mode) as (web, port),
        socket.create_connection(("127.0.0.1", port), timeout=20) as line,
    ):
        for _ in range(8):  # both workers have their pages ready
            with socket.create_connection(("127.0.0.1", port), timeout=20) as other:
                other.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(FORM) + FORM)
                while other.recv(10_000):
                    pass
        line.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(FORM))
        assert line.recv(100).startswith(b"HTTP/1.1 100"), "somebody has begun with it"
        line.sendall(FORM[:10])

        web.send_signal(signal.SIGTERM)
        wait_for(lambda: _takes_no_more(port), timeout=10, every=0.02)
        line.sendall(FORM[10:])

        assert line.recv(100).startswith(b"HTTP/1.1 422")
        assert web.wait(timeout=20) == 0
    databases.drop(database)
