"""The database: one engine, one session for each thread, one clock, and the only commit of a use case.

Reading sessions begin DEFERRED and never turn into writers; `@transactional` begins IMMEDIATE on SQLite,
so two writers wait for each other instead of failing (measured: plain BEGIN fails at once under WAL).
"""

import functools
import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

from sqlalchemy import DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session, sessionmaker
from sqlalchemy.types import TypeDecorator

P = ParamSpec("P")
R = TypeVar("R")

session: scoped_session[Session] = scoped_session(sessionmaker(expire_on_commit=False, autoflush=False))
_engine: Engine | None = None
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_after_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)
_clock_file: Path | None = None


class Utc(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Every table. Names of constraints are fixed so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Utc()}


def connect(url: str, clock_file: str = "") -> Engine:
    """Use the database at `url` from now on, in every thread of this process."""
    global _engine, _clock_file
    disconnect()
    if url.startswith("sqlite"):
        _engine = create_engine(
            url, connect_args={"check_same_thread": False, "timeout": 10}, hide_parameters=True
        )
        event.listen(_engine, "connect", _prepare_sqlite)
        event.listen(_engine, "begin", _begin_sqlite)
    else:
        _engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=20,
            max_overflow=10,
            pool_timeout=5,
            hide_parameters=True,  # an error of the database must not carry words into a log
            connect_args={"connect_timeout": 3},
        )
    session.configure(bind=_engine)
    _clock_file = Path(clock_file) if clock_file else None
    return _engine


def disconnect() -> None:
    """Let go of the database; the next `connect` may name another one."""
    global _engine
    session.remove()
    if _engine is not None:
        _engine.dispose()
        _engine = None


def engine() -> Engine:
    """The engine in use; RuntimeError before `connect`."""
    if _engine is None:
        raise RuntimeError("the database is not connected")
    return _engine


def is_connected() -> bool:
    """Whether there is a database to ask at all."""
    return _engine is not None


def now() -> datetime:
    """The one clock, in UTC. A testing site may move it, for all its processes, by seconds written to a file."""
    moved = 0.0
    if _clock_file is not None and _clock_file.exists():
        moved = float(_clock_file.read_text() or 0)
    return datetime.now(UTC) + timedelta(seconds=moved)


def transactional(use_case: Callable[P, R]) -> Callable[P, R]:
    """Run a use case as one short write that is committed when it returns and undone when it raises.

    What was read before is read afresh inside. Called inside another use case it joins that one.
    """

    @functools.wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _writing.get():
            return use_case(*args, **kwargs)
        session.rollback()
        writing, waiting = _writing.set(True), _after_commit.set([])
        try:
            session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            result = use_case(*args, **kwargs)
            session.commit()
            calls = _after_commit.get() or []
        except BaseException:
            session.rollback()
            raise
        finally:
            _after_commit.reset(waiting)
            _writing.reset(writing)
        _make(calls)
        return result

    return run


def after_commit(call: Callable[[], None]) -> None:
    """Make this call once the running use case is committed; its failure is logged and nobody else notices."""
    waiting = _after_commit.get()
    if waiting is None:
        raise RuntimeError("after_commit outside a use case")
    if call not in waiting:
        waiting.append(call)


def _make(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        try:
            call()
        except Exception as trouble:
            logging.getLogger(__name__).warning("after_commit_failed kind=%s", type(trouble).__name__)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy, not the driver, says BEGIN
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
