"""The interface: levels in order, scores that agree with them, what stands for an unread text, time and imports."""

import subprocess
import sys
import time

import pytest

from moderation.screening import CATEGORIES, VERSION, Finding, Level, Screening, screen, transparent, unread

LADDER = ["had a nice walk", "I feel so hopeless", "I want to kill myself", "I took them all an hour ago"]


def test_levels_are_in_order_of_urgency():
    assert sorted(Level, key=lambda level: level.rank) == [Level.GREEN, Level.AMBER, Level.RED, Level.CRISIS]
    assert [level.rank for level in Level] == [0, 1, 2, 3]


def test_the_highest_of_levels_is_the_most_urgent():
    assert Level.highest(Level.AMBER, Level.CRISIS, Level.RED) is Level.CRISIS
    assert Level.highest() is Level.GREEN


def test_the_four_levels_are_reached_and_their_scores_rise():
    screenings = [transparent(text) for text in LADDER]
    assert [screening.level for screening in screenings] == list(Level)
    assert [screening.score for screening in screenings] == sorted(
        {screening.score for screening in screenings}
    )


def test_more_evidence_scores_higher_within_a_level():
    one, two = transparent("I want to kill myself"), transparent("I want to kill myself. I wish I was dead.")
    assert one.level is two.level is Level.RED
    assert one.score < two.score


def test_a_green_text_has_no_findings_and_no_score():
    assert transparent("had a nice walk") == Screening(Level.GREEN, 0.0, (), VERSION)


def test_every_finding_has_a_known_category_and_a_reason_in_words():
    for text in LADDER[1:]:
        for finding in transparent(text).findings:
            assert finding.category in CATEGORIES
            assert " " in finding.reason


def test_the_worker_reads_at_least_what_the_request_reads():
    for text in LADDER:
        assert screen(text).level.rank >= transparent(text).level.rank


def test_a_screening_names_the_version_it_was_made_with():
    assert transparent("hello").version == VERSION


def test_a_text_that_nobody_looked_at_is_red():
    screening = unread("some words", None)
    assert screening.level is Level.RED
    assert screening.findings == (Finding("unread", 0, 10, "could not be read by the machine"),)
    assert 0.5 <= screening.score < 0.8


@pytest.mark.parametrize("text", LADDER)
def test_an_unread_text_keeps_what_was_seen_and_is_never_green(text):
    seen = transparent(text)
    screening = unread(text, seen)
    assert screening.level is Level.highest(Level.AMBER, seen.level)
    assert screening.score >= seen.score
    assert screening.findings[0].category == "unread"
    assert screening.findings[1:] == seen.findings


def test_an_empty_unread_text_carries_no_impossible_span():
    assert unread("", None).findings == ()


def shortest_time(text: str, times: int, stage=transparent) -> float:
    """Seconds of this process's own work, at best: others on the machine do not count."""
    stage(text)
    taken = []
    for _ in range(times):
        began = time.process_time()
        stage(text)
        taken.append(time.process_time() - began)
    return min(taken)


ORDINARY = (
    "I went to see my sister on Sunday and she said that I should take it easy, you know how it is. " * 430
)


POST = (
    "Not sure where to put this. I moved back in with my parents in March after the job ended, and most days I am "
    "fine. I walk the dog, I cook, I answer emails. Then on Sunday my sister said, kindly, that I seem far away, "
    "and I have not slept properly since. Last night I sat in the car outside the shop for an hour because going "
    "in felt like too much. I don't want to die, I never did, but I keep thinking it would be easier if I just "
    "wasn't here. My GP is nice and has no time. Has anybody found a way to say this to people who love you "
    "without scaring them? Thank you for reading, it helps to write it."
)


def test_a_post_is_read_within_the_time_of_a_request():
    assert shortest_time(POST[:600], 600) < 0.002
    assert shortest_time(ORDINARY[:600], 600) < 0.002


def test_and_by_both_stages_within_that_of_a_worker():
    assert shortest_time(POST[:600], 40, screen) < 0.02


HOSTILE = pytest.mark.parametrize(
    "text",
    [
        ORDINARY,
        "kms " * 10_000,
        "I am not going to kill myself but " * 1_200,
        "k i l l m y s e l f " * 2_000,
        "a'" * 20_000,
        "*a" * 20_000,
        "'" * 40_000,
        "i" * 40_000,
        '"' * 40_000,
        "took all " * 4_500,
        "I have the pills. I want to die tonight. " * 1_000,
        "https://" * 5_000,
        "> \n" * 13_000,
        "\u0336" * 40_000,
        "ﷺ" * 2_000,
    ],
    ids=lambda text: text[:12].strip(),
)


@HOSTILE
def test_time_is_bounded_whatever_is_typed(text):
    """Time grows with the text: ten times the text takes ten times as long, not a hundred times."""
    assert shortest_time(text, 2) < 40 * shortest_time(text[: len(text) // 10], 3) + 0.2


@HOSTILE
def test_and_so_it_is_for_both_stages(text):
    assert shortest_time(text[:20_000], 4, screen) < 40 * shortest_time(text[:2_000], 3, screen) + 0.2


def test_only_the_standard_library_is_needed():
    asked = (
        "import sys; before = set(sys.modules); import moderation.screening; moderation.screening.screen('hello');"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", asked], capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert "moderation" in loaded
    assert loaded - {"moderation"} <= sys.stdlib_module_names
