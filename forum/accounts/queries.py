"""What whoever runs the site asks of accounts."""

from sqlalchemy import select

from forum.accounts.models import MailAddress, SecondFactor
from forum.db import session
from forum.encryption import read_or_none


def unreadable_kinds() -> int:
    """Of how many kinds of secret (addresses, second factors) the oldest or the newest one cannot be read by any key
    that we have: a key was lost, or another one was put in its place."""
    lost = 0
    for secret, number in ((MailAddress.address, MailAddress.id), (SecondFactor.secret, SecondFactor.id)):
        ends = (
            session.scalars(select(secret).order_by(by).limit(1)).first() for by in (number, number.desc())
        )
        lost += any(kept is not None and read_or_none(kept) is None for kept in ends)
    return lost
