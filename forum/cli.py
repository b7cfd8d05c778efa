"""Commands for whoever runs the site: `flask --app forum …`."""

import os
import sys
from pathlib import Path
from typing import IO

import click
from flask import Flask

from forum import db
from forum.terminal import told

NOT_IN_A_BACKUP = """\
It holds everything people wrote: keep it encrypted, away from this machine, and no longer than you promised.
Not in it: SECRET_KEY and ENCRYPTION_KEY. Keep them apart from it; without ENCRYPTION_KEY e-mail addresses and
second factors cannot be read again."""
AFTER_A_RESTORE = """\
Next: start the site with the same SECRET_KEY and ENCRYPTION_KEY, log in, and look at the desk and its dates.
Everybody logs in again, and links that were mailed work no more. Passwords, roles and second factors are those of the
backup: change again what was changed since, first of all what was changed to keep somebody out.
What was written after the backup is gone, and mail that was waiting then is sent (again)."""


def init(app: Flask) -> None:
    """Add the commands to the application."""
    _add_first_steps(app)
    _add_backup(app)
    _add_retention(app)
    _add_screening(app)

    @app.cli.command("migrate")
    @click.option("--grant-to", "role", help="The role of Postgres that the site runs as.")
    @click.option("--demo", "with_demo", is_flag=True, help="And put in the demo, in the same process.")
    def migrate(role: str | None, with_demo: bool) -> None:
        """Bring the database to the newest schema; says so only when there was something to do."""
        from forum import demo as demos
        from forum.migrations import grant, upgrade
        from forum.site import documents

        if role and db.engine().dialect.name != "postgresql":
            raise click.ClickException("--grant-to is for Postgres: SQLite knows no roles.")
        with told():
            done = upgrade(db.engine())
            documents.begin()
            if role:
                grant(db.engine(), role)
            lines = list(demos.put_in(app.config["SITE"])) if with_demo else []
        db.disconnect()  # SQLite then leaves one whole file, and nothing beside it
        if done:
            click.echo(f"The database is prepared ({done}).")
        for line in lines:
            click.echo(line)

    @app.cli.command("demo")
    def demo() -> None:
        """Put in the demo community if there is none, and print its accounts."""
        from forum import demo

        with told():
            for line in demo.put_in(app.config["SITE"]):
                click.echo(line)

    _add_commands_of_accounts(app)


def _add_commands_of_accounts(app: Flask) -> None:
    @app.cli.command("address")
    @click.argument("name")
    @click.option(
        "--because",
        required=True,
        type=click.Choice(["life-at-risk", "court-order"]),
        help="Why; it is written into the audit.",
    )
    def address(name: str, because: str) -> None:
        """Print the network addresses of somebody's log-ins of the last 30 days, when a life is at risk."""
        from forum.accounts import sign_ins

        with told():
            found = sign_ins.addresses(name, because)
        for sign_in, where in found:
            said = where or "(ENCRYPTION_KEY has no key that reads it)"
            click.echo(f"{sign_in.started_at:%Y-%m-%d %H:%M} UTC  {said}  {sign_in.device}")
        click.echo("This look is in the audit.")

    @app.cli.command("demo-codes")
    def demo_codes() -> None:
        """Print the codes that demo accounts are asked for now, where their second factor was switched on."""
        from forum import demo

        with told():
            for line in demo.codes(app.config["SITE"]):
                click.echo(line)

    @app.cli.command("reset-second-factor")
    @click.argument("name")
    def reset_second_factor(name: str) -> None:
        """Switch off the second factor of a lead who lost theirs and has no other lead to ask."""
        from forum.accounts import service

        with told():
            service.reset_second_factor(name)
        click.echo("It is off. They log in with their password now, and should switch it on again at once.")


def _add_first_steps(app: Flask) -> None:
    @app.cli.command("lead")
    @click.argument("name")
    @click.password_option(envvar="LEAD_PASSWORD", help="Asked for when it is not in LEAD_PASSWORD.")
    def lead(name: str, password: str) -> None:
        """Make a lead: who looks after the whole site, and makes communities."""
        from forum.accounts import leads, recovery

        with told():
            made = leads.make(name, password)
        click.echo(f"{made.name} is a lead.")
        click.echo(f"Recovery code, shown this once: {recovery.make(made.id)}")
        click.echo(
            "With it a forgotten password is made anew, without e-mail. Keep it where only you find it."
        )
        click.echo(
            "Next: log in, switch on the second factor (Account), and write the facts of the site (/site);"
        )
        click.echo("then make the first community:  flask --app forum community")

    @app.cli.command("community")
    @click.option("--name", prompt="What is it called")
    @click.option("--purpose", prompt="What is it there for")
    @click.option("--for-whom", prompt="Who is it for")
    @click.option("--open/--members-only", "is_open", default=True, help="Whether anyone may read.")
    @click.option("--by", "lead", help="The lead who makes it; needed when there are several.")
    def community(name: str, purpose: str, for_whom: str, is_open: bool, lead: str | None) -> None:
        """Make a community with a first agreement."""
        from forum.accounts import leads
        from forum.communities import service
        from forum.login import actor_of

        with told():
            space = service.make(
                actor_of(leads.one(lead)), service.Plan(name, purpose, for_whom, is_open=is_open)
            )
        click.echo(f"The community is at /communities/{space.slug}, with an agreement to begin with.")
        click.echo("Next: read its agreement and say who moderates it, at /site/communities.")


def _add_backup(app: Flask) -> None:
    @app.cli.command("backup")
    @click.argument("file")
    def backup(file: str) -> None:
        """Write everything in the database into FILE (`-`: to the standard output), as it is at this moment."""
        from forum import backup

        whole, part = Path(file), Path(f"{file}.part")
        if file == "-":
            with told():
                rows = backup.write(db.engine(), sys.stdout.buffer)
        elif whole.exists():
            raise click.ClickException(f"{file} is there already and stays as it is: name another file.")
        else:
            with told(), os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                rows = backup.write(db.engine(), out)
                out.flush()
                os.fsync(out.fileno())
            part.replace(whole)
        click.echo(f"{sum(rows.values())} rows of {len(rows)} tables are in the backup.", err=True)
        click.echo(NOT_IN_A_BACKUP, err=True)

    @app.cli.command("restore")
    @click.argument("file", type=click.File("rb"))
    def restore(file: IO[bytes]) -> None:
        """Fill a new, migrated database from FILE (`-`: from the standard input), written by `backup`."""
        from forum import backup

        try:
            with told():
                rows = backup.read(db.engine(), file)
        except backup.CannotRestore as why:
            raise click.ClickException(str(why)) from None
        click.echo(f"{sum(rows.values())} rows of {len(rows)} tables are back.")
        click.echo(AFTER_A_RESTORE)


def _add_screening(app: Flask) -> None:
    from forum.care.commands import care
    from forum.learning import commands

    app.cli.add_command(commands.screening)
    app.cli.add_command(care)


def _add_retention(app: Flask) -> None:
    @app.cli.command("retention")
    def keep() -> None:
        """End what has been kept long enough, as the clock does every hour, and print the counts."""
        from forum import retention

        before = retention.last_run()
        for name, count in retention.keep().items():
            click.echo(f"{name.replace('_', ' ')}: {count}")
        click.echo(f"Before that it ran {before:%Y-%m-%d %H:%M} UTC." if before else "It never ran before.")
