"""A page's live line without a browser: Socket.IO over one WebSocket, just enough of it to listen and to ask."""

import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from simple_websocket import Client, ConnectionClosed, ConnectionError

Heard = Callable[[str, Any, float], None]


class Listener:
    """One open socket. `heard(name, payload, moment)` is called for every event, from a thread of its own.

    It connects again by itself when the line is lost, as a page does, and then calls `heard("connected", …)`.
    """

    def __init__(self, address: str, cookie: str, heard: Heard) -> None:
        parts = urlsplit(address)
        self._url = f"ws://{parts.netloc}/socket.io/?EIO=4&transport=websocket"
        self._headers = {"Cookie": cookie}  # no Origin: this is not a browser
        self._heard = heard
        self._numbers = itertools.count(1)
        self._answers: dict[int, Any] = {}
        self._answered = threading.Condition()
        self._socket: Client | None = None
        self._closing = False
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._stay, daemon=True)

    def open(self, timeout: float = 20) -> "Listener":
        """Connect; TimeoutError when nobody answers."""
        self._thread.start()
        if not self._connected.wait(timeout):
            raise TimeoutError("the socket did not open")
        return self

    def close(self) -> None:
        """Hang up."""
        self._closing = True
        if self._socket is not None:
            self._socket.close()
        self._thread.join(timeout=10)
        if self._socket is not None:
            self._socket.sock.close()  # the library leaves it to the garbage collector

    def ask(self, name: str, payload: Any, timeout: float = 10) -> Any:
        """Send an event and return what is answered to it."""
        number = next(self._numbers)
        if self._socket is None:
            raise OSError("the line is down")
        self._socket.send(f"42{number}{json.dumps([name, payload])}")
        with self._answered:
            if not self._answered.wait_for(lambda: number in self._answers, timeout):
                raise TimeoutError(f"{name} was not answered")
            return self._answers.pop(number)

    def _stay(self) -> None:
        while not self._closing:
            try:
                self._socket = Client.connect(self._url, headers=self._headers)
                # Said first: the library leaves a greeting that came with the handshake lying until more arrives.
                self._socket.send("40")
                while True:
                    self._take(self._socket.receive())
            except (ConnectionClosed, ConnectionError, OSError):
                self._connected.clear()
                if not self._closing:
                    time.sleep(0.5)

    def _take(self, frame: str) -> None:
        assert self._socket is not None
        if frame == "2":
            self._socket.send("3")
        elif frame.startswith("40"):
            self._connected.set()
            self._heard("connected", None, time.time())
        elif frame.startswith("42"):
            name, *payload = json.loads(frame[frame.index("[") :])
            self._heard(name, payload[0] if payload else None, time.time())
        elif frame.startswith("43"):
            start = frame.index("[")
            with self._answered:
                self._answers[int(frame[2:start])] = (json.loads(frame[start:]) or [None])[0]
                self._answered.notify_all()
