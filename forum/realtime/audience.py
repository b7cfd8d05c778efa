"""What is said of each event, and to whom: `AUDIENCE`. The relay says it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from flask import Flask, render_template
from sqlalchemy import select

from forum.accounts.models import SignIn
from forum.config import Settings
from forum.db import session
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
from forum.realtime.line import COVER, HANG_UP, Line
from forum.realtime.rooms import desk_room, sign_in_room, space_room, thread_room
from forum.spaces.models import Space
from forum.threads import queries as threads
from moderation import cases
from moderation.screening import Level

EVERYBODY = None  # instead of a room


@dataclass(frozen=True)
class Message:
    """One thing that is said to one room; without one, to every open page."""

    name: str
    room: str | None
    says: dict[str, Any]


def _epoch(space_id: int) -> int:
    return session.scalars(select(Space.audience_epoch).where(Space.id == space_id)).one()


def _post(event: PostPublished | PostChanged) -> Iterator[Message]:
    found = threads.view(event.post_id)
    # Asked after the words were read: whoever lost their rights before then is not told.
    epoch = _epoch(event.space_id)
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
