"""The only commit of a use case, and the one clock."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from forum import db
from forum.db import after_commit, session, transactional
from forum.events import CareOffered
from forum.outbox import OutboxMessage, record


@transactional
def _write(*, then: Exception | None = None) -> None:
    record(CareOffered(1))
    session.flush()
    if then is not None:
        raise then


@transactional
def _write_inside(*, then: Exception | None = None) -> None:
    _write()
    if then is not None:
        raise then


def _written() -> int:
    session.rollback()
    return len(session.scalars(select(OutboxMessage)).all())


def test_a_use_case_is_kept_when_it_returns_and_undone_when_it_raises(database):
    _write()
    assert _written() == 1
    with pytest.raises(ValueError, match="no"):
        _write(then=ValueError("no"))
    assert _written() == 1


def test_a_use_case_inside_another_shares_its_fate(database):
    with pytest.raises(ValueError, match="no"):
        _write_inside(then=ValueError("no"))
    assert _written() == 0
    _write_inside()
    assert _written() == 1


def test_a_call_after_the_commit_is_made_once_and_only_after_it(database):
    made: list[int] = []

    @transactional
    def use_case(fails: bool) -> None:
        after_commit(call)
        after_commit(call)
        record(CareOffered(1))
        if fails:
            raise ValueError

    def call() -> None:
        made.append(_written())

    with pytest.raises(ValueError):  # noqa: PT011
        use_case(True)
    assert made == []
    use_case(False)
    assert made == [1]


def test_a_call_that_fails_after_the_commit_is_nobodys_trouble(database, caplog):
    @transactional
    def use_case() -> str:
        after_commit(lambda: 1 // 0)  # type: ignore[arg-type]
        record(CareOffered(1))
        return "stored"

    assert use_case() == "stored"
    assert _written() == 1
    assert "ZeroDivisionError" in caplog.text


def test_reading_never_takes_the_writers_place(database):
    said: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *args: said.append(args[2]))
    session.scalars(select(OutboxMessage)).all()
    session.rollback()
    assert [statement for statement in said if statement.startswith("BEGIN")] in ([], ["BEGIN DEFERRED"])
    said.clear()
    _write()
    if database.startswith("sqlite"):
        assert said[0] == "BEGIN IMMEDIATE"


def test_the_clock_moves_by_its_file_alone(database, tmp_path):
    moved = tmp_path / "clock"
    db.connect(database, str(moved))
    assert abs(db.now() - datetime.now(UTC)) < timedelta(seconds=5)
    moved.write_text("-3600")
    assert abs(db.now() + timedelta(hours=1) - datetime.now(UTC)) < timedelta(seconds=5)
    moved.write_text("")
    assert abs(db.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_moment_without_a_zone_is_refused(database):
    with pytest.raises(Exception, match="without a zone"):
        session.scalars(select(OutboxMessage).where(OutboxMessage.recorded_at < datetime(2026, 1, 1))).all()  # noqa: DTZ001
    session.rollback()
