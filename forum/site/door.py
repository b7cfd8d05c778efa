"""Who may sign up: everybody, people with an invitation, or nobody for now. Logging in never depends on it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import joinedload

from forum import audit, policy
from forum.db import now, session, transactional
from forum.errors import Denied, Invalid, NotFound
from forum.policy import Actor, Permission
from forum.site import documents
from forum.site.models import Invitation, SignUps
from forum.site.queries import facts, facts_as_saved

MOST_USES, MOST_DAYS = 100, 60
CLOSED = "Nobody can sign up here for now. Reading and help are open to you as ever."
NOT_VALID = "This invitation does not count any more. Please ask whoever gave it to you for another one."


@dataclass(frozen=True)
class Entry:
    """What somebody brings to the door: that they say they are old enough and agree, and an invitation's token."""

    agreed: bool
    invitation: str = ""


def way_in(token: str) -> str:
    """What the door says to somebody with this token (or none): 'open', 'ask' for an invitation, 'spent', 'closed'."""
    mode = facts().sign_ups
    if mode is SignUps.INVITED:
        if not token:
            return "ask"
        return "open" if session.scalars(_valid(token)).first() else "spent"
    return "open" if mode is SignUps.OPEN else "closed"


def check(entry: Entry) -> None:
    """Refuse whoever cannot come in, before any work is done for them; raises Denied and Invalid."""
    way = way_in(entry.invitation)
    if way == "closed":
        raise Denied(CLOSED)
    if way != "open":
        raise Denied(NOT_VALID if entry.invitation else "You need an invitation to sign up here.")
    if not entry.agreed:
        age = facts().minimum_age
        raise Invalid(f"Please tick this if you are {age} or older and agree. Otherwise we cannot make an account.",
                      field="agreed")  # fmt: skip


def admit(user_id: int, entry: Entry) -> int:
    """Let them in, inside the transaction that makes the account: uses the invitation up, keeps the consent.

    The number of the terms they agreed to. Raises Denied when somebody took the invitation's last use first.
    """
    now_true = facts_as_saved()
    if now_true.sign_ups is SignUps.CLOSED:
        raise Denied(CLOSED)
    if now_true.sign_ups is SignUps.INVITED and not _used(entry.invitation):
        raise Denied(NOT_VALID)
    return documents.consented(user_id, age=now_true.minimum_age)


def invite(actor: Actor, uses: int, days: int) -> str:
    """Make an invitation and return its token, which nobody can be told again; raises Invalid."""
    policy.require(actor, Permission.INVITE)
    if not 1 <= uses <= MOST_USES:
        raise Invalid(f"Please choose a number from 1 to {MOST_USES}.", field="uses")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"Please choose from 1 to {MOST_DAYS} days.", field="days")
    token = secrets.token_urlsafe(24)  # 192 bits
    assert actor.user_id is not None
    _made(actor.user_id, Invitation.hashed(token), uses, days)
    return token


def revoke(actor: Actor, invitation_id: int) -> None:
    """End an invitation now; whoever came by it stays. NotFound when there is none."""
    policy.require(actor, Permission.INVITE)
    assert actor.user_id is not None
    _revoked(actor.user_id, invitation_id)


def invitations(actor: Actor) -> list[Invitation]:
    """Those that still count, the newest first: the whole team sees and may end all of them."""
    policy.require(actor, Permission.INVITE)
    living = (Invitation.revoked_at.is_(None), Invitation.ends_at > now(), Invitation.used < Invitation.uses)
    newest = select(Invitation).where(*living).order_by(Invitation.id.desc())
    return list(session.scalars(newest.options(joinedload(Invitation.by))))


def _valid(token: str) -> Select[int]:
    return select(Invitation.id).where(*_counts(token))


def _counts(token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.token_hash == Invitation.hashed(token),
        Invitation.revoked_at.is_(None),
        Invitation.ends_at > now(),
        Invitation.used < Invitation.uses,
    )


def _used(token: str) -> bool:
    """One update, so that of a hundred who come with the last use one is let in."""
    spent = update(Invitation).where(*_counts(token)).values(used=Invitation.used + 1)
    return session.scalars(spent.returning(Invitation.id)).first() is not None


@transactional
def _made(by_id: int, token_hash: str, uses: int, days: int) -> None:
    invitation = Invitation(
        token_hash=token_hash, by_id=by_id, made_at=now(), ends_at=now() + timedelta(days), uses=uses
    )
    session.add(invitation)
    session.flush()
    audit.record(by_id, "invite", "invitation", invitation.id, detail=f"uses {uses} days {days}")


@transactional
def _revoked(by_id: int, invitation_id: int) -> None:
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound()
    if invitation.revoked_at is None:
        invitation.revoked_at = now()
        audit.record(by_id, "revoke", "invitation", invitation.id)
