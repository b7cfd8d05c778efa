"""Logs are lines of JSON about kinds and places; what a person or a library says is not in them."""

import json
import logging
import sys

import pytest

from forum.logs import AsJson

WORDS = "Zwetschgenkuchen"


def _line(name: str, level: int, message: str, *arguments: object, error: bool = False) -> dict[str, str]:
    trouble = None
    if error:
        try:
            raise ValueError(WORDS)
        except ValueError:
            trouble = sys.exc_info()
    record = logging.LogRecord(name, level, __file__, 1, message, arguments, trouble)
    line: dict[str, str] = json.loads(AsJson().format(record))
    return line


def test_what_a_library_would_put_into_a_warning_is_left_out():
    line = _line("gunicorn.error", logging.ERROR, "Error handling request %s", f"/threads/1?q={WORDS}")
    assert line["event"] == "Error handling request %s"
    line = _line("gunicorn.error", logging.WARNING, f"Invalid request from ip=192.0.2.1: {WORDS}")
    assert line["event"] == "" and line["at"].startswith("test_logs.py:")
    assert "192.0.2.1" not in str(line) and WORDS not in str(line)


def test_of_an_exception_there_is_its_kind_and_where_it_was():
    line = _line("celery.app.trace", logging.ERROR, "Task %s raised %s", "screen", WORDS, error=True)
    assert (line["kind"], line["level"], line["logger"]) == ("ValueError", "error", "celery.app.trace")
    assert line["where"].startswith("test_logs.py:")
    assert WORDS not in str(line)


def test_what_we_say_ourselves_and_what_is_ordinary_is_said_in_full():
    assert _line("forum.outbox", logging.ERROR, "event_set_aside message=%s", 7)["event"].endswith(
        "message=7"
    )
    assert (
        _line("celery", logging.INFO, "Task %s received", "screen[1]")["event"] == "Task screen[1] received"
    )


@pytest.fixture
def said(capsys):
    """Every line of a request that was logged since."""

    def lines() -> list[dict[str, object]]:
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        return [line for line in found if line.get("event") == "request"]

    return lines


def test_a_request_is_one_line_without_who_where_from_and_what_for(app, cast, browse, said):
    browse(cast.ana).get(f"/communities/{cast.slug}?q={WORDS}", headers={"User-Agent": WORDS})
    (line,) = said()
    assert set(line) == {"event", "level", "timestamp", "method", "endpoint", "status", "ms"}
    assert (line["method"], line["endpoint"], line["status"]) == ("GET", "threads.latest", 200)


def test_a_page_that_is_not_there_and_one_that_is_refused_are_lines_too(app, visitor, said):
    visitor.get(f"/{WORDS}")
    visitor.post("/log-in", data={"name": WORDS, "password": WORDS})
    assert [(line["endpoint"], line["status"]) for line in said()] == [(None, 404), ("accounts.log_in", 422)]
