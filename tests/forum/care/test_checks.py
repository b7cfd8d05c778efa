"""That somebody checked a line is kept, with who and how; pages say so, and a real site is told which lines want it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from forum import db
from forum.audit import AuditEntry
from forum.care import help_lines, queries, service
from forum.care.models import LineCheck
from forum.care.shown import shown
from forum.db import now, session
from forum.errors import Invalid, NotFound

A_DAY = 24 * 3600


@pytest.fixture
def clock(app, database: str, tmp_path: Path) -> Callable[[float], object]:
    """Moves the one clock so many seconds ahead."""
    path = tmp_path / "clock"
    db.connect(database, str(path))
    return lambda seconds: path.write_text(str(seconds))


@pytest.fixture
def run(app):
    """`run("care", "check")`: the command's result."""
    return lambda *words: app.test_cli_runner().invoke(args=list(words))


def said(id: str = "gb-samaritans") -> str:
    line = help_lines.line(id)
    assert line is not None
    queries.forget()
    return shown([line], now())[0].checked


def verified(run, *ids: str) -> None:
    for id in ids:
        answer = run("care", "verify", id, "--by", "Rosa, volunteer", "--how", "called it")
        assert answer.exit_code == 0, answer.output


def test_who_checked_a_line_and_how_is_kept_and_pages_say_only_when(clock, run, visitor):
    assert said() == "Not checked by us yet"
    verified(run, "gb-samaritans")
    (check,) = session.scalars(select(LineCheck)).all()
    assert (check.line_id, check.by, check.how) == ("gb-samaritans", "Rosa, volunteer", "called it")
    assert now() - check.at < timedelta(minutes=5)
    today = f"Checked by us on {check.at.day} {check.at:%B %Y}"
    assert said() == today
    assert said("gb-shout") == "Not checked by us yet"
    page = visitor.get("/help").text
    assert today in page and "Rosa" not in page
    assert [entry.act for entry in session.scalars(select(AuditEntry))] == ["verify"]


def test_after_ninety_days_a_line_wants_to_be_checked_again(clock, run):
    verified(run, "gb-samaritans")
    clock(89 * A_DAY)
    assert said().startswith("Checked by us on")
    assert "gb-samaritans" not in [one.line.id for one in queries.unsure_lines()]
    clock(91 * A_DAY)
    assert said().startswith("Last checked by us on") and said().endswith("a while ago")
    assert "gb-samaritans" in [one.line.id for one in queries.unsure_lines()]
    verified(run, "gb-samaritans")
    assert said().startswith("Checked by us on")


def test_a_line_that_is_written_anew_was_checked_by_nobody(clock, run, tmp_path):
    verified(run, "gb-shout")
    own = tmp_path / "own.toml"
    own.write_text(
        '[[lines]]\nid = "gb-shout"\ncountry = "GB"\nname = "Shout"\nfor_whom = "anyone"\ntext = "85259"\n'
        'hours = "day and night"\nsource = "https://giveusashout.org"\nlisted_on = 2026-11-20\n'
    )
    help_lines.use(str(own))
    try:
        assert said("gb-shout") == "Not checked by us yet"
    finally:
        help_lines.use("")
    assert said("gb-shout").startswith("Checked by us on")


def test_a_line_that_is_not_there_is_named_and_nothing_is_kept(clock, run):
    answer = run("care", "verify", "gb-nobody", "--by", "Rosa", "--how", "called it")
    assert answer.exit_code == 1
    assert "There is no help line gb-nobody" in answer.output
    with pytest.raises(NotFound):
        service.verify("gb-nobody", "Rosa", "called it")
    for by, how in (("", "called it"), ("Rosa", " "), ("R" * 81, "called it"), ("Rosa", "x" * 201)):
        with pytest.raises(Invalid):
            service.verify("gb-samaritans", by, how)
    assert session.scalars(select(LineCheck)).all() == []


def test_a_real_site_is_told_to_check_its_lines_until_every_one_is(clock, run, app, monkeypatch):
    """Elsewhere they are named, and nothing fails."""
    lines = help_lines.every_line()[:2]
    monkeypatch.setattr(help_lines, "every_line", lambda: lines)
    answer = run("care", "check")
    assert answer.exit_code == 0
    assert f"{lines[0].id}: never checked. {lines[0].source}" in answer.output
    monkeypatch.setitem(app.config, "SITE", _as_production(app.config["SITE"]))
    assert run("care", "check").exit_code == 1
    verified(run, lines[0].id)
    answer = run("care", "check")
    assert answer.exit_code == 1 and f"{lines[1].id}: never checked" in answer.output
    assert "1 of 2 help lines were checked within 90 days." in answer.output
    verified(run, lines[1].id)
    assert run("care", "check").exit_code == 0
    clock(91 * A_DAY)
    answer = run("care", "check")
    assert answer.exit_code == 1 and "checked last on" in answer.output


def _as_production(settings):
    from dataclasses import replace

    return replace(settings, site_mode="production")
