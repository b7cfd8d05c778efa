"""Everything that happens is known by its topic, and somebody is told of it."""

import inspect
import re
from dataclasses import fields

import pytest

from forum import events
from forum.events import EVENTS, Event
from forum.realtime.audience import AUDIENCE

KINDS = [
    kind
    for _, kind in inspect.getmembers(events, inspect.isclass)
    if issubclass(kind, Event) and kind is not Event
]


@pytest.fixture
def follow_ups(monkeypatch) -> dict:
    """The table of the relay."""
    from tests.parts.databases import environment

    for name, value in environment("sqlite://").items():
        monkeypatch.setenv(name, value)
    from worker.relay import FOLLOW_UPS

    return FOLLOW_UPS


def test_every_event_is_known_by_its_topic():
    assert {kind.topic: kind for kind in KINDS} == EVENTS


@pytest.mark.parametrize("kind", KINDS)
def test_a_topic_is_a_noun_and_what_happened_to_it(kind):
    assert re.fullmatch(r"[a-z]+\.[a-z]+", kind.topic)
    assert kind.__doc__


def test_of_every_event_somebody_is_told(follow_ups):
    assert set(follow_ups) | set(AUDIENCE) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_carries_ids_and_words_of_the_house_only(kind):
    words = {"level", "change"}
    for field in fields(kind):
        assert field.type is int or (field.type is str and field.name in words), field.name
