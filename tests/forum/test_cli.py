"""The commands by which whoever runs the machine begins: a lead, and a community."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask.cli import cli as flask
from sqlalchemy import select

from forum import db
from forum.accounts import recovery
from forum.accounts import service as accounts
from forum.accounts.models import SiteRole, User
from forum.audit import AuditEntry
from forum.db import session
from forum.spaces.models import Space
from tests.parts.databases import environment

PASSWORD = "a lamp in the window"
COMMUNITY = [
    "community",
    "--name",
    "Carers",
    "--purpose",
    "To be heard.",
    "--for-whom",
    "Who cares for somebody.",
]


@pytest.fixture
def run(app):
    return lambda *words, **given: app.test_cli_runner().invoke(args=list(words), **given)


def test_from_an_empty_database_to_a_lead_and_a_community(run):
    said = run("lead", "Lea", env={"LEAD_PASSWORD": PASSWORD})
    assert said.exit_code == 0, said.output
    assert "Next:" in said.output and PASSWORD not in said.output
    lead = session.scalars(select(User)).one()
    lead_id = lead.id
    assert lead.role is SiteRole.LEAD
    assert accounts.log_in("Lea", PASSWORD).token
    code = next(line for line in said.output.splitlines() if line.startswith("Recovery code")).split(": ")[1]
    assert recovery.recover("Lea", code, "another lamp in the window").user_id == lead_id

    said = run(*COMMUNITY, "--members-only")
    assert said.exit_code == 0, said.output
    space = session.scalars(select(Space)).one()
    assert f"/communities/{space.slug}" in said.output and not space.is_open
    acts = {(entry.act, entry.by_id) for entry in session.scalars(select(AuditEntry))}
    assert ("make_lead", None) in acts and ("create", lead_id) in acts


def test_a_password_is_asked_for_twice_and_not_shown(run):
    said = run("lead", "Lea", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert said.exit_code == 0, said.output
    assert PASSWORD not in said.output


@pytest.mark.parametrize(("name", "password"), [("Lea", "short"), ("", PASSWORD), ("Moderator", PASSWORD)])
def test_what_cannot_be_is_refused_in_one_sentence_and_leaves_nothing(run, name, password):
    said = run("lead", name, env={"LEAD_PASSWORD": password})
    assert said.exit_code == 1 and said.output.startswith("Error: ")
    assert session.scalars(select(User)).all() == [] == session.scalars(select(AuditEntry)).all()


def test_without_a_lead_or_with_several_it_asks_which(run):
    assert "Which lead?" in run(*COMMUNITY).output
    for name in ("Lea", "Max"):
        assert run("lead", name, env={"LEAD_PASSWORD": PASSWORD}).exit_code == 0
    assert "Lea, Max" in run(*COMMUNITY).output
    assert run(*COMMUNITY, "--by", "Max").exit_code == 0


def test_a_database_that_is_away_is_told_in_a_sentence(run):
    db.connect("postgresql+psycopg://forum@127.0.0.1:1/forum")
    for words in (["lead", "Lea"], COMMUNITY, ["migrate"], ["backup", "-"]):
        said = run(*words, env={"LEAD_PASSWORD": PASSWORD})
        assert said.exit_code == 1
        assert "Error: The database cannot be used: " in said.output, said.output


def test_so_is_one_that_was_not_prepared(run, tmp_path):
    db.connect(f"sqlite:///{tmp_path}/new.db")
    said = run("lead", "Lea", env={"LEAD_PASSWORD": PASSWORD})
    assert said.exit_code == 1
    assert said.output.startswith("Error: The database is not prepared")


@pytest.mark.parametrize("command", ["migrate", "lead", "--help"])
def test_a_setting_that_is_wrong_is_told_in_its_sentence_and_nothing_else(monkeypatch, command):
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "false")  # flask's own program leaves another one behind
    wrong = environment("sqlite://") | {"SECRET_KEY": "short"}
    said = CliRunner().invoke(flask, ["--app", "forum", command], env=wrong)
    assert said.exit_code == 2
    assert said.output == "Error: SECRET_KEY is too short: use at least 32 random characters.\n"


def test_nor_does_a_command_that_a_real_site_refuses_show_more(run, app, monkeypatch):
    monkeypatch.setitem(app.config, "SITE", replace(app.config["SITE"], site_mode="production"))
    for command in ("demo", "demo-codes"):
        said = run(command)
        assert said.exit_code == 2
        assert said.output.startswith("Error: ") and said.output.count("\n") == 1
