"""Posts the texts of a JSONL file through the real HTTP interface of a throw-away site, and counts what became of them.

`python -m bench.replay FILE [--rate N] [--limit N] [--faults]`. The site has its own data folder, which is deleted
afterwards; mail is not sent and limits are off, which a production site refuses. No text is printed or kept.
With --faults the screening worker is killed, the broker is stopped for 20 seconds and started again, and a web
process is killed, a quarter, a half and three quarters of the way.
"""

import argparse
import gzip
import json
import queue
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from bench.listening import Listener
from bench.site import Site, wait_for
from bench.visiting import Visitor
from forum.demo import PASSWORD

MEMBERS = ("Ana", "Ben")
HANDS = 4  # forms under way at once
REPLIES_A_THREAD = 200
BROKER_AWAY = 20.0  # seconds
SETTLES_WITHIN = 600.0  # seconds until every text must be screened
LONGEST = 40_000


@dataclass
class Accepted:
    """A text that was answered with success."""

    number: int
    post_id: int
    answered_at: float


@dataclass
class Heard:
    """What a moderator's open desk was told, and when."""

    cases: dict[int, float] = field(default_factory=dict)  # text id -> first time its case was named
    asked_again: list[float] = field(default_factory=list)  # times at which the desk was loaded afresh


def main(argv: list[str] | None = None) -> int:
    """Replay a file and print one figure a line; the exit status is 1 when anything was lost or doubled."""
    asked = _arguments(argv)
    texts = list(_texts(asked.file))[: asked.limit or None]
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        site = Site(Path(folder))
        try:
            site.start()
            accepted, heard = _replayed(site, texts, rate=asked.rate, faults=asked.faults)
            return _report(site, texts, accepted, heard)
        finally:
            site.stop()


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="replay", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="JSONL with id and text, or the same with .gz")
    parser.add_argument(
        "--rate", type=float, default=0, help="posts a second (0: as fast as the site answers)"
    )
    parser.add_argument("--limit", type=int, default=0, help="only the first so many")
    parser.add_argument("--faults", action="store_true", help="kill and stop parts of the site midway")
    asked = parser.parse_args(argv)
    if not asked.file.is_file():
        parser.error(f"there is no file {str(asked.file)!r}: name one, as in `make replay FILE=posts.jsonl`")
    return asked


def _texts(path: Path) -> Iterator[str]:
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                text = str(json.loads(line)["text"])
            except (ValueError, KeyError, TypeError):
                sys.exit(f"Line {number} of {path} is no JSON object with a text.")
            if text.strip():
                yield text[:LONGEST]


def _replayed(site: Site, texts: list[str], *, rate: float, faults: bool) -> tuple[list[Accepted], Heard]:
    members = [Visitor(site.address).log_in(name, PASSWORD) for name in MEMBERS]
    heard = Heard()
    desk = _open_desk(site, heard)
    threads = [_new_thread(members[0], number) for number in range(len(texts) // REPLIES_A_THREAD + 1)]
    accepted: list[Accepted] = []
    refused: list[int] = []
    work: queue.Queue[tuple[int, str] | None] = queue.Queue(maxsize=HANDS)
    hands = [
        threading.Thread(
            target=_post, args=(site, members[n % len(members)].cookie, threads, work, accepted, refused)
        )
        for n in range(HANDS)
    ]
    for hand in hands:
        hand.start()
    trouble = _troubles(site, len(texts)) if faults else {}
    running: list[threading.Thread] = []
    began = time.monotonic()
    with click.progressbar(length=len(texts), label="posting", file=sys.stderr) as bar:
        for number, text in enumerate(texts):
            if number in trouble:
                running.append(threading.Thread(target=trouble[number]))
                running[-1].start()
            if rate:
                time.sleep(max(0.0, began + number / rate - time.monotonic()))
            work.put((number, text))
            bar.update(1)
    for _ in hands:
        work.put(None)
    for one in (*hands, *running):
        one.join()
    took = time.monotonic() - began
    print(f"posted in: {took:.1f} s ({len(texts) / took:.1f} a second)")
    _settle(site)
    wait_for(
        lambda: _open_texts(site) <= heard.cases.keys() | _seen_by_reload(site, heard),
        "the desk",
        60,
        strict=False,
    )
    desk.close()
    if refused:
        print(f"refused: {len(refused)}")
    return accepted, heard


def _post(
    site: Site, cookie: str, threads: list[int], work: Any, accepted: list[Accepted], refused: list[int]
) -> None:
    visitor = Visitor(site.address)
    visitor.cookie = cookie
    while (item := work.get()) is not None:
        number, text = item
        form = {"body": text, "form_key": f"replay-{uuid.uuid4().hex}"}
        status, _, answer = visitor.post(
            f"/threads/{threads[number // REPLIES_A_THREAD]}/replies", form, json_wanted=True
        )
        if status == 200:
            accepted.append(Accepted(number, answer["post"]["id"], time.time()))
        else:
            refused.append(status)


def _new_thread(member: Visitor, number: int) -> int:
    form = {
        "title": f"Replay {number + 1}",
        "body": "The first words of this thread.",
        "form_key": f"opening-{uuid.uuid4().hex}",
    }
    status, place, _ = member.post("/communities/living-with-bipolar/threads", form)
    if status != 303:
        raise RuntimeError(f"could not start a thread: {status}")
    return int(place.removeprefix("/threads/").partition("?")[0].partition("#")[0])


def _open_desk(site: Site, heard: Heard) -> Listener:
    """A moderator's desk, open in a page: it hears of cases, and loads afresh whenever it is told to ask again."""
    maya = Visitor(site.address).log_in("Maya", PASSWORD)
    listeners: list[Listener] = []
    again: queue.Queue[None] = queue.Queue()

    def hear(name: str, payload: Any, moment: float) -> None:
        if name == "desk.changed" and payload["case_id"] is not None:
            heard.cases.setdefault(payload["text_id"], moment)
        elif name in ("connected", "line.resumed"):
            again.put(None)

    def join_again() -> None:
        while True:
            again.get()
            try:
                listeners[0].ask("desk.join", {})
            except (OSError, TimeoutError):
                continue
            if maya.get("/desk/queue")[0] == 200:
                heard.asked_again.append(time.time())

    listeners.append(Listener(site.address, maya.cookie, hear))
    threading.Thread(target=join_again, daemon=True).start()
    listeners[0].open()
    wait_for(lambda: heard.asked_again, "the desk", 20)
    return listeners[0]


def _troubles(site: Site, length: int) -> dict[int, Callable[[], None]]:
    def stop_broker_for_a_while() -> None:
        site.stop_broker()
        time.sleep(BROKER_AWAY)
        site.start_broker()

    return {
        length // 4: site.kill_screening,
        length // 2: stop_broker_for_a_while,
        length * 3 // 4: site.kill_a_web_process,
    }


REPLAYED = "posts.form_key LIKE 'replay-%'"


def _settle(site: Site) -> None:
    """Wait until nothing is under way any more."""
    unread = "SELECT count(*) FROM screenings WHERE state <> 'done'"
    uncarried = "SELECT count(*) FROM outbox WHERE carried_at IS NULL"

    def settled() -> bool:
        return not site.rows(unread)[0][0] and not site.rows(uncarried)[0][0]

    wait_for(settled, "screening to finish", SETTLES_WITHIN, strict=False)


def _open_texts(site: Site) -> set[int]:
    return {
        row[0]
        for row in site.rows(
            f"SELECT cases.text_id FROM cases JOIN posts ON posts.text_id = cases.text_id WHERE {REPLAYED}"
        )
    }


def _opened_at(site: Site) -> dict[int, float]:
    rows = site.rows(
        "SELECT text_id, (julianday(min(opened_at)) - 2440587.5) * 86400.0 FROM cases GROUP BY text_id"
    )
    return {text_id: float(moment) for text_id, moment in rows}


def _seen_by_reload(site: Site, heard: Heard) -> set[int]:
    if not heard.asked_again:
        return set()
    last = heard.asked_again[-1]
    return {text_id for text_id, moment in _opened_at(site).items() if moment <= last}


def _report(site: Site, texts: list[str], accepted: list[Accepted], heard: Heard) -> int:
    stored = {
        post_id: (text_id, body)
        for post_id, text_id, body in site.rows(
            "SELECT posts.id, posts.text_id, text_versions.body FROM posts JOIN text_versions "
            f"ON text_versions.text_id = posts.text_id WHERE {REPLAYED}"
        )
    }
    screened = site.rows(
        "SELECT count(*) FROM posts JOIN screenings ON screenings.text_id = posts.text_id "
        f"WHERE {REPLAYED} AND screenings.state = 'done'"
    )[0][0]
    levels = dict(
        site.rows(
            "SELECT cases.level, count(*) FROM cases JOIN posts ON posts.text_id = cases.text_id "
            f"WHERE {REPLAYED} GROUP BY cases.level"
        )
    )
    twice = len(site.rows("SELECT text_id FROM cases GROUP BY text_id HAVING count(*) > 1"))
    due = site.rows(
        "SELECT count(*) FROM posts JOIN screenings ON screenings.text_id = posts.text_id LEFT JOIN cases "
        f"ON cases.text_id = posts.text_id WHERE {REPLAYED} AND cases.id IS NULL "
        "AND screenings.level <> 'green'"
    )[0][0]
    lost = [one for one in accepted if stored.get(one.post_id, (0, None))[1] != _as_stored(texts[one.number])]
    print(f"accepted: {len(accepted)}\nstored: {len(stored)}\nscreened: {screened}")
    print(
        "cases: "
        + " ".join(f"{level} {levels.get(level, 0)}" for level in ("green", "amber", "red", "crisis"))
    )
    print(f"lost: {len(lost)}\ntexts in two cases: {twice}\ntexts without the case they need: {due}")
    _print_times(site, accepted, heard, {post_id: text_id for post_id, (text_id, _) in stored.items()})
    whole = len(accepted) == len(stored) == screened == len(texts) and not (lost or twice or due)
    return 0 if whole else 1


def _as_stored(text: str) -> str:
    """What a form keeps of a text: line ends are one character, and what no database takes is left out."""
    return text.replace("\r\n", "\n").replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _print_times(site: Site, accepted: list[Accepted], heard: Heard, text_of: dict[int, int]) -> None:
    opened = _opened_at(site)
    times, by_reload, never = [], 0, 0
    for one in accepted:
        text_id = text_of.get(one.post_id)
        if text_id not in opened:
            continue
        seen = heard.cases.get(text_id)
        if seen is None:  # the line was down: the desk was loaded afresh when it came back
            seen = next((moment for moment in heard.asked_again if moment >= opened[text_id]), None)
            by_reload += seen is not None
            never += seen is None
        if seen is not None:
            times.append(max(0.0, seen - one.answered_at))
    if times:
        cuts = statistics.quantiles(times, n=100) if len(times) > 1 else times * 99
        print(
            f"answered to on the desk: p50 {cuts[49]:.2f} s p95 {cuts[94]:.2f} s max {max(times):.2f} s "
            f"({len(times)} cases, {by_reload} of them by a reload after the line was down, {never} not seen)"
        )


if __name__ == "__main__":
    sys.exit(main())
