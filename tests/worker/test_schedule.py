"""What the clock starts: known tasks for the maintenance worker, soon enough, and harmless when they come twice."""

import json
from datetime import timedelta
from typing import Any

import pytest
import redis

from forum import outbox
from forum.outbox import OutboxMessage
from tests.parts.databases import environment
from worker.schedule import BEHIND, SCHEDULE, beat_schedule


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Every task by its name."""
    for name, value in environment("sqlite://").items():
        monkeypatch.setenv(name, value)
    from worker import tasks
    from worker.app import app

    return {name: app.tasks[name] for name in SCHEDULE if hasattr(tasks, name)}


def test_every_tick_is_a_task_of_the_maintenance_worker(tasks):
    assert set(SCHEDULE) == set(tasks) == set(beat_schedule())
    for name, task in tasks.items():
        assert task.time_limit, f"{name} could keep all others waiting for ever"


def test_the_clock_hands_each_tick_to_the_maintenance_worker(tasks, broker, monkeypatch):
    from celery.beat import Scheduler

    from worker.app import publisher

    monkeypatch.setattr("worker.app.app.conf.broker_url", broker.url)
    clock = Scheduler(publisher(broker.url))
    for entry in clock.schedule.values():
        entry.last_run_at -= SCHEDULE[entry.name]
        clock.apply_entry(entry, producer=clock.producer)
    with redis.Redis(port=broker.port, db=0) as queues:
        handed, behind = (
            [json.loads(task)["headers"]["task"] for task in queues.lrange(queue, 0, -1)]
            for queue in ("maintenance", "behind")
        )
    clock.close()
    assert sorted(handed) == sorted(set(SCHEDULE) - BEHIND)
    assert sorted(behind) == sorted(BEHIND)


@pytest.mark.parametrize("name", SCHEDULE)
def test_a_tick_comes_soon_since_a_clock_that_starts_again_every_half_hour_counts_from_nothing(name):
    assert timedelta(seconds=1) <= SCHEDULE[name] <= timedelta(minutes=10)


def test_however_often_the_clock_asks_retention_runs_once_an_hour(database, tasks, monkeypatch):
    from forum import retention
    from forum.db import now, session

    began, gone = now(), [timedelta(0)]
    monkeypatch.setattr(retention, "now", lambda: began + gone[0])
    runs = []
    for minutes in (0, 5, 59, 60, 65, 120):
        gone[0] = timedelta(minutes=minutes)
        tasks["keep_retention"].run()
        session.rollback()
        runs.append(session.query(retention.RetentionRun).count())
    assert runs == [1, 1, 1, 2, 2, 3]


@pytest.mark.parametrize("name", SCHEDULE)
def test_a_tick_may_come_twice_and_find_nothing_to_do(database, tasks, name):
    tasks[name].run()
    tasks[name].run()


def test_everything_that_arrived_long_ago_is_forgotten_in_one_go(database, tasks, monkeypatch):
    monkeypatch.setattr(outbox, "KEPT_FOR", timedelta(0))
    from forum.db import now, session

    moment = now() - timedelta(seconds=1)
    session.add_all(
        OutboxMessage(topic="text.withdrawn", payload={"text_id": 1}, recorded_at=moment, carried_at=moment)
        for _ in range(501)
    )
    waiting = OutboxMessage(topic="text.withdrawn", payload={"text_id": 1}, recorded_at=moment)
    session.add(waiting)
    session.commit()
    tasks["forget_carried"].run()
    assert [message.id for message in session.query(OutboxMessage)] == [waiting.id]
