"""The keeper, with small real processes as its children."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.parts.processes import lives, wait_for
from worker.children import Child, Keeper, Refused, Stopped

pytestmark = pytest.mark.slow  # each starts programs
AT_ONCE = (0.01, 0.01, 0.01, 0.01)


def python(name: str, program: str) -> Child:
    return Child(name, [sys.executable, "-S", "-c", program])


SLEEPER = python("sleeper", "import time; time.sleep(60)")
# Its own child is what must not be left behind, and it does not stop when asked.
STUBBORN_FAMILY = python(
    "family",
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(os.fork() or os.getpid(), flush=True); time.sleep(60)",
)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = Keeper(tmp_path, {}, pauses=AT_ONCE)
    yield keeper
    keeper.stop()


def pid_of(data: Path, name: str) -> int | None:
    pid: int | None = json.loads((data / "run.json").read_text())["children"][name]
    return pid


def _says(log: Path, words: str) -> bool:
    return log.read_text() == words


def test_a_child_that_is_killed_runs_again(
    keeper: Keeper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keeper.start(SLEEPER)
    first = pid_of(tmp_path, "sleeper")
    assert first is not None
    os.kill(first, signal.SIGKILL)

    keeper.wait_until(lambda: pid_of(tmp_path, "sleeper") not in (None, first), "the second sleeper")

    assert "sleeper died (signal 9)" in capsys.readouterr().out


def test_a_child_that_will_not_live_ends_everything_after_five_deaths_and_says_why(
    keeper: Keeper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keeper.start(SLEEPER)
    keeper.start(python("broken", "import sys; sys.exit('there is no bread')"))

    with pytest.raises(Refused, match=r"broken died 5 times within a minute.*broken\.log.*there is no bread"):
        keeper.watch()

    assert capsys.readouterr().out.count("broken died") == 4
    assert pid_of(tmp_path, "sleeper") is not None


def test_a_child_that_is_not_vital_may_die_as_often_as_it_likes(
    keeper: Keeper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keeper.start(SLEEPER)
    keeper.start(Child("frail", [sys.executable, "-S", "-c", "raise SystemExit(3)"], vital=False))
    said: list[str] = []

    def tried_again_later() -> bool:
        said.append(capsys.readouterr().out)
        return "in 60 s" in "".join(said)

    keeper.wait_until(tried_again_later, "the fifth death")
    assert "".join(said).count("frail died") == 5
    assert pid_of(tmp_path, "frail") is None and pid_of(tmp_path, "sleeper") is not None


def test_pauses_grow_between_deaths(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    keeper = Keeper(tmp_path, {}, pauses=(0.05, 0.1, 0.2))
    keeper.start(python("broken", "raise SystemExit(3)"))
    with pytest.raises(Refused):
        keeper.watch()
    keeper.stop()
    said = capsys.readouterr().out
    assert [line.split(" in ")[1] for line in said.splitlines()] == ["0.05 s.", "0.1 s.", "0.2 s."]
    assert "exit status 3" in said


def test_children_stop_in_the_reverse_order_of_their_start(keeper: Keeper, tmp_path: Path):
    for name in ("first", "second", "third"):
        keeper.start(
            python(
                name,
                "import signal, sys, time\n"
                f"def stop(*_): open({str(tmp_path / 'ended')!r}, 'a').write('{name} '); sys.exit()\n"
                "signal.signal(signal.SIGTERM, stop); print('ready', flush=True); time.sleep(60)",
            )
        )
        log = tmp_path / "log" / f"{name}.log"
        wait_for(partial(_says, log, "ready\n"))
    keeper.stop()
    assert (tmp_path / "ended").read_text() == "third second first "


def test_who_does_not_stop_when_asked_is_killed_with_its_own_children(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("worker.children.TIME_TO_STOP", 0.2)
    keeper.start(STUBBORN_FAMILY)
    log = tmp_path / "log" / "family.log"
    wait_for(lambda: log.read_text().count("\n") == 2)
    family = [int(line) for line in log.read_text().split()]

    keeper.stop()

    assert not (tmp_path / "run.json").exists()
    wait_for(lambda: not any(lives(pid) for pid in family))  # a grandchild is buried by init, in its own time


def test_the_children_of_a_dead_child_do_not_outlive_it(keeper: Keeper, tmp_path: Path):
    keeper.start(STUBBORN_FAMILY)
    log = tmp_path / "log" / "family.log"
    wait_for(lambda: log.read_text().count("\n") == 2)
    parent = pid_of(tmp_path, "family")
    assert parent is not None
    grandchild = next(pid for pid in map(int, log.read_text().split()) if pid != parent)
    os.kill(parent, signal.SIGKILL)

    keeper.wait_until(lambda: not lives(grandchild), "the end of the grandchild")


def test_asking_twice_does_not_wait_for_anybody(keeper: Keeper, tmp_path: Path):
    keeper.start(STUBBORN_FAMILY)
    log = tmp_path / "log" / "family.log"
    wait_for(lambda: log.read_text().count("\n") == 2)
    keeper.ask_to_stop()
    keeper.ask_to_stop()
    with pytest.raises(Stopped):
        keeper.watch()
    before = time.monotonic()
    keeper.stop()
    assert time.monotonic() - before < 2


def test_a_step_of_the_start_that_fails_says_why(keeper: Keeper):
    with pytest.raises(Refused, match=r"`migrate` failed and the site was not started.*no such column"):
        keeper.finish(python("migrate", "import sys; sys.exit('no such column')"))


def test_a_step_of_the_start_answers_what_it_printed_and_is_not_cut_short(keeper: Keeper):
    threading.Timer(0.1, keeper.ask_to_stop).start()
    said = keeper.finish(python("demo", "import time; time.sleep(0.3); print('ana, ben')"))
    assert said == "ana, ben\n"


def test_a_large_log_is_set_aside_at_the_next_start(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("worker.children.LARGEST_LOG", 10)
    (tmp_path / "log" / "sleeper.log").write_text("much was said before\n")
    keeper.start(SLEEPER)
    assert (tmp_path / "log" / "sleeper.log.1").read_text() == "much was said before\n"
    assert (tmp_path / "log" / "sleeper.log").read_text() == ""
