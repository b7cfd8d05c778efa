"""An e-mail address, if somebody wants to give one: a second way back into an account, and nothing else.

Nobody learns here whether an address is known: every address gets the same answer, and what differs is said by mail,
to its owner.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError

from forum import mail
from forum.accounts import passwords, recovery, sign_ins
from forum.accounts.models import EndedBecause, LinkKind, MailAddress, MailedLink, SignIn, User
from forum.accounts.recovery import Recovered
from forum.db import now, session, transactional
from forum.encryption import encrypted, fingerprint, read_or_none
from forum.errors import Invalid, NotFound

LONGEST = 254  # of any address
LASTS: dict[LinkKind, tuple[timedelta, str]] = {
    LinkKind.CONFIRM: (timedelta(days=1), "a day"),
    LinkKind.RECOVER: (timedelta(hours=1), "an hour"),
}
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}"
)


@dataclass(frozen=True)
class KeptAddress:
    """The address that somebody confirmed; `words` None: the key that it was kept by is not there any more."""

    words: str | None


def kept_of(user_id: int) -> KeptAddress | None:
    """The address that this person confirmed, if there is one."""
    kept = session.scalars(select(MailAddress.address).where(MailAddress.user_id == user_id)).one_or_none()
    return KeptAddress(read_or_none(kept)) if kept is not None else None


def checked(typed: str) -> str:
    """The address as it is written to; raises Invalid for what can be none."""
    address = typed.strip()
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        raise Invalid("This does not look like an e-mail address. Please type it again.", field="address")
    return address


def print_of(address: str) -> str:
    """By what an address is found and counted: however large its letters are typed."""
    return fingerprint(f"mail {address.casefold()}")


@transactional
def offer(user_id: int, address: str) -> None:
    """Send a link that confirms this address; or, where it belongs to another account, a mail that says so."""
    owner = session.scalars(
        select(MailAddress.user_id).where(MailAddress.fingerprint == print_of(address))
    ).one_or_none()
    taken = owner is not None and owner != user_id
    path = f"/account/email/{_linked(LinkKind.CONFIRM, user_id, address)}"
    if taken:
        mail.queue("address_is_taken", address)
    else:
        mail.queue("confirm_address", address, path=path, lasts=LASTS[LinkKind.CONFIRM][1])


def waiting_address(user_id: int, token: str) -> str:
    """The address that this link of this person would confirm; raises NotFound."""
    link = _link(LinkKind.CONFIRM, token)
    if link.user_id != user_id:
        raise _gone()
    address = read_or_none(link.address)
    if address is None:
        raise _gone()
    return address


def confirm(user_id: int, token: str) -> None:
    """The address is this person's from now on, in place of an older one; raises NotFound."""
    address = waiting_address(user_id, token)
    try:
        _confirmed(user_id, token, address)
    except IntegrityError:
        raise _gone() from None  # another account was first


@transactional
def remove(user_id: int) -> None:
    """Forget this person's address, and what was sent to it."""
    session.execute(delete(MailAddress).where(MailAddress.user_id == user_id))
    session.execute(delete(MailedLink).where(MailedLink.user_id == user_id))


@transactional
def ask_way_back(address: str) -> None:
    """Send the way back to this address if it is somebody's; the same is written when it is nobody's."""
    user_id = session.scalars(
        select(MailAddress.user_id).where(MailAddress.fingerprint == print_of(address))
    ).one_or_none()
    token = _linked(LinkKind.RECOVER, user_id, address)
    if user_id is not None:
        mail.queue("recover_account", address, path=f"/recover/{token}", lasts=LASTS[LinkKind.RECOVER][1])


def check_way_back(token: str) -> None:
    """Raise NotFound unless this link still works."""
    _link(LinkKind.RECOVER, token)


def recover(token: str, password: str) -> Recovered:
    """Set a new password by the link in a mail, once; every sign-in ends, the second factor stays."""
    passwords.check_new(password)
    user_id = _link(LinkKind.RECOVER, token).user_id
    if user_id is None:
        raise _gone()
    fresh, changed = recovery.new_code(), passwords.hashed(password)
    _recovered(user_id, token, changed, recovery.hashed(fresh))
    return Recovered(user_id, passwords.mark(changed), fresh)


@transactional
def _confirmed(user_id: int, token: str, address: str) -> None:
    _use_up(token)
    sign_ins.forget_ways_back(user_id)
    session.execute(delete(MailAddress).where(MailAddress.user_id == user_id))
    session.add(
        MailAddress(
            user_id=user_id, address=encrypted(address), fingerprint=print_of(address), confirmed_at=now()
        )
    )
    session.flush()


@transactional
def _recovered(user_id: int, token: str, password_hash: str, recovery_hash: str) -> None:
    _use_up(token)
    sign_ins.hold(user_id)
    user = session.get_one(User, user_id)
    user.password_hash, user.recovery_hash = password_hash, recovery_hash
    session.execute(delete(MailedLink).where(MailedLink.user_id == user_id))
    sign_ins.end_all(user_id, EndedBecause.RECOVERY)


def _linked(kind: LinkKind, user_id: int | None, address: str) -> str:
    """Keep a link inside the caller's transaction and answer its token; the retention job forgets it later."""
    token = secrets.token_urlsafe(32)
    session.add(
        MailedLink(
            kind=kind,
            user_id=user_id,
            token_hash=SignIn.hashed(token),
            address=encrypted(address),
            ends_at=now() + LASTS[kind][0],
        )
    )
    return token


def _link(kind: LinkKind, token: str) -> MailedLink:
    found = session.scalars(
        select(MailedLink).where(
            MailedLink.kind == kind, MailedLink.token_hash == SignIn.hashed(token), *_works(now())
        )
    ).one_or_none()
    if found is None:
        raise _gone()
    return found


def _use_up(token: str) -> None:
    """Once: of two who press, the second finds that it was used."""
    moment = now()
    used = session.execute(
        update(MailedLink)
        .where(MailedLink.token_hash == SignIn.hashed(token), *_works(moment))
        .values(used_at=moment)
        .returning(MailedLink.id)
    ).all()
    if not used:
        raise _gone()


def _works(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return MailedLink.used_at.is_(None), MailedLink.ends_at > moment


def _gone() -> NotFound:
    return NotFound("This link was used already, or it is too old. You can ask for another one.")
