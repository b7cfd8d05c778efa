"""How often one may do a thing: counted for all processes together, and never in front of help."""

import pytest
import redis

from forum.errors import TooMany
from forum.limits import LIMITS, Limiter
from tests.parts.broker import Broker
from tests.parts.databases import SECRET


def most(name: str) -> int:
    """How many a limit allows."""
    return LIMITS[name].most.amount


@pytest.fixture
def limiters(broker: Broker) -> tuple[Limiter, Limiter]:
    """Those of two processes."""
    return Limiter(f"{broker.url}/2", SECRET), Limiter(f"{broker.url}/2", SECRET)


@pytest.mark.parametrize("name", LIMITS)
def test_two_processes_count_together(limiters, name):
    for number in range(most(name)):
        limiters[number % 2].spend(name, "ana")
    for limiter in limiters:
        with pytest.raises(TooMany) as refusal:
            limiter.spend(name, "ana")
        assert refusal.value.wait == LIMITS[name].most.get_expiry()
        assert refusal.value.sentence == LIMITS[name].sentence


def test_one_persons_limit_is_nobody_elses_and_no_other_limit(limiters):
    for _ in range(most("post")):
        limiters[0].spend("post", "ana")
    limiters[0].spend("post", "ben")
    limiters[0].spend("sign_up", "ana")
    with pytest.raises(TooMany):
        limiters[0].spend("post", "ana")


def test_while_the_store_is_away_each_process_counts_by_itself(limiters, broker):
    broker.stop()
    for _ in range(most("post")):
        limiters[0].spend("post", "ana")
    with pytest.raises(TooMany):
        limiters[0].spend("post", "ana")
    limiters[1].spend("post", "ana")


def test_a_store_that_comes_back_is_counted_in_again(limiters, broker, monkeypatch):
    from datetime import UTC, datetime, timedelta

    broker.stop()
    limiters[0].spend("post", "ana")
    broker.start()
    later = datetime.now(UTC) + timedelta(seconds=3)
    monkeypatch.setattr("forum.limits.now", lambda: later)
    for number in range(most("post")):
        limiters[number % 2].spend("post", "ana")
    with pytest.raises(TooMany):
        limiters[1].spend("post", "ana")


def test_neither_names_nor_addresses_stand_in_the_store(limiters, broker):
    limiters[0].spend("log_in", "ana 203.0.113.7")
    with redis.Redis(port=broker.port, db=2) as store:
        keys = b" ".join(store.keys("*"))
    assert keys
    assert b"ana" not in keys
    assert b"203.0.113.7" not in keys


def test_switched_off_nothing_is_counted(broker):
    limiter = Limiter(f"{broker.url}/2", SECRET, on=False)
    for _ in range(most("post") + 1):
        limiter.spend("post", "ana")
