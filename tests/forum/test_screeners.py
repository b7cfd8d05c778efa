"""The site's screener: one for all processes, as the site chose it, and never none."""

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from forum import db, screeners, texts
from forum.db import now, session, transactional
from forum.desk import service as desk
from forum.screeners import Choices, ScreenerVersion
from forum.texts import Screening
from forum.threads import service as threads
from moderation.screening import CUTS, VERSION, Cuts, Level, Screener
from tests.forum.cast import new_key
from tests.parts.processes import wait_for

OWN = """
[slang]
zops = "pills"
"""


@transactional
def next_door(cast, **chosen) -> None:
    """Another process saves these choices."""
    number = screeners.choices_as_saved().number + 1
    told = {"amber": None, "red": None, "own_words": ""} | chosen
    session.add(ScreenerVersion(number=number, at=now(), by_id=cast.lea.user_id, **told))


def test_a_new_site_reads_with_what_is_shipped(database):
    assert screeners.live() == Screener()
    assert screeners.choices_as_saved() == Choices()


def test_without_a_database_the_shipped_one_reads():
    db.disconnect()
    assert screeners.live() == Screener()


def test_what_another_process_saved_is_used_within_two_seconds(cast):
    assert screeners.live().cuts == CUTS
    next_door(cast, amber=0.5, red=0.8)
    wait_for(lambda: screeners.live().cuts == Cuts(amber=0.5, red=0.8), timeout=2)


def test_own_words_are_known_inside_the_request_and_to_the_worker_and_the_version_says_so(cast):
    next_door(cast, own_words=OWN)
    screeners.forget()
    screeners.get_ready(10)
    words = "I've taken all my zops"
    assert texts.drafted(words).level is Level.CRISIS
    post = threads.start(cast.ana, cast.slug, "Mornings", words, new_key())
    reading = session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()
    assert reading.screener.endswith("+site-1")
    assert reading.screener != VERSION + "+site-1", "own words are another lexicon"
    desk.screen(reading.id)
    session.refresh(reading)
    assert reading.level is Level.CRISIS
    assert "model" in reading.screener
    assert reading.screener.endswith("+site-1")


def test_own_words_that_do_not_fit_any_more_keep_nothing_else_from_being_read(cast):
    next_door(cast, amber=0.5, own_words='[slang]\ndie = "laugh"\n')
    screeners.forget()
    screeners.get_ready(10)
    live = screeners.live_as_known()
    assert "not one new word" in live.trouble
    assert live.screener.cuts.amber == 0.5
    assert live.screener.transparent("I took them all an hour ago").level is Level.CRISIS


def test_while_the_database_hangs_words_are_read_with_what_was_known(cast):
    next_door(cast, amber=0.5)
    screeners.forget()
    screeners.get_ready(10)

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    event.listen(db.engine(), "before_cursor_execute", away)
    screeners.forget()
    try:
        assert screeners.live().cuts.amber == 0.5
    finally:
        event.remove(db.engine(), "before_cursor_execute", away)


@pytest.mark.parametrize(
    ("chosen", "cuts"),
    [
        ({}, CUTS),
        ({"amber": 0.9}, Cuts(amber=0.9, red=0.9)),
        ({"red": 0.01}, Cuts(amber=0.01, red=0.01)),
        ({"amber": 0.05, "red": 0.95}, Cuts(amber=0.05, red=0.95)),
    ],
)
def test_a_cut_that_was_not_chosen_gives_way_to_the_one_that_was(chosen, cuts):
    assert Choices(**chosen).cuts == cuts
