"""The second factor: codes of six digits that a telephone makes of a shared secret and the time (RFC 6238)."""

import hmac
from dataclasses import dataclass

import pyotp
import segno
from sqlalchemy import delete, select, update

from forum.accounts import sign_ins
from forum.accounts.models import EndedBecause, SecondFactor
from forum.db import now, session, transactional
from forum.encryption import Unreadable, decrypted, encrypted
from forum.errors import Conflict, Invalid, Unavailable

SECONDS = 30
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


@transactional
def switch_off(user_id: int, sign_in_id: int, code: str) -> str:
    """A password is enough again; answers this sign-in's new token, all others end. Raises Invalid."""
    spend(user_id, code)
    forget(user_id)
    return sign_ins.renew(user_id, sign_in_id, EndedBecause.SECOND_FACTOR, proven=False)


@transactional
def spend(user_id: int, code: str) -> None:
    """Use a code up: it is right, and neither it nor an older one is right again. Raises Invalid."""
    kept = session.scalars(select(SecondFactor.secret).where(SecondFactor.user_id == user_id)).one_or_none()
    step = _step_of(_readable(kept), code) if kept is not None else None
    if step is None:
        raise _wrong()
    taken = session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.id)
    ).all()
    if not taken:
        raise _wrong()


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
