"""`make replay` puts a file of texts through a site of its own, plainly and with its parts hurt, and counts."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.words import BY_LEVEL

ROOT = Path(__file__).parent.parent.parent
TEXTS = [f"{words} This is line {number}." for number in range(6) for words in BY_LEVEL.values()]


def answered(command: list[str]) -> tuple[int, list[str], str]:
    """The exit status of a command, its lines, and what it said besides."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("faults", ["", "1"], ids=["plain", "with-faults"])
def test_a_replay_loses_and_doubles_nothing_and_says_so(tmp_path: Path, faults: str):
    file = tmp_path / ("texts.jsonl.gz" if faults else "texts.jsonl")
    lines = "".join(json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(TEXTS))
    file.write_bytes(gzip.compress(lines.encode()) if faults else lines.encode())

    status, said, trouble = answered(["make", "replay", f"FILE={file}", f"FAULTS={faults}"])

    assert status == 0, f"{said} {trouble}"
    figures = dict(line.split(": ", 1) for line in said if ": " in line)
    assert figures["accepted"] == figures["stored"] == figures["screened"] == str(len(TEXTS))
    assert figures["cases"] == "green 0 amber 6 red 6 crisis 6"
    assert figures["lost"] == figures["texts in two cases"] == "0"
    assert "p50" in figures["answered to on the desk"]
    assert not any(text in trouble or text in "".join(said) for text in TEXTS), "texts stay where they are"


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path):
    file = tmp_path / "posts.jsonl"
    file.write_text('{"id": 1, "text": "Hello."}\n{"id": 2, "words": "a secret"}\n')
    for name, sentence in ((tmp_path / "missing.jsonl", "there is no file"), (file, "Line 2 of")):
        status, _, trouble = answered([sys.executable, "-m", "bench.replay", str(name)])
        assert status != 0
        assert sentence in trouble
        assert "Traceback" not in trouble
        assert "a secret" not in trouble
