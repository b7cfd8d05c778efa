"""Where the site is hosted it runs as a role that reads and writes rows, and can change no table and no past."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from forum import db
from forum.db import session
from forum.desk import service as desk
from forum.migrations import APPEND_ONLY
from forum.models import Base
from forum.texts import Screening
from forum.threads import service as threads
from tests.forum import cast as people
from tests.forum.cast import Cast, new_key
from tests.parts.databases import PostgresDatabases


@pytest.fixture
def cast(postgres_databases: PostgresDatabases) -> Iterator[Cast]:
    """The people of the tests, where the site owns nothing."""
    url = postgres_databases.create()
    db.connect(postgres_databases.granted(url))
    yield people.gathered()
    db.disconnect()
    postgres_databases.drop(url)


def test_the_site_runs_as_a_role_that_owns_nothing(cast):
    post = threads.start(
        cast.ana, cast.slug, "Mornings", "I want to end my life tonight. Goodbye.", new_key()
    )
    threads.reply(cast.ben, post.thread_id, "I am here.", new_key())
    for reading in session.query(Screening).all():
        desk.screen(reading.id)
    threads.withdraw(cast.ana, post.id)
    assert session.execute(text("SELECT current_user")).scalar() == "forum_site"
    assert session.execute(text("SELECT count(*) FROM cases")).scalar() == 1
    assert session.execute(text("SELECT pg_try_advisory_lock(1)")).scalar() is True


@pytest.mark.parametrize(
    "sentence",
    [
        "UPDATE audit_entries SET act = 'other'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entries_stay ON audit_entries",
        "UPDATE rules SET title = 'another'",
        "DELETE FROM decisions",
        "DROP TABLE posts",
        "ALTER TABLE users ADD COLUMN more text",
        "TRUNCATE posts CASCADE",
        "CREATE TABLE mine (id int)",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
def test_it_can_change_no_table_and_no_past(cast, sentence):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        session.execute(text(sentence))
    session.rollback()


def test_what_is_never_changed_is_a_table_of_ours():
    assert set(APPEND_ONLY) <= set(Base.metadata.tables)
