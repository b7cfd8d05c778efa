"""What holds for any text at all."""

from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.screening import CATEGORIES, VERSION, Level, screen, transparent
from moderation.screening.lexicon import lexicon

BANDS = {Level.GREEN: (0.0, 0.25), Level.AMBER: (0.25, 0.5), Level.RED: (0.5, 0.8), Level.CRISIS: (0.8, 1.0)}
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"
PHRASES = [
    "I want to die", "not", "but", "she said", "tonight", "the pills", "kms", "lol", "years ago", "I'm going to",
    "kill myself", "you", "> ", '"', ".", "\n", "?", "goodbye", "k i l l", "hola que tal", "#endmylife", "if", "never",
]  # fmt: skip

SHOWN = str.maketrans(dict.fromkeys(INVISIBLE, ""))


def shown(screening, text):
    """What a reader sees under each finding."""
    return [
        (finding.category, text[finding.start : finding.end].translate(SHOWN))
        for finding in screening.findings
    ]


any_text = st.text(st.characters(codec=None), max_size=120)
likely_text = st.lists(st.sampled_from(PHRASES) | st.text(max_size=4), max_size=14).map(" ".join)
texts = any_text | likely_text


@settings(max_examples=80, deadline=None)
@given(texts)
def test_any_text_has_a_valid_reading(text):
    screening = transparent(text)
    low, high = BANDS[screening.level]
    assert low <= screening.score <= high
    assert screening.level is Level.CRISIS or screening.score < high
    assert (screening.level is Level.GREEN) == (not screening.findings)
    assert screening.version == VERSION


@settings(max_examples=80, deadline=None)
@given(texts)
def test_every_finding_lies_in_the_text_as_typed(text):
    for finding in transparent(text).findings:
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.category in CATEGORIES
        assert finding.reason


@settings(max_examples=80, deadline=None)
@given(likely_text, st.lists(st.tuples(st.integers(0, 200), st.sampled_from(INVISIBLE)), max_size=8))
def test_invisible_characters_change_neither_level_nor_score(text, added):
    hidden = text
    for place, character in added:
        at = min(place, len(hidden))
        hidden = hidden[:at] + character + hidden[at:]
    for stage in (transparent, screen):
        seen, seen_hidden = stage(text), stage(hidden)
        assert (seen.level, seen.score) == (seen_hidden.level, seen_hidden.score)
        assert shown(seen, text) == shown(seen_hidden, hidden)


@settings(max_examples=80, deadline=None)
@given(texts, st.sampled_from(["\n\n", " ", ". "]))
def test_the_level_never_falls_when_a_crisis_is_added(text, between):
    longer = transparent(f"{text}{between}I am going to kill myself tonight.")
    assert longer.level.rank >= transparent(text).level.rank


@settings(max_examples=60, deadline=None)
@given(texts)
def test_a_crisis_in_a_paragraph_of_its_own_is_found_after_any_text(text):
    assert transparent(f"{text}.\n\nI took all my tablets an hour ago.").level is Level.CRISIS


@settings(max_examples=60, deadline=None)
@given(likely_text)
def test_reading_twice_reads_the_same(text):
    assert transparent(text) == transparent(text)


@settings(max_examples=60, deadline=None)
@given(texts)
def test_both_stages_together_give_a_valid_reading(text):
    screening = screen(text)
    low, high = BANDS[screening.level]
    assert low <= screening.score <= high
    assert screening.level.rank >= transparent(text).level.rank
    assert (screening.level is Level.GREEN) == (not screening.findings)
    assert all(0 <= finding.start < finding.end <= len(text) for finding in screening.findings)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200) | st.text(INVISIBLE + " .-'*$@!kilIL1|", max_size=80))
def test_reading_keeps_every_word_in_its_place(text):
    reading = lexicon().read(text)
    count = len(reading.words)
    alongside = (reading.starts, reading.ends, reading.sentences, reading.after_break, reading.quoted_line)
    assert all(len(other) == count for other in (*alongside, reading.quotation, reading.titled))
    assert all(0 <= start < end <= len(text) for start, end in zip(reading.starts, reading.ends, strict=True))
    assert reading.starts == sorted(reading.starts)
    assert reading.sentences == sorted(reading.sentences)
    assert all(reading.words)
