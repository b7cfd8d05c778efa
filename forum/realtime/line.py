"""The line between the processes: what one of them says reaches the pages that are open at any of them."""

import time
from collections.abc import Iterator
from typing import Any

import redis
from socketio import RedisManager

from forum.hours import queries as hours
from forum.outbox import NotCarried

CHANNEL = "forum"  # every process must name the same one, or events vanish
COVER = "cover.changed"  # each process hears it too, and reads afresh what its next pages say
HANG_UP = "signin.ended"  # said to a sign-in's room, it ends the sockets there


class Line(RedisManager):
    """The queue between processes, which says when it failed, and tells pages to ask again after it came back."""

    def __init__(self, url: str, *, write_only: bool = False) -> None:
        options: dict[str, Any] = {"socket_connect_timeout": 0.5}
        if write_only:
            options["socket_timeout"] = 1.0
        super().__init__(url, channel=CHANNEL, write_only=write_only, redis_options=options)
        self.connected: bool = False

    def answers(self) -> bool:
        """Whether the server can be reached."""
        try:
            if not self.connected:
                self._redis_connect()
            return bool(self.redis.ping())
        except redis.RedisError:
            self.connected = False
            return False

    def _publish(self, data: Any) -> Any:
        """The parent logs a failure and forgets the message; here the caller learns of it and keeps it."""
        for last_try in (False, True):
            try:
                if not self.connected:
                    self._redis_connect()
                return self.redis.publish(self.channel, self.json.dumps(data))
            except redis.RedisError as trouble:
                self.connected = False  # the second try has a connection of its own
                if last_try:
                    raise NotCarried from trouble
        return None

    def _handle_emit(self, message: Any) -> None:
        """A page that stays open after a log-out still sits in the rooms of its threads: it is hung up on."""
        if message["event"] == COVER:
            hours.forget()
        super()._handle_emit(message)
        if message["event"] == HANG_UP:
            for sid, _ in list(self.get_participants("/", message["room"])):
                self.server.disconnect(sid, namespace="/", ignore_queue=True)

    def _redis_listen_with_retries(self) -> Iterator[Any]:
        """Like the parent's, but back within a second or two, and what was missed meanwhile is asked for."""
        first = True
        while True:
            try:
                self._redis_connect()
                self.pubsub.subscribe(self.channel)
                if not first:
                    self.server.start_background_task(self._ask_again)
                first = False
                yield from self.pubsub.listen()
            except redis.RedisError:
                first = False
                time.sleep(1)

    def _ask_again(self) -> None:
        self.emit("line.resumed", {}, namespace="/", ignore_queue=True)
