"""Live pages. The push is a courtesy: it carries what a plain reader sees, with its revision, or only ids.

First load, push and catch-up end in the same state, so a lost message costs a moment and never a word.
Loss of rights needs no kick: listeners sit in rooms named after the audience's epoch, and nobody speaks
to the rooms of an older one.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import redis
import structlog
from flask import Flask, current_app, render_template, request
from flask_socketio import SocketIO, join_room, leave_room, rooms
from socketio import RedisManager
from sqlalchemy import select

from forum import login, policy
from forum.accounts import sign_ins
from forum.accounts.models import SignIn
from forum.config import Settings
from forum.db import session
from forum.errors import NotFound, Refused
from forum.events import (
    AudienceChanged,
    CareOffered,
    CaseChanged,
    CoverChanged,
    Event,
    NoticesChanged,
    PostChanged,
    PostPublished,
    SignInEnded,
    TeamWrote,
    TextSaved,
    ThreadChanged,
)
from forum.hours import queries as hours
from forum.outbox import NotCarried
from forum.spaces.models import Space
from forum.threads import queries as threads
from moderation import cases
from moderation.screening import Level

CHANNEL = "forum"  # every process must name the same one, or events vanish
LANGUAGE = "en"
EVENTS_AT_MOST, WITHIN = 60, 10.0  # what one socket may ask, in seconds
COVER = "cover.changed"  # each process hears it too, and reads afresh what its next pages say
EVERYBODY = None  # instead of a room
HANG_UP = "signin.ended"  # said to a sign-in's room, it ends the sockets there
AT_THE_DOOR = 5  # connections beyond the sockets of a process, for whoever is told that it is full

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Message:
    """One thing that is said to one room; without one, to every open page."""

    name: str
    room: str | None
    says: dict[str, Any]


def thread_room(thread_id: int, epoch: int) -> str:
    """Who listens to a thread under the audience of this epoch."""
    return f"thread:{thread_id}:{epoch}:{LANGUAGE}"


def space_room(space_id: int, epoch: int) -> str:
    """Who listens to anything in a space: told to ask again when the epoch ends."""
    return f"space:{space_id}:{epoch}"


def desk_room(space_id: int, epoch: int) -> str:
    """The moderators of a space who have the desk open."""
    return f"desk:{space_id}:{epoch}"


def sign_in_room(sign_in_id: int) -> str:
    """The open pages of one sign-in; an ended one is not spoken to."""
    return f"sign_in:{sign_in_id}"


# ------------------------------------------------------------------ what the relay says, and to whom


def _post(event: PostPublished | PostChanged) -> Iterator[Message]:
    found = threads.view(event.post_id)
    epoch = _epoch(
        event.space_id
    )  # after the words were read: whoever lost their rights before then is not told
    if event.epoch != epoch:
        yield Message("thread.moved", thread_room(event.thread_id, epoch), {"thread_id": event.thread_id})
        return
    if found is None:
        return
    view, _ = found
    yield Message(
        "post.changed",
        thread_room(event.thread_id, epoch),
        {
            "thread_id": event.thread_id,
            "id": view.id,
            "position": view.position,
            "revision": view.revision,
            "html": render_template("threads/_post.html", post=view),
        },
    )


def _thread(event: ThreadChanged) -> Iterator[Message]:
    room = thread_room(event.thread_id, _epoch(event.space_id))
    yield Message("thread.changed", room, {"thread_id": event.thread_id})


def _being_read(event: TextSaved) -> Iterator[Message]:
    if cases.is_urgent(Level(event.level)):
        yield Message(
            "desk.changed",
            desk_room(event.space_id, _epoch(event.space_id)),
            {"case_id": None, "text_id": event.text_id, "level": event.level, "change": "being_read"},
        )


def _case(event: CaseChanged) -> Iterator[Message]:
    says = asdict(event)
    yield Message(
        "desk.changed",
        desk_room(event.space_id, _epoch(event.space_id)),
        {name: says[name] for name in ("case_id", "text_id", "level", "change")},
    )


def _person(name: str) -> Callable[[Any], Iterator[Message]]:
    def messages(event: CareOffered | TeamWrote | NoticesChanged) -> Iterator[Message]:
        live = session.scalars(
            select(SignIn.id).where(SignIn.user_id == event.user_id, SignIn.ended_at.is_(None))
        )
        for sign_in_id in live:
            yield Message(name, sign_in_room(sign_in_id), {})

    return messages


def _audience(event: AudienceChanged) -> Iterator[Message]:
    yield Message("line.resumed", space_room(event.space_id, event.old_epoch), {})


def _cover(_: CoverChanged) -> Iterator[Message]:
    yield Message(COVER, EVERYBODY, hours.told(hours.cover_as_saved()))


def _sign_in_ended(event: SignInEnded) -> Iterator[Message]:
    yield Message(HANG_UP, sign_in_room(event.sign_in_id), {})


AUDIENCE: dict[type[Event], Callable[[Any], Iterator[Message]]] = {
    PostPublished: _post,
    PostChanged: _post,
    ThreadChanged: _thread,
    TextSaved: _being_read,
    CaseChanged: _case,
    CareOffered: _person("care.offered"),
    TeamWrote: _person("team.wrote"),
    NoticesChanged: _person("notices.changed"),
    AudienceChanged: _audience,
    CoverChanged: _cover,
    SignInEnded: _sign_in_ended,
}


class Announcer:
    """Says events to whoever listens, from a process without sockets of its own; raises NotCarried when it cannot."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._line = Line(settings.sockets_url, write_only=True)

    def announce(self, event: Event) -> None:
        """Render what listeners may see now and say it."""
        messages = AUDIENCE.get(type(event))
        if messages is None:
            return
        with self._app.test_request_context():
            for message in list(messages(event)):
                self._line.emit(message.name, message.says, namespace="/", room=message.room)

    def is_heard(self) -> bool:
        """Whether the server between the processes answers now."""
        return self._line.answers()


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


# ------------------------------------------------------------------ what pages may ask


def open_sockets(app: Flask, settings: Settings) -> SocketIO:
    """Serve sockets with this application (WebSocket only: any process can serve any page)."""
    sockets = SocketIO(
        app,
        async_mode=settings.async_mode,
        client_manager=Line(settings.sockets_url),
        transports=["websocket"],
        cors_allowed_origins=[settings.origin] if settings.hosted else None,  # None: where the page came from
        manage_session=False,
        max_http_buffer_size=10_000,
        ping_interval=25,
        ping_timeout=20,
    )
    app.extensions["crowd"] = _Crowd(settings.sockets_per_process)
    _listen(sockets)
    app.wsgi_app = _Door(app.wsgi_app, settings.sockets_per_process + AT_THE_DOOR)  # type: ignore[method-assign]
    return sockets


class _Door:
    """Lets so many connections in. Each holds a thread from its first byte on, whether or not it ever says a word:
    who only holds the line must not keep anybody from a page."""

    def __init__(self, site: Callable[..., Any], most: int) -> None:
        self._site = site
        self._most = most
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


class _Crowd:
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


def _listen(sockets: SocketIO) -> None:
    for name, answer in ANSWERS.items():
        sockets.on_event(name, answer)
    sockets.on_error_default(_refused)


def _connect(_: Any = None) -> bool:
    if not _crowd().enter(_sid()):
        return False  # the page asks by itself every few seconds instead
    person = login.signed_in()
    if person is not None:
        join_room(sign_in_room(person.sign_in.id))
        if not sign_ins.was_seen_today(person.sign_in):
            sign_ins.seen(person.sign_in.id)
    return True


def _disconnect(_: Any = None) -> None:
    _crowd().leave(_sid())


def _join_thread(message: Any) -> dict[str, Any]:
    """Listen to a thread; asked again it says how far the thread is, and ends listening when rights are gone."""
    _crowd().asks(_sid())
    thread_id = _whole(message, "thread_id")
    try:
        thread = threads.thread(login.actor(), thread_id)
    except NotFound:
        _leave_rooms_of(thread_id)
        raise
    epoch = thread.space.audience_epoch
    room = thread_room(thread_id, epoch)
    if room not in rooms():
        _leave_rooms_of(thread_id)
        join_room(room)
        join_room(space_room(thread.space_id, epoch))
        session.rollback()  # the revision as it is after joining: what changes later is heard
        thread = threads.thread(login.actor(), thread_id)
    return {"revision": thread.revision}


def _leave_thread(message: Any) -> dict[str, Any]:
    _leave_rooms_of(_whole(message, "thread_id"))
    return {}


def _join_desk(_: Any = None) -> dict[str, Any]:
    """Listen to the desks of the communities that this person moderates, and to no other."""
    _crowd().asks(_sid())
    actor = login.actor()
    policy.require(actor, policy.Permission.SEE_DESK)
    moderated = session.execute(
        select(Space.id, Space.audience_epoch).where(policy.desk_spaces(actor, Space.id))
    )
    wanted = {desk_room(space_id, epoch): space_room(space_id, epoch) for space_id, epoch in moderated}
    for room in rooms():
        if room.startswith("desk:") and room not in wanted:
            leave_room(room)
    for desk, space in wanted.items():
        join_room(desk)
        join_room(space)
    return {"ok": True}


# Everything that a page may say on its line.
ANSWERS: dict[str, Callable[..., Any]] = {
    "connect": _connect,
    "disconnect": _disconnect,
    "thread.join": _join_thread,
    "thread.ask": _join_thread,
    "thread.leave": _leave_thread,
    "desk.join": _join_desk,
}


def _refused(error: Exception) -> dict[str, Any] | bool:
    """Without an answer the page would wait for its own time-out."""
    session.rollback()
    if request.event["message"] == "connect":  # type: ignore[attr-defined]
        log.error("socket_trouble", kind=type(error).__name__)
        _crowd().leave(_sid())
        return False  # who is there could not be found out: let in, they would never hear what is theirs
    if isinstance(error, Refused):
        return {"error": error.sentence, "status": error.status}
    log.error("socket_trouble", kind=type(error).__name__)
    return {"error": "That did not work.", "status": 500}


def _crowd() -> _Crowd:
    crowd: _Crowd = current_app.extensions["crowd"]
    return crowd


def _leave_rooms_of(thread_id: int) -> None:
    for room in list(rooms()):
        if room.startswith(f"thread:{thread_id}:"):
            leave_room(room)


def _whole(message: Any, name: str) -> int:
    value = message.get(name) if isinstance(message, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
        raise NotFound()
    return value


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _epoch(space_id: int) -> int:
    return session.scalars(select(Space.audience_epoch).where(Space.id == space_id)).one()
