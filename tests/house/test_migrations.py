"""The schema's history leads to the tables of the code, and back to nothing, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, inspect, select, text, update
from sqlalchemy.exc import DatabaseError

from forum import audit, db, texts
from forum.audit import AuditEntry
from forum.db import now, session, transactional
from forum.desk.models import Case, Decision, DecisionKind
from forum.migrations import APPEND_ONLY, downgrade, upgrade
from forum.models import Base
from forum.screeners import ScreenerVersion
from forum.site import documents
from forum.site.models import SignUps, SiteVersion


def _tables() -> set[str]:
    return set(inspect(db.engine()).get_table_names()) - {"alembic_version"}


def test_down_to_nothing_and_up_again(database):
    everything = _tables()
    assert everything == set(Base.metadata.tables)
    assert downgrade(db.engine(), "base") == "base"
    assert _tables() == set()
    if database.startswith("postgresql"):
        with db.engine().connect() as connection:
            left = connection.execute(
                text("SELECT proname FROM pg_proc WHERE proname LIKE 'audit%' OR proname = 'rows_stay'")
            ).all()
        assert left == []
    assert upgrade(db.engine())
    assert _tables() == everything
    assert upgrade(db.engine()) == "", "a second time there is nothing to do"


def test_the_tables_are_those_of_the_code(database):
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_index_over_a_part_of_a_table_covers_the_same_part(database):
    """Alembic does not compare the conditions of indexes, so they are compared here."""
    there = {
        index["name"]: index.get("dialect_options", {}).get(f"{db.engine().dialect.name}_where")
        for table in Base.metadata.tables
        for index in inspect(db.engine()).get_indexes(table)
    }
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            where = index.dialect_options[db.engine().dialect.name]["where"]
            assert (there[index.name] is None) is (where is None), index.name
            if where is not None:
                assert _plain(there[index.name]) == _plain(where), index.name


def _plain(condition: object) -> str:
    words = str(condition).replace("::text", "").replace("character varying", "")
    return "".join(letter for letter in words if letter not in "():").replace(" ", "").lower()


def test_names_that_came_to_look_alike_lose_nobody(database):
    """0002: the first of them has the key, the other a key of their own, and both get back what they had."""
    downgrade(db.engine(), "0001")
    old = {"Neil": "neil", "Nell": "nell", "Zoë": "zoë", "Rn 0": "rn 0"}
    with db.engine().begin() as connection:
        for name, key in old.items():
            connection.execute(
                text(
                    "INSERT INTO users (name, name_key, password_hash, role, created_at) "
                    "VALUES (:name, :key, 'x', 'member', '2026-01-01 00:00:00+00:00')"
                ),
                {"name": name, "key": key},
            )
    upgrade(db.engine(), "0002")
    assert _keys() == {"Neil": "nell", "Nell": "nell#nell", "Zoë": "zoe", "Rn 0": "mo"}
    downgrade(db.engine(), "0001")
    assert _keys() == old
    upgrade(db.engine())


def _keys() -> dict[str, str]:
    with db.engine().connect() as connection:
        return dict(connection.execute(text("SELECT name, name_key FROM users")).all())


@transactional
def _recorded() -> None:
    audit.record(None, "open", "case", 1)


@pytest.mark.parametrize(
    "change",
    [update(AuditEntry).values(act="close"), delete(AuditEntry), update(AuditEntry).values(by_id=None)],
    ids=["another act", "gone", "another person"],
)
def test_an_entry_of_the_audit_is_never_changed(database, change):
    _recorded()
    with pytest.raises(DatabaseError, match="audit entries are never changed"):
        session.execute(change)
    session.rollback()
    (entry,) = session.query(AuditEntry).all()
    assert entry.act == "open"


def test_what_was_agreed_decided_and_in_force_is_never_changed(cast):
    """Each table has a row; writing what is in it already is refused all the same."""
    _have_a_row_each(cast)
    for name in sorted(set(APPEND_ONLY) - {"audit_entries"}):
        table = Base.metadata.tables[name]
        assert session.execute(select(table)).first(), f"there is something to change in {name}"
        changes = [update(table).values(id=table.c.id)] + ([] if name in MAY_END else [delete(table)])
        for change in changes:
            with pytest.raises(DatabaseError, match=f"{name} are never changed"):
                session.execute(change)
            session.rollback()


MAY_END = {"consents", "document_versions"}  # a consent with its account, a wording by a restore


@transactional
def _have_a_row_each(cast) -> None:
    documents.consented(cast.ana.user_id, age=18)
    session.add(
        SiteVersion(number=1, at=now(), sign_ups=SignUps.OPEN, **dict.fromkeys(FACTS, ""), minimum_age=18)
    )
    session.add(ScreenerVersion(number=1, at=now(), by_id=cast.lea.user_id, own_words=""))
    words = texts.kept(
        texts.drafted("Tea."),
        texts.TextKind.POST,
        author_id=cast.ana.user_id,
        space_id=cast.space_id,
        epoch=1,
    )
    case = Case(text_id=words.id, space_id=cast.space_id, level="amber", opened_at=now(), due_at=now())
    session.add(case)
    session.flush()
    session.add(
        Decision(
            case_id=case.id,
            kind=DecisionKind.NOTHING_NEEDED,
            decided_by=cast.maya.user_id,
            form_key="a key of a form",
            decided_at=now(),
        )
    )


FACTS = (
    "name",
    "country",
    "time_zone",
    "hours_from",
    "hours_until",
    "languages",
    "age_reason",
    "provider",
    "contact",
)


def test_the_schema_of_both_databases_allows_one_open_case_and_one_membership_at_a_time(database):
    names = {
        index["name"]
        for table in ("cases", "memberships")
        for index in inspect(db.engine()).get_indexes(table)
    }
    assert {"one_open_case_per_text", "one_membership_at_a_time"} <= names
