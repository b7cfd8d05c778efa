"""What whoever runs the site does about its help lines: `flask --app forum care …`."""

import click
from flask import current_app
from flask.cli import AppGroup

from forum.care import help_lines, queries, service
from forum.care.queries import COUNTS_FOR
from forum.terminal import told

care = AppGroup("care", help="The help lines: which of them somebody has checked.")


@care.command("verify")
@click.argument("line")
@click.option(
    "--by", required=True, help="Who checked it: a name or a role. It is kept, and shown on no page."
)
@click.option("--how", required=True, help="How, as in 'called it' or 'read its own page'.")
def verify(line: str, by: str, how: str) -> None:
    """Keep that somebody checked the help line LINE (its id) today: pages say so."""
    with told():
        checked = service.verify(line, by, how)
    click.echo(f"{checked.name} was checked by {by.strip()} today. Pages say so for {COUNTS_FOR.days} days.")


@care.command("check")
def check() -> None:
    """Say which help lines nobody has checked within 90 days; in production that is a failure (status 1)."""
    with told():
        unsure = queries.unsure_lines()
    for one in unsure:
        when = f"checked last on {one.checked_at:%Y-%m-%d}" if one.checked_at else "never checked"
        click.echo(f"{one.line.id}: {when}. {one.line.source}")
    sure = len(help_lines.every_line()) - len(unsure)
    click.echo(f"{sure} of {sure + len(unsure)} help lines were checked within {COUNTS_FOR.days} days.")
    if unsure and current_app.config["SITE"].hosted:
        raise click.ClickException(
            "People may rest their lives on these. Check each at its source, then: "
            "flask --app forum care verify LINE --by NAME --how HOW"
        )
