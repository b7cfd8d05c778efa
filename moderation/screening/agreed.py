"""Shapes that communities may agree not to have, such as telephone numbers: looked for only where switched on."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moderation.screening.result import AGREED_RULES, Finding

_OF_ANOTHER = re.compile(r"\b(?:his|her|hers|their|theirs)\b[^.!?\n]{0,30}$", re.IGNORECASE)
_BEFORE = 40  # characters before a shape that can say whose it is


@dataclass(frozen=True, slots=True)
class Shape:
    """One reviewed shape of characters, with examples that have it and examples that do not."""

    id: str
    category: str
    reason: str
    because: str
    pattern: re.Pattern[str]
    matches: tuple[str, ...]
    not_matches: tuple[str, ...]

    def found_in(self, text: str, most: int = 10) -> Iterator[Finding]:
        """The first `most` places in `text` that have this shape."""
        for number, match in enumerate(self.pattern.finditer(text)):
            if number == most:
                return
            yield Finding(self._whose(text, match.start()), *match.span(), self.reason)

    def _whose(self, text: str, start: int) -> str:
        of_another = _OF_ANOTHER.search(text[max(0, start - _BEFORE) : start])
        return "others_contact_details" if of_another and "contact" in self.category else self.category


def shape(told: dict[str, Any]) -> Shape:
    """The shape that one table of the data file tells; ValueError when its category is no agreed rule."""
    if told["category"] not in AGREED_RULES:
        raise ValueError(f"{told['id']}: no such rule: {told['category']}")
    return Shape(
        id=told["id"],
        category=told["category"],
        reason=told["reason"],
        because=told["because"],
        pattern=re.compile(told["pattern"]),
        matches=tuple(told["matches"]),
        not_matches=tuple(told["not_matches"]),
    )


def shaped(text: str, shapes: Iterable[Shape], switched_on: Collection[str]) -> list[Finding]:
    """What in `text` has a shape that the agreement does not want."""
    if not switched_on:
        return []
    found = (finding for each in shapes for finding in each.found_in(text))
    return [finding for finding in found if finding.category in switched_on]
