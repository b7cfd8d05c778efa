"""What each cut of the model would cost a site: `python -m moderation.training.budget POSTS`, POSTS as for `evaluate`.

Of the posts that trained nothing, writes the shares that each cut would make amber and red into the table that a lead
chooses from (`moderation/screening/budget.json`). Figures alone, no text of a post.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moderation.screening import Cuts, Level, Screener
from moderation.screening import model as models
from moderation.screening.budget import TABLE
from moderation.training.sources import Post, held_out, posts

CUTS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6)  # above the last nothing is left but what the lexicon says


@dataclass(frozen=True)
class _Heard(Cuts):
    """Listens to what the model says of a text, and asks for nothing."""

    said: list[tuple[float, bool]]

    def level(self, probability: float, *, calmed: bool) -> Level:
        self.said.append((probability, calmed))
        return Level.GREEN


def table(read: Iterable[Post]) -> dict[str, Any]:
    """The table of these posts: of those that need somebody and of the others, how many each cut would raise."""
    seen: dict[bool, list[tuple[Level, list[tuple[float, bool]]]]] = {True: [], False: []}
    for post in read:
        if post.urgent is None:
            continue  # nobody said
        heard = _Heard(1, 1, [])
        level = Screener(cuts=heard).screen(post.text).level
        seen[post.urgent].append((level, heard.said))
    shares = {
        "cuts": [
            {"cut": cut, "amber": _shares(seen, cut, Level.AMBER), "red": _shares(seen, cut, Level.RED)}
            for cut in CUTS
        ],
        "crisis": _shares(seen, 1.0, Level.CRISIS),
    }
    return {"model": models.version(), "urgent": len(seen[True]), "others": len(seen[False]), **shares}


def _shares(
    seen: dict[bool, list[tuple[Level, list[tuple[float, bool]]]]], cut: float, least: Level
) -> list[float]:
    cuts = Cuts(cut, cut)
    return [
        round(
            sum(
                Level.highest(level, *(cuts.level(said, calmed=calmed) for said, calmed in heard)).rank
                >= least.rank
                for level, heard in seen[urgent]
            )
            / max(1, len(seen[urgent])),
            5,
        )
        for urgent in (True, False)
    ]


def main(path: Path) -> None:
    """Write the table anew from the held-out ones of these posts."""
    read = (post for post in posts(path) if held_out(post.id) and post.lang == "en" and post.unit != "user")
    TABLE.write_text(json.dumps(table(read), indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
