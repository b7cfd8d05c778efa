"""The one home of free words: a screener that breaks costs nobody their post, and a person reads it instead."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from forum import texts
from forum.accounts.models import User
from forum.db import session
from forum.errors import Invalid
from forum.texts import Screening
from forum.threads import service
from moderation import screening
from moderation.screening import Finding, Level
from tests.forum.cast import new_key

SOUND = screening.Screening(Level.AMBER, 0.3, (Finding("hopelessness", 0, 4, "says so"),), "1")
NONSENSE = {
    "nothing": None,
    "a word": "red",
    "a level that is none": replace(SOUND, level="purple"),  # type: ignore[arg-type]
    "a score above one": replace(SOUND, score=1.5),
    "a score that is no number": replace(SOUND, score=float("nan")),
    "no findings at all": replace(SOUND, findings=None),  # type: ignore[arg-type]
    "findings that are words": replace(SOUND, findings=("hopeless",)),  # type: ignore[arg-type]
    "a span beyond the text": replace(SOUND, findings=(Finding("plan", 0, 9_999, "why"),)),
    "a span backwards": replace(SOUND, findings=(Finding("plan", 4, 2, "why"),)),
    "a span without places": replace(SOUND, findings=(Finding("plan", None, None, "why"),)),  # type: ignore[arg-type]
    "a finding without a reason": replace(SOUND, findings=(Finding("plan", 0, 4, ""),)),
    "no version": replace(SOUND, version=None),  # type: ignore[arg-type]
}


def test_a_sound_answer_is_taken(monkeypatch):
    monkeypatch.setattr(screening.Screener, "transparent", staticmethod(lambda text: SOUND))
    assert texts.drafted("Grey and pointless").seen == SOUND


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_from_the_screener_stands_at_red(monkeypatch, answer):
    monkeypatch.setattr(screening.Screener, "transparent", staticmethod(lambda text: answer))
    draft = texts.drafted("Radio before anything else.")
    assert draft.seen is None
    assert draft.level is Level.RED


@pytest.mark.parametrize("trouble", [ValueError, RecursionError, MemoryError, TimeoutError])
def test_a_screener_that_breaks_costs_nobody_their_post(monkeypatch, cast, trouble):
    def breaks(text):
        raise trouble

    monkeypatch.setattr(screening.Screener, "transparent", staticmethod(breaks))
    post = service.start(cast.ana, cast.slug, "Mornings", "Radio before anything else.", new_key())
    read = session.scalars(select(Screening).where(Screening.text_id == post.text_id)).one()
    assert read.seen_level is Level.RED
    assert [finding["category"] for finding in read.seen_findings] == ["unread"]
    assert session.get_one(User, cast.ana.user_id).care_post_id == post.id


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo", "one\ntwo"),
        ("half \ud83d a face", "half ? a face"),
        ("nothing\x00 here", "nothing here"),
        ("  spaces stay  ", "  spaces stay  "),
        ("😀 mañana ‫עברית", "😀 mañana ‫עברית"),
    ],
)
def test_words_are_kept_as_typed_but_for_what_no_database_takes(typed, kept):
    assert texts.drafted(typed).body == kept


def test_a_title_is_one_line():
    assert texts.drafted_line("  Two\n lines\t here ").body == "Two lines here"
    assert texts.drafted_line("x" * 120).body == "x" * 120
    for typed, sentence in (("", "give it a title"), ("x" * 121, "at most 120")):
        with pytest.raises(Invalid, match=sentence) as refusal:
            texts.drafted_line(typed)
        assert refusal.value.field == "title"


def test_words_that_are_not_kept_yet_have_a_level_too(monkeypatch):
    assert texts.level_of("Radio before anything else.") is Level.GREEN
    assert texts.level_of("I am going to kill myself tonight. I have the pills.") is Level.CRISIS
    monkeypatch.setattr(screening.Screener, "transparent", staticmethod(lambda text: None))
    assert texts.level_of("Radio before anything else.") is Level.RED


def test_of_words_that_are_not_kept_only_as_much_is_read_as_fits_into_a_post(monkeypatch):
    lengths: list[int] = []

    def reads(text: str) -> screening.Screening:
        lengths.append(len(text))
        return SOUND

    monkeypatch.setattr(screening.Screener, "transparent", staticmethod(reads))
    texts.level_of("I am tired. " * 80_000)
    assert lengths == [texts.LONGEST]
