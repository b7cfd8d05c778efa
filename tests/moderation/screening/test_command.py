"""`python -m moderation.screening`: lines in, lines out, and a bad line stops nothing."""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # each starts a program
SECRET = "I want to kill myself, says line"


def run(lines: bytes, *chosen: str) -> tuple[list[dict[str, Any]], str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "moderation.screening", *chosen], input=lines, capture_output=True, check=False
    )
    return (
        [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()],
        done.stderr.decode(),
        done.returncode,
    )


def test_each_line_is_answered_in_order():
    asked = [
        {"id": "a", "text": "had a nice walk"},
        {"id": 7, "text": "I want to kill myself 💔"},
        {"text": "hello"},
    ]
    told, errors, code = run("\n".join(json.dumps(each) for each in asked).encode())
    assert [each["id"] for each in told] == ["a", 7, None]
    assert [each["level"] for each in told] == ["green", "red", "green"]
    assert set(told[1]) == {"id", "score", "level", "findings"}
    assert set(told[1]["findings"][0]) == {"category", "start", "end", "reason"}
    assert (errors, code) == ("", 0)


def test_a_bad_line_is_named_by_number_and_the_rest_goes_on():
    bad = [
        b"{not json " + SECRET.encode(),
        b'["' + SECRET.encode() + b'"]',
        b'{"id": 1}',
        b'{"id": 1, "text": 5}',
        b'{"id": 1, "text": "' + SECRET.encode() + b' \\ud800"}',
        b'{"id": 1, "text": "' + SECRET.encode() + b' \xff"}',
        b'{"id": "\\ud800", "text": "' + SECRET.encode() + b'"}',
        b"[" * 100_000,
        b'{"id": 1e999, "text": "hello"}',
    ]
    told, errors, code = run(b"\n".join([*bad, b"", b'{"id": "last", "text": "hello"}']))
    assert [each["id"] for each in told] == ["last"]
    assert [line.split(":")[0] for line in errors.splitlines()] == [
        f"line {number}" for number in range(1, 10)
    ]
    assert "kill" not in errors
    assert code == 0


def test_an_answer_comes_before_the_next_question():
    with subprocess.Popen(
        [sys.executable, "-m", "moderation.screening"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for number in range(2):
            running.stdin.write(json.dumps({"id": number, "text": "hello"}).encode() + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.wait() == 0


def test_a_reader_who_leaves_early_breaks_nothing():
    line = json.dumps({"id": 1, "text": "hello"}).encode() + b"\n"
    with subprocess.Popen(
        [sys.executable, "-m", "moderation.screening"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdin.write(line)
        running.stdin.flush()
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write(line * 3)
        running.stdin.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0


def test_own_words_and_rules_are_chosen_on_the_command_line(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[slang]\nzops = "pills"\n')
    line = b'{"id": 1, "text": "I have taken all my zops, ring me on 07700 900123"}'
    told, _, code = run(line, "--own-words", str(own), "--rule", "own_contact_details")
    assert code == 0
    assert told[0]["level"] == "crisis"
    assert {"attempt_now", "own_contact_details"} <= {each["category"] for each in told[0]["findings"]}


def test_own_words_that_are_wrong_stop_the_command_with_the_reason(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[slang]\ndie = "laugh"\n')
    told, errors, code = run(b"", "--own-words", str(own))
    assert (told, code) == ([], 2)
    assert "not one new word" in errors
