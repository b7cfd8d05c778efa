"""Measure the screener on labelled posts: `python -m moderation.training.evaluate [POSTS] [--held-out] …`.

POSTS is JSONL (also .gz) with `text` and `label_binary` or `label_level`; without it, the corpus's test split is read.
Only figures are printed: no text of a post ever is. Plain Python; what trains a model is not needed here.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from moderation import corpus
from moderation.screening import model, screen, transparent
from moderation.screening.lexicon import lexicon
from moderation.screening.result import Level
from moderation.training import measures, plots
from moderation.training.measures import Figure, Read
from moderation.training.sources import Post, held_out, posts

CARD = Path(__file__).parents[2] / "docs" / "screening.md"
_FAIR = (
    "second_language",
    "dialect",
    "learning_disability",
    "teenage",
    "short",
    "reclaimed",
    "voices",
    "faith",
)
_VOICES = ("british", "irish", "american", "aussie")
_HOW = ("explicit", "understated", "disguised", "long")
_CALM = ("denial", "recovery", "helper", "quote", "title", "idiom", "everyday", "medical", "voices")
_POSTS_A_DAY = (50, 500, 5000)
_PREVALENCE = (0.001, 0.01, 0.034)
_NIGHT = 0.3  # the share of a day's posts written from 22:00 to 07:00
_TYPICAL = 600  # characters
_CODE = {
    "transparent": "from moderation.screening import transparent as f; f('a')",
    "model": "from moderation.screening import model; f = model.probability; f('a')",
}
Table = tuple[str, list[str], list[list[str]]]


STAGES = ("transparent", "model alone", "both")


def read_by_each(read: Sequence[Post]) -> dict[str, list[Read]]:
    """What each stage alone, and both together, make of these posts.

    The model alone knows no levels: it is asked only whether it says one in two. 'Both' is what the screener says.
    """
    reads: dict[str, list[Read]] = {stage: [] for stage in STAGES}
    for post in read:
        rules, whole, words = transparent(post.text), screen(post.text), lexicon().read(post.text)
        alone = model.probability(words)
        level = Level.RED if alone >= 0.5 else Level.GREEN
        said = ((rules.score, rules.level), (alone, level), (whole.score, whole.level))
        for stage, (score, given) in zip(STAGES, said, strict=True):
            reads[stage].append(Read(score, given, post.urgent, post.level))
    return reads


def main() -> None:
    """Read, measure, print; with --card, write the figures into the model card; with --plots, draw."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("posts", nargs="?", type=Path)
    asked.add_argument("--held-out", action="store_true", help="only the fifth that never trains")
    asked.add_argument("--card", metavar="PART", help="write the figures into that part of docs/screening.md")
    asked.add_argument("--plots", type=Path, help="folder for the plots (SVG)")
    asked.add_argument("--resamples", type=int, default=measures.RESAMPLES)
    told = asked.parse_args()
    read = [post for post in _posts(told.posts) if not told.held_out or held_out(post.id)]
    if not read:
        raise SystemExit("There is no labelled English post in it.")
    reads = read_by_each(read)
    tables = [*measured(read, reads, told.resamples), cost(), *budget(read, reads["both"])]
    page = "\n\n".join(map(_markdown, tables))
    print(page)
    if told.card:
        CARD.write_text(with_figures(CARD.read_text(encoding="utf-8"), told.card, page), encoding="utf-8")
    if told.plots:
        told.plots.mkdir(parents=True, exist_ok=True)
        for name, drawn in drawings(reads).items():
            (told.plots / f"{name}.svg").write_text(drawn, encoding="utf-8")


def measured(read: Sequence[Post], reads: dict[str, list[Read]], resamples: int) -> Iterator[Table]:
    """Every table about how well the posts were read."""
    yield _ranking("All posts", reads, resamples)
    yield _levels("Levels, all posts", reads["both"], resamples)
    if len({post.source for post in read}) > 1:
        yield _by("Each source", _groups(read, reads, lambda post: [post.source]), resamples)
    tagged = {"Writers, apart": _FAIR, "English of": _VOICES, "How it is said": _HOW}
    for title, tags in tagged.items():
        groups = _groups(read, reads, _tags_among(tags))
        if groups:
            yield _by(title, groups, resamples)
    families = {
        name: group for name, group in _groups(read, reads, lambda post: [post.family]).items() if name
    }
    if families:
        yield _by(
            "What is said", {name: group for name, group in families.items() if name not in _CALM}, resamples
        )
        yield _by("What must not alarm", {n: g for n, g in families.items() if n in _CALM}, resamples)


def cost() -> Table:
    """How fast each stage is, how large, and how much memory it takes; measured here and now, on one core."""
    size = model.TABLE.stat().st_size if model.TABLE.exists() else 0
    rules = sum(file.stat().st_size for file in model.TABLE.parent.glob("lexicons/*.toml"))
    rows = []
    stages: list[tuple[str, Callable[[str], object], int]] = [
        ("transparent", transparent, rules),
        ("model", model.probability, size),
    ]
    for name, stage, kept in stages:
        took = _seconds_a_post(stage)
        load, memory = _weight(_CODE[name])
        rows.append(
            [
                name,
                f"{took * 1000:.2f} ms",
                f"{1 / took:,.0f}",
                f"{kept / 1e6:.2f} MB",
                f"{load:.2f} s",
                f"{memory:.0f} MB",
            ]
        )
    heads = ["stage", f"a post of {_TYPICAL} characters", "posts a second", "file", "loading", "memory"]
    return "Cost on one core", heads, rows


def budget(read: Sequence[Post], reads: Sequence[Read]) -> Iterator[Table]:
    """For sites of several sizes: how many alerts of each level a day and a night, and how many of them false."""
    urgent = [each for each in reads if each.urgent]
    calm = [each for each in reads if each.urgent is False]
    if not urgent or not calm:
        return
    cuts = [number / 10 for number in range(1, 10)]
    shares = [
        [sum(each.score >= cut for each in group) / len(group) for group in (urgent, calm)] for cut in cuts
    ]
    cutting = [
        [
            f"{cut:.1f}",
            f"{true:.3f}",
            f"{false:.3f}",
            f"{500 * (0.01 * true + 0.99 * false):.1f}",
            f"{495 * false:.1f}",
        ]
        for cut, (true, false) in zip(cuts, shares, strict=True)
    ]
    heads = [
        "score at least",
        "of urgent posts",
        "of others",
        "alerts a day, 500 posts, 1 % urgent",
        "of them false",
    ]
    yield "Cuts", heads, cutting
    rows = []
    for count in _POSTS_A_DAY:
        for share in _PREVALENCE:
            row = [f"{count:,}", f"{share:.1%}"]
            for level in (Level.AMBER, Level.RED, Level.CRISIS):
                true = share * _share(urgent, level) * count
                false = (1 - share) * _share(calm, level) * count
                row += [f"{true + false:.1f}", f"{(true + false) * _NIGHT:.1f}", f"{false:.1f}"]
            rows.append(row)
    heads = ["posts a day", "urgent"]
    heads += [
        f"{level} {what}"
        for level in ("amber", "red", "crisis")
        for what in ("a day", "a night", "false a day")
    ]
    yield "Alerts, if members wrote as these posts are written", heads, rows


def with_figures(card: str, part: str, page: str) -> str:
    """The card with the figures of this part replaced; ValueError where the card has no such part."""
    opens, closes = f"<!-- figures: {part} -->", f"<!-- end: {part} -->"
    before, found, rest = card.partition(opens)
    _, ended, after = rest.partition(closes)
    if not found or not ended:
        raise ValueError(f"no part '{part}' in the card")
    return f"{before}{opens}\n\n{page}\n\n{closes}{after}"


def drawings(reads: dict[str, list[Read]]) -> dict[str, str]:
    """The plots by name: how true the probabilities are, and what recall costs in alerts."""
    calibration = {
        name: [(mean, share) for mean, share, _ in measures.reliability(reads[name])]
        for name in ("model alone", "both")
    }
    alerts = {}
    for name, each in reads.items():
        ranked = [(read, 1) for read in sorted(each, key=lambda read: -read.score)]
        steps = [step / 50 for step in range(1, 51)]
        alerts[name] = [(0.0, 0.0), *((step, measures.recall_at(step)(ranked) or 0.0) for step in steps)]
    return {
        "reliability": plots.plot(
            "How true the probabilities are",
            "probability said",
            "share that was urgent",
            calibration,
            diagonal=True,
        ),
        "alerts": plots.plot(
            "What recall costs", "share of posts that alarm", "share of urgent posts found", alerts
        ),
    }


def _posts(path: Path | None) -> Iterator[Post]:
    if path is not None:
        known = (post for post in posts(path) if post.urgent is not None or post.level is not None)
        yield from (post for post in known if post.lang == "en" and post.unit != "user")
        return
    for line in corpus.lines("test"):
        urgent = line.level.rank >= Level.RED.rank
        yield Post(line.id, "corpus", line.text, urgent, line.level, "en", "post", line.tags, line.family)


def _ranking(title: str, reads: dict[str, list[Read]], resamples: int) -> Table:
    asked: dict[str, measures.Measure] = {
        "AUROC": measures.auroc,
        "average precision": measures.average_precision,
        "recall at 5 % alerts": measures.recall_at(0.05),
        "recall at 10 %": measures.recall_at(0.1),
        "recall at 20 %": measures.recall_at(0.2),
        "precision at 0.9 recall": measures.precision_at_recall(0.9),
        "recall at 0.10 false alarms": measures.recall_at_false_alarms(0.1),
        "recall at 0.10 false alarms on green": measures.recall_at_false_alarms(0.1, amber_is_false=False),
        "recall of crisis at 0.10 on green and amber": measures.recall_at_false_alarms(0.1, Level.CRISIS),
        "Brier": measures.brier,
    }
    told = {name: measures.figures(each, asked, resamples) for name, each in reads.items()}
    some = next(iter(reads.values()))
    rows = [[name, *(str(told[stage][name]) for stage in reads)] for name in asked]
    return f"{title}: {len(some):,}, {sum(bool(read.urgent) for read in some):,} urgent", ["", *reads], rows


def _levels(title: str, reads: Sequence[Read], resamples: int) -> Table:
    def is_calm(read: Read) -> bool:
        return read.labelled.rank < Level.RED.rank if read.labelled else read.urgent is False

    asked: dict[str, measures.Measure] = {
        "macro-F1, four levels": measures.macro_f1(*Level),
        "macro-F1 without green": measures.macro_f1(Level.AMBER, Level.RED, Level.CRISIS),
        "F1 of red and crisis": measures.f1_urgent,
        "recall of red and crisis": measures.share_flagged(Level.RED, lambda read: bool(read.urgent)),
        "recall of crisis, as red or crisis": measures.share_flagged(
            Level.RED, lambda read: read.labelled is Level.CRISIS
        ),
        "false alarms (red, crisis) per green": measures.share_flagged(
            Level.RED, lambda read: read.labelled is Level.GREEN if read.labelled else read.urgent is False
        ),
        "amber or more per green": measures.share_flagged(
            Level.AMBER, lambda read: read.labelled is Level.GREEN if read.labelled else read.urgent is False
        ),
        "crisis said of green or amber": measures.share_flagged(Level.CRISIS, is_calm),
    }
    told = measures.figures(reads, asked, resamples)
    rows = [[name, str(figure), _per_thousand(figure)] for name, figure in told.items()]
    return title, ["", "both stages", "per 1,000"], rows


def _by(title: str, groups: dict[str, list[Read]], resamples: int) -> Table:
    asked: dict[str, measures.Measure] = {
        "AUROC": measures.auroc,
        "found": measures.share_flagged(Level.RED, lambda read: bool(read.urgent)),
        "seen at all": measures.share_flagged(Level.AMBER, lambda read: bool(read.urgent)),
        "false": measures.share_flagged(Level.RED, lambda read: read.urgent is False),
    }
    rows = []
    for name, reads in sorted(groups.items()):
        told = measures.figures(reads, asked, resamples)
        urgent = sum(bool(read.urgent) for read in reads)
        rows.append([name, f"{urgent:,}", f"{len(reads) - urgent:,}", *(str(told[each]) for each in asked)])
    heads = [
        "",
        "urgent",
        "not",
        "AUROC",
        "urgent given red or crisis",
        "urgent given amber or more",
        "not urgent given red or crisis",
    ]
    return title, heads, rows


def _groups(
    read: Sequence[Post], reads: dict[str, list[Read]], names: Callable[[Post], list[str]]
) -> dict[str, list[Read]]:
    groups: dict[str, list[Read]] = defaultdict(list)
    for post, said in zip(read, reads["both"], strict=True):
        for name in names(post):
            groups[name].append(said)
    return dict(groups)


def _tags_among(tags: Sequence[str]) -> Callable[[Post], list[str]]:
    return lambda post: [tag for tag in tags if tag in post.tags]


def _share(reads: Sequence[Read], level: Level) -> float:
    return sum(read.level is level for read in reads) / len(reads)


def _seconds_a_post(stage: Callable[[str], object]) -> float:
    """The CPU time of one post of the typical length; the middle of several rounds over different posts."""
    texts = list(_typical())
    for text in texts:
        stage(text)
    rounds = []
    for _ in range(5):
        started = time.process_time()
        for text in texts:
            stage(text)
        rounds.append((time.process_time() - started) / len(texts))
    return sorted(rounds)[2]


def _typical() -> Iterator[str]:
    """Posts of the typical length, made of the corpus's lines."""
    lines = [line.text for line in corpus.lines("test")]
    joined = " ".join(lines)
    for start in range(0, min(len(joined) - _TYPICAL, 40 * _TYPICAL), _TYPICAL):
        yield joined[start : start + _TYPICAL]


def _weight(code: str) -> tuple[float, float]:
    """Seconds and megabytes that a fresh interpreter needs for it."""
    asks = (
        "import json, time\n"
        "def held(): return int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6\n"
        f"before, start = held(), time.process_time()\n{code}\n"
        "print(json.dumps([time.process_time() - start, held() - before]))"
    )
    told = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout
    seconds, megabytes = json.loads(told)
    return float(seconds), float(megabytes)


def _per_thousand(figure: Figure) -> str:
    return "–" if figure.value is None or math.isnan(figure.value) else f"{figure.value * 1000:.1f}"


def _markdown(table: Table) -> str:
    title, heads, rows = table
    lines = [f"**{title}**", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


if __name__ == "__main__":
    main()
