"""All rows of the database in one file, from which a new database of either kind is filled again.

Lines of JSON, packed with gzip: what this is and which schema, then each table with its rows, at the end how many of
each and a checksum. Read in one transaction, so that it is one moment; written back in one, so that it is all or
nothing. What would let somebody in again who was shut out since does not come back: sign-ins are ended, and links
that were mailed are gone. The machine's own rows (forum/desk/canary.py) are left out.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import Enum as Word

from forum.accounts.models import EndedBecause, MailedLink, SignIn
from forum.columns import MACHINE
from forum.db import Utc, now
from forum.desk.canary import Canary
from forum.migrations import revision
from forum.models import Base

FORMAT = 1
AT_ONCE = 500  # rows in memory


class CannotRestore(Exception):
    """Why nothing was restored, in one sentence for whoever wanted it."""


def write(engine: Engine, out: IO[bytes]) -> dict[str, int]:
    """Write everything as it is at this moment; answers how many rows of each table."""
    counts: dict[str, int] = {}
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed, _one_moment(engine) as connection:
        checksum, own = hashlib.sha256(), _TheMachines()

        def say(line: Any) -> None:
            words = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            checksum.update(words)
            packed.write(words)

        say({"forum": FORMAT, "revision": revision(engine), "made_at": now().isoformat()})
        for table in Base.metadata.sorted_tables:
            say({"table": table.name, "columns": [column.name for column in table.columns]})
            counts[table.name] = 0
            for row in _rows(connection, table):
                if own.holds(table, row):
                    continue
                say(row)
                counts[table.name] += 1
        packed.write(json.dumps({"rows": counts, "sha256": checksum.hexdigest()}).encode() + b"\n")
    return counts


def read(engine: Engine, source: IO[bytes]) -> dict[str, int]:
    """Fill a new, migrated database from a file; answers how many rows of each table. Raises CannotRestore."""
    try:
        with (
            gzip.GzipFile(fileobj=source) as packed,
            engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection,
            connection.begin(),
        ):
            return _filled(connection, _checked(packed), revision(engine))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as broken:
        raise CannotRestore("This file is damaged or no backup of a forum. Nothing was restored.") from broken


def _one_moment(engine: Engine) -> Connection:
    """A connection that sees the database as it was when it began to look."""
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection


def _rows(connection: Connection, table: Table) -> Iterator[list[Any]]:
    everything = select(table).order_by(*table.primary_key)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(everything):
        yield [_plain(value) for value in row]


class _TheMachines:
    """Tells the rows that are the machine's own (forum/desk/canary.py), by what they lean on: nothing of a canary that
    flew when the backup was made is to come back without the others."""

    def __init__(self) -> None:
        self._ids: dict[str, set[int]] = {"users": {MACHINE}, "spaces": {MACHINE}, Canary.__tablename__: {1}}

    def holds(self, table: Table, row: Sequence[Any]) -> bool:
        """Whether this row is one; tables come in the order in which they lean on each other."""
        said = dict(zip((column.name for column in table.columns), row, strict=True))
        leans = [(key.column.table.name, said[key.parent.name]) for key in table.foreign_keys]
        told = said.get("payload") or {}  # of an event
        about = [("spaces", told.get("space_id")), ("users", told.get("user_id"))]
        if not any(
            id_ in self._ids.get(name, ()) for name, id_ in [(table.name, said["id"]), *leans, *about]
        ):
            return False
        self._ids.setdefault(table.name, set()).add(said["id"])
        return True


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _checked(packed: Iterable[bytes]) -> Iterator[Any]:
    """Each line; the last one only when the checksum in it is that of all before."""
    checksum = hashlib.sha256()
    for words in packed:
        line = json.loads(words)
        if isinstance(line, dict) and "sha256" in line:
            if line["sha256"] != checksum.hexdigest():
                break
            yield line
            return
        checksum.update(words)
        yield line
    raise ValueError("no end, or another one")


def _filled(connection: Connection, lines: Iterator[Any], schema: str | None) -> dict[str, int]:
    head = next(lines)
    if head["forum"] != FORMAT or head["revision"] != schema:
        raise CannotRestore(
            f"This backup has the schema {head['revision']} and the database {schema}: restore it with the "
            "version of the program that made it, and update afterwards."
        )
    _require_empty(connection)
    counts: dict[str, int] = {}
    waiting: list[dict[str, Any]] = []
    name, columns = "", list[str]()
    for line in lines:
        if isinstance(line, list):
            waiting.append(dict(zip(columns, line, strict=True)))
            counts[name] += 1
        if waiting and (isinstance(line, dict) or len(waiting) >= AT_ONCE):
            _insert(connection, Base.metadata.tables[name], waiting)
            waiting = []
        if isinstance(line, dict) and "table" in line:
            name, columns = line["table"], line["columns"]
            counts[name] = 0
        elif isinstance(line, dict) and counts != line["rows"]:
            raise ValueError("rows are missing")
    _let_nobody_in(connection)
    _count_on(connection)
    return counts


def _let_nobody_in(connection: Connection) -> None:
    """A sign-in that was ended and a link that was used after the backup must not work again: all log in anew."""
    connection.execute(
        update(SignIn)
        .where(SignIn.ended_at.is_(None))
        .values(ended_at=now(), ended_because=EndedBecause.LOGGED_OUT)
    )
    connection.execute(delete(MailedLink))


def _require_empty(connection: Connection) -> None:
    """Only the wording that every new database is given may be there; it gives way to that of the backup."""
    documents = Base.metadata.tables["document_versions"]
    for table in Base.metadata.sorted_tables:
        there = select(func.count()).select_from(table)
        if table is documents:
            there = there.where(table.c.by_id.is_not(None))
        if connection.execute(there).scalar():
            raise CannotRestore(
                f"This database is not empty ({table.name} has rows): restore into a new one. "
                "Nothing was changed."
            )
    connection.execute(delete(documents))


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    into = insert(table).values(
        {column.name: bindparam(column.name, type_=_kind(column)) for column in table.columns}
    )
    connection.execute(into, [{name: _read(table.columns[name], row[name]) for name in row} for row in rows])


def _kind(column: Column[Any]) -> Any:
    return JSON(none_as_null=True) if isinstance(column.type, JSON) else column.type


def _read(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Utc):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Word) and column.type.enum_class is not None:
        return column.type.enum_class(value)
    return value


def _count_on(connection: Connection) -> None:
    """Postgres counts ids apart from the rows: the next one comes after the largest."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        largest = connection.execute(select(func.max(table.c.id))).scalar()
        if largest:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :largest)"),
                {"name": table.name, "largest": largest},
            )
