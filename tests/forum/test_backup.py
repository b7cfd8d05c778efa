"""The drill: a site is backed up and comes back with every row, its audit and its cases, on either database. Only
what lets somebody in does not: sign-ins come back ended, and links that were mailed not at all."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from forum import audit, backup, db, outbox
from forum.accounts.models import EndedBecause, LinkKind, MailedLink, SignIn
from forum.audit import AuditEntry
from forum.backup import CannotRestore
from forum.db import now, session, transactional
from forum.desk import service as desk
from forum.desk.models import Case, Signal
from forum.models import Base
from forum.texts import Screening
from forum.threads import service as threads
from moderation.screening import Level
from tests.forum.cast import Cast, new_key

CRISIS = "I have decided to end my life tonight, and the letters are written. „Goodbye“ 🕯"


@pytest.fixture
def other(request: pytest.FixtureRequest) -> Iterator[Callable[[str], None]]:
    """`other("postgres")` connects `forum.db` to a new database of that kind."""
    made: list[tuple[Any, str]] = []

    def connect(kind: str) -> None:
        databases = request.getfixturevalue(f"{kind}_databases")
        made.append((databases, databases.create()))
        db.connect(made[-1][1])

    yield connect
    db.disconnect()
    for databases, url in made:
        databases.drop(url)


def _lived_in(cast: Cast) -> None:
    """A little of everything: a talk, a crisis, its case, a withdrawal, events on their way."""
    post = threads.start(cast.ana, cast.slug, "Nights", CRISIS, new_key())
    threads.reply(cast.ben, post.thread_id, "I am here, and *awake*.", new_key())
    for reading in session.query(Screening).all():
        desk.screen(reading.id)
    threads.withdraw(cast.ben, threads.reply(cast.ben, post.thread_id, "Not this.", new_key()).id)
    outbox.carry(lambda event: None, limit=2)
    _used_power(cast)


@transactional
def _used_power(cast: Cast) -> None:
    audit.record(cast.lea.user_id, "look", "case", 1, space_id=cast.space_id)


def _everything() -> dict[str, list[tuple[Any, ...]]]:
    session.rollback()
    with db.engine().connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))]
            for table in Base.metadata.sorted_tables
        }


def _packed() -> io.BytesIO:
    out = io.BytesIO()
    backup.write(db.engine(), out)
    out.seek(0)
    return out


@pytest.mark.parametrize("to", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_what_was_backed_up_comes_back_on_either_database(cast, other, to):
    _lived_in(cast)
    before = _everything()
    file = _packed()

    other(to)
    rows = backup.read(db.engine(), file)

    after = _everything()
    shut = {"sign_ins", "mailed_links"}
    assert {name: after[name] for name in after.keys() - shut} == {
        name: before[name] for name in before.keys() - shut
    }
    assert len(after["sign_ins"]) == len(before["sign_ins"])
    assert rows == {name: len(found) for name, found in before.items()}
    (case,) = session.scalars(select(Case)).all()
    assert case.level is Level.CRISIS and session.scalars(select(Signal)).all()
    assert before["audit_entries"] and session.query(AuditEntry).count() == len(before["audit_entries"])

    _life_goes_on(cast)


@transactional
def _life_goes_on(cast: Cast) -> None:
    """New rows get new ids: nobody's place is taken."""
    threads.start(cast.ana, cast.slug, "The morning after", "Still here.", new_key())
    audit.record(cast.lea.user_id, "open", "case", 1)
    session.flush()


def test_nobody_is_let_in_by_what_was_ended_or_used_after_the_backup(cast, other):
    kept = _sign_in(cast)
    ended = _sign_in(cast, ended_because=EndedBecause.PASSWORD, ended_at=now())
    _links(cast)
    file = _packed()
    before = _everything()["sign_ins"]
    other("sqlite")
    backup.read(db.engine(), file)
    rows = {row.id: row for row in session.scalars(select(SignIn))}
    assert len(rows) == len(before)
    assert all(row.ended_at is not None for row in rows.values())
    assert rows[kept].ended_because is EndedBecause.LOGGED_OUT
    assert rows[ended].ended_because is EndedBecause.PASSWORD, "what had ended tells why, as before"
    assert session.scalars(select(MailedLink)).all() == []


@transactional
def _sign_in(cast: Cast, **ended: Any) -> int:
    row = SignIn(user_id=cast.ana.user_id, token_hash=SignIn.hashed(new_key()), started_at=now(), **ended)
    session.add(row)
    session.flush()
    return row.id


@transactional
def _links(cast: Cast) -> None:
    session.add(
        MailedLink(
            user_id=cast.ana.user_id,
            kind=LinkKind.RECOVER,
            token_hash=SignIn.hashed(new_key()),
            address="sealed",
            ends_at=now(),
        )
    )


def test_a_database_that_is_not_new_is_left_alone(cast):
    file = _packed()
    before = _everything()
    with pytest.raises(CannotRestore, match="not empty"):
        backup.read(db.engine(), file)
    assert _everything() == before


def _lines(packed: io.BytesIO) -> list[bytes]:
    return gzip.decompress(packed.getvalue()).splitlines(keepends=True)


def _flipped(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b"Kettle", b"Poison") for line in lines]


@pytest.mark.parametrize(
    "damage",
    [lambda lines: lines[:-1], lambda lines: lines[:5] + lines[6:], lambda lines: lines[5:], _flipped],
    ids=["the end is missing", "a row is missing", "the beginning is missing", "a word is another"],
)
def test_a_damaged_file_restores_nothing(cast, other, damage):
    threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key())
    damaged = io.BytesIO(gzip.compress(b"".join(damage(_lines(_packed())))))
    other("sqlite")
    before = _everything()
    with pytest.raises(CannotRestore, match="Nothing was restored"):
        backup.read(db.engine(), damaged)
    assert _everything() == before
    assert before["users"] == []


@pytest.mark.parametrize(
    "broken",
    [b"", b"no gzip at all", gzip.compress(b'{"a": 1}\n'), gzip.compress(b"[]")],
    ids=[
        "empty",
        "no gzip",
        "another object",
        "no object",
    ],  # gzip writes the time, and names must be the same
)
def test_another_file_is_no_backup(database, broken):
    with pytest.raises(CannotRestore):
        backup.read(db.engine(), io.BytesIO(broken))


def test_a_backup_of_another_schema_is_refused_by_name(cast, other):
    lines = _lines(_packed())
    head = json.loads(lines[0]) | {"revision": "0000"}
    other("sqlite")
    with pytest.raises(CannotRestore, match="schema 0000"):
        backup.read(
            db.engine(), io.BytesIO(gzip.compress(json.dumps(head).encode() + b"\n" + b"".join(lines[1:])))
        )


def test_a_backup_is_one_moment(cast, monkeypatch):
    """What is written while it is being made is in none of its tables."""
    kept = backup._rows

    def slowly(connection, table):
        rows = list(kept(connection, table))
        if table.name == "spaces":
            threads.start(cast.ana, cast.slug, "Meanwhile", "Written during the backup.", new_key())
        return iter(rows)

    monkeypatch.setattr(backup, "_rows", slowly)
    words = gzip.decompress(_packed().getvalue()).decode()
    assert "Written during" not in words and '"table":"posts"' in words


def test_the_commands_keep_the_file_to_its_owner_and_say_what_is_not_in_it(app, cast, other, tmp_path: Path):
    run = app.test_cli_runner().invoke
    file = tmp_path / "monday.backup"
    said = run(args=["backup", str(file)])
    assert said.exit_code == 0, said.output
    assert "ENCRYPTION_KEY" in said.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert "there already" in run(args=["backup", str(file)]).output
    other("sqlite")
    said = run(args=["restore", str(file)])
    assert said.exit_code == 0, said.output
    assert "are back" in said.output
    again = run(args=["restore", str(file)])
    assert again.exit_code == 1 and "not empty" in again.output
