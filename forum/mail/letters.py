"""What a mail says. `templates/mail/<kind>.txt` holds it: the first line is the subject, the rest is plain text."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

# Every kind of mail, and the facts that its text needs besides `origin`, the site's own address.
# `path` is a place on this site, which the text makes a link of.
KINDS: dict[str, frozenset[str]] = {
    "confirm_address": frozenset({"path", "lasts"}),
    "recover_account": frozenset({"path", "lasts"}),
    "address_is_taken": frozenset(),
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates" / "mail"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  plain text, in which nothing is markup
    trim_blocks=True,
)


def check(kind: str, facts: Mapping[str, str]) -> None:
    """Raise ValueError unless this is a kind of mail and these are its facts, each in one line."""
    if kind not in KINDS:
        raise ValueError(f"there is no mail of the kind {kind}")
    if set(facts) != KINDS[kind]:
        raise ValueError(f"{kind} needs {sorted(KINDS[kind])} and was given {sorted(facts)}")
    path = facts.get("path", "/")
    if not all(fact.isprintable() for fact in facts.values()) or path[:1] != "/" or path[:2] == "//":
        raise ValueError(f"a fact for {kind} is not one line, or its path is not one of this site")


def written(kind: str, facts: Mapping[str, str], origin: str) -> tuple[str, str]:
    """Subject and body. The subject is the same for everybody, so that nothing can stand in it."""
    subject, _, body = _templates.get_template(f"{kind}.txt").render(**facts, origin=origin).partition("\n")
    return subject, body.strip() + "\n"
