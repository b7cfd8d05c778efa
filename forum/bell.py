"""A bell on Redis that wakes the relay after a commit. Nobody waits for it and its failure costs a moment, no more."""

import threading
import time

import redis

CHANNEL = "relay-bell"
_LOOKS_EVERY = 0.2  # seconds between looks when the bell cannot be heard


class _Rope:
    """Rings from a thread of its own, so that a slow broker never keeps a request waiting."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=0.5)
        self._pulled = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def pull(self) -> None:
        """Ring soon; several pulls close together ring once."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # also after a fork
                self._thread = threading.Thread(target=self._ring_when_pulled, name="bell", daemon=True)
                self._thread.start()
        self._pulled.set()

    def _ring_when_pulled(self) -> None:
        while True:
            self._pulled.wait()
            self._pulled.clear()
            try:
                self._client.publish(CHANNEL, b"")
            except redis.RedisError:
                time.sleep(_LOOKS_EVERY)


_rope: _Rope | None = None


def hang(url: str) -> None:
    """Ring on the server at `url` from now on; without this, `ring` does nothing and the relay looks by itself."""
    global _rope
    _rope = _Rope(url)


def ring() -> None:
    """Wake the relay; never waits, never fails."""
    if _rope is not None:
        _rope.pull()


class Listener:
    """The relay's ear."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=2)
        self._pubsub: redis.client.PubSub | None = None

    def wait(self, seconds: float = _LOOKS_EVERY) -> None:
        """Return at the next ring, or after `seconds`, or after a short sleep when the server is away."""
        try:
            if self._pubsub is None:
                self._pubsub = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                self._pubsub.subscribe(CHANNEL)
            if self._pubsub.get_message(timeout=seconds) is not None:
                while self._pubsub.get_message(timeout=0) is not None:
                    pass
        except redis.RedisError:
            self._pubsub = None
            time.sleep(seconds)
