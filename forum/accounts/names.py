"""What two names that look alike have in common, so that nobody can be taken for somebody else."""

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


def name_key(name: str) -> str:
    """Compatibility form, case folded, spaces single, unseen characters gone, letters by what they are drawn as."""
    folded = unicodedata.normalize("NFKC", name[:LONGEST_TYPED].replace("\x00", "")).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded.translate(_DRAWN_AS)).split())[:LONGEST_KEY]
