"""The table of who gets what (access.txt), read; and a small world in which every line of it can be asked.

To add a line about a route, write it into access.txt. To add a kind of thing, put it into `_things`; what a form
holds beyond plain words goes into `_facts`.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from forum import db, mail, texts
from forum.accounts import mail_address
from forum.accounts.models import LinkKind, SignIn
from forum.db import session, transactional
from forum.desk import service as desk
from forum.desk.models import Case, DecisionKind
from forum.mail.models import Mail, MailState
from forum.policy import STRANGER, Actor
from forum.site import door
from forum.spaces.models import Membership
from forum.threads import service as threads
from tests.forum import cast as people
from tests.forum.browsing import Browser
from tests.forum.cast import PASSWORD, Cast, new_key

TABLE = Path(__file__).with_name("access.txt")
WHO = "vsmaoMNeLx"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LINE = "LINE"
MISSING = "missing"

WORRYING = "I feel so hopeless these days and I cannot see it getting better."
STATUS = {401: "l", 403: "d", 404: "-", 409: "c", 422: "i", 503: "t"}


@dataclass
class Row:
    """One route or event, with what is sent to it: for each kind of thing a letter for everybody."""

    method: str
    rule: str
    form: dict[str, str]
    cells: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join((self.method, self.rule, *(f"{name}={value}" for name, value in self.form.items())))

    @property
    def key(self) -> tuple[str, str]:
        """What a new one must be decided by."""
        return (self.method, self.rule)


def rows() -> list[Row]:
    """The table; ValueError for a line that says nothing or too little."""
    found: list[Row] = []
    for line in TABLE.read_text().splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        letters = "".join(words[-len(WHO) :]) if all(len(word) == 1 for word in words[-len(WHO) :]) else ""
        rest = words[: -len(WHO)] if letters else words
        if letters and len(letters) != len(WHO):
            raise ValueError(f"a letter for each of {WHO}: {line}")
        if line.startswith(" "):
            found[-1].cells[" ".join(rest)] = letters
            continue
        method, rule, *form = rest
        found.append(Row(method, rule, dict(value.split("=", 1) for value in form)))
        if letters:
            found[-1].cells[""] = letters
    return found


def asked_of(app: Flask, events: list[str]) -> set[tuple[str, str]]:
    """Everything that can be asked of this application."""
    routes = {(method, str(rule)) for rule in app.url_map.iter_rules() for method in _methods(rule)}
    return routes | {(LINE, event) for event in events}


def _methods(rule: Rule) -> Iterator[str]:
    yield from sorted((rule.methods or set()) & set(METHODS))


class World:
    """People, things of every kind, and each person's browser; `reset` undoes what an answer did."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        self.cast = people.gathered()
        self.actors = self._who()
        self._cookies = {letter: self._cookie(actor) for letter, actor in self.actors.items()}
        self.things = _things(self.cast)
        self.facts = _facts(self.cast)
        session.remove()
        self._file = url.removeprefix("sqlite:///") if url.startswith("sqlite") else None
        self._kept = self._snapshot()

    def browser(self, letter: str) -> Browser:
        """A browser of this person that forgets what happened in it."""
        client = self.app.test_client()
        if self._cookies[letter]:
            client.set_cookie("session", self._cookies[letter])
        assert isinstance(client, Browser)
        return client

    def path(self, row: Row, thing: str) -> str:
        """Where to ask about this thing."""
        rule = next(
            rule
            for rule in self.app.url_map.iter_rules()
            if str(rule) == row.rule and row.method in (rule.methods or ())
        )
        values = _missing(rule) if thing == MISSING else self.things.get(thing, {})
        return self.app.url_map.bind("localhost").build(
            rule.endpoint, {name: values[name] for name in rule.arguments}, method=row.method
        )

    def form(self, row: Row) -> dict[str, Any]:
        """What is sent, with the facts put in."""
        return {
            name: self.facts[value[1:]] if value[:1] == "@" else value for name, value in row.form.items()
        }

    def kinds_for(self, row: Row) -> set[str]:
        """The things that a line of this route must be about; the empty one where the rule names none."""
        if row.method == LINE:
            arguments = {"thread_id"} if row.rule.startswith("thread.") else set()
        else:
            arguments = next(r.arguments for r in self.app.url_map.iter_rules() if str(r) == row.rule)
        if not arguments:
            return {""}
        return {name for name, values in self.things.items() if arguments <= set(values)}

    def reset(self) -> None:
        """Everything as it was in the beginning (SQLite only)."""
        session.remove()
        assert self._kept is not None
        assert self._file is not None
        with sqlite3.connect(self._file) as there:
            self._kept.backup(there)
        there.close()

    def _snapshot(self) -> sqlite3.Connection | None:
        if self._file is None:
            return None
        kept = sqlite3.connect(":memory:", check_same_thread=False)
        with sqlite3.connect(self._file) as there:
            there.backup(kept)
        there.close()
        return kept

    def _who(self) -> dict[str, Actor]:
        cast = self.cast
        everybody = (
            STRANGER,
            cast.olu,
            cast.ben,
            cast.ana,
            cast.omar,
            cast.maya,
            cast.noor,
            cast.kim,
            cast.lea,
            cast.lou,
        )
        return dict(zip(WHO, everybody, strict=True))

    def _cookie(self, actor: Actor) -> str:
        if not actor.known:
            return ""
        kept = people.log_in(self.app.test_client(), actor).get_cookie("session")
        assert kept is not None
        return kept.value


def letter_of(answer: TestResponse) -> str:
    """What the answer comes to, as one letter of the table; the status itself when the table has none for it."""
    if answer.status_code == 303 and answer.headers["Location"].startswith("/log-in?next="):
        return "l"
    if answer.status_code in (200, 204, 303):
        return "y"
    return STATUS.get(answer.status_code, str(answer.status_code))


def _missing(rule: Rule) -> dict[str, Any]:
    kinds = rule._converters  # private, but the one place that says what an address holds
    return {
        name: 999_999 if isinstance(kinds[name], IntegerConverter) else "nowhere" for name in rule.arguments
    }


def _facts(cast: Cast) -> dict[str, Any]:
    return {
        "key": "the-key-of-this-form",
        "password": PASSWORD,
        "new": f"{PASSWORD} too",
        "rule": cast.rule_ids[0],
        "until": f"{db.now() + timedelta(hours=2):%Y-%m-%dT%H:%MZ}",
    }


def _things(cast: Cast) -> dict[str, dict[str, Any]]:
    """One thing of every kind, by the names of the table: what an address about it holds."""
    talk = threads.start(cast.ana, cast.slug, "Mornings", "Kettle first.", new_key())
    private = threads.start(cast.ana, cast.private_slug, "Six weeks", "It is quiet here.", new_key())
    withdrawn = threads.reply(cast.ana, talk.thread_id, "Not this.", new_key())
    threads.withdraw(cast.ana, withdrawn.id)
    hidden = threads.reply(cast.ana, talk.thread_id, "Too much.", new_key())
    transactional(threads.hide)(hidden.id, "A rule")
    reach_out = _with_the_team(cast)
    answer = threads.reply(cast.ana, reach_out.thread_id, "Better.", new_key())
    return {
        "another sign-in of the author": {"sign_in_id": _sign_in(cast.ana)},
        "document": {"kind": "terms"},
        "version": {"number": 1},
        "invitation": {"invitation_id": _invitation(cast)},
        "link to confirm of the author": {"confirmation": _mailed(LinkKind.CONFIRM, cast.ana)},
        "way back of the author": {"way_back": _mailed(LinkKind.RECOVER, cast.ana)},
        "somebody with power": {"user_id": cast.maya.user_id},
        "somebody without power": {"user_id": cast.ana.user_id},
        "file": {"filename": "icons/icon.svg"},
        "open community": {"slug": cast.slug},
        "private community": {"slug": cast.private_slug},
        "thread": {"thread_id": talk.thread_id},
        "private thread": {"thread_id": private.thread_id},
        "reach-out": {"thread_id": reach_out.thread_id},
        "post": {"post_id": talk.id},
        "private post": {"post_id": private.id},
        "withdrawn post": {"post_id": withdrawn.id},
        "hidden post": {"post_id": hidden.id},
        "post to the team": {"post_id": answer.id},
        "post as the team": {"post_id": reach_out.id},
        "post of who left": {"post_id": _before_leaving(cast)},
        "case nobody holds": {"case_id": _case(cast.ana, cast.slug)},
        "case that Maya holds": {"case_id": _held(cast, _case(cast.ana, cast.slug))},
        "closed case": {"case_id": _closed(cast, _case(cast.ana, cast.slug))},
        "case elsewhere": {"case_id": _case(cast.kim, cast.other_slug)},
        "failed mail": {"mail_id": _mail(MailState.FAILED)},
        "sent mail": {"mail_id": _mail(MailState.SENT)},
    }


def _invitation(cast: Cast) -> int:
    door.invite(cast.lea, 5, 7)
    return door.invitations(cast.lea)[0].id


@transactional
def _sign_in(actor: Actor) -> int:
    row = SignIn(user_id=actor.user_id, token_hash=SignIn.hashed("another device"), started_at=db.now())
    session.add(row)
    session.flush()
    return row.id


@transactional
def _mailed(kind: LinkKind, actor: Actor) -> str:
    return mail_address._linked(kind, actor.user_id, "ana@mail.example")


@transactional
def _with_the_team(cast: Cast) -> Any:
    assert cast.ana.user_id is not None
    assert cast.maya.user_id is not None
    words = texts.drafted("How are you today?")
    return threads.begin_reach_out(
        cast.maya.user_id, cast.space_id, cast.ana.user_id, "From the team", words, new_key()
    )


def _before_leaving(cast: Cast) -> int:
    _stays(cast.lou, cast.private_id, for_a_moment=True)
    member = Actor(cast.lou.user_id, cast.lou.name, memberships=cast.ana.memberships)
    post = threads.start(member, cast.private_slug, "Goodbye for now", "I am moving away.", new_key())
    _stays(cast.lou, cast.private_id, for_a_moment=False)
    return post.id


@transactional
def _stays(actor: Actor, space_id: int, *, for_a_moment: bool) -> None:
    membership = session.scalars(
        select(Membership).where(Membership.user_id == actor.user_id, Membership.space_id == space_id)
    ).one()
    membership.ended_at = None if for_a_moment else db.now()


def _case(author: Actor, slug: str) -> int:
    text_id = threads.start(author, slug, "Nights", WORRYING, new_key()).text_id
    for reading in session.scalars(select(texts.Screening.id).where(texts.Screening.text_id == text_id)):
        desk.screen(reading)
    return session.scalars(select(Case.id).where(Case.text_id == text_id)).one()


def _held(cast: Cast, case_id: int) -> int:
    desk.claim(cast.maya, case_id)
    return case_id


def _closed(cast: Cast, case_id: int) -> int:
    desk.claim(cast.maya, case_id)
    desk.decide(cast.maya, case_id, 1, DecisionKind.NOTHING_NEEDED, form_key=new_key())
    return case_id


@transactional
def _mail(state: MailState) -> int:
    mail.queue("address_is_taken", "ana@example.net")
    kept = session.scalars(select(Mail).order_by(Mail.id.desc())).all()[0]
    kept.state = state
    return kept.id
