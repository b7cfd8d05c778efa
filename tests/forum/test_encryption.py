"""A copy of the database does not tell what is encrypted in it, and a new key loses nothing."""

from collections.abc import Iterator

import pytest

from forum import encryption
from forum.encryption import Unreadable, decrypted, encrypted, fingerprint

OLD, NEW = "an old key of forty characters, made up..", "a new key of forty characters, made up.."


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = encryption._keys
    encryption.use(OLD)
    yield
    encryption._keys = before


def test_what_is_encrypted_comes_back_and_is_never_the_same_twice():
    one, two = encrypted("ana@example.org"), encrypted("ana@example.org")
    assert one != two
    assert "ana" not in one
    assert decrypted(one) == decrypted(two) == "ana@example.org"


def test_a_new_key_in_front_reads_what_the_old_one_wrote_and_finds_it():
    kept, mark = encrypted("ana@example.org"), fingerprint("ana@example.org")
    encryption.use(f"{NEW},{OLD}")
    assert decrypted(kept) == "ana@example.org"
    assert fingerprint("ana@example.org") == mark
    encryption.use(NEW)
    with pytest.raises(Unreadable):
        decrypted(kept)


def test_the_new_key_is_the_one_that_writes():
    encryption.use(f"{NEW},{OLD}")
    kept = encrypted("ana@example.org")
    encryption.use(NEW)
    assert decrypted(kept) == "ana@example.org"


def test_what_was_damaged_says_so_and_nothing_of_its_content():
    with pytest.raises(Unreadable) as refused:
        decrypted("nonsense")
    assert str(refused.value) == ""
    assert refused.value.__cause__ is None


def test_nothing_is_encrypted_without_a_key():
    encryption._keys = []
    with pytest.raises(RuntimeError):
        encrypted("words")
