"""`make bench`: what the whole site does from outside, on this machine, one figure a line.

The screener alone; then pages, replies (with the broker up and away), delivery to open pages, and the way to the
desk, on a throw-away site with its own data folder. Clients and servers share the machine, so read ratios rather than
milliseconds.
"""

import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.listening import Listener
from bench.reading import reading_times
from bench.site import Site, wait_for
from bench.visiting import Visitor
from forum.demo import PASSWORD

LONG_THREAD = 1_000  # replies
READS = 150  # of each page
REPLIES = 100  # of each kind
LISTENERS = 50
WORRYING = "I am thinking about ending my life tonight and I have written the letters. Goodbye."


def main() -> int:
    """Start the site, measure, print, and leave nothing behind."""
    for name, times in reading_times().items():
        _say(name, times)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        site = Site(Path(folder))
        try:
            site.start()
            _measure(site)
        finally:
            site.stop()
    return 0


def _measure(site: Site) -> None:
    ana = Visitor(site.address).log_in("Ana", PASSWORD)
    short, long = 1, _new_thread(ana)
    for number in range(LONG_THREAD):
        _reply(ana, long, f"Reply {number}. " + "A quiet sentence about the day. " * 15)
    last = f"/threads/{long}?after={LONG_THREAD // 20 * 20}"
    visitor = Visitor(site.address)
    for name, who, path in (
        ("front page, visitor", visitor, "/"),
        ("community, visitor", visitor, "/communities/living-with-bipolar"),
        ("short thread, visitor", visitor, f"/threads/{short}"),
        ("long thread, first page, visitor", visitor, f"/threads/{long}"),
        ("long thread, last page, visitor", visitor, last),
        ("long thread, first page, member", ana, f"/threads/{long}"),
        ("help, visitor", visitor, "/help"),
    ):
        _say(name, _times(READS, partial(who.get, path)))
    with_broker = _times(REPLIES, lambda: _reply(ana, short, "A short reply."))
    _say("reply, answered with the rendered post", with_broker)
    _delivery(site, ana, long)
    _to_the_desk(site, ana, short)
    site.stop_broker()
    without = _times(REPLIES, lambda: _reply(ana, short, "A short reply."))
    site.start_broker()
    _say("reply, broker away", without)
    print(
        f"broker away / broker up, median: {statistics.median(without) / statistics.median(with_broker):.2f}"
    )


def _delivery(site: Site, ana: Visitor, thread_id: int) -> None:
    """From the start of the POST until each of the open pages has the post."""
    heard: dict[int, list[float]] = {}

    def hear(name: str, payload: Any, moment: float) -> None:
        if name == "post.changed":
            heard.setdefault(payload["id"], []).append(moment)

    pages = [Listener(site.address, "", hear).open() for _ in range(LISTENERS)]
    for page in pages:
        page.ask("thread.join", {"thread_id": thread_id})
    times: list[float] = []
    lost = 0
    for _ in range(20):
        began = time.time()
        post_id = _reply(ana, thread_id, "Who is up?")
        wait_for(partial(_by_all, heard, post_id), "delivery", 10, strict=False)
        times += [moment - began for moment in heard.get(post_id, [])]
        lost += LISTENERS - len(heard.get(post_id, []))
    for page in pages:
        page.close()
    _say(f"post to {LISTENERS} open pages ({lost} not heard)", times)


def _to_the_desk(site: Site, ana: Visitor, thread_id: int) -> None:
    """From the answered POST until the case is named on a moderator's open desk."""
    heard: list[float] = []

    def hear(name: str, payload: Any, moment: float) -> None:
        if name == "desk.changed" and payload["change"] == "opened":
            heard.append(moment)

    maya = Visitor(site.address).log_in("Maya", PASSWORD)
    desk = Listener(site.address, maya.cookie, hear).open()
    desk.ask("desk.join", {})
    times = []
    for _ in range(20):
        before = len(heard)
        _reply(ana, thread_id, WORRYING)
        answered = time.time()
        wait_for(partial(_more_than, heard, before), "a case", 10)
        times.append(max(0.0, heard[-1] - answered))
    desk.close()
    _say("answered post to case on the open desk", times)


def _by_all(heard: dict[int, list[float]], post_id: int) -> bool:
    return len(heard.get(post_id, [])) == LISTENERS


def _more_than(heard: list[float], before: int) -> bool:
    return len(heard) > before


def _new_thread(visitor: Visitor) -> int:
    form = {"title": "A long thread", "body": "It begins.", "form_key": f"bench-{uuid.uuid4().hex}"}
    _, place, _ = visitor.post("/communities/living-with-bipolar/threads", form)
    return int(place.removeprefix("/threads/").partition("#")[0])


def _reply(visitor: Visitor, thread_id: int, body: str) -> int:
    form = {"body": body, "form_key": f"bench-{uuid.uuid4().hex}"}
    status, _, answer = visitor.post(f"/threads/{thread_id}/replies", form, json_wanted=True)
    assert status == 200, status
    return int(answer["post"]["id"])


def _times(often: int, do: Callable[[], Any]) -> list[float]:
    do()
    times = []
    for _ in range(often):
        began = time.perf_counter()
        do()
        times.append(time.perf_counter() - began)
    return times


def _say(name: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    p50, p95, most = (1000 * seconds for seconds in (cuts[49], cuts[94], max(times)))
    print(f"{name}: p50 {p50:.1f} ms p95 {p95:.1f} ms max {most:.1f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
