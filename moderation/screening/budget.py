"""Alarms are a budget: what each cut of the model would ask of a site, from a table that was measured once.

The table beside this module is made by `moderation/training/budget.py`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("budget.json")


@dataclass(frozen=True)
class Cost:
    """What one cut would mean as the amber or as the red cut: alerts a day, how many of them false, and the share of
    those who need somebody that it would find. Whatever the lexicon says by itself is in it."""

    cut: float
    amber: float
    amber_false: float
    amber_found: float
    red: float
    red_false: float
    red_found: float


def costs(posts: float, urgent: float) -> list[Cost]:
    """The costs of each measured cut, for so many `posts` a day of which this share is `urgent`."""
    made = []
    for row in _table()["cuts"]:
        (amber, amber_false), (red, red_false) = (
            _alerts(posts, urgent, row[level]) for level in ("amber", "red")
        )
        made.append(Cost(row["cut"], amber, amber_false, row["amber"][0], red, red_false, row["red"][0]))
    return made


def crises(posts: float, urgent: float) -> tuple[float, float]:
    """How often a day it would be called a crisis, and how often falsely: no cut changes that."""
    return _alerts(posts, urgent, _table()["crisis"])


def measured() -> tuple[str, int]:
    """With which model the table was measured, and on how many posts."""
    return _table()["model"], _table()["urgent"] + _table()["others"]


def _alerts(posts: float, urgent: float, shares: list[float]) -> tuple[float, float]:
    true, false = posts * urgent * shares[0], posts * (1 - urgent) * shares[1]
    return true + false, false


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))
    return table
