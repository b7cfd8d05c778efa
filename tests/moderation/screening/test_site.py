"""What a site and a community may add: own words, agreed rules, cuts. What nobody can turn down."""

import pytest

from moderation.screening import AGREED_RULES, Level, Screener, transparent
from moderation.screening.levels import Cuts
from moderation.screening.lexicon import lexicon

OWN = """
[slang]
zops = "pills"

[[entry]]
id = "own-the-tower"
category = "means"
level = "red"
reason = "speaks of the old water tower"
because = "The place that people here name."
patterns = ["going|go up the tower"]
matches = ["I'm going up the tower"]
not_matches = ["the tower is tall"]
"""
AGREED = {
    "method_detail": "how many would be lethal",
    "numbers": "I weigh 48kg and ate 300 kcal",
    "own_contact_details": "ring me on 07700 900123",
    "others_contact_details": "his number is 07700 900123",
    "medical_advice": "you should stop taking your tablets",
    "hostility": "you are pathetic",
    "sexual_approach": "what are you wearing",
    "money_or_secrecy": "can you lend me some money",
}


def categories(screening):
    return {finding.category for finding in screening.findings}


def test_a_site_adds_an_entry_of_its_own():
    screener = Screener.of(OWN)
    assert screener.transparent("I'm going up the tower").level is Level.RED
    assert transparent("I'm going up the tower").level is Level.GREEN


def test_a_site_adds_slang_for_what_is_known():
    assert Screener.of(OWN).transparent("I've taken all my zops").level is Level.CRISIS
    assert transparent("I've taken all my zops").level is not Level.CRISIS


def test_own_words_change_the_version_and_it_stays_short():
    own = Screener.of(OWN).words.version
    assert own != lexicon().version
    assert own == Screener.of(OWN).words.version
    assert len(Screener.of(OWN).screen("hello there").version) <= 40


@pytest.mark.parametrize(
    ("own", "wrong"),
    [
        ("[slang", "not TOML"),
        ('[slang]\ndie = "laugh"', "not one new word"),
        ('[slang]\nzops = ""', "needs the words"),
        (OWN.replace('"means"', '"idiom"'), "cannot calm"),
        (OWN.replace('"means"', '"cue.humour"'), "cannot calm"),
        (OWN.replace('"means"', '"no_such"'), "no such category"),
        (OWN.replace('matches = ["I\'m going up the tower"]\n', ""), "missing"),
        (OWN.replace('["the tower is tall"]', "[]"), "examples"),
        (OWN.replace("own-the-tower", "hopeless"), "same id"),
        (OWN.replace("going|go up", "just up"), "filler"),
        (OWN.replace("going|go up", "{nothing} up"), "no such class"),
        ("[[[[[[" * 2000, "not TOML"),
        ("[idiom]\n", "'idiom' is not known"),
        ("slang = 3\n", r"told as \[slang\]"),
        ("entry = [1]\n", "begins with a line"),
        ("[slang]\nzops = 3\n", "needs the words"),
        ("[slang]\n" + "\n".join(f'zop{n} = "pills"' for n in range(301)), "there can be 300"),
        (OWN.replace('"red"', '"purple"'), "must be one of green, amber, red, crisis"),
        (OWN.replace('["going|go up the tower"]', '"going up"'), "'patterns' must be a list"),
        (OWN.replace('["going|go up the tower"]', "[1]"), "'patterns' must be a list"),
        (OWN.replace('"means"', "3"), "'category' must be words"),
        (OWN.replace("going|go up", "going ..999999999 up"), "must be .. or a number up to ..12"),
        (OWN.replace("going|go up", "going ..x up"), "must be .. or a number"),
        (OWN.replace("reason =", "weight = 0.9\nreason ="), "'weight' is not known"),
        (OWN.replace("the tower is tall", "the tower is tall" * 30), "too long"),
        (OWN.replace("I'm going up", "I'm looking at"), "is not recognised"),
        (OWN.replace("the tower is tall", "go up the tower"), "is recognised"),
    ],
)
def test_own_words_that_are_wrong_are_refused_with_the_reason(own, wrong):
    with pytest.raises(ValueError, match=wrong):
        Screener.of(own)


@pytest.mark.parametrize(("rule", "text"), AGREED.items(), ids=AGREED)
def test_an_agreed_rule_is_looked_for_only_where_it_was_agreed(rule, text):
    assert categories(transparent(text)).isdisjoint(AGREED_RULES)
    found = Screener.of(rules=[rule]).transparent(text)
    assert rule in categories(found)
    assert found.level.rank >= Level.AMBER.rank
    assert rule not in categories(Screener.of(rules=AGREED_RULES - {rule}).transparent(text))


def test_every_agreed_rule_is_tried_here():
    assert set(AGREED) == AGREED_RULES


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="no such rule"):
        Screener.of(rules=["crisis"])


def test_a_crisis_is_one_whatever_a_site_chooses():
    strictest = Screener.of(OWN, AGREED_RULES)
    for screener in (strictest, Screener(cuts=Cuts(amber=1, red=1))):
        assert screener.screen("I took them all an hour ago").level is Level.CRISIS
        assert screener.screen("I want to die").level is Level.RED


@pytest.mark.parametrize(("amber", "red"), [(0, 0.5), (0.6, 0.5), (0.5, 1.1)])
def test_cuts_that_make_no_sense_are_refused(amber, red):
    with pytest.raises(ValueError, match="cuts"):
        Cuts(amber=amber, red=red)
