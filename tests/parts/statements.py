"""The SQL that a page costs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from forum import db

NOT_COUNTED = ("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL of what happens inside, without what opens and closes transactions, and without the facts of the
    site: those are read by a thread of their own, once in two seconds whatever is asked."""
    said: list[str] = []
    here = threading.get_ident()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(NOT_COUNTED) and threading.get_ident() == here:
            said.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
