"""The words as typed with the findings marked in them: pure, and the only place that makes HTML of evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

WHOLE_TEXT = frozenset(
    {"unread", "unread_language"}
)  # about the text as a whole: marking all of it says nothing


@dataclass(frozen=True)
class _Span:
    number: int
    start: int
    end: int


def marked(body: str, findings: Sequence[Mapping[str, Any]], name: str) -> str:
    """`body` escaped, line breaks kept, every finding's span marked and followed by its number in the list.

    The n-th finding begins at `id="<name>-mark-<n>"`. Spans may overlap and may stick out: what lies outside
    the text is cut off.
    """
    spans = [span for span in _spans(len(body), findings) if span is not None]
    edges = sorted({0, len(body), *(span.start for span in spans), *(span.end for span in spans)})
    pieces = [_numbers(spans, at=0)]
    for start, end in pairwise(edges):
        pieces.append(_piece(escape(body[start:end]), start, end, spans, name))
        pieces.append(_numbers(spans, at=end))
    return "".join(pieces)


def _spans(length: int, findings: Sequence[Mapping[str, Any]]) -> list[_Span | None]:
    return [
        None
        if finding["category"] in WHOLE_TEXT
        else _Span(
            number, min(max(int(finding["start"]), 0), length), min(max(int(finding["end"]), 0), length)
        )
        for number, finding in enumerate(findings, start=1)
    ]


def _piece(words: str, start: int, end: int, spans: list[_Span], name: str) -> str:
    """A stretch between two edges: every span lies over all of it or beside it, so marks never cross."""
    over = [span for span in spans if span.start <= start and span.end >= end]
    if not over:
        return words
    beginning = [f' id="{escape(name)}-mark-{span.number}"' for span in over if span.start == start]
    opened = beginning or [""]
    return "".join(f"<mark{id_}>" for id_ in opened) + words + "</mark>" * len(opened)


def _numbers(spans: list[_Span], *, at: int) -> str:
    ending = [str(span.number) for span in spans if max(span.start, span.end) == at]
    return f'<sup class="mark-number">{", ".join(ending)}</sup>' if ending else ""
