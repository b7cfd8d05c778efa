"""Screen texts from the command line: `python -m moderation.screening < texts.jsonl > screenings.jsonl`.

Each line in is `{"id": ..., "text": "..."}`; each line out, in the same order and as soon as it is ready, is
`{"id", "score", "level", "findings": [{"category", "start", "end", "reason"}]}`. With `--own-words FILE` a
site's own words are known too (TOML), with `--rule CATEGORY` what a community agreed not to have is looked for.
A line that cannot be read is
named on stderr by its number alone, never by its words, and the rest goes on. The exit code is 0.
"""

import argparse
import json
import os
import sys
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

from moderation.screening import AGREED_RULES, Screener, Screening


def main(lines: BinaryIO, out: BinaryIO, screener: Screener) -> None:
    """Screen each line of `lines` into `out`; what is wrong with a line goes to stderr with its number."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = _asked(line, screener)
        except ValueError as wrong:
            print(f"line {number}: {wrong}", file=sys.stderr)
            continue
        out.write(told)
        out.flush()


def _asked(line: bytes, screener: Screener) -> bytes:
    try:
        asked = json.loads(line.decode("utf-8"), parse_constant=_no_number, parse_float=_finite)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(asked, dict):
        raise ValueError("not an object")
    if not isinstance(text := asked.get("text"), str):
        raise ValueError("no text")
    try:
        text.encode("utf-8")
        return _told(asked.get("id"), screener.screen(text)).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("half a character (a lone surrogate)") from None


def _finite(digits: str) -> float:
    number = float(digits)
    return number if isfinite(number) else _no_number(digits)


def _no_number(digits: str) -> float:
    raise ValueError(f"not JSON: {len(digits)} characters that are no number")


def _told(asked_id: Any, screening: Screening) -> str:
    findings = [
        {"category": each.category, "start": each.start, "end": each.end, "reason": each.reason}
        for each in screening.findings
    ]
    told = {"id": asked_id, "score": screening.score, "level": screening.level, "findings": findings}
    return json.dumps(told, ensure_ascii=False) + "\n"


def _chosen() -> Screener:
    asks = argparse.ArgumentParser(
        prog="python -m moderation.screening", description="Screen texts, a line each."
    )
    asks.add_argument("--own-words", metavar="FILE", help="a site's own words, as TOML")
    asks.add_argument(
        "--rule", action="append", default=[], choices=sorted(AGREED_RULES), help="look for this too"
    )
    told = asks.parse_args()
    try:
        own = Path(told.own_words).read_text("utf-8") if told.own_words else ""
        return Screener.of(own, told.rule)
    except (OSError, ValueError) as wrong:
        asks.error(str(wrong))


if __name__ == "__main__":
    try:
        main(sys.stdin.buffer, sys.stdout.buffer, _chosen())
    except BrokenPipeError:
        # Whoever read us has left; without this the interpreter would complain while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
