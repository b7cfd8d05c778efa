"""What a process knows of rows that hardly ever change: at no cost to a page, and also while the database is away."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from forum import db

T = TypeVar("T")

AT_MOST_OLD = 1.5  # seconds; with the wait below, a change is seen by every process within two
PATIENCE = 0.3  # seconds that whoever asks waits for a reading, before they get what was known


class Snapshot(Generic[T]):
    """The last that was read. A thread and a connection of its own read it: a database that hangs must not hold up
    the page that says who to call.

    `read` is given what was known before and answers what is so now; until its first answer, and for another
    database, `begins_with` is so.
    """

    def __init__(self, begins_with: T, read: Callable[[Session, T], T]) -> None:
        self.begins_with = begins_with
        self._read_rows = read
        self._known = begins_with
        self._engine: Engine | None = None
        self._read_at = float("-inf")
        self._reading: _Reading | None = None
        self._lock = threading.Lock()

    def known(self, patience: float = PATIENCE) -> T:
        """What is so, at most two seconds old; while the database is slow or away, the last that was known."""
        if not db.is_connected():
            return self.begins_with
        with self._lock:
            engine = db.engine()
            if self._engine is not engine:
                self._engine, self._known = engine, self.begins_with
                self._read_at, self._reading = float("-inf"), None
            if time.monotonic() - self._read_at < AT_MOST_OLD:
                return self._known
            reading = self._reading
            if reading is None:
                reading = self._reading = _Reading()
                threading.Thread(target=self._read, args=(engine, reading, self._known), daemon=True).start()
        reading.done.wait(max(0.0, reading.began + patience - time.monotonic()))
        return self._known

    def forget(self) -> None:
        """Read afresh when next asked: this process changed the rows."""
        with self._lock:
            self._read_at, self._reading = float("-inf"), None

    def _read(self, engine: Engine, reading: "_Reading", known: T) -> None:
        try:
            with Session(engine) as reader:
                known = self._read_rows(reader, known)
        except SQLAlchemyError:
            pass  # away: the last that was known goes on counting, and it is asked again a little later
        finally:
            with self._lock:
                if self._reading is reading:
                    self._known, self._read_at, self._reading = known, time.monotonic(), None
            reading.done.set()


class _Reading:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.done = threading.Event()
