"""Making an account, logging in, logging out."""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forum import outbox
from forum.accounts.models import SignIn, SiteRole, User
from forum.accounts.names import LONGEST_TYPED, is_the_teams, name_key, own_key, tells
from forum.db import now, session, transactional
from forum.errors import Invalid
from forum.events import SignInEnded, TeamWrote

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LONGEST_NAME = 30

_hasher = PasswordHasher()  # argon2id with the library's defaults, RFC 9106's low-memory profile
_nobody = _hasher.hash(
    secrets.token_urlsafe()
)  # verified when a name is unknown, so that both take the same work


def sign_up(name: str, password: str, *, role: SiteRole = SiteRole.MEMBER) -> User:
    """Make an account; raises Invalid for a name that is taken or cannot be one, or for a short password."""
    name = " ".join(unicodedata.normalize("NFC", name[:LONGEST_TYPED]).split())
    _check_name(name)
    _check_password(password)
    try:
        return _added(name, _hasher.hash(password), role)
    except IntegrityError:
        raise Invalid(
            "Somebody here already goes by this name, or by one that looks like it. "
            "Please choose another, so that nobody is taken for somebody else.",
            field="name",
        ) from None


def log_in(name: str, password: str) -> str:
    """Begin a sign-in and return its token; raises Invalid with one answer for every way to be wrong."""
    user = _named(name)
    right = _matches(user.password_hash if user else _nobody, password[:LONGEST_PASSWORD])
    if user is None or not right:
        raise Invalid("This name and password do not go together. Please try again.", field="name")
    return _begun(user.id)


def log_out(sign_in_id: int) -> None:
    """End a sign-in: its cookie opens nothing from now on."""
    _ended(sign_in_id)


def tell(user_id: int) -> None:
    """The team said something to this person, inside the caller's transaction: pages say so until it is opened."""
    session.get_one(User, user_id).team_wrote_at = now()
    outbox.record(TeamWrote(user_id))


def _named(name: str) -> User | None:
    own = own_key(name)
    found = session.scalars(select(User).where(User.name_key.in_([own, name_key(name)]))).all()
    return max(found, key=lambda user: user.name_key == own, default=None)


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


def _check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(
            f"Please choose a password of at least {SHORTEST_PASSWORD} characters; "
            "three or four words together are good.",
            field="password",
        )
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(f"A password has at most {LONGEST_PASSWORD} characters.", field="password")


def _matches(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


@transactional
def _added(name: str, password_hash: str, role: SiteRole) -> User:
    user = User(name=name, name_key=name_key(name), password_hash=password_hash, role=role, created_at=now())
    session.add(user)
    session.flush()
    return user


@transactional
def _begun(user_id: int) -> str:
    token = secrets.token_urlsafe(32)
    session.add(SignIn(user_id=user_id, token_hash=SignIn.hashed(token), started_at=now()))
    return token


@transactional
def _ended(sign_in_id: int) -> None:
    session.get_one(SignIn, sign_in_id).ended_at = now()
    outbox.record(SignInEnded(sign_in_id))
