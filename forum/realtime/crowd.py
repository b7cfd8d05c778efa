"""How many pages one process keeps a socket for, and how much each may ask."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from forum.errors import Refused

EVENTS_AT_MOST, WITHIN = 60, 10.0  # what one socket may ask, in seconds
AT_THE_DOOR = 5  # connections beyond the sockets of a process, for whoever is told that it is full


class Door:
    """Lets so many connections in. Each holds a thread from its first byte on, whether or not it ever says a word:
    who only holds the line must not keep anybody from a page."""

    def __init__(self, site: Callable[..., Any], sockets: int) -> None:
        self._site = site
        self._most = sockets + AT_THE_DOOR
        self._inside = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if not environ.get("PATH_INFO", "").startswith("/socket.io"):
            return self._site(environ, start_response)
        with self._lock:
            full = self._inside >= self._most
            self._inside += not full
        if full:
            start_response("503 Service Unavailable", [("Content-Length", "0"), ("Connection", "close")])
            return []
        try:
            return self._site(environ, start_response)
        finally:
            with self._lock:
                self._inside -= 1


class Crowd:
    """How many sockets are open here, and how much each has asked lately."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._asked: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def enter(self, sid: str) -> bool:
        """Whether there is room for one more."""
        with self._lock:
            if len(self._asked) >= self._most:
                return False
            self._asked[sid] = deque()
            return True

    def leave(self, sid: str) -> None:
        """The socket is closed."""
        with self._lock:
            self._asked.pop(sid, None)

    def asks(self, sid: str) -> None:
        """Count one question; refused when a socket asks without end."""
        asked, moment = self._asked.get(sid), time.monotonic()
        if asked is None:
            raise Refused()  # it hung up meanwhile: it must not take its place again
        while asked and asked[0] < moment - WITHIN:
            asked.popleft()
        if len(asked) >= EVENTS_AT_MOST:
            raise Refused("That was a lot at once. Please wait a moment.")
        asked.append(moment)
