"""Reading which help lines somebody of this site has checked: for pages at no cost, and for whoever runs the site."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.care import help_lines
from forum.care.help_lines import HelpLine
from forum.care.models import LineCheck
from forum.db import now, session
from forum.snapshot import Snapshot

COUNTS_FOR = timedelta(days=90)  # numbers and hours change often: after that a line wants to be checked again
Checks = dict[tuple[str, str], datetime]  # a line's id and mark, and when it was checked last


@dataclass(frozen=True)
class Unsure:
    """A line that should be checked; `checked_at` is None when nobody of this site ever did, as it is written now."""

    line: HelpLine
    checked_at: datetime | None


def checked_at(line: HelpLine) -> datetime | None:
    """When somebody of this site checked the line as it is written now, as far as this process knows; waits for no
    database. None: nobody did, or it is not known."""
    return _known.known(patience=0.1).get((line.id, line.mark))


def unsure_lines() -> list[Unsure]:
    """Every line that nobody has checked within the last 90 days, as the database has it at this moment."""
    checks = _read(session(), {})
    found = [Unsure(line, checks.get((line.id, line.mark))) for line in help_lines.every_line()]
    return [one for one in found if one.checked_at is None or is_old(one.checked_at)]


def is_old(checked_at: datetime) -> bool:
    """Whether a check does not count any more."""
    return now() - checked_at > COUNTS_FOR


def forget() -> None:
    """Read afresh when next asked: this process changed something."""
    _known.forget()


def _read(reader: Session, _: Checks) -> Checks:
    rows = reader.execute(select(LineCheck.line_id, LineCheck.mark, LineCheck.at).order_by(LineCheck.id))
    return {(line_id, mark): at for line_id, mark, at in rows}


_known: Snapshot[Checks] = Snapshot({}, _read)
