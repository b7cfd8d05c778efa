"""Texts in members' voices, written for this project: what the screener learns from and what it is tested on.

One JSON object a line in `train/<theme>.jsonl` and `test/<theme>.jsonl`; README.md says what each field means.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from moderation.screening.result import Level

SPLITS = ("train", "test")
TAGS = {
    "american": "words or spelling of the United States",
    "aussie": "words of Australia or New Zealand",
    "british": "words of Britain",
    "irish": "words of Ireland",
    "denial": "says that it is not so",
    "dialect": "written as a dialect is spoken",
    "disguised": "spelt so that a machine may not see it",
    "everyday": "ordinary life, nobody in distress",
    "explicit": "said plainly, with the usual words",
    "faith": "in the words of a faith",
    "helper": "a reply that supports somebody",
    "idiom": "a figure of speech",
    "learning_disability": "plain short words, as some people with a learning disability write",
    "long": "one sentence that matters in a longer text",
    "past": "about the past",
    "question": "asks something",
    "quote": "somebody else's words",
    "reclaimed": "a word that a group has made its own",
    "recovery": "tells of getting better",
    "second_language": "written by somebody whose first language is another",
    "short": "five words or fewer",
    "teenage": "as teenagers write",
    "title": "a film, a book, a song, a course",
    "understated": "says a great thing in small words",
    "voices": "hearing voices, or beliefs that others do not share",
}
REVIEWERS = ("author", "peer", "clinician")
_FIELDS = ("id", "level", "family", "pair", "tags", "text", "reason", "reviewed_by", "reviewed_on")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Line:
    """One text with the level that a careful reader gives it, and why; twins of one `pair` differ in one thing."""

    id: str
    level: Level
    family: str
    pair: str | None
    tags: tuple[str, ...]
    text: str
    reason: str
    reviewed_by: str
    reviewed_on: date


def lines(split: str) -> Iterator[Line]:
    """Every line of 'train' or 'test'; raises ValueError, with file and number, at a line that is not whole."""
    for file in sorted((_FOLDER / split).glob("*.jsonl")):
        for number, written in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                yield line(json.loads(written))
            except ValueError as wrong:
                raise ValueError(f"{split}/{file.name}, line {number}: {wrong}") from wrong


def line(fields: dict[str, Any]) -> Line:
    """The line that these fields make; ValueError where one is missing, empty or unknown."""
    if set(fields) != set(_FIELDS):
        raise ValueError(f"fields missing or unknown: {sorted(set(fields) ^ set(_FIELDS))}")
    for name in ("id", "family", "text", "reason"):
        if not isinstance(fields[name], str) or not fields[name].strip():
            raise ValueError(f"no {name}")
    if fields["reviewed_by"] not in REVIEWERS:
        raise ValueError("nobody has reviewed it")
    if unknown := set(fields["tags"]) - set(TAGS):
        raise ValueError(f"unknown tags: {sorted(unknown)}")
    return Line(
        id=fields["id"],
        level=Level(fields["level"]),
        family=fields["family"],
        pair=fields["pair"],
        tags=tuple(fields["tags"]),
        text=fields["text"],
        reason=fields["reason"],
        reviewed_by=fields["reviewed_by"],
        reviewed_on=date.fromisoformat(fields["reviewed_on"]),
    )
