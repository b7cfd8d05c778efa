"""Sign-ins: one begins with each log-in; its person sees them all and ends any; what changes rights ends them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from forum import audit, outbox
from forum.accounts import passwords
from forum.accounts.models import EndedBecause, LinkKind, MailedLink, SignIn, User
from forum.accounts.names import name_key, own_key
from forum.db import now, session, transactional
from forum.encryption import encrypted, read_or_none
from forum.errors import Invalid, NotFound
from forum.events import SignInEnded

ADDRESS_KEPT_FOR = timedelta(days=30)  # from the log-in on; then the retention job forgets it


@dataclass(frozen=True)
class Client:
    """Where somebody logs in from: words for the device, and the network address."""

    device: str = "A browser"
    address: str = ""


@transactional
def begin(user_id: int, client: Client, *, proven: bool = False) -> str:
    """Begin a sign-in and return its token; `proven` when a code of the second factor was asked and right."""
    moment = now()
    address = encrypted(client.address) if client.address else None
    return _added(
        user_id, started_at=moment, seen_at=moment, device=client.device, address=address, proven=proven
    )


def hold(user_id: int, mark: str | None = None) -> None:
    """Lock the person's row inside the caller's transaction, so that what begins their sign-ins and what ends them
    take turns. Raises Invalid when `mark` is not that of their password any more."""
    kept = session.scalars(select(User.password_hash).where(User.id == user_id).with_for_update()).one()
    if mark is not None and mark != passwords.mark(kept):
        raise Invalid("The password was changed meanwhile. Please log in with the new one.", field="name")


def open_ones(user_id: int) -> Sequence[SignIn]:
    """The sign-ins of this person that are not ended, the newest first."""
    return session.scalars(
        select(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None)).order_by(SignIn.id.desc())
    ).all()


@transactional
def log_out(sign_in_id: int) -> None:
    """End this sign-in: its cookie opens nothing, its open pages hear nothing more."""
    _end(EndedBecause.LOGGED_OUT, SignIn.id == sign_in_id)


@transactional
def end(user_id: int, sign_in_id: int) -> None:
    """End one of this person's sign-ins from another one; raises NotFound when it is not theirs or not open."""
    if not _end(EndedBecause.ENDED, SignIn.user_id == user_id, SignIn.id == sign_in_id):
        raise NotFound()


@transactional
def end_others(user_id: int, sign_in_id: int) -> None:
    """End all of this person's sign-ins but this one."""
    _end(EndedBecause.ENDED, SignIn.user_id == user_id, SignIn.id != sign_in_id)


def end_all(user_id: int, because: EndedBecause) -> None:
    """End every sign-in of this person, inside the caller's transaction; who must leave none that is just beginning
    holds the person first."""
    _end(because, SignIn.user_id == user_id)


def forget_ways_back(user_id: int) -> None:
    """Links to a new password that were mailed count no more, inside the caller's transaction: whoever asked for
    one may be why this person makes their account safe."""
    session.execute(
        delete(MailedLink).where(MailedLink.user_id == user_id, MailedLink.kind == LinkKind.RECOVER)
    )


def renew(user_id: int, sign_in_id: int, because: EndedBecause, *, proven: bool | None = None) -> str:
    """End every sign-in of this person and begin one in the place of this one, inside the caller's transaction;
    answers its token. Pages that are open under this one hear nothing more until they come back with the new one."""
    hold(user_id)
    old = session.get(SignIn, sign_in_id, populate_existing=True)
    if old is None or old.user_id != user_id or old.ended_at is not None:
        raise NotFound()
    _end(because, SignIn.user_id == user_id)
    return _added(
        user_id,
        started_at=old.started_at,  # from here on the address is kept for so long and no longer
        seen_at=old.seen_at,
        device=old.device,
        address=old.address,
        proven=old.proven if proven is None else proven,
    )


@transactional
def seen(sign_in_id: int) -> None:
    """Note that this sign-in was used today; a second time on the same day changes nothing."""
    session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, or_(SignIn.seen_at.is_(None), SignIn.seen_at < _today()))
        .values(seen_at=now())
    )


def was_seen_today(sign_in: SignIn) -> bool:
    """Whether there is nothing to note."""
    return sign_in.seen_at is not None and sign_in.seen_at >= _today()


@transactional
def addresses(name: str, because: str) -> list[tuple[SignIn, str | None]]:
    """The network addresses of somebody's log-ins that are still kept, the newest first; each look is audited.

    None is one that no key of ours reads any more. `because` is a word of ours. Raises NotFound.
    """
    person = select(User.id).where(User.name_key.in_([own_key(name), name_key(name)]))
    user_id = session.scalars(person.order_by(User.name_key != own_key(name))).first()
    if user_id is None:
        raise NotFound()
    audit.record(None, "read_addresses", "user", user_id, detail=because)
    kept = select(SignIn).where(
        SignIn.user_id == user_id,
        SignIn.address.is_not(None),
        SignIn.started_at > now() - ADDRESS_KEPT_FOR,
    )
    return [
        (row, read_or_none(row.address or "")) for row in session.scalars(kept.order_by(SignIn.id.desc()))
    ]


def _added(user_id: int, **facts: Any) -> str:
    token = secrets.token_urlsafe(32)
    session.add(SignIn(user_id=user_id, token_hash=SignIn.hashed(token), **facts))
    return token


def _end(because: EndedBecause, *which: ColumnElement[bool]) -> int:
    ended = session.scalars(
        update(SignIn)
        .where(SignIn.ended_at.is_(None), *which)
        .values(ended_at=now(), ended_because=because)
        .returning(SignIn.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    for sign_in_id in ended:
        outbox.record(SignInEnded(sign_in_id))
    return len(ended)


def _today() -> datetime:
    return now().replace(hour=0, minute=0, second=0, microsecond=0)
