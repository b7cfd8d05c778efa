"""How long the screener reads: many different posts of 600 characters, made of the corpus's lines, one core."""

import random
import time
from collections.abc import Callable

from moderation.corpus import lines
from moderation.screening import Screening, screen, transparent

LONG = 600  # characters
POSTS = 200
READ_BEFORE = 1_000  # posts, after which a process knows most of what people write


def reading_times() -> dict[str, list[float]]:
    """For each stage the seconds of this process's own work that each post took, none of them read before.

    What the lexicon works out for words that it meets the first time it keeps, so a process begins more slowly.
    """
    begun = _times(transparent, _posts(1, POSTS))
    for post in _posts(2, READ_BEFORE):
        transparent(post)
    return {
        f"first look, {LONG} characters, process just begun": begun,
        f"first look, {LONG} characters (promised: 2 ms)": _times(transparent, _posts(3, POSTS)),
        f"both stages, {LONG} characters": _times(screen, _posts(4, POSTS)),
    }


def _times(stage: Callable[[str], Screening], posts: list[str]) -> list[float]:
    stage("This is read once before, so that loading does not count.")
    times = []
    for post in posts:
        began = time.process_time()
        stage(post)
        times.append(time.process_time() - began)
    return times


def _posts(seed: int, many: int) -> list[str]:
    chosen = random.Random(seed)  # the same posts each time
    told = [line.text for line in lines("train")]
    posts: list[str] = []
    while len(posts) < many:
        post = ""
        while len(post) < LONG:
            post += chosen.choice(told) + "\n"
        posts.append(post[:LONG])
    return posts
