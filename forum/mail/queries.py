"""Reading how mail fares: times and kinds, never whom it is for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select

from forum import policy
from forum.db import session
from forum.mail.models import Mail, MailState
from forum.policy import Actor, Permission

LATEST = 50

# What mail is called where a lead reads of it.
KIND_WORDS = {
    "confirm_address": "To confirm an e-mail address",
    "recover_account": "The way back into an account",
    "address_is_taken": "To say that an address is used already",
}
# What the class of an error means to somebody who looks after the site.
TROUBLE_WORDS = {
    "AddressRefused": "The mail server refused the address. It may be mistyped, or gone.",
    "MailRefused": "The mail server refused this mail. Its own log says why.",
    "ConnectionRefusedError": "The mail server could not be reached.",
    "ConnectionResetError": "The mail server broke the connection off.",
    "TimeoutError": "The mail server did not answer in time.",
    "gaierror": "The mail server's name was not found.",
    "SMTPServerDisconnected": "The mail server broke the connection off.",
    "SMTPConnectError": "The mail server would not speak with us.",
    "SMTPAuthenticationError": "The mail server did not accept the user and password in MAIL_URL.",
    "SMTPSenderRefused": "The mail server did not accept the address in MAIL_FROM.",
    "SMTPRecipientsRefused": "The mail server asked to be tried again later.",
    "SMTPDataError": "The mail server asked to be tried again later.",
    "NotEncrypted": "The mail server offers no encryption, so nothing was said to it.",
    "SSLCertVerificationError": "The mail server's certificate could not be trusted.",
    "SSLError": "No encrypted connection to the mail server could be made.",
    "Unreadable": "It was encrypted by a key that is not in ENCRYPTION_KEY any more.",
    "NeverEnded": "Sending it was broken off again and again. The log of the maintenance worker may say why.",
    "TooOld": "It waited for a week and was given up.",
}


@dataclass(frozen=True)
class MailRow:
    """A mail that did not go out yet."""

    id: int
    kind_words: str
    queued_at: datetime
    trouble_words: str
    can_be_tried: bool


@dataclass(frozen=True)
class MailPage:
    """How mail fares: how many wait and since when, and the latest of what was in trouble or failed."""

    waiting_count: int
    waiting_since: datetime | None
    in_trouble: list[MailRow]
    failed: list[MailRow]


def how_mail_fares(actor: Actor) -> MailPage:
    """For leads; NotFound for everybody else."""
    policy.require(actor, Permission.KEEP_SITE)
    count, since = session.execute(
        select(func.count(), func.min(Mail.queued_at)).where(_is(MailState.WAITING))
    ).one()
    return MailPage(
        count,
        since,
        _rows(_is(MailState.WAITING) & Mail.trouble.is_not(None)),
        _rows(_is(MailState.FAILED)),
    )


def failed_count() -> int:
    """How many mails failed and can still be tried again: what a lead should look at."""
    failed = select(func.count()).where(_is(MailState.FAILED), Mail.recipient.is_not(None))
    return session.scalars(failed).one()


def _is(state: MailState) -> ColumnElement[bool]:
    return literal_column(f"mails.state = '{state.value}'")  # word for word what the partial indexes say


def _rows(which: ColumnElement[bool]) -> list[MailRow]:
    found = select(Mail).where(which).order_by(Mail.queued_at.desc(), Mail.id.desc()).limit(LATEST)
    return [
        MailRow(
            mail.id,
            KIND_WORDS.get(mail.kind, mail.kind),
            mail.queued_at,
            TROUBLE_WORDS.get(mail.trouble or "", f"Something unforeseen happened ({mail.trouble})."),
            can_be_tried=mail.state is MailState.FAILED and mail.recipient is not None,
        )
        for mail in session.scalars(found)
    ]
