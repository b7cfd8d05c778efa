"""What is logged, by whichever process: one line of JSON each, with ids, kinds and places in the code, never words.

What libraries say at a warning or worse is written as they planned it, without what they would have put in: that
may be an address, a path or somebody's words.
"""

import json
import logging
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

import structlog
from flask import Flask, Response, g, request

OURS = ("forum", "worker")
NOT_LOGGED = {"static", "home.alive"}  # what is asked all the time and says nothing

log = structlog.get_logger(__name__)


def use(level: str) -> None:
    """Log what is at least of this level, to the standard error; of libraries nothing below INFO."""
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson())
    root = logging.getLogger()
    root.handlers = [handler]
    number = logging.getLevelNamesMapping()[level]
    root.setLevel(max(number, logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(number)
    for name in ("werkzeug", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
    )


def take_over(name: str) -> None:
    """Let this logger of a library write as all others do."""
    theirs = logging.getLogger(name)
    theirs.handlers, theirs.propagate = [], True


class AsJson(logging.Formatter):
    """What libraries log, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; of an exception only its kind and where it came from."""
        line = {
            "event": _said(record),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "logger": record.name,
            "at": f"{record.filename}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[1]:
            line["kind"] = type(record.exc_info[1]).__name__
            line["where"] = " ".join(where(record.exc_info[1]))
        return json.dumps(line)


def _said(record: logging.LogRecord) -> str:
    ours = record.name.partition(".")[0] in OURS
    if ours or record.levelno < logging.WARNING:
        return record.getMessage()
    return str(record.msg) if record.args else ""  # without arguments the words may be in it already


def where(error: BaseException) -> list[str]:
    """The way to an error by file and line: never its message, which may hold somebody's words."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)[-6:]
    ]


def init(app: Flask) -> None:
    """One line for each request: which page, how it went, how long it took. Not who, not from where."""

    @app.before_request
    def begin() -> None:
        g.began_at = time.monotonic()

    @app.after_request
    def say(response: Response) -> Response:
        if request.endpoint not in NOT_LOGGED:
            took = time.monotonic() - g.get("began_at", time.monotonic())
            log.info(
                "request",
                method=request.method,
                endpoint=request.endpoint,
                status=response.status_code,
                ms=round(took * 1000),
            )
        return response
