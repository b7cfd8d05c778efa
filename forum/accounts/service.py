"""Making an account, logging in, logging out, and what ends sign-ins."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import audit, outbox
from forum.accounts import passwords, second_factor, sign_ins
from forum.accounts.models import EndedBecause, SiteRole, User
from forum.accounts.names import LONGEST_TYPED, is_the_teams, name_key, own_key, tells
from forum.accounts.sign_ins import Client
from forum.db import now, session, transactional
from forum.errors import Conflict, Invalid, NotFound
from forum.events import TeamWrote
from forum.site import documents, door
from forum.site.door import Entry

LONGEST_NAME = 30


@dataclass(frozen=True)
class LogIn:
    """Who showed who they are, by the password of which mark, and the token of the sign-in that began: None while a
    code is to be asked for."""

    user_id: int
    mark: str
    token: str | None


def sign_up(
    name: str, password: str, *, role: SiteRole = SiteRole.MEMBER, entry: Entry | None = None
) -> User:
    """Make an account; raises Invalid for a name that is taken or cannot be one, or for a short password.

    Whoever comes through the door brings an `entry` (forum/site/door.py); without one the host makes the account.
    """
    if entry is not None:
        door.check(entry)
    name = " ".join(unicodedata.normalize("NFC", name[:LONGEST_TYPED]).split())
    _check_name(name)
    passwords.check_new(password)
    try:
        return _added(name, passwords.hashed(password), role, entry)
    except IntegrityError:
        raise Invalid(
            "Somebody here already goes by this name, or by one that looks like it. "
            "Please choose another, so that nobody is taken for somebody else.",
            field="name",
        ) from None


def log_in(name: str, password: str, client: Client = Client()) -> LogIn:
    """Begin a sign-in, unless the second factor is still to be asked for; raises Invalid with one answer for every
    way to be wrong."""
    user = named(name)
    kept = user.password_hash if user else None
    if not passwords.matches(kept, password) or user is None or kept is None:
        raise Invalid("This name and password do not go together. Please try again.", field="name")
    return begin(user.id, passwords.mark(kept), client)


@transactional
def begin(user_id: int, mark: str, client: Client) -> LogIn:
    """Begin a sign-in of somebody who has shown who they are, unless a code is still to be asked for.

    `mark` is that of the password by which they did: raises Invalid when it was changed in that moment, for that
    ended every sign-in and must not leave this one.
    """
    sign_ins.hold(user_id, mark)
    if second_factor.is_on(user_id):
        return LogIn(user_id, mark, None)
    return LogIn(user_id, mark, sign_ins.begin(user_id, client))


def waits_for_code(user_id: int, mark: str) -> bool:
    """Whether a code can still finish a log-in that began by the password of this mark."""
    kept = session.get_one(User, user_id).password_hash
    return mark == passwords.mark(kept) and second_factor.is_on(user_id)


def log_in_with_code(user_id: int, mark: str, code: str, client: Client) -> str:
    """The other half of a log-in whose password was right; answers the sign-in's token, raises Invalid and TooMany.

    `mark` is that of the password by which it began: one that was changed meanwhile opens nothing any more.
    """
    _check_half(user_id, mark)
    second_factor.spend(user_id, code)
    return _begun_proven(user_id, mark, client)


def log_out(sign_in_id: int) -> None:
    """End a sign-in: its cookie opens nothing from now on."""
    sign_ins.log_out(sign_in_id)


def change_password(user_id: int, sign_in_id: int, old: str, new: str) -> str:
    """Another password: this sign-in goes on under the token returned, all others end; raises Invalid."""
    mark = check_password_of(user_id, old, field="old_password")
    passwords.check_new(new, field="new_password")
    return _password_changed(user_id, sign_in_id, mark, passwords.hashed(new))


def check_password_of(user_id: int, password: str, *, field: str = "password") -> str:
    """Raise Invalid unless this is the person's password; answers its mark."""
    kept = session.get_one(User, user_id).password_hash
    if not passwords.matches(kept, password):
        raise Invalid("This is not your password. Please try again.", field=field)
    return passwords.mark(kept)


@transactional
def reset_second_factor(name: str) -> None:
    """By whoever runs the site's machine, for the last lead, who has nobody to ask; audited. Raises NotFound."""
    user = named(name)
    if user is None:
        raise NotFound("Nobody here has this name.")
    forget_second_factor(None, user.id)


def forget_second_factor(by_id: int | None, user_id: int) -> None:
    """Switch somebody's second factor off for them, inside the caller's transaction: audited, and every sign-in of
    theirs ends."""
    sign_ins.hold(user_id)
    if second_factor.forget(user_id):
        audit.record(by_id, "reset_second_factor", "user", user_id)
        sign_ins.end_all(user_id, EndedBecause.RESET)


def rights_changed(user_id: int) -> None:
    """Somebody gave this person rights or took them, inside the caller's transaction: every sign-in of theirs ends.

    They log in again under a new session and are told why. Call it wherever a role of the site or of a space changes
    by another's hand; joining and leaving by oneself is not that.
    """
    sign_ins.end_all(user_id, EndedBecause.RIGHTS)


def named(name: str) -> User | None:
    """Whoever goes by this name, however it is typed."""
    own = own_key(name)
    found = session.scalars(select(User).where(User.name_key.in_([own, name_key(name)]))).all()
    return max(found, key=lambda user: user.name_key == own, default=None)


def agree_to_terms(user_id: int, number: int) -> None:
    """Keep that this person agreed to these terms; Conflict when others began while they were reading."""
    if documents.in_force().terms.number != number:
        raise Conflict("The terms were changed while you were reading. Please read the new ones.")
    _agreed(user_id, number)


def tell(user_id: int) -> None:
    """The team said something to this person, inside the caller's transaction: pages say so until it is opened."""
    session.get_one(User, user_id).team_wrote_at = now()
    outbox.record(TeamWrote(user_id))


def _check_name(name: str) -> None:
    if not name_key(name):
        raise Invalid(
            "Please choose a name that others will see, with a letter or a number in it.", field="name"
        )
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", field="name")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn", "Cs") for letter in name):
        raise Invalid(
            "This name has characters in it that cannot be seen. Please type it again.", field="name"
        )
    if is_the_teams(name):
        raise Invalid("This name could be taken for the team's. Please choose another.", field="name")
    if reason := tells(name):
        raise Invalid(reason, field="name")


@transactional
def _added(name: str, password_hash: str, role: SiteRole, entry: Entry | None) -> User:
    user = User(name=name, name_key=name_key(name), password_hash=password_hash, role=role, created_at=now())
    session.add(user)
    session.flush()
    if entry is not None:
        user.terms_number = door.admit(user.id, entry)
    return user


@transactional
def _check_half(user_id: int, mark: str) -> None:
    sign_ins.hold(user_id, mark)
    if not second_factor.is_on(user_id):
        raise Invalid("The second factor was switched off meanwhile. Please log in again.", field="name")


@transactional
def _begun_proven(user_id: int, mark: str, client: Client) -> str:
    _check_half(user_id, mark)  # again, where nothing can come in between
    return sign_ins.begin(user_id, client, proven=True)


@transactional
def _agreed(user_id: int, number: int) -> None:
    user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    if user.terms_number != number:  # the same form sent twice is one consent
        user.terms_number = documents.consented(user_id, age=None)


@transactional
def _password_changed(user_id: int, sign_in_id: int, mark: str, password_hash: str) -> str:
    sign_ins.hold(user_id, mark)
    session.get_one(User, user_id).password_hash = password_hash
    sign_ins.forget_ways_back(user_id)
    return sign_ins.renew(user_id, sign_in_id, EndedBecause.PASSWORD)
