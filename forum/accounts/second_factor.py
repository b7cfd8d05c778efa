"""The second factor: codes of six digits that a telephone makes of a shared secret and the time (RFC 6238)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import pyotp
import segno
from sqlalchemy import delete, select, update

from forum import audit
from forum.accounts import sign_ins
from forum.accounts.models import EndedBecause, SecondFactor
from forum.db import now, session, transactional
from forum.encryption import Unreadable, decrypted, encrypted
from forum.errors import Conflict, Invalid, TooMany, Unavailable

SECONDS = 30
A_FEW = 5  # wrong codes in a row
SHORTEST_BLOCK, LONGEST_BLOCK = timedelta(minutes=1), timedelta(hours=1)
TOLD_FOR = timedelta(days=30)
EDGE = 4  # modules of white around the picture, as its standard asks


@dataclass(frozen=True)
class Picture:
    """A code to scan, as the size of a square and the path of its dark parts."""

    size: int
    path: str


def new_secret() -> str:
    """A fresh secret, as it is typed into a telephone."""
    return pyotp.random_base32()


def picture(secret: str, name: str, site_name: str) -> Picture:
    """The secret as something to scan."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=site_name)
    rows = segno.make(uri, error="m", micro=False).matrix
    dark = (
        f"M{x + EDGE} {y + EDGE}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return Picture(len(rows) + 2 * EDGE, "".join(dark))


def is_on(user_id: int) -> bool:
    """Whether a log-in of this person asks for a code."""
    return session.scalars(select(SecondFactor.id).where(SecondFactor.user_id == user_id)).first() is not None


def switch_on(user_id: int, sign_in_id: int, secret: str, code: str) -> str:
    """From now on log-ins ask for a code; answers this sign-in's new token, all others end. Raises Invalid."""
    step = _step_of(secret, code)
    if step is None:
        raise _wrong()
    return _switched_on(user_id, sign_in_id, encrypted(secret), step)


def switch_off(user_id: int, sign_in_id: int, code: str) -> str:
    """A password is enough again; answers this sign-in's new token, all others end. Raises Invalid and TooMany."""
    spend(user_id, code)
    return _switched_off(user_id, sign_in_id)


def spend(user_id: int, code: str) -> None:
    """Use a code up: it is right, and neither it nor an older one is right again.

    Raises Invalid; and TooMany when so many were wrong that no code is looked at for a while. Wrong ones are counted,
    whatever becomes of the caller.
    """
    factor = _factor(user_id)
    if factor is None:
        raise _wrong()
    waits = (factor.blocked_until - now()).total_seconds() if factor.blocked_until else 0
    if waits > 0:
        raise _blocked(waits)
    step = _step_of(_readable(factor.secret), code)
    if step is None or not _spent(user_id, step):
        _note_wrong(user_id)
        raise _wrong()


@dataclass(frozen=True)
class Guesses:
    """So many wrong codes were typed for an account, the last of them then: by somebody who knew its password."""

    count: int
    last_at: datetime


def guesses(user_id: int) -> Guesses | None:
    """What this person should know of: wrong codes of the last month, when there were many."""
    factor = _factor(user_id)
    if factor is None or factor.guessed_at is None or factor.guessed_at < now() - TOLD_FOR:
        return None
    return Guesses(factor.guesses, factor.guessed_at)


def forget(user_id: int) -> bool:
    """Switch it off without a code, inside the caller's transaction; whether it was on."""
    return bool(
        session.execute(
            delete(SecondFactor).where(SecondFactor.user_id == user_id).returning(SecondFactor.id)
        ).all()
    )


def code_now(user_id: int) -> str | None:
    """The code that this person's telephone shows now; for the demo alone."""
    kept = session.scalars(select(SecondFactor.secret).where(SecondFactor.user_id == user_id)).one_or_none()
    return pyotp.TOTP(decrypted(kept)).generate_otp(_step()) if kept is not None else None


def _factor(user_id: int) -> SecondFactor | None:
    return session.scalars(
        select(SecondFactor).where(SecondFactor.user_id == user_id).execution_options(populate_existing=True)
    ).one_or_none()


@transactional
def _spent(user_id: int, step: int) -> bool:
    taken = session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step, wrong_codes=0, blocked_until=None)
        .returning(SecondFactor.id)
    ).all()
    return bool(taken)


@transactional
def _note_wrong(user_id: int) -> None:
    """Count it. After every few no code is looked at for a while, each time for longer; then it is in the audit."""
    count = session.scalars(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id)
        .values(wrong_codes=SecondFactor.wrong_codes + 1)
        .returning(SecondFactor.wrong_codes)
    ).one_or_none()
    if count is None or count % A_FEW:
        return
    blocked_until = now() + min(SHORTEST_BLOCK * 2 ** min(count // A_FEW - 1, 10), LONGEST_BLOCK)
    session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id)
        .values(blocked_until=blocked_until, guessed_at=now(), guesses=count)
    )
    audit.record(None, "wrong_codes", "user", user_id, detail=f"in a row {count}")


@transactional
def _switched_off(user_id: int, sign_in_id: int) -> str:
    sign_ins.hold(user_id)
    forget(user_id)
    return sign_ins.renew(user_id, sign_in_id, EndedBecause.SECOND_FACTOR, proven=False)


@transactional
def _switched_on(user_id: int, sign_in_id: int, secret: str, step: int) -> str:
    sign_ins.hold(user_id)  # of two who switch it on at once the second finds it on
    if is_on(user_id):
        raise Conflict("Your second factor is on already.")
    session.add(SecondFactor(user_id=user_id, secret=secret, last_step=step, on_since=now()))
    return sign_ins.renew(user_id, sign_in_id, EndedBecause.SECOND_FACTOR, proven=True)


def _readable(kept: str) -> str:
    """The secret, or Unavailable: without the key that it was kept by nobody can tell a right code from a wrong one."""
    try:
        return decrypted(kept)
    except Unreadable:
        raise Unavailable(
            "This site cannot check your codes any more: the key that it kept their secret by is not there. It is "
            "not your doing. With a recovery code members come in without one; whoever moderates asks a lead, or "
            "whoever runs the site, to find the key again or to switch the second factor off.",
            field="code",
        ) from None


def _step_of(secret: str, code: str) -> int | None:
    """Which half minute this code is of: this one, or one to either side, for clocks that are a little off."""
    typed = "".join(letter for letter in code[:40] if letter in "0123456789")
    totp, step = pyotp.TOTP(secret), _step()
    near = (step, step - 1, step + 1)
    return next((one for one in near if hmac.compare_digest(totp.generate_otp(one), typed)), None)


def _step() -> int:
    return int(now().timestamp()) // SECONDS


def _wrong() -> Invalid:
    return Invalid(
        "This code is not right, or it was used already. Wait for the next one and type that.", field="code"
    )


def _blocked(seconds: float) -> TooMany:
    minutes = ceil(seconds / 60)
    many = "a minute" if minutes == 1 else f"{minutes} minutes"
    return TooMany(
        f"There were several wrong codes, so none is looked at for now. Please try again in {many}; nothing is lost.",
        wait=ceil(seconds),
    )
