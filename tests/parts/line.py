"""The line between a browser and the site, in our hands: it can be cut, and it can let no sockets through."""

import select
import socket
import threading
from contextlib import suppress

from tests.parts.processes import free_port


class Line:
    """A plain TCP relay on a port of its own; `address` is what the browser opens."""

    def __init__(self, to_port: int) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.sockets_pass = True
        self.sockets_opened = 0
        self._to_port = to_port
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._door: socket.socket | None = None
        self.restore()

    def cut(self) -> None:
        """Break every connection, and take no new one."""
        with self._lock:
            if self._door is not None:
                self._door.close()
                self._door = None
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._ends.clear()

    def restore(self) -> None:
        """Let everything through again."""
        door = socket.create_server(("127.0.0.1", self.port))
        door.settimeout(0.2)
        self._door = door
        threading.Thread(target=self._take, args=(door,), daemon=True).start()

    def _take(self, door: socket.socket) -> None:
        while self._door is door:
            try:
                near, _ = door.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            near.settimeout(None)
            threading.Thread(target=self._pass, args=(near,), daemon=True).start()

    def _pass(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            first = near.recv(65536)
            if first.startswith(b"GET /socket.io/"):
                self.sockets_opened += 1
                if not self.sockets_pass:
                    near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
            with socket.create_connection(("127.0.0.1", self._to_port)) as far:
                with self._lock:
                    if self._door is None:
                        return
                    self._ends |= {near, far}
                far.sendall(first)
                self._relay(near, far)

    def _relay(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        try:
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    words = ready.recv(65536)
                    if not words:
                        return
                    other[ready].sendall(words)
        finally:
            with self._lock:
                self._ends -= {near, far}
