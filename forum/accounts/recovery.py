"""The recovery code: kept on paper by its person, by us only as a hash; with it an account gets a new password."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import update

from forum.accounts import passwords, second_factor, sign_ins
from forum.accounts.models import EndedBecause, User
from forum.accounts.service import named
from forum.db import session, transactional
from forum.errors import Invalid

# No letter that could be another one in a hasty hand: no O or 0, I, L or 1, S or 5, B or 8, Z or 2, U.
ALPHABET = "ACDEFGHJKMNPQRTVWXY34679"
GROUPS, LETTERS = 5, 4  # twenty letters of twenty-four: 91 bits
LONGEST_TYPED = 200


@dataclass(frozen=True)
class Recovered:
    """Whose account it is, the mark of its new password, and the code that replaces what was used."""

    user_id: int
    mark: str
    code: str


def new_code() -> str:
    """A fresh code, as it is shown: `ACDE-FGHJ-…`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))


def make(user_id: int, mark: str | None = None) -> str:
    """Give this person a new code and answer it; an older one opens nothing any more.

    Raises Invalid when `mark` is not that of their password any more.
    """
    code = new_code()
    _kept(user_id, hashed(code), mark)
    return code


def recover(
    name: str, code: str, password: str, has_power: Callable[[int], bool] = lambda _: False
) -> Recovered:
    """Set a new password by name and code; every sign-in ends. Raises Invalid with one answer for every way to be
    wrong, after the same work.

    The second factor goes too, for a telephone may be what was lost; but not that of somebody who has power over
    others, for which a lead must be asked.
    """
    passwords.check_new(password)
    user = named(name)
    kept = user.recovery_hash if user else None
    if not passwords.matches(kept, _plain(code)) or user is None:
        raise Invalid("This name and this code do not go together. Please look at both again.", field="name")
    fresh = new_code()
    keeps_factor, changed = has_power(user.id), passwords.hashed(password)
    _recovered(user.id, kept, changed, hashed(fresh), keeps_factor)
    return Recovered(user.id, passwords.mark(changed), fresh)


def hashed(code: str) -> str:
    """What is kept of a code."""
    return passwords.hashed(_plain(code))


def _plain(code: str) -> str:
    """However it was typed: small letters, spaces, dots; a U is a V that was read wrongly."""
    return re.sub(f"[^{ALPHABET}]", "", code[:LONGEST_TYPED].upper().replace("U", "V"))


@transactional
def _kept(user_id: int, recovery_hash: str, mark: str | None) -> None:
    sign_ins.hold(user_id, mark)
    session.get_one(User, user_id).recovery_hash = recovery_hash


@transactional
def _recovered(
    user_id: int, used: str | None, password_hash: str, recovery_hash: str, keeps_factor: bool
) -> None:
    """Once for each code: of two who hold it, the second finds that it was used."""
    taken = session.execute(
        update(User)
        .where(User.id == user_id, User.recovery_hash == used)
        .values(password_hash=password_hash, recovery_hash=recovery_hash)
        .returning(User.id)
    ).all()
    if not taken:
        raise Invalid("This code was used already.", field="code")
    if not keeps_factor:
        second_factor.forget(user_id)
    sign_ins.forget_ways_back(user_id)
    sign_ins.end_all(user_id, EndedBecause.RECOVERY)
