"""What two names that look alike have in common, so that nobody can be taken for somebody else; and what a name,
which stands beside everything that a person says, must not tell: how to reach them, weights, doses."""

import re
import unicodedata

LONGEST_KEY = 160
LONGEST_TYPED = 640  # characters looked at: a long row of accents takes a normaliser minutes

# Drawn as nothing at all, and yet letters or marks to Unicode; its category Cf is refused in names anyway.
_UNSEEN = [
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0),
]
# Cyrillic and Greek letters that are drawn as Latin ones, small or large; the rest of the confusables are marginal.
_DRAWN_AS = str.maketrans(
    "авекмнорстухіјѕһԁԛԝӏ" + "αβεζηικμνορτυχ", "abekmhopctyxijshdqwl" + "abezhikmnoptyx"
)
_DRAWN_AS |= dict.fromkeys(_UNSEEN)

# A small l, a large I and a one are the same stroke in many typefaces; case is folded, so the small i goes with them.
_SAME_STROKES = str.maketrans("1iıł|0øɑɡ", "lllllooag")
_PAIRS = (("rn", "m"), ("vv", "w"))
_BREVE_AND_DOTS = "\u0306\u0308"  # of й, ў, ё, ї: letters of their own


def name_key(name: str) -> str:
    """The same for all names that look alike: case, accents, separators and signs that are drawn alike count nothing.

    Price: `Neil` is refused where `Nell` is. Marks of scripts in which they are letters stay, once each.
    """
    letters = (
        letter
        for letter in _with_marks_that_matter(unicodedata.normalize("NFD", plain_key(name)))
        if unicodedata.category(letter)[0] not in "PZC" and unicodedata.category(letter) != "Sk"
    )
    drawn = unicodedata.normalize("NFC", "".join(letters)).translate(_SAME_STROKES)
    for pair, letter in _PAIRS:
        drawn = drawn.replace(pair, letter)
    return drawn[:LONGEST_KEY]


def plain_key(name: str) -> str:
    """Compatibility form, case folded, spaces single, unseen characters gone, letters by what they are drawn as."""
    folded = unicodedata.normalize("NFKC", name[:LONGEST_TYPED].replace("\x00", "")).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded.translate(_DRAWN_AS)).split())[:LONGEST_KEY]


def own_key(name: str) -> str:
    """The key of somebody who had their name before another one counted as the same: no other name has it."""
    return f"{name_key(name)}#{plain_key(name)}"[:LONGEST_KEY]


def is_the_teams(name: str) -> bool:
    """Whether this name could be taken for the team's."""
    key = name_key(name)
    return key in _TEAM or any(word in key for word in _TEAM_ANYWHERE)


def tells(name: str) -> str:
    """Why this name says more than a name should, in a sentence for whoever chose it; nothing when it does not."""
    seen = plain_key(name)
    return next((sentence for pattern, sentence in _TELLING if pattern.search(seen)), "")


def _with_marks_that_matter(decomposed: str) -> list[str]:
    kept: list[str] = []
    base, marks = "", ""
    for letter in decomposed:
        if unicodedata.category(letter) not in ("Mn", "Me"):
            base, marks = letter, ""
            kept.append(letter)
        elif _is_a_letter_with(base, letter) and letter not in marks:
            marks += letter
            kept.append(letter)
    return kept


def _is_a_letter_with(base: str, mark: str) -> bool:
    script = unicodedata.name(base, "").partition(" ")[0] if base.isalpha() else ""
    if script == "CYRILLIC":
        return mark in _BREVE_AND_DOTS
    return script not in ("", "LATIN", "GREEK")


_TEAM = frozenset(
    name_key(name)
    for name in ("team", "admin", "admins", "administrator", "mod", "mods", "lead", "staff", "support team")
)
_TEAM_ANYWHERE = tuple(name_key(word) for word in ("the team", "moderator", "administrator"))

_CONTACT = (
    "A name is seen by everybody who reads here, so it cannot say where else to find you: "
    "no address, number or account. Please choose one without it; it keeps you safe."
)
_NUMBERS = (
    "This name has a weight, a dose or an amount in it. Such a number can stay with somebody else all night. "
    "Please choose a name without it; a year is fine."
)
_SERVICES = "insta(?:gram)?|snapchat|whats ?app|telegram|discord|tik ?tok|facebook|messenger|kik"
_WAYS = (
    rf"{_SERVICES}|ig|snap|sc|fb|tg|twitter|signal|skype|wechat|line|e-?mail|mail|phone|tel|call|text|sms|dm"
)
_NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred)\b)"
)
_UNIT = (
    r"(?:kgs?|kilos?|kilograms?|lbs?|pounds?|stones?|g|grams?|mg|milligrams?|mcg|μg|ug|ml|kcals?|cals?|calories|kj|"
    r"units?|iu|pills?|tablets?)"
)
_GAP = r"[\s._\-]*"
_TELLING = [
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"@\s*\w", _CONTACT),
        (r"\w\s*[(\[]\s*at\s*[)\]]\s*\w", _CONTACT),
        (r"\w\s+at\s+\w+\s+(?:dot|com)\b|\w\s+dot\s+(?:com|net|org|co|uk)\b", _CONTACT),
        (r"https?:|www\.|\w\.(?:com|net|org|info|co|uk|de|fr|eu|io|gg|app|dev|xyz|link|ly)\b", _CONTACT),
        (r"\b(?:t\.me|youtu\.be|wa\.me)\b", _CONTACT),
        (rf"\b(?:{_WAYS})\s*[:=#/]\s*\w", _CONTACT),
        (rf"\b(?:{_SERVICES})\s+\w", _CONTACT),
        (rf"\b(?:{_WAYS}|ring|whatsapp)\s*(?:me\b|\d{{3}})", _CONTACT),
        (r"(?:\d[\s().+\-/]*){7,}", _CONTACT),
        (rf"{_NUMBER}{_GAP}{_UNIT}\b", _NUMBERS),
        (r"\b\d{1,2}\s+st\b|\b(?!(?:1|[2-9]1)st)\d{1,2}st\b", _NUMBERS),  # 9st is a weight, 21st a day
        (rf"\b(?:bmi|kgs?|lbs?|kcals?|weight|weigh|ugw|gw|cw|lw|hw|dose|mg){_GAP}[:=]?\s*\d", _NUMBERS),
    )
]
