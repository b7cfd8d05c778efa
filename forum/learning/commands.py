"""What whoever runs the site asks of its screener: `flask --app forum screening …`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from forum.accounts import leads
from forum.learning import again as readings
from forum.learning import report as reports
from forum.learning import service, shadow
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


@screening.command("candidate")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", required=True, help="What it is called here: small letters, digits and hyphens.")
@click.option(
    "--days", default=0, show_default=True, type=click.IntRange(0, 90), help="Read what is so old, too."
)
@click.option("--by", "lead", help="The lead who tries it; needed when there are several.")
def candidate(folder: Path, name: str, days: int, lead: str | None) -> None:
    """Let a lexicon (FOLDER/lexicons/*.toml) or a model (FOLDER/model.json.gz) read along; nothing follows from it."""
    found = [*folder.glob("lexicons/*.toml"), *folder.glob("model.json.gz")]
    files = {str(file.relative_to(folder)): file.read_bytes() for file in found}
    with told():
        service.add_candidate(actor_of(leads.one(lead)), name, files, days)
    click.echo(
        f"{name} reads along from now on. Next, after a while: flask --app forum screening differences {name}"
    )


@screening.command("differences")
@click.argument("name", required=False)
@click.option(
    "--at-most", default=50, show_default=True, type=click.IntRange(0), help="How many texts are named."
)
def differences(name: str | None, at_most: int) -> None:
    """Print where a candidate (the last one, unless named) reads otherwise: counts and the ids of texts."""
    with told():
        found = shadow.differences(service.candidate_named(name))
    for line in shadow.lines(found, at_most):
        click.echo(line)


@screening.command("live")
@click.argument("name")
@click.option("--by", "lead", required=True, help="The lead who answers for it.")
def live(name: str, lead: str) -> None:
    """Let the candidate NAME read from now on; `shipped` is what comes with the software."""
    with told():
        service.make_live(actor_of(leads.one(lead)), name)
    click.echo(
        f"{name} reads from now on, in every process within seconds. What was read before stays as it was read;"
    )
    click.echo("open cases are read again by:  flask --app forum screening again")


@screening.command("drop")
@click.argument("name")
@click.option("--by", "lead", help="The lead who decides it; needed when there are several.")
def drop(name: str, lead: str | None) -> None:
    """Let the candidate NAME read along no more."""
    with told():
        service.drop_candidate(actor_of(leads.one(lead)), name)
    click.echo(f"{name} reads along no more. What it read otherwise stays for {shadow.KEPT_FOR.days} days.")
