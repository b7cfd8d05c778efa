"""What must happen after a commit is carried in its order, as often as needed, and never lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from forum import db, outbox
from forum.db import session, transactional
from forum.events import CareOffered, Event, TextWithdrawn
from forum.outbox import KEPT_FOR, NotCarried, OutboxMessage


@transactional
def _recorded(*events: Event) -> None:
    for event in events:
        outbox.record(event)


@pytest.fixture
def three(database: str) -> list[Event]:
    """Events that wait, in this order."""
    events: list[Event] = [CareOffered(1), TextWithdrawn(2), CareOffered(3)]
    for event in events:
        _recorded(event)
    return events


def test_what_waits_is_delivered_in_its_order_and_once(three):
    heard: list[Event] = []
    assert outbox.carry(heard.append) == 3
    assert heard == three
    assert outbox.carry(heard.append) == 0
    assert heard == three


def test_a_few_at_a_time(three):
    heard: list[Event] = []
    assert outbox.carry(heard.append, limit=2) == 2
    assert outbox.carry(heard.append, limit=2) == 1
    assert heard == three


def test_no_transaction_is_open_while_others_are_talked_to(three):
    open_ones = []
    outbox.carry(lambda event: open_ones.append(session.registry().in_transaction()))
    assert open_ones == [False] * 3


def test_when_the_far_end_is_away_that_event_and_all_after_it_stay(three):
    heard: list[Event] = []
    assert outbox.carry(_breaks_at(three[1], heard, NotCarried)) == 1
    assert outbox.carry(heard.append) == 2
    assert heard == three


def test_trouble_with_the_database_keeps_them_too(three):
    heard: list[Event] = []
    trouble = OperationalError("", {}, Exception())
    with pytest.raises(OperationalError):
        outbox.carry(_breaks_at(three[1], heard, trouble))
    assert outbox.carry(heard.append) == 2
    assert heard == three


def test_an_event_that_breaks_its_carrier_holds_up_nobody(three, caplog):
    heard: list[Event] = []
    assert outbox.carry(_breaks_at(three[1], heard, ZeroDivisionError("words"))) == 3
    assert heard == [three[0], three[2]]
    assert "text.withdrawn" in caplog.text
    assert "words" not in caplog.text


def test_a_crash_before_the_mark_delivers_again(three):
    heard: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        outbox.carry(_breaks_at(three[1], heard, KeyboardInterrupt))
    outbox.carry(heard.append)
    assert heard == three, "what was delivered before is marked even then"


def test_some_topics_may_go_before_others(three):
    heard: list[Event] = []
    assert outbox.carry(heard.append, topics=["text.withdrawn"]) == 1
    assert outbox.carry(heard.append) == 2
    assert heard == [three[1], three[0], three[2]]


def test_an_event_of_something_that_has_no_id_yet_is_refused(database):
    with pytest.raises(ValueError, match=r"care\.offered without user_id"):
        _recorded(CareOffered(None))  # type: ignore[arg-type]


def test_nothing_is_recorded_outside_a_use_case(database):
    with pytest.raises(RuntimeError):
        outbox.record(CareOffered(1))
    session.rollback()


def test_what_arrived_is_forgotten_after_a_day_and_what_waits_never(three, tmp_path, database):
    clock = tmp_path / "clock"
    db.connect(database, str(clock))
    outbox.carry(lambda event: None, limit=1)
    outbox.forget_carried()
    assert _count() == 3
    clock.write_text(str((KEPT_FOR + timedelta(minutes=1)).total_seconds()))
    outbox.forget_carried()
    assert _count() == 2


def _breaks_at(
    broken: Event, heard: list[Event], trouble: BaseException | type[BaseException]
) -> Callable[[Event], None]:
    def deliver(event: Event) -> None:
        if event == broken:
            raise trouble
        heard.append(event)

    return deliver


def _count() -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(OutboxMessage)).one()
