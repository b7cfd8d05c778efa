"""What every real part needs: a free port, a process that dies with us, and patience that ends."""

import ctypes
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def free_port() -> int:
    """A port of the loopback address that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lives(pid: int) -> bool:
    """Whether this process still does something (Linux: a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition: Callable[[], T | None], timeout: float = 10, every: float = 0.05) -> T:
    """What `condition` answers once it is true; AssertionError after `timeout` seconds.

    The message names the condition: give it a name that reads as a sentence. An AssertionError or an
    OSError inside counts as 'not yet', and is told when time runs out.
    """
    until = time.monotonic() + timeout
    trouble: Exception | None = None
    while True:
        try:
            if answer := condition():
                return answer
            trouble = None
        except (AssertionError, OSError) as not_yet:
            trouble = not_yet
        if time.monotonic() > until:
            name = getattr(condition, "__name__", str(condition))
            raise AssertionError(f"waited {timeout} s in vain for: {name}") from trouble
        time.sleep(every)


def die_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn`: Linux sends the child this signal when we die, however we die."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def before_exec() -> None:
        if libc is not None:
            libc.prctl(1, signal_number)  # PR_SET_PDEATHSIG

    return before_exec
