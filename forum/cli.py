"""Commands for whoever runs the site: `flask --app forum …`."""

import click
from flask import Flask

from forum import db


def init(app: Flask) -> None:
    """Add the commands to the application."""

    @app.cli.command("migrate")
    @click.option("--grant-to", "role", help="The role of Postgres that the site runs as.")
    def migrate(role: str | None) -> None:
        """Bring the database to the newest schema; says so only when there was something to do."""
        from forum.migrations import grant, upgrade

        if role and db.engine().dialect.name != "postgresql":
            raise click.ClickException("--grant-to is for Postgres: SQLite knows no roles.")
        done = upgrade(db.engine())
        if role:
            grant(db.engine(), role)
        db.disconnect()  # SQLite then leaves one whole file, and nothing beside it
        if done:
            click.echo(f"The database is prepared ({done}).")

    @app.cli.command("demo")
    def demo() -> None:
        """Put in the demo community if there is none, and print its accounts."""
        from forum import demo

        for line in demo.put_in(app.config["SITE"]):
            click.echo(line)

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

        for sign_in, where in sign_ins.addresses(name, because):
            click.echo(f"{sign_in.started_at:%Y-%m-%d %H:%M} UTC  {where}  {sign_in.device}")
        click.echo("This look is in the audit.")
