"""The labelled posts that may train what ships, under which licence, and which of them are held out."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moderation.screening.result import Level

_PARTS = 5


@dataclass(frozen=True, slots=True)
class Source:
    """Where posts come from, under which licence, and how much a label of theirs weighs in training (no, yes)."""

    origin: str
    licence: str
    weights: tuple[float, float]


# A post labelled 1 weighs what a second reader made of such posts: past attempts and helpers' own
# stories are labelled 1 by rallypoint, and only a fifth of them read as needing somebody soon.
LICENSED: Mapping[str, Source] = {
    "openai_mod_sh": Source("openai/moderation-api-release, self-harm label", "MIT", (1, 4)),
    "goemotions": Source("monologg/GoEmotions-pytorch (Demszky et al. 2020)", "Apache-2.0", (1, 1)),
    "goemotions_hard": Source("the same, posts with words such as kill or die", "Apache-2.0", (1, 1)),
    "counselchat": Source("nbertagnolli/counsel-chat", "MIT", (1, 1)),
    "rallypoint": Source("construct-tracker on PyPI (Zuromski et al. 2024)", "Apache-2.0", (1, 0.7)),
    "rally_phrases": Source("construct-tracker on PyPI, phrases and negations", "Apache-2.0", (2, 2)),
    "rmhd_sw_vs_mh": Source("construct-tracker on PyPI (Low et al. 2020)", "Apache-2.0", (1, 4)),
    "rmhd_control": Source("construct-tracker on PyPI, everyday sections", "Apache-2.0", (1, 1)),
}


@dataclass(frozen=True, slots=True)
class Post:
    """One labelled post; `urgent` says whether a moderator was needed soon, `level` how soon, where that is known."""

    id: str
    source: str
    text: str
    urgent: bool | None
    level: Level | None
    lang: str
    unit: str
    tags: tuple[str, ...] = ()
    family: str = ""


def posts(path: Path) -> Iterator[Post]:
    """Every post of a labelled JSONL file (also `.gz`); ValueError with the number of a line that cannot be read."""
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        for number, line in enumerate(lines, 1):
            try:
                yield _post(json.loads(line), number)
            except (ValueError, KeyError, TypeError) as wrong:
                raise ValueError(f"line {number}: {type(wrong).__name__}") from None


def held_out(post_id: str) -> bool:
    """Whether this post is in the fifth that trains nothing: the digest of its id decides, so that it is for ever."""
    return int(hashlib.sha256(post_id.encode()).hexdigest(), 16) % _PARTS == 0


def _post(fields: Mapping[str, Any], number: int) -> Post:
    level = (
        Level(fields["label_level"] if "label_level" in fields else fields["level"])
        if _told(fields)
        else None
    )
    urgent = fields.get("label_binary")
    if urgent is None and level is not None and "label_binary" not in fields:
        urgent = level.rank >= Level.RED.rank
    return Post(
        id=str(fields.get("id", number)),
        source=fields.get("source", "posts"),
        text=fields["text"],
        urgent=None if urgent is None else bool(urgent),
        level=level,
        lang=fields.get("lang", "en"),
        unit=fields.get("unit", "post"),
        tags=tuple(fields.get("tags", ())),
        family=fields.get("family", ""),
    )


def _told(fields: Mapping[str, Any]) -> bool:
    return (fields.get("label_level") or fields.get("level")) is not None
