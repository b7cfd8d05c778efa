"""Keeping mail, sending it, trying again, and forgetting it.

A mail is taken by a conditional update with a lease and marked only by who took it last, so two workers that were
handed the same mail send it once. A second copy can leave in one case: the server had accepted the mail, and before
that was written down the process was killed, the database went away, or the answer was lost on the line. Both copies
then carry one Message-ID.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, literal, select, true, update

from forum import audit, encryption, outbox, policy
from forum.db import now, session, transactional
from forum.errors import Conflict, NotFound
from forum.events import MailQueued
from forum.mail import carrier, letters
from forum.mail.carrier import AddressRefused, MailRefused
from forum.mail.models import Mail, MailState
from forum.policy import Actor, Permission

# How long to wait after each try that failed: about a day in all, since a mail server may be away for a night.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
LEASE = timedelta(minutes=5)  # a sender that has not said anything by then is gone; longer than any patience
KNOWN_FOR = timedelta(days=7)  # whom a mail was for is forgotten then, whatever became of it
KEPT_FOR = timedelta(days=30)  # that there was one, and of what kind
AT_ONCE = 50
NEVER_ENDED, TOO_OLD = "NeverEnded", "TooOld"

_FINAL = (AddressRefused, MailRefused, encryption.Unreadable)

log = logging.getLogger(__name__)


def queue(kind: str, to: str, **facts: str) -> None:
    """Keep a mail inside the caller's transaction; it is sent once that is committed.

    ValueError for a kind or facts that are not in `KINDS`, which is a mistake of ours.
    """
    letters.check(kind, facts)
    if not to.isprintable() or "@" not in to:
        raise ValueError("this is no address")
    mail = Mail(
        kind=kind,
        recipient=encryption.encrypted(to),
        facts=encryption.encrypted(json.dumps(facts)),
        next_try_at=now(),
        queued_at=now(),
    )
    session.add(mail)
    session.flush()
    outbox.record(MailQueued(mail.id))


def send(mail_id: int) -> bool:
    """Send a mail that waits. Called twice, late or while another sends it, it goes out once (see above).

    Answers False when it has to wait and others would have to as well.
    """
    way = carrier.carrier()
    taken = _taken(mail_id) if way is not None else None
    if way is None or taken is None:
        return way is not None  # where no mail is sent it waits
    try:
        subject, body = letters.written(taken.kind, taken.facts(), carrier.origin())
        name = encryption.fingerprint(f"mail {mail_id}")[:32]
        way.carry(carrier.enveloped(taken.to(), subject, body, name=name, at=taken.queued_at))
    except Exception as trouble:  # of the server, of the line, or ours: the mail must not be lost
        log.warning("mail_not_sent mail=%s kind=%s", mail_id, type(trouble).__name__)
        final = isinstance(trouble, _FINAL)
        _missed(taken, type(trouble).__name__, final=final)
        return final
    _arrived(taken)
    return True


def send_what_waits() -> None:
    """Send all that is due: what nobody was told of, what is to be tried again, what was never finished.

    Ends at the first that shows that the mail server is away; the others are due at the next tick.
    """
    due = (
        select(Mail.id)
        .where(Mail.state == MailState.WAITING, Mail.next_try_at <= now(), Mail.recipient.is_not(None))
        .order_by(Mail.next_try_at)
        .limit(AT_ONCE)
    )
    waiting = list(session.scalars(due))
    session.rollback()
    for mail_id in waiting:
        if not send(mail_id):
            return


def try_again(actor: Actor, mail_id: int | None = None) -> None:
    """Let a mail that failed wait once more, or all of them; Conflict when it is too old to be known whom it is for."""
    policy.require(actor, Permission.KEEP_SITE)
    _try_again(actor.user_id, mail_id)


@transactional
def forget() -> None:
    """Forget whom mail was for after a week, and that there was any after a month."""
    moment = now()
    old = (Mail.queued_at <= moment - KNOWN_FOR, Mail.recipient.is_not(None))
    waits = (
        Mail.state == MailState.WAITING
    )  # asked as each row is emptied: a lead may let it wait again meanwhile
    session.execute(
        update(Mail)
        .where(*old)
        .values(
            recipient=None,
            facts=None,
            state=case((waits, literal(MailState.FAILED, Mail.state.type)), else_=Mail.state),
            trouble=case((waits, TOO_OLD), else_=Mail.trouble),
        )
    )
    session.execute(delete(Mail).where(Mail.queued_at <= moment - KEPT_FOR))


@dataclass(frozen=True)
class _Taken:
    """A mail that one sender holds; `attempt` is the proof."""

    mail_id: int
    kind: str
    recipient: str
    kept_facts: str
    attempt: int
    queued_at: datetime

    def to(self) -> str:
        return encryption.decrypted(self.recipient)

    def facts(self) -> dict[str, str]:
        facts: dict[str, str] = json.loads(encryption.decrypted(self.kept_facts))
        return facts


@transactional
def _taken(mail_id: int) -> _Taken | None:
    got = session.execute(
        update(Mail)
        .where(
            Mail.id == mail_id,
            Mail.state == MailState.WAITING,
            Mail.next_try_at <= now(),
            Mail.recipient.is_not(None),
            Mail.facts.is_not(None),
        )
        .values(attempts=Mail.attempts + 1, next_try_at=now() + LEASE)
        .returning(Mail.kind, Mail.recipient, Mail.facts, Mail.attempts, Mail.queued_at)
    ).one_or_none()
    if got is None:
        return None
    taken = _Taken(mail_id, got.kind, got.recipient, got.facts, got.attempts, got.queued_at)
    if got.attempts > len(PAUSES) + 1:  # it took every sender along that tried
        _missed(taken, NEVER_ENDED, final=True)
        return None
    return taken


@transactional
def _arrived(taken: _Taken) -> None:
    _mark(taken, state=MailState.SENT, sent_at=now(), recipient=None, facts=None, trouble=None)


@transactional
def _missed(taken: _Taken, trouble: str, *, final: bool) -> None:
    trouble = trouble[:60]
    if final or taken.attempt > len(PAUSES):
        _mark(taken, state=MailState.FAILED, trouble=trouble)
    else:
        _mark(taken, next_try_at=now() + PAUSES[taken.attempt - 1], trouble=trouble)


def _mark(taken: _Taken, **values: object) -> None:
    session.execute(
        update(Mail)
        .where(Mail.id == taken.mail_id, Mail.state == MailState.WAITING, Mail.attempts == taken.attempt)
        .values(**values)
    )


@transactional
def _try_again(by_id: int | None, mail_id: int | None) -> None:
    which = true() if mail_id is None else Mail.id == mail_id
    again = session.scalars(
        update(Mail)
        .where(which, Mail.state == MailState.FAILED, Mail.recipient.is_not(None))
        .values(state=MailState.WAITING, attempts=0, next_try_at=now())
        .returning(Mail.id)
    ).all()
    if mail_id is not None and not again:
        if session.get(Mail, mail_id) is None:
            raise NotFound()
        raise Conflict("This mail is on its way already, or too old: whom it was for is not known any more.")
    for one in again:
        outbox.record(MailQueued(one))
        audit.record(by_id, "try_again", "mail", one)
