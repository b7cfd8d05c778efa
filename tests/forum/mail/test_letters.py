"""What mail says: short, the same for everybody in its subject, and never a word of what people wrote."""

import re
from pathlib import Path

import pytest

from forum.mail import KINDS
from forum.mail.letters import check, written
from forum.mail.queries import KIND_WORDS

FOLDER = Path(__file__).parents[3] / "templates" / "mail"
ORIGIN = "https://forum.example.org"


def _source(kind: str) -> str:
    return (FOLDER / f"{kind}.txt").read_text()


def test_every_kind_has_its_text_and_every_text_its_kind():
    texts = {path.stem for path in FOLDER.glob("*.txt") if not path.name.startswith("_")}
    assert texts == set(KINDS) == set(KIND_WORDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_subject_is_fixed_words_so_no_name_and_nothing_that_was_said_can_stand_in_it(kind):
    subject = _source(kind).split("\n")[0]
    assert re.fullmatch(r"[A-Z][A-Za-z ,'-]{8,60}", subject)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_asks_for_its_facts_and_for_nothing_else(kind):
    asked = set(re.findall(r"\{\{ *(\w+) *\}\}", _source(kind)))
    assert asked - {"origin"} == KINDS[kind]
    assert set(re.findall(r"\{%(.*?)%\}", _source(kind))) == {' include "_end.txt" '}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_says_why_it_came_what_to_do_if_it_was_not_you_and_who_to_turn_to(kind):
    facts = dict.fromkeys(KINDS[kind], "an hour") | ({"path": "/a/place"} if "path" in KINDS[kind] else {})
    subject, body = written(kind, facts, ORIGIN)
    assert "\n" not in subject
    assert body.startswith("Somebody, ")
    assert "If it was not you, there is nothing to do" in body
    assert body.endswith(f"{ORIGIN}/help\n")
    if "path" in facts:
        assert f"{ORIGIN}/a/place\n" in body
    assert body.isascii(), "then it travels as it is, and a link stays in one piece"
    assert max(map(len, body.split("\n"))) <= 80


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("newsletter", {}),
        ("confirm_address", {"path": "/a"}),
        ("address_is_taken", {"body": "Words"}),
        ("confirm_address", {"path": "/a\nBcc: x@example.org", "lasts": "a day"}),
        ("confirm_address", {"path": "//elsewhere.example.org", "lasts": "a day"}),
        ("confirm_address", {"path": "https://elsewhere.example.org", "lasts": "a day"}),
    ],
)
def test_what_is_not_in_the_table_is_refused(kind, facts):
    with pytest.raises(ValueError, match=r"."):
        check(kind, facts)
