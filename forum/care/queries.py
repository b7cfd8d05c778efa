"""Reading which help lines somebody of this site has checked: for pages at no cost, and for whoever runs the site."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from forum.care import help_lines
from forum.care.help_lines import HelpLine
from forum.care.models import LineCheck
from forum.db import now, session
from forum.snapshot import Snapshot
from forum.texts import Screening, Text
from moderation import cases
from moderation.screening import Level

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


def written_about(user_id: int | None) -> frozenset[str]:
    """The topics of this person's last words that suggested danger. Nothing of it is kept for them: it is read from
    what the machine found, and goes with it."""
    urgent = [level for level in Level if cases.is_urgent(level)]
    last = (
        select(Screening.seen_findings, Screening.findings)
        .join(Text, Text.id == Screening.text_id)
        .where(Text.author_id == user_id, or_(Screening.seen_level.in_(urgent), Screening.level.in_(urgent)))
        .order_by(Screening.id.desc())
        .limit(1)
    )
    found = [finding for both in session.execute(last) for some in both for finding in some or []]
    return help_lines.topics_of(finding["category"] for finding in found)


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
