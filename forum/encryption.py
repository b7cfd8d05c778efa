"""What we must read again and a stolen copy of the database must not tell: encrypted by keys that are not in it."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_keys: list[bytes] = []


class Unreadable(Exception):
    """This was encrypted by a key that is not among ours any more, or it was damaged."""


def use(keys: str) -> None:
    """Encrypt with the first of these keys (separated by commas) from now on, and decrypt with any of them.

    A new key is put in front; `fingerprint` goes on using the last one, so that what was found is still found.
    """
    global _keys
    _keys = [
        hashlib.sha256(b"encryption of the forum\0" + key.strip().encode()).digest()
        for key in keys.split(",")
    ]


def encrypted(words: str) -> str:
    """`words` as they may lie in a column: never the same twice, about a third longer and 100 characters more."""
    return _box().encrypt(words.encode()).decode()


def decrypted(kept: str) -> str:
    """The words again; raises Unreadable."""
    try:
        return _box().decrypt(kept.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def read_or_none(kept: str) -> str | None:
    """The words again, or None when no key of ours reads them any more."""
    try:
        return decrypted(kept)
    except Unreadable:
        return None


def fingerprint(words: str) -> str:
    """The same 64 characters for the same words, by which they are found without being kept."""
    return hmac.new(_in_use()[-1], words.encode(), hashlib.sha256).hexdigest()


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in _in_use()])


def _in_use() -> list[bytes]:
    if not _keys:
        raise RuntimeError("encryption.use was not called")
    return _keys
