"""What people say of the machine's readings: kept with what they were about, counted, and learnt from by nobody alone.

A label holds ids, levels and categories, and no word of the text. It says in which role somebody spoke, not who.
"""

from sqlalchemy import Select, select

from forum import audit
from forum.accounts.models import SiteRole
from forum.db import now, session, transactional
from forum.desk import queries
from forum.desk.models import Case, DecisionKind, Label, Said, Signal, Speaker
from forum.desk.wording import MARK_WORDS
from forum.errors import NotFound
from forum.policy import Actor
from forum.texts import Screening, Text, TextVersion
from moderation.screening import Level


@transactional
def mark(actor: Actor, case_id: int, said: Said) -> Label:
    """Say whether the machine read these words rightly; the last mark counts, the same again is no other.

    It changes nothing about the case, and may come after it was closed.
    """
    if said not in MARK_WORDS:
        raise ValueError(f"{said} is told by what somebody does")
    case = queries.found(actor, case_id)
    session.get_one(Text, case.text_id, with_for_update=True)  # nobody erases the words meanwhile
    case = queries.found(actor, case_id, lock=True)
    last = queries.last_mark(case.id)
    if last is not None and last.said is said:
        return last
    label = kept(actor, case, said)
    if label is None:
        raise NotFound()  # nothing of it was read yet, or the words are gone
    audit.record(actor.user_id, "mark", "case", case.id, space_id=case.space_id, detail=said.value)
    return label


def kept(actor: Actor, case: Case, said: Said, level: Level | None = None) -> Label | None:
    """Keep, inside the caller's transaction, what somebody's act or mark says of the reading behind this case.

    `level` is the one that they gave it. None where the machine's part in it is no more.
    """
    read = session.scalars(_behind(case.id)).all()
    if not read:
        return None
    reading = max(read, key=lambda one: ((one.level or one.seen_level).rank, one.version_id))
    found = reading.findings if reading.findings is not None else reading.seen_findings
    label = Label(
        case_id=case.id,
        version_id=reading.version_id,
        said=said,
        said_level=level,
        speaker=Speaker.LEAD if actor.role is SiteRole.LEAD else Speaker.MODERATOR,
        level=reading.level or reading.seen_level,
        categories=sorted({finding["category"] for finding in found}),
        screener=reading.screener,
        at=now(),
    )
    session.add(label)
    session.flush()
    return label


def said_by(kind: DecisionKind) -> Said:
    """What a decision says of the reading."""
    return Said(kind.value)


def _behind(case_id: int) -> Select[Screening]:
    return (
        select(Screening)
        .join(TextVersion, TextVersion.id == Screening.version_id)
        .where(
            Screening.version_id.in_(select(Signal.version_id).where(Signal.case_id == case_id)),
            TextVersion.erased_at.is_(None),
        )
    )
