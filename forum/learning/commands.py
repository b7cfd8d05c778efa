"""What whoever runs the site asks of its screener: `flask --app forum screening …`."""

import click
from flask.cli import AppGroup

from forum.accounts import leads
from forum.learning import again as readings
from forum.learning import report as reports
from forum.login import actor_of
from forum.terminal import told

screening = AppGroup("screening", help="How the machine reads here: counts, and who reads next. Never words.")


@screening.command("report")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3650), help="How far back.")
def report(days: int) -> None:
    """Print how often the machine asks for a look, and how often people agreed."""
    with told():
        found = reports.report(days)
    for line in reports.lines(found):
        click.echo(line)


@screening.command("again")
@click.option("--by", "lead", help="The lead who asks for it; needed when there are several.")
def again(lead: str | None) -> None:
    """Have the words of open cases read once more; asked again meanwhile, say how far that is."""
    with told():
        run = readings.begin(actor_of(leads.one(lead)))
    click.echo(
        f"Readings of open cases: {run.done} of {run.total} were made again; cases that rose by it: {run.rose}."
    )
    click.echo("The maintenance worker goes on with it. Run this again to see how far it is.")
