"""The whole site as `make run` starts it: hurt, stopped, and started again on what it kept."""

import os
import signal
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.parts.processes import lives, wait_for
from tests.parts.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]  # a whole site, several times

CHILDREN = ("broker", "web", "relay", "screening", "maintenance")


def everybody(site: Site) -> list[int]:
    """Every process of the site: the children, and those that they started."""
    with_workers = [pid for name in CHILDREN for pid in (site.pid(name), *site.workers_of(name))]
    assert len(with_workers) > len(CHILDREN), "gunicorn and celery have workers"
    return with_workers


def answers(site: Site) -> bool:
    with urllib.request.urlopen(f"{site.address}/healthz", timeout=2) as answer:
        return bool(answer.status == 200)


def rows(data: Path) -> dict[str, int]:
    """How many rows each table holds."""
    with closing(sqlite3.connect(data / "forum.db")) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def test_ctrl_c_ends_every_process_and_a_second_run_keeps_what_was_written(own_site: Site):
    own_site.start()
    processes = everybody(own_site)

    assert own_site.stop(signal.SIGINT) == 0

    assert not [pid for pid in processes if lives(pid)]
    assert not (own_site.data / "run.json").exists()
    key, kept = (own_site.data / "secret_key").read_text(), rows(own_site.data)
    assert kept["users"] >= 5

    own_site.start()
    assert answers(own_site)
    assert own_site.stop(signal.SIGTERM) == 0
    assert (own_site.data / "secret_key").read_text() == key
    again = rows(own_site.data)
    assert again["users"] == kept["users"]
    assert again["posts"] == kept["posts"]


def test_every_child_that_is_killed_comes_back_and_a_killed_supervisor_leaves_nothing(own_site: Site):
    own_site.start()
    for child in CHILDREN:
        own_site.kill(child)

    def the_site_answers() -> bool:
        return answers(own_site)

    def everybody_is_back() -> list[int]:
        return everybody(own_site)

    wait_for(the_site_answers, timeout=60)
    processes = wait_for(everybody_is_back, timeout=60)

    os.kill(own_site.facts["pid"], signal.SIGKILL)

    def nobody_is_left() -> bool:
        return not any(lives(pid) for pid in processes)

    wait_for(nobody_is_left, timeout=30)


@pytest.mark.parametrize("wrong", [{"SITE_TIME_ZONE": "Nowhere/Land"}, {"SECRET_KEY": "short"}])
def test_a_wrong_setting_ends_the_start_with_its_sentence(tmp_path: Path, wrong: dict[str, str]):
    site = Site(tmp_path, **wrong)
    try:
        with pytest.raises(RuntimeError, match=next(iter(wrong))):
            site.start()
    finally:
        site.stop()
