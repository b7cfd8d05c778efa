"""It fails towards people: whatever breaks in reading a text, a person gets it, at least at the level that was seen.

Through the task as it is: in this process, and for what would take a process along, in a worker of its own.
"""

import gzip
import json
import math
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from forum import db, texts
from forum.db import session
from forum.desk import queries
from forum.desk.models import Case
from forum.texts import Screening, ScreeningState
from forum.threads import service as threads
from moderation.screening import Level, Screener, model
from tests.forum import cast as people
from tests.forum.cast import Cast, new_key
from tests.parts.broker import Broker
from tests.parts.databases import environment
from tests.parts.processes import die_with_parent, wait_for

QUIET = "Radio before anything else. A voice in the kitchen that wants nothing from me."
AMBER = "Everything feels grey and pointless, and I feel so hopeless. I only wanted to say it somewhere."
CRISIS = "I have decided to end my life tonight and I have written the letters. Goodbye."
SEEN = [(QUIET, Level.AMBER), (AMBER, Level.AMBER), (CRISIS, Level.CRISIS)]
UNREAD = "could not be read by the machine"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The task."""
    for name, value in environment("sqlite://").items():
        monkeypatch.setenv(name, value)
    from worker import tasks

    return tasks.screen


def said(cast: Cast, body: str) -> int:
    """Ana says it; answers the id of its screening."""
    post = threads.start(cast.ana, cast.slug, "A long evening", body, new_key())
    return session.scalars(select(Screening.id).where(Screening.text_id == post.text_id)).one()


def read(screening_id: int) -> Screening:
    session.rollback()
    return session.scalars(
        select(Screening).where(Screening.id == screening_id).execution_options(populate_existing=True)
    ).one()


def goes_to_a_person(cast: Cast, screening_id: int, level: Level) -> None:
    """Its case stands at this level, and says that the machine could not read the words."""
    done = read(screening_id)
    assert done.state is ScreeningState.DONE
    assert done.level is level
    assert done.score is not None and done.score >= level.least_score
    case = session.scalars(select(Case).where(Case.text_id == done.text_id)).one()
    assert case.level is level
    row = next(row for row in queries.open_cases(cast.maya) if row.id == case.id)
    assert UNREAD in row.categories


def broken(*_: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "says", [lambda *_: math.nan, lambda *_: math.inf, broken], ids=["nan", "inf", "error"]
)
def test_a_number_that_is_none_and_a_model_that_breaks_send_the_text_to_a_person(
    cast, screen, monkeypatch, says
):
    monkeypatch.setattr(model, "probability", says)
    for body, level in SEEN:
        screening_id = said(cast, body)
        screen.run(screening_id)
        goes_to_a_person(cast, screening_id, level)


DAMAGED: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "not packed": b"once upon a time",
    "cut short": model.TABLE.read_bytes()[:50_000],
    "no json": gzip.compress(b"once upon a time"),
    "another thing": gzip.compress(b"[1, 2, 3]"),
    "nothing in it": gzip.compress(json.dumps({"form": model.FORM}).encode()),
    "words for numbers": gzip.compress(
        json.dumps({"form": model.FORM, "version": "x", "kinds": [], "heads": [{"unit": "much"}]}).encode()
    ),
    "no number": gzip.compress(
        b'{"form": %d, "version": "x", "kinds": [], "heads": [],'
        b' "alone": {"centres": [], "short": [], "long": [], "facts": {}, "shift": NaN}}' % model.FORM
    ),
}


def test_without_a_whole_model_every_text_goes_to_a_person(cast, screen, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(model, "TABLE", tmp_path / "model.json.gz")
    for number, (damage, words) in enumerate(DAMAGED.items()):
        if words is not None:
            model.TABLE.write_bytes(words)
        model.model.cache_clear()
        body, level = SEEN[number % len(SEEN)]
        screening_id = said(cast, body)
        screen.run(screening_id)
        assert read(screening_id).level is level, damage
        goes_to_a_person(cast, screening_id, level)
    model.model.cache_clear()


def test_what_the_first_look_cannot_read_is_posted_and_is_red_if_the_worker_cannot_either(
    cast, screen, monkeypatch, browse
):
    ana = browse(cast.ana)
    monkeypatch.setattr(Screener, "transparent", broken)
    monkeypatch.setattr(Screener, "screen", broken)
    form = {"title": "A long evening", "body": QUIET, "form_key": new_key()}
    answer = ana.post(f"/communities/{cast.slug}/threads", data=form)
    assert answer.status_code == 303, "nobody loses a post to a machine that breaks"
    ids = session.scalars(select(Screening.id)).all()
    assert len(queries.being_read(cast.maya)) == 2, (
        "its title and its words stand on the desk from the commit on"
    )
    for screening_id in ids:
        screen.run(screening_id)
        goes_to_a_person(cast, screening_id, Level.RED)


def test_what_the_first_look_could_not_read_stays_red_when_the_worker_finds_nothing(
    cast, screen, monkeypatch
):
    with monkeypatch.context() as in_request:
        in_request.setattr(Screener, "transparent", broken)
        screening_id = said(cast, QUIET)
    screen.run(screening_id)
    goes_to_a_person(cast, screening_id, Level.RED)


@pytest.fixture
def frail_worker(
    sqlite_databases, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Cast, Path, Any]]:
    """A worker whose model hangs or dies when told to: the people, the clock's file, and the task."""
    url, clock = sqlite_databases.create(), tmp_path / "clock"
    clock.write_text("0")
    settings = environment(url, broker.url) | {"CLOCK_FILE": str(clock)}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    db.connect(url, str(clock))
    cast = people.gathered()
    from worker import tasks
    from worker.app import publisher

    publisher(broker.url)
    command = (
        "celery --app tests.worker.frail_reader worker --pool prefork --concurrency 1 --queues screening"
    )
    worker = subprocess.Popen(
        [sys.executable, "-m", *command.split(), "--without-gossip", "--without-mingle"],
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    yield cast, clock, tasks.screen
    worker.terminate()
    worker.wait(timeout=30)
    db.disconnect()
    sqlite_databases.drop(url)


@pytest.mark.slow
def test_a_model_that_hangs_or_takes_its_process_along_costs_nobody_their_case(frail_worker):
    cast, clock, screen = frail_worker
    hanging, dying = said(cast, f"{AMBER} It hangs."), said(cast, f"{AMBER} It dies.")
    screen.apply_async((hanging,), queue="screening")
    screen.apply_async((dying,), queue="screening")

    def the_hanging_one_was_cut_off() -> bool:
        return read(hanging).state is ScreeningState.DONE

    wait_for(the_hanging_one_was_cut_off, timeout=60)
    goes_to_a_person(cast, hanging, Level.AMBER)

    def the_dying_one_was_tried() -> bool:
        return read(dying).attempts > tries

    for tries in range(2):  # the second time it is not read again (frail_reader)
        clock.write_text(str(tries * (texts.LEASE.total_seconds() + 1)))
        screen.apply_async((dying,), queue="screening")
        wait_for(the_dying_one_was_tried, timeout=60)

    def somebody_has_it() -> bool:
        return read(dying).state is ScreeningState.DONE

    wait_for(somebody_has_it, timeout=30)
    goes_to_a_person(cast, dying, Level.AMBER)
    assert read(dying).attempts == 2
