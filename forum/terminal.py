"""How trouble is told to somebody at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from forum.config import Misconfigured
from forum.errors import Refused


class _WrongSetting(click.ClickException):
    exit_code = 2  # as when it stops the site from starting


@contextmanager
def told() -> Iterator[None]:
    """What is refused is said in its sentence, and so is a database that is away or not prepared."""
    try:
        yield
    except Refused as refusal:
        raise click.ClickException(refusal.sentence) from None
    except Misconfigured as wrong:
        raise _WrongSetting(str(wrong)) from None
    except (OperationalError, ProgrammingError) as trouble:
        cause = " ".join(str(trouble.orig).split())[:300]  # of the server and its tables, never of a row
        if isinstance(trouble, ProgrammingError) or cause.startswith("no such table"):
            raise click.ClickException(
                "The database is not prepared: run `flask --app forum migrate`."
            ) from None
        raise click.ClickException(f"The database cannot be used: {cause}") from None
