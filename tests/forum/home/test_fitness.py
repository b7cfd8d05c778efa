"""What whoever runs the site can ask: what answers, how late things are, and never a word of anybody's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from forum import db, outbox, retention
from forum.db import session
from forum.desk import service as desk
from forum.home.queries import SAYS, TROUBLE, fitness
from forum.texts import Screening
from forum.threads import service as threads
from tests.forum.cast import new_key

MARKER = "Zwetschgenkuchen"
CRISIS = f"I have decided to end my life tonight. Goodbye. {MARKER}"


@pytest.fixture
def clock(cast, database: str, tmp_path: Path) -> Callable[[float], None]:
    """Moves the one clock so many seconds ahead."""
    path = tmp_path / "clock"
    db.connect(database, str(path))

    def move(seconds: float) -> None:
        path.write_text(str(seconds))

    return move


@pytest.fixture
def ask(app, broker, monkeypatch):
    """Ask a web process whose broker answers."""
    monkeypatch.setitem(app.config, "SITE", replace(app.config["SITE"], redis_url=broker.url))
    return lambda path="/readyz", **headers: app.test_client().get(path, headers=headers)


def test_a_site_that_is_well_says_so(cast, ask):
    answer = ask()
    assert answer.status_code == 200
    assert answer.json["trouble"] == [] and answer.json["database"] and answer.json["broker"]
    assert set(SAYS) <= set(answer.json)


def test_each_lateness_is_told_with_its_seconds(cast, ask, clock):
    threads.start(cast.ana, cast.slug, MARKER, CRISIS, new_key())
    clock(TROUBLE["relay_lag_seconds"] + 1)
    answer = ask()
    assert answer.status_code == 503 and answer.json["trouble"] == ["relay_lag_seconds"]
    outbox.carry(lambda event: None)

    clock(TROUBLE["oldest_pending_screening_seconds"] + 1)
    assert ask().json["trouble"] == ["oldest_pending_screening_seconds"]
    for reading in session.query(Screening).all():
        desk.screen(reading.id)
    outbox.carry(lambda event: None)

    clock(7 * 24 * 3600)
    answer = ask()
    assert answer.json["trouble"] == [
        "oldest_overdue_case_seconds",
        "pipeline_unproven_seconds",
        "forgetting_late_seconds",
        "retention_late_seconds",
    ]
    assert answer.json["oldest_overdue_case_seconds"] > 6 * 24 * 3600
    while outbox.forget_carried():
        pass
    retention.keep()
    assert ask().json["trouble"] == ["oldest_overdue_case_seconds", "pipeline_unproven_seconds"]


def test_without_a_broker_or_a_database_it_still_answers(cast, ask, app, broker):
    broker.stop()
    assert ask().json["trouble"] == ["broker"]
    db.connect("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    answer = ask()
    assert answer.status_code == 503 and answer.json["trouble"] == ["database", "broker"]
    assert b"forum_up" in ask("/metrics").data


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_whoever_comes_through_a_proxy_finds_nothing(cast, ask, path):
    there = ask(path, **{"X-Forwarded-For": "192.0.2.1"})
    missing = ask("/no-such-page", **{"X-Forwarded-For": "192.0.2.1"})
    assert there.status_code == missing.status_code == 404
    assert there.data == missing.data


def test_metrics_count_pages_without_saying_which_or_whose(cast, ask, browse):
    post = threads.start(cast.ana, cast.slug, MARKER, CRISIS, new_key())
    assert browse(cast.ana).get(f"/threads/{post.thread_id}").status_code == 200
    told = ask("/metrics").text
    assert 'endpoint="threads.show"' in told and "forum_oldest_pending_screening_seconds" in told
    for secret in (MARKER, "Ana", "ana", cast.slug, "/threads", "127.0.0.1", f'"{post.thread_id}"'):
        assert secret not in told, secret


def test_a_number_has_a_name_a_meaning_and_mostly_a_limit():
    assert set(TROUBLE) < set(SAYS)
    assert set(fitness("redis://127.0.0.1:1").numbers()) in (set(), set(SAYS))
