"""Pairs of texts that differ in one thing, and what that thing changes."""

import pytest

from moderation.screening import Level, Screening, transparent

GREEN, AMBER, RED, CRISIS = Level


def categories(screening: Screening) -> set[str]:
    return {finding.category for finding in screening.findings}


URGENT = {
    "a plain wish": "I want to die",
    "not here any more": "I don't want to be here anymore",
    "a burden": "they would all be better off without me",
    "no waking": "I hope I don't wake up in the morning",
    "British": "I've been thinking about topping myself",
    "Irish": "I'll do away with meself, I swear",
    "Australian": "I reckon I'll neck myself",
    "American": "I'm gonna blow my brains out",
    "slang": "i wanna unalive myself",
    "no trust in oneself": "I can't promise I'll stay safe tonight",
    "what holds": "my dog is the only reason I'm still here",
    "saving up": "I have been hoarding my tablets for weeks",
    "a date": "I've picked the day",
    "found by": "I just don't want the kids to find me",
    "giving away": "gave away all my records and my guitar today",
    "goodbye": "goodbye everyone, you were good to me",
    "blade": "I cut my legs again today",
    "an urge": "the urge to cut is so strong",
    "hit": "my girlfriend hit me again last night",
    "trapped": "he won't let me leave the house",
    "voices": "the voices say I should kill my brother",
    "starving": "I haven't eaten anything in six days",
    "a child": "I'm terrified I'm going to hurt my baby",
    "drink": "I'm drunk again and I wish I was dead",
    "goading": "go and kill yourself then",
    "a friend": "my best friend says she wants to kill herself",
}
NOW = {
    "taken": "I took them all an hour ago",
    "in front": "I have the tablets in front of me",
    "letters": "I've written the letters",
    "last night": "this is my last night",
    "read this": "by the time you read this I will be gone",
    "plan and time": "I'm going to kill myself on Friday",
    "wish and means": "I want to die. The pills are right here.",
    "wish and goodbye": "I can't live like this, I want to end my life. Tell my mum I love her.",
    "ledge": "I'm sat on the ledge and it's very quiet",
    "bleeding": "I cut too deep and the bleeding won't stop",
    "pact": "does anyone want to die with me",
    "door": "he's outside the door and he says he'll kill me",
    "flatmate": "my flatmate has just taken a whole bottle of pills",
    "voices": "the voices want me to jump and I can't fight them",
}
CALM = {
    "queue": "this queue is killing me",
    "curry": "I could murder a curry",
    "laughing": "we nearly died laughing",
    "embarrassment": "I wanted to die of embarrassment",
    "time": "just killing time before my shift",
    "film": "we watched Suicide Squad with the kids",
    "shaving": "cut myself shaving, looked a right state",
    "denial": "I'm not suicidal, only tired",
    "negation": "I don't want to die",
    "no intention": "I have no intention of killing myself",
    "helper": "I'm sorry you want to die. We are here for you, please call someone tonight.",
    "helper if": "If you feel like ending your life please call a helpline",
    "helper asks": "Are you thinking of killing yourself?",
    "voices": "I hear voices and they are good company",
    "tablets": "took my tablets with breakfast and went for a walk",
    "recovered": "Years ago I wanted to die. I got help and I'm glad I'm still here.",
    "course": "there is a course on suicide prevention in the library",
    "statistics": "people who kill themselves are often men, the article said",
    "letters": "I wrote a letter to the council about the bins",
    "goodbye": "goodbye for now, speak tomorrow",
    "rope": "bought rope for the washing line",
    "nothing": "had a nice walk with the dog",
}


@pytest.mark.parametrize("text", URGENT.values(), ids=URGENT.keys())
def test_risk_is_flagged_within_the_hour(text):
    assert transparent(text).level.rank >= RED.rank


@pytest.mark.parametrize("text", NOW.values(), ids=NOW.keys())
def test_danger_now_is_a_crisis(text):
    assert transparent(text).level is CRISIS


@pytest.mark.parametrize("text", CALM.values(), ids=CALM.keys())
def test_everyday_words_raise_nothing(text):
    assert transparent(text).level is GREEN


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("I'm going to kill myself", "I'm not going to kill myself"),
        ("I want to die", "I never want to die"),
        ("I feel suicidal", "I no longer feel suicidal"),
        ("I want to hurt myself", "I don't want to hurt myself"),
        ("I've taken all the tablets", "I haven't taken all the tablets"),
    ],
)
def test_a_denial_calms_what_alone_alarms(text, twin):
    assert transparent(text).level.rank >= RED.rank
    assert transparent(twin).level is GREEN


def test_a_denial_taken_back_by_but_is_looked_at():
    assert transparent("I'm not going to kill myself").level is GREEN
    assert transparent("I'm not going to kill myself but I think about it").level.rank >= AMBER.rank


def test_a_negation_can_be_the_sign_itself():
    assert "hopelessness" in categories(transparent("I can't go on"))
    assert transparent("I can go on").level is GREEN


def test_not_knowing_is_no_denial():
    assert transparent("I don't know if I want to die").level.rank >= RED.rank


def test_another_person_at_risk_is_a_concern_and_never_green():
    for text in (
        "she wants to kill herself",
        "my brother wants to die",
        'my son said "I want to kill myself"',
    ):
        screening = transparent(text)
        assert categories(screening) == {"concern_for_someone_else"}
        assert screening.level.rank >= AMBER.rank


def test_whom_the_writer_tells_is_not_whom_it_is_about():
    assert "suicidal_thoughts_passive" in categories(transparent("I told my mum I want to die"))


def test_an_attempt_long_ago_weighs_less_than_one_last_night():
    long_ago, last_night = (
        transparent("I tried to kill myself in 2012"),
        transparent("I tried to kill myself last night"),
    )
    assert long_ago.level is AMBER
    assert last_night.level is CRISIS
    assert "attempt_now" in categories(last_night)


def test_what_was_once_and_is_back_is_now():
    assert transparent("I used to want to die").level is AMBER
    assert transparent("I used to want to die and now I want to die again").level.rank >= RED.rank


def test_a_quoted_line_belongs_to_whoever_wrote_it():
    assert transparent("> I want to die\nI'm so glad you told us this").level is GREEN
    assert transparent("> I'm glad you told us this\nI want to die").level.rank >= RED.rank
    assert transparent("> I want to die").level is AMBER


def test_a_title_is_not_a_wish():
    assert transparent('they played the song "I Want To Die" on the radio').level is GREEN
    assert transparent("I sang along and I want to die").level.rank >= RED.rank


def test_a_laugh_lowers_to_today_and_not_to_nothing():
    assert transparent("kms lol").level is AMBER
    assert transparent("kms").level.rank >= RED.rank


def test_company_raises_what_alone_is_less():
    assert transparent("I have a plan").level is GREEN
    assert transparent("I want to kill myself").level is RED
    assert transparent("I want to kill myself and I have a plan").level is CRISIS


def test_drink_counts_only_beside_despair():
    assert transparent("got drunk with the girls").level is GREEN
    assert "intoxication_with_despair" in categories(transparent("I'm drunk and I want to die"))


def test_one_sentence_is_found_in_a_very_long_text():
    filler = "We walked along the canal and talked about the garden and the weather. " * 280
    text = f"{filler}I have written the letters. {filler}"
    screening = transparent(text)
    assert len(text) > 39_000
    assert screening.level is CRISIS
    assert "written the letters" in text[screening.findings[0].start : screening.findings[0].end]
