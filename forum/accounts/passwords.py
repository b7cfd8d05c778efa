"""Passwords and codes: what is kept of them, and the same work whether or not there is one to compare with."""

import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from forum.errors import Invalid

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

_hasher = PasswordHasher()  # argon2id with the library's defaults, RFC 9106's low-memory profile
# Of random characters that nobody kept. It is verified when there is nothing else, so that both take the same work.
_nobody = "$argon2id$v=19$m=65536,t=3,p=4$GHqJv1nMVWrLKxeuBMlHKQ$6CwiNB/raj+T8/Za4DbrrC1BAqNsU+z6Uv3fnNtgjjc"


def hashed(secret: str) -> str:
    """What the database keeps of a password or a code."""
    return _hasher.hash(secret)


def matches(kept: str | None, secret: str) -> bool:
    """Whether this is what was kept; with nothing kept it costs the same work and is not."""
    try:
        _hasher.verify(kept or _nobody, secret[:LONGEST_PASSWORD])
        return kept is not None
    except (Argon2Error, InvalidHashError):
        return False


def mark(kept: str) -> str:
    """What changes with what is kept of a password, and tells nothing of it."""
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


def check_new(password: str, *, field: str = "password") -> None:
    """Raise Invalid for a password that is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(
            f"Please choose a password of at least {SHORTEST_PASSWORD} characters; "
            "three or four words together are good.",
            field=field,
        )
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(f"A password has at most {LONGEST_PASSWORD} characters.", field=field)
