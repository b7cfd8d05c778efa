"""The promises of the set-up: locked, checked, the same for everybody, and silent about where it was made."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def requirements(lock: str) -> dict[str, list[str]]:
    """Each pinned requirement of a lock with its checksums."""
    pins: dict[str, list[str]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if line.startswith(" "):
            pins[list(pins)[-1]].append(line.strip().rstrip(" \\"))
        elif line and not line.startswith("#"):
            pins[line.rstrip(" \\")] = []
    return pins


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_package_is_pinned_and_carries_a_checksum(lock: str):
    pins = requirements(lock)
    assert len(pins) > 20
    for pin, checksums in pins.items():
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[^ ]+( ; .+)?$", pin), pin
        assert checksums, pin
        assert all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", checksum) for checksum in checksums), pin


def test_the_lock_of_the_tests_holds_the_whole_site_in_the_same_versions():
    everything = {pin.split(" ;")[0]: sums for pin, sums in requirements("requirements-dev.lock").items()}
    for pin, checksums in requirements("requirements.lock").items():
        assert everything.get(pin.split(" ;")[0]) == checksums


def test_every_javascript_package_carries_a_checksum():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)


@pytest.mark.parametrize("lock", [*LOCKS, "package-lock.json"])
def test_lock_files_name_no_address(lock: str):
    assert "://" not in (ROOT / lock).read_text()


def test_no_tracked_file_says_where_packages_came_from_or_where_it_was_written():
    settings = r"^\s*(registry|index-url|extra-index-url|find-links|proxy)\s*="
    for path in tracked():
        if path.suffix in (".png", ".ico", ".woff2", ".gz"):
            continue
        text = path.read_text()
        if path.name in (".npmrc", "pip.conf", "pyproject.toml"):
            assert not re.search(settings, text, re.MULTILINE), path
        assert not re.search(r"(?<![\w.])/(root|work|home/[a-z]+)/", text), path


def test_no_tracked_file_is_a_secret():
    for path in tracked():
        assert path.name not in (".env", "secret_key", "encryption_key", "forum.db", "id_rsa"), path
        assert b"PRIVATE KEY-----" not in path.read_bytes() or path == Path(__file__), path


def test_ci_runs_what_everybody_runs_and_nothing_else():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]


def test_every_make_target_is_explained():
    made = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z]+):", made, re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.*  ## .+", made, re.MULTILINE)
    assert set(targets) - set(explained) == {"checks"}
    assert {"run", "dev", "test", "unit", "lint", "replay", "bench", "lock", "clean"} <= set(explained)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_commands_that_are_described_exist(page: str):
    made = (ROOT / "Makefile").read_text()
    for target in re.findall(
        r"\bmake ([a-z]+)\b(?=[`\s]*$|`| [A-Z]+=)", (ROOT / page).read_text(), re.MULTILINE
    ):
        assert re.search(rf"^{target}:", made, re.MULTILINE), target


def test_setting_up_a_second_time_does_nothing():
    set_up = [sys.executable, "bin/setup", "run"]
    subprocess.run(set_up, cwd=ROOT, capture_output=True, check=True)
    again = subprocess.run(set_up, cwd=ROOT, capture_output=True, text=True, check=True)
    assert again.stdout == ""


@pytest.mark.parametrize("missing", ["node", "npm"])
def test_a_missing_node_is_one_sentence(missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    setup = _setup()
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in {"node", "npm"} - {missing}:
        (programs / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(programs))
    setup["check_node"].__globals__["NODE_STAMP"] = tmp_path / "never"
    with pytest.raises(setup["Refused"], match=r"^Node\.js 18 or newer and npm are needed .*\.$"):
        setup["check_node"]()


def test_an_old_node_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    setup = _setup()
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v16.20.2\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    setup["check_node"].__globals__["NODE_STAMP"] = tmp_path / "never"
    with pytest.raises(setup["Refused"], match=r"^Node\.js 18 or newer is needed and this is v16\.20\.2\.$"):
        setup["check_node"]()


def test_an_old_python_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    setup = _setup()
    monkeypatch.setattr("sys.version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr("sys.argv", ["setup", "run"])
    with pytest.raises(setup["Refused"], match=r"^Python 3\.11 or newer is needed and this is 3\.9"):
        setup["main"]()


def _setup() -> dict:
    return runpy.run_path(str(ROOT / "bin" / "setup"))
