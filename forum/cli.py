"""Commands for whoever runs the site: `flask --app forum …`."""

import click
from flask import Flask

from forum import db


def init(app: Flask) -> None:
    """Add the commands to the application."""

    @app.cli.command("migrate")
    def migrate() -> None:
        """Bring the database to the newest schema; says so only when there was something to do."""
        from forum.migrations import upgrade

        done = upgrade(db.engine())
        db.disconnect()  # SQLite then leaves one whole file, and nothing beside it
        if done:
            click.echo(f"The database is prepared ({done}).")

    @app.cli.command("demo")
    def demo() -> None:
        """Put in the demo community if there is none, and print its accounts."""
        from forum import demo

        for line in demo.put_in(app.config["SITE"]):
            click.echo(line)
