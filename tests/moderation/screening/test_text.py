"""Spelling tricks are undone, and every word keeps its place in the text as typed."""

import pytest

from moderation.screening import Level, transparent
from moderation.screening.lexicon import lexicon

TRICKS = {
    "capitals": "I WANT TO KILL MYSELF",
    "leet": "i want to k1ll mys3lf",
    "symbols": "i want to k!ll my$elf",
    "masked": "i want to k*ll myself",
    "spaced letters": "i want to k i l l m y s e l f",
    "dotted letters": "i want to k.i.l.l myself",
    "stretched": "i want to killlll myselffff",
    "zero width": "i want to ki\u200bll my\u200dself",
    "soft hyphen": "i want to kill my\u00adself",
    "look-alikes": "i want to kіll mуsеlf",
    "full width": "ｉ ｗａｎｔ ｔｏ ｋｉｌｌ ｍｙｓｅｌｆ",
    "bold": "i want to 𝐤𝐢𝐥𝐥 𝐦𝐲𝐬𝐞𝐥𝐟",
    "small capitals": "i want to ᴋɪʟʟ ᴍʏꜱᴇʟꜰ",
    "accents": "i wánt tö kïll mysélf",
    "combining": "i want to k\u0336i\u0336l\u0336l\u0336 myself",
    "filled": "i just really want to fucking kill myself",
    "hashtag": "so done #killmyself i want to",
    "typographic": "I’m “fine”, I want to kill myself",
    "a slip": "i feel sucidal",
    "bidi": "i want to \u202ekill\u202c myself",
}


@pytest.mark.parametrize("text", TRICKS.values(), ids=TRICKS.keys())
def test_a_spelling_trick_hides_nothing(text):
    assert transparent(text).level.rank >= Level.RED.rank


def test_a_finding_points_at_the_characters_as_typed():
    text = "ok 🙂 so… I wa\u200bnt to k1ll mys\u00adelf, ok"
    finding = transparent(text).findings[0]
    assert text[finding.start : finding.end] == "wa\u200bnt to k1ll mys\u00adelf"


def test_a_letter_that_becomes_several_keeps_later_places_right():
    text = "ﬃ ﷺ I want to die"
    finding = transparent(text).findings[0]
    assert text[finding.start : finding.end] == "want to die"


def test_an_ordinary_text_stays_as_it_was_typed():
    assert lexicon().read("The 3rd bus to Mum's, at 10").words == [
        "the",
        "3rd",
        "bus",
        "to",
        "mum",
        "at",
        "10",
    ]


def test_contractions_are_read_as_two_words():
    assert " ".join(lexicon().read("I'm sure he'll say we don't").words) == "i am sure he will say we do not"


def test_words_of_a_link_are_not_read():
    assert transparent("https://example.org/i-want-to-kill-myself").level is Level.GREEN
    assert transparent("see https://example.org I want to kill myself").level is Level.RED


def test_real_greek_and_cyrillic_words_are_left_alone():
    assert lexicon().read("хорошо Ελλάδα").words == ["хорошо", "ελλαδα"]


@pytest.mark.parametrize(
    "text",
    [
        "Ayer fui al mercado con mi hermana y compramos manzanas y pan para todos",
        "Gestern war ich mit meiner Schwester auf dem Markt und wir haben Brot gekauft",
        "Hier je suis allée au marché avec ma sœur pour acheter du pain",
        "Wczoraj poszłam z siostrą na targ i kupiłyśmy chleb oraz jabłka",
        "I går tog jeg på marked med min søster og vi købte brød til alle",
        "Gisteren ging ik met mijn zus naar de markt en wij kochten brood voor iedereen",
        "Ieri sono andata al mercato con mia sorella e abbiamo comprato il pane",
        "Jana nilienda sokoni na dada yangu tukanunua mkate na matunda kwa wote",
        "Dün kız kardeşimle pazara gittim ve herkes için ekmek aldık",
        "Es i i'r farchnad ddoe gyda fy chwaer ac fe brynon ni fara",
        "Вчера мы с сестрой ходили на рынок и купили хлеб и яблоки",
        "昨天我和姐姐去了市场，买了面包和苹果，然后我们一起回家做饭",
        "昨日は姉と市場へ行って、パンとりんごを買いました",
        "ذهبت أمس مع أختي إلى السوق واشترينا الخبز والتفاح معا",
    ],
)
def test_another_language_is_shown_to_a_person(text):
    screening = transparent(text)
    assert screening.level is Level.AMBER
    assert [finding.category for finding in screening.findings] == ["unread_language"]
    assert (screening.findings[0].start, screening.findings[0].end) == (0, len(text))


def test_a_known_phrase_in_another_language_is_still_found():
    text = "Ayer fui al mercado con mi hermana y compramos manzanas. I want to die"
    assert transparent(text).level.rank >= Level.RED.rank


@pytest.mark.parametrize(
    "text", ["", "   ", "12345 67 89 10 11 12 13 14 15", "🙂🙂🙂 !!! …", "\u200b\u200b", "hola amigo"]
)
def test_a_text_with_hardly_a_word_is_green(text):
    assert transparent(text).level is Level.GREEN


PLAINLY = [
    "I want to kill myself",
    "I don't want to live anymore",
    "I've taken all my tablets",
    "I feel suicidal again tonight",
    "the voices tell me to jump",
    "I cut my arms again tonight",
    "I'm going to end my life",
    "I wish I was dead",
    "goodbye everyone, I'm sorry",
    "my husband hits me when he is drunk",
]
HEAVY = {
    "kill",
    "myself",
    "live",
    "tablets",
    "suicidal",
    "voices",
    "jump",
    "arms",
    "life",
    "dead",
    "goodbye",
    "hits",
}


def disguised(text, trick):
    return " ".join(trick(word) if word.strip(",") in HEAVY else word for word in text.split())


@pytest.mark.parametrize(
    "trick",
    [
        lambda word: word.translate(str.maketrans("ieao", "1340")),
        lambda word: word.translate(str.maketrans("aeiocpxy", "аеіосрху")),
        " ".join,
        ".".join,
        "\u200b".join,
        lambda word: "".join(letter * 3 for letter in word),
        lambda word: word[0] + word[1] * 2 + word[2:],
        lambda word: f"{word[:2]}-{word[2:]}",
        lambda word: f"\u202e{word}\u202c",
        str.upper,
    ],
    ids=[
        "leet",
        "look-alikes",
        "spaced",
        "dotted",
        "zero width",
        "stretched",
        "doubled",
        "dash",
        "bidi",
        "capitals",
    ],
)
def test_a_disguised_text_is_found_as_its_clean_twin_is(trick):
    missed = [
        text
        for text in PLAINLY
        if transparent(disguised(text, trick)).level.rank < Level.RED.rank <= transparent(text).level.rank
    ]
    assert missed == []
