"""The far ends of the relay: what waits for workers, and what is said to open pages."""

import json
from base64 import b64decode
from typing import Any

import redis


class Line:
    """What the relay gives to workers (`handed`) and says to open pages (`said`)."""

    def __init__(self, port: int) -> None:
        self._queues = redis.Redis(port=port, db=0)
        self._pages = redis.Redis(port=port, db=1).pubsub(ignore_subscribe_messages=True)
        self._pages.subscribe("forum")
        self._pages.get_message(timeout=2)

    @property
    def handed(self) -> list[tuple[str, int]]:
        """Queue and screening (or mail) of every task that waits for a worker, oldest first."""
        return [
            (queue, json.loads(b64decode(json.loads(task)["body"]))[0][0])
            for queue in ("urgent", "screening", "maintenance", "behind")
            for task in reversed(self._queues.lrange(queue, 0, -1))
        ]

    def said(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Name, room and payload of everything said since the last time."""
        found = []
        while (message := self._pages.get_message(timeout=0.2)) is not None:
            told = json.loads(message["data"])
            found.append((told["event"], told["room"], told["data"][0]))
        return found

    def close(self) -> None:
        """Hang up."""
        self._pages.close()
        self._queues.close()
