"""What whoever runs the site asks of its screener: `flask --app forum screening …`."""

import click
from flask.cli import AppGroup

from forum.learning import report as reports
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
