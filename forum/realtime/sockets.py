"""The sockets of open pages: how they are served, and everything that a page may ask on its line (`ANSWERS`)."""

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, current_app, request
from flask_socketio import SocketIO, join_room, leave_room, rooms
from sqlalchemy import select

from forum import login, policy
from forum.accounts import sign_ins
from forum.config import Settings
from forum.db import session
from forum.errors import NotFound, Refused
from forum.realtime.crowd import Crowd, Door
from forum.realtime.line import Line
from forum.realtime.rooms import desk_room, is_desk, is_of_thread, sign_in_room, space_room, thread_room
from forum.spaces.models import Space
from forum.threads import queries as threads

log = structlog.get_logger(__name__)


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
    app.extensions["crowd"] = Crowd(settings.sockets_per_process)
    _listen(sockets)
    app.wsgi_app = Door(app.wsgi_app, settings.sockets_per_process)  # type: ignore[method-assign]
    return sockets


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
        if is_desk(room) and room not in wanted:
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


def _crowd() -> Crowd:
    crowd: Crowd = current_app.extensions["crowd"]
    return crowd


def _leave_rooms_of(thread_id: int) -> None:
    for room in list(rooms()):
        if is_of_thread(room, thread_id):
            leave_room(room)


def _whole(message: Any, name: str) -> int:
    value = message.get(name) if isinstance(message, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
        raise NotFound()
    return value


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
