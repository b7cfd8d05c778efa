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
        self.in_vain = 0  # how often somebody knocked while the line was cut
        self._to_port = to_port
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._door = socket.create_server(("127.0.0.1", self.port))
        self._taking = threading.Thread(target=self._take, daemon=True)
        self._taking.start()

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        with self._lock:
            self._open.clear()
            self.in_vain = 0
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Let everything through again."""
        self._open.set()

    def close(self) -> None:
        """Take it down."""
        self.cut()
        self._door.shutdown(socket.SHUT_RDWR)
        self._taking.join(timeout=5)
        self._door.close()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(near,), daemon=True).start()

    def _pass(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            if not self._open.is_set():
                self.in_vain += 1
                return
            first = near.recv(65536)
            if first.startswith(b"GET /socket.io/") and not self.sockets_pass:
                near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self._to_port)) as far:
                with self._lock:
                    if not self._open.is_set():
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
