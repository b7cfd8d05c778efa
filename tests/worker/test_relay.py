"""The relay: what was committed reaches workers and open pages, and without a worker it reads by itself."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from forum import db, mail, texts
from forum.columns import MACHINE
from forum.config import Settings
from forum.db import session, transactional
from forum.desk import canary
from forum.desk import service as desk
from forum.desk.models import Case, Signal, SignalKind
from forum.outbox import OutboxMessage
from forum.policy import Actor
from forum.texts import Screening, ScreeningState
from forum.threads import service as threads
from moderation import screening
from moderation.screening import Level
from tests.forum.cast import Cast, new_key
from tests.parts.broker import Broker
from tests.parts.databases import environment
from tests.parts.processes import wait_for
from tests.worker.ends import Line

GREEN = "Radio before anything else. A voice in the kitchen that wants nothing from me."
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."


@pytest.fixture
def clock(cast: Cast, database: str, tmp_path: Path) -> Callable[[float], None]:
    """Moves the one clock so many seconds ahead."""
    path = tmp_path / "clock"
    db.connect(database, str(path))

    def move(seconds: float) -> None:
        path.write_text(str(seconds))

    return move


@pytest.fixture
def relay(app: Flask, broker: Broker, database: str, clock, monkeypatch) -> Any:
    """A relay of this process, with a real broker."""
    for name, value in environment(database, broker.url).items():
        monkeypatch.setenv(name, value)
    from forum.realtime.audience import Announcer
    from worker.relay import Relay

    settings: Settings = replace(app.config["SITE"], database_url=database, redis_url=broker.url)
    return Relay(settings, Announcer(app, settings))


@pytest.fixture
def line(broker: Broker) -> Iterator[Line]:
    """The far ends of the relay."""
    line = Line(broker.port)
    yield line
    line.close()


@pytest.fixture
def talk(cast: Cast) -> int:
    """A thread of Ana's."""
    return threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key()).thread_id


def _waiting() -> list[str]:
    session.rollback()
    waits = select(OutboxMessage.topic).where(OutboxMessage.carried_at.is_(None)).order_by(OutboxMessage.id)
    return list(session.scalars(waits))


@dataclass(frozen=True)
class Said:
    """A reply by its ids, which outlive every session."""

    id: int
    text_id: int
    reading_id: int


def _said(actor: Actor, thread_id: int, body: str) -> Said:
    post = threads.reply(actor, thread_id, body, new_key())
    reading = select(Screening.id).where(Screening.text_id == post.text_id)
    return Said(post.id, post.text_id, session.scalars(reading).one())


def _reading(post: Said) -> Screening:
    session.rollback()
    return session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()


def _cases(post: Said) -> list[Case]:
    session.rollback()
    return list(session.scalars(select(Case).where(Case.text_id == post.text_id)))


def test_a_post_goes_to_a_worker_and_to_the_open_pages(cast, talk, relay, line):
    relay.turn()
    line.said()
    handed = len(line.handed)
    post = _said(cast.ben, talk, "Tea, **strong**.")
    relay.turn()
    assert line.handed[handed:] == [("screening", post.reading_id)]
    ((name, room, says),) = line.said()
    assert (name, room) == ("post.changed", f"thread:{talk}:1:en")
    assert (says["id"], says["position"], says["revision"]) == (post.id, 2, 2)
    assert "<strong>strong</strong>" in says["html"]
    assert _waiting() == ["notices.changed"], "what follows of it goes with the next turn"


def test_what_suggests_danger_goes_first_and_the_desk_and_its_author_are_told(cast, talk, relay, line):
    relay.turn()
    line.said()
    post = _said(cast.ben, talk, CRISIS)
    relay.turn()
    assert ("urgent", post.reading_id) in line.handed
    said = line.said()
    nudges = [(room, says) for name, room, says in said if name == "desk.changed"]
    assert [(room, says["text_id"], says["level"]) for room, says in nudges] == [
        (f"desk:{cast.space_id}:1", post.text_id, "crisis")
    ]
    assert "letters" not in json.dumps(nudges), "a nudge has no words"
    assert "care.offered" not in [name for name, _, _ in said], "Ben is logged in nowhere"


def test_a_page_is_told_what_a_post_is_now_and_not_what_it_was(cast, talk, relay, line):
    relay.turn()
    line.said()
    post = _said(cast.ben, talk, "Not for everybody.")
    threads.withdraw(cast.ben, post.id)
    relay.turn()
    said = line.said()
    assert [name for name, _, _ in said] == ["post.changed"] * 2
    assert "Not for everybody" not in json.dumps(said)


def test_open_desks_are_told_of_words_in_another_language_like_of_any_others(cast, talk, relay, line):
    post = _said(
        cast.ben, talk, "Ayer fui al mercado con mi hermana y compramos manzanas y pan para la semana"
    )
    desk.screen(post.reading_id)
    relay.turn()
    told = [
        (room, says["change"], says["level"]) for name, room, says in line.said() if name == "desk.changed"
    ]
    assert told == [(f"desk:{cast.space_id}:1", "opened", "amber")]


def test_the_canary_goes_by_broker_and_worker_to_its_desk_and_nobody_hears_of_it(cast, relay, line):
    canary.fly()
    relay.turn()
    (queue, title_id), (_, words_id) = sorted(line.handed, key=lambda task: task[0] == "urgent")
    assert queue == "screening", "its words are urgent, its title is not"
    for screening_id in (title_id, words_id):
        desk.screen(screening_id)
    relay.turn()
    rooms = {room for _, room, _ in line.said()}
    assert rooms and all(f":{MACHINE}:" in room or room.startswith("thread:") for room in rooms), (
        "nobody is in these"
    )
    canary.fly()
    session.rollback()
    assert session.scalars(select(canary.Canary.arrived_at)).one() is not None
    relay.turn()
    assert _waiting() == []


def test_with_the_broker_away_it_goes_by_the_relay_alone(cast, relay, broker, clock):
    broker.stop()
    canary.fly()
    clock(3)
    relay.sweep()
    canary.fly()
    session.rollback()
    assert session.scalars(select(canary.Canary.arrived_at)).one() is not None


def test_a_mail_goes_to_the_maintenance_worker(cast, relay, line):
    transactional(mail.queue)("address_is_taken", "ana@example.net")
    relay.turn()
    assert [queue for queue, _ in line.handed] == ["maintenance"]
    assert _waiting() == []


def test_with_the_broker_away_everything_waits_in_its_order(cast, talk, relay, broker, line):
    threads.reply(cast.ben, talk, GREEN, new_key())
    before = _waiting()
    broker.stop()
    relay.turn()
    assert _waiting() == before
    broker.start()

    def everything_arrived() -> bool:
        relay.turn()
        return _waiting() == []

    wait_for(everything_arrived)


def test_with_the_broker_away_a_crisis_is_on_the_desk_at_once(cast, talk, relay, broker, clock):
    broker.stop()
    post = _said(cast.ben, talk, CRISIS)
    clock(3)
    relay.sweep()
    assert [case.level for case in _cases(post)] == [Level.CRISIS]
    assert _reading(post).state is ScreeningState.DONE
    relay.sweep()
    assert len(_cases(post)) == 1


def test_with_the_broker_away_a_withdrawal_after_danger_is_still_a_signal(cast, talk, relay, broker, clock):
    broker.stop()
    post = _said(cast.ben, talk, CRISIS)
    clock(3)
    relay.sweep()
    threads.withdraw(cast.ben, post.id)
    assert _waiting()[0] == "text.saved", "it waits behind what needs the broker"
    relay.sweep()
    (case,) = _cases(post)
    kinds = session.scalars(select(Signal.kind).where(Signal.case_id == case.id).order_by(Signal.id)).all()
    assert kinds == [SignalKind.SCREENING, SignalKind.WITHDRAWAL]


def test_what_nobody_read_is_handed_over_again_after_thirty_seconds(cast, talk, relay, line, clock):
    relay.turn()
    before = len(line.handed)
    clock(20)  # and what the test itself takes
    relay.sweep()
    assert len(line.handed) == before
    clock(31)
    relay.sweep()
    assert len(line.handed) == 2 * before
    relay.sweep()
    assert len(line.handed) == 2 * before, "and then not before another thirty"


def test_what_nobody_read_for_a_minute_the_relay_reads_by_itself(cast, talk, relay, line, clock):
    post = _said(cast.ben, talk, CRISIS)
    relay.turn()
    clock(31)
    relay.sweep()
    assert _reading(post).state is ScreeningState.PENDING
    clock(62)
    relay.sweep()
    assert _reading(post).state is ScreeningState.DONE
    assert [case.level for case in _cases(post)] == [Level.CRISIS]


def test_what_a_worker_took_and_never_finished_is_read_after_its_lease(cast, talk, relay, clock):
    post = _said(cast.ben, talk, CRISIS)
    assert texts.taken(post.reading_id) is not None
    clock(40)  # and what the test itself takes
    relay.sweep()
    assert _reading(post).state is ScreeningState.RUNNING
    clock(61)
    relay.sweep()
    assert _reading(post).state is ScreeningState.DONE


@pytest.mark.slow
def test_a_screener_that_never_ends_is_cut_off_and_a_person_reads_instead(
    cast, talk, relay, clock, monkeypatch
):
    def never_ends(text: str) -> screening.Screening:
        while True:
            pass

    monkeypatch.setattr(screening.Screener, "screen", staticmethod(never_ends))
    monkeypatch.setattr("worker.relay.SECONDS_PER_TEXT", 1)
    post = _said(cast.ben, talk, GREEN)
    session.rollback()
    for reading in session.scalars(select(Screening).where(Screening.text_id != post.text_id)):
        reading.state = ScreeningState.DONE
    session.commit()
    clock(91)
    began = time.monotonic()
    relay.sweep()
    assert time.monotonic() - began < 5
    (case,) = _cases(post)
    assert case.level is Level.AMBER
    assert [finding["category"] for finding in _reading(post).findings or []] == ["unread"]


def test_a_poisoned_event_does_not_keep_the_sweep_from_a_crisis(cast, talk, relay, clock, line):
    post = _said(cast.ben, talk, CRISIS)
    session.rollback()
    first = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first()
    assert first is not None
    first.topic = "nobody.knows"
    session.commit()
    relay.turn()
    assert _waiting() == ["notices.changed"]
    assert ("urgent", post.reading_id) in line.handed


def test_a_database_that_is_away_at_the_start_is_waited_for(relay, database, monkeypatch):
    if database.startswith("sqlite"):
        pytest.skip("a file is never away")
    from worker.relay import _alone

    there, tries = db.engine, []

    def away_twice():
        tries.append("knock")
        if len(tries) < 3:
            raise OperationalError("", {}, Exception())
        return there()

    monkeypatch.setattr(db, "engine", away_twice)
    with _alone(database) as still_alone:
        assert still_alone()
    assert len(tries) == 3
