"""What holds for any text at all."""

from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.screening import CATEGORIES, VERSION, Level, screen, transparent
from moderation.screening.lexicon import lexicon

BANDS = {Level.GREEN: (0.0, 0.25), Level.AMBER: (0.25, 0.5), Level.RED: (0.5, 0.8), Level.CRISIS: (0.8, 1.0)}
# Everything that Unicode says is not to be drawn ("default ignorable"), the places it keeps free for more of it, marks
# of direction among them, and the empty pattern of Braille.
INVISIBLE = "".join(
    chr(code)
    for first, last in (
        (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
PHRASES = [
    "I want to die", "not", "but", "she said", "tonight", "the pills", "kms", "lol", "years ago", "I'm going to",
    "kill myself", "you", "> ", '"', ".", "\n", "?", "goodbye", "k i l l", "hola que tal", "#endmylife", "if", "never",
]  # fmt: skip

# Whole posts, in which the model reads more than the lexicon does.
TOLD = [
    "Done my arms again last night and I'm that ashamed I can't face our mum",
    "kids go to their nan at 4. he's away. i've explained to the cat. nobody will",
    "told school im not suicidal. i just said it so they wouldnt ring my mum",
    "He says nobody will ever find me if I take the kids. I never wanted to die.",
    "been c*tting again, and I don't want to die, I never did",
]
CRISES = [
    "I am going to kill myself tonight.",
    "I took all my tablets an hour ago.",
    "I have decided to end my life tonight.",
]

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


@settings(max_examples=120, deadline=None)
@given(
    likely_text | st.sampled_from(TOLD),
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(INVISIBLE)), max_size=8),
)
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


@settings(max_examples=100, deadline=None)
@given(texts | st.sampled_from(TOLD), st.sampled_from(["\n\n", ".\n", ". "]), st.sampled_from(CRISES))
def test_nor_does_it_for_both_stages_when_the_crisis_stands_apart(text, between, crisis):
    longer = screen(f"{text}{between}{crisis}")
    assert longer.level.rank >= screen(text).level.rank
    assert longer.level.rank >= transparent(f"{text}{between}{crisis}").level.rank


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
    assert 0 <= screening.score <= 1
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
