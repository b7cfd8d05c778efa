"""What `make run` refuses, in one sentence each, and what it keeps."""

import fcntl
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.databases import environment
from tests.parts.processes import free_port
from worker import broker
from worker.supervisor import _secret


def run(data: Path, port: int | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker.supervisor"],
        env=os.environ | {"DATA": str(data), "PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_taken_port_is_one_sentence(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} is taken by another program" in one_sentence(run(tmp_path, port))


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_one_sentence(tmp_path: Path, port: str):
    assert f"PORT={port} is not a port" in one_sentence(run(tmp_path, port))


def test_an_unwritable_folder_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").touch()  # not even root can write below a file
    assert "cannot be written to" in one_sentence(run(tmp_path / "file" / "data", free_port()))


def test_a_second_site_on_the_same_folder_is_one_sentence(tmp_path: Path):
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "A site is already running on the data folder" in one_sentence(run(tmp_path, free_port()))


def test_the_secret_key_is_made_once_and_is_nobody_elses(tmp_path: Path):
    path = tmp_path / "secret_key"
    key = _secret(path)
    assert len(key) >= 32
    assert _secret(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_broker_of_the_site_never_evicts_and_survives_a_kill(tmp_path: Path):
    words = " ".join(broker.command(tmp_path, 1, "open sesame"))
    assert "sesame" not in words, "others on the machine can read a command"
    assert stat.S_IMODE((tmp_path / "password.conf").stat().st_mode) == 0o600
    assert "--maxmemory-policy noeviction" in words
    assert "--appendonly yes" in words
    assert "--bind 127.0.0.1" in words


def become(name: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker.supervisor", name],
        env=environment("sqlite://") | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_one_process_starts_only_with_settings_that_are_right():
    said = one_sentence(become("web", SITE_MODE="production", ORIGIN="*"))
    assert "ORIGIN must be one address" in said
    assert "choose one of web, relay, screening, maintenance, beat" in one_sentence(become("wep"))


@pytest.mark.slow
def test_one_process_is_the_command_of_the_table(tmp_path: Path):
    """Here a web process, on a port that is taken: gunicorn itself says so, in place of the supervisor."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = subprocess.Popen(
            [sys.executable, "-m", "worker.supervisor", "web"],
            env=environment("sqlite://") | {"PORT": port},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.stderr is not None
        first = next(line for line in done.stderr if "in use" in line)
        command = Path(f"/proc/{done.pid}/cmdline").read_text().split("\0")
        done.kill()
        done.communicate()
    assert f"127.0.0.1', {port}" in first and "gunicorn" in command
