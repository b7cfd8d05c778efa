"""The relay: carries what was committed to Celery and to open pages, and does the screening itself in need.

One relay carries at a time, others stand by. It is woken by the bell and also looks by itself, so neither a lost
ring nor a broker that is away keeps a text from a person.
"""

import fcntl
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from kombu.exceptions import OperationalError as BrokerAway
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from forum import bell, config, create_app, db, outbox, texts
from forum.desk import service as desk
from forum.events import (
    AudienceChanged,
    CaseChanged,
    Event,
    MailQueued,
    MemberLeft,
    PostPublished,
    SignInEnded,
    TextSaved,
    TextWithdrawn,
)
from forum.hours import service as hours
from forum.mine import service as mine
from forum.outbox import NotCarried
from forum.realtime.audience import Announcer
from forum.threads import service as threads
from moderation import cases
from moderation.screening import Level
from worker.app import publisher
from worker.tasks import SECONDS_PER_TEXT, screen, send_mail

SWEEP_EVERY = 2.0  # seconds
BY_ITSELF_AFTER = timedelta(seconds=60)  # a text that nobody read by then is read by the relay
GRACE = timedelta(
    seconds=2
)  # with the broker away nobody else will come: only what is being committed is waited for
BY_ITSELF_AT_ONCE = 20  # texts a sweep, so that carrying never waits long
ADVISORY_LOCK = 7_302_115  # any number, the same for every relay

log = structlog.get_logger(__name__)


def _hand_over(event: TextSaved) -> None:
    """Give the reading to a worker; the pending row stays until somebody has done it."""
    _to_worker(event.screening_id, urgent=cases.is_urgent(Level(event.level)))


def _to_worker(screening_id: int, *, urgent: bool) -> None:
    try:
        screen.apply_async((screening_id,), queue="urgent" if urgent else "screening")
    except BrokerAway as away:
        raise NotCarried from away


def _to_post(event: MailQueued) -> None:
    try:
        send_mail.apply_async((event.mail_id,))
    except BrokerAway as away:
        raise NotCarried from away


def _decided(event: CaseChanged) -> None:
    if event.change == "closed":
        mine.notice_decision(event.case_id)


# What follows from an event besides being announced. Twice must equal once.
FOLLOW_UPS: dict[type[Event], Callable[[Any], None]] = {
    TextSaved: _hand_over,
    TextWithdrawn: lambda event: desk.note_withdrawal(event.text_id),
    MailQueued: _to_post,
    MemberLeft: lambda event: threads.follow_departure(event.departure_id),
    SignInEnded: lambda event: hours.left_by_logging_out(event.sign_in_id),
}
# And what may wait until open pages have been told.
AFTERWARDS: dict[type[Event], Callable[[Any], None]] = {
    PostPublished: lambda event: mine.notice_post(event.post_id),
    CaseChanged: _decided,
    AudienceChanged: lambda event: mine.notice_lost_rights(event.space_id),
}
NEED_NO_BROKER: list[type[Event]] = [TextWithdrawn, MemberLeft]


def _follow_up_here(event: Event) -> None:
    FOLLOW_UPS[type(event)](event)


class Relay:
    """Carries and sweeps until it is told to stop."""

    def __init__(self, settings: config.Settings, announcer: Announcer) -> None:
        self._announcer = announcer
        self._listener = bell.Listener(settings.sockets_url)
        self._swept_at = 0.0
        self._stopping = False
        publisher(settings.broker_url)

    def run(self, still_alone: Callable[[], bool]) -> None:
        """Carry until `stop`; trouble of the database is waited out, any other ends the process."""
        while not self._stopping:
            try:
                if time.monotonic() - self._swept_at >= SWEEP_EVERY and not still_alone():
                    return  # another relay may carry by now; the supervisor starts this one again
                self.turn()
            except SQLAlchemyError as trouble:
                log.error("relay_trouble", kind=type(trouble).__name__)
                time.sleep(1)
            finally:
                db.session.remove()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Finish the turn, then end."""
        self._stopping = True

    def turn(self) -> None:
        """One look: sweep when it is time, before trouble in the outbox can come; carry, or wait for the bell."""
        if time.monotonic() - self._swept_at >= SWEEP_EVERY:
            self._swept_at = time.monotonic()
            self.sweep()
        if not outbox.carry(self.deliver):
            self._listener.wait()

    def deliver(self, event: Event) -> None:
        """Everything that follows from one event; raises NotCarried when the broker is away."""
        follow_up = FOLLOW_UPS.get(type(event))
        if follow_up is not None:
            follow_up(event)
        self._announcer.announce(event)
        db.session.rollback()
        afterwards = AFTERWARDS.get(type(event))
        if afterwards is not None:
            afterwards(event)

    def sweep(self) -> None:
        """Hand over again what nobody read in time; read it here when it is late or no worker can be reached."""
        away = not self._announcer.is_heard()
        moment = db.now()
        late: list[texts.Waiting] = []
        again: list[texts.Waiting] = []
        for one in texts.waiting(saved_before=moment - GRACE if away else None):
            (late if away or moment - one.saved_at >= BY_ITSELF_AFTER else again).append(one)
        if away:  # what needs no broker must not wait behind what does
            outbox.carry(_follow_up_here, topics=[kind.topic for kind in NEED_NO_BROKER])
        for one in late[:BY_ITSELF_AT_ONCE]:
            with _time_limit(SECONDS_PER_TEXT):
                desk.screen(one.screening_id)
        try:
            for one in again:
                _to_worker(one.screening_id, urgent=cases.is_urgent(one.seen_level))
        except NotCarried:
            return
        if again:
            texts.handed_over([one.screening_id for one in again])


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the block after `seconds`, also inside a regular expression that never ends."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _alone(url: str) -> Iterator[Callable[[], bool]]:
    """Wait until this is the only relay that carries; yields a question: is it still so?"""
    if url.startswith("sqlite"):
        path = Path(f"{make_url(url).database}.relay")
        with path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lambda: True
        return
    with _locked_connection() as connection:
        yield lambda: _alive(connection)


def _locked_connection() -> Connection:
    """Waits for the lock, and for a database that is away: one that dies of it takes the pages of help along."""
    while True:
        try:
            connection = db.engine().connect().execution_options(isolation_level="AUTOCOMMIT")
            while not _locked(connection):
                time.sleep(1)
            return connection
        except SQLAlchemyError as trouble:
            log.error("relay_waits", kind=type(trouble).__name__)
            time.sleep(1)


def _locked(connection: Connection) -> bool:
    return bool(
        connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK}).scalar()
    )


def _alive(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def main() -> None:
    """Wait to be the only relay, then carry until told to stop."""
    try:
        app = create_app(read_only_sockets=True)
    except config.Misconfigured as wrong:
        sys.exit(str(wrong))
    settings: config.Settings = app.config["SITE"]
    with _alone(settings.database_url) as still_alone:
        relay = Relay(settings, Announcer(app, settings))
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, relay.stop)
        relay.run(still_alone)


if __name__ == "__main__":
    main()
