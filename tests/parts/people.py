"""The people of a test site: they act through plain HTTP, as forms do, and a browser can be given their cookie."""

import re
import sqlite3
import uuid
from contextlib import closing
from itertools import count
from typing import Any

from bench.visiting import Visitor
from forum.demo import PASSWORD
from tests.parts.processes import wait_for
from tests.parts.site import Site

OPEN = "living-with-bipolar"
CLOSED = "carers"
_numbers = count(1)
_AS_LETTERS = str.maketrans("0123456789", "ghjkmnpqrs")
_FIRST_NAMES = ("Rosa", "Finn", "Ines", "Theo", "Noor", "Olu", "Kai", "Mira")


class Person(Visitor):
    """Somebody with an account; what they do is answered with the id of what became of it."""

    def __init__(self, site: Site, name: str, address: str = "") -> None:
        super().__init__(address or site.address)
        self.site = site
        self.name = name

    @property
    def cookies(self) -> dict[str, Any]:
        """Their sign-in, as a browser context takes it (`storage_state`)."""
        name, _, value = self.cookie.partition("=")
        kept = {"name": name, "value": value, "domain": "127.0.0.1", "path": "/", "expires": -1}
        return {"cookies": [kept | {"httpOnly": True, "secure": False, "sameSite": "Lax"}], "origins": []}

    def joins(self, slug: str = OPEN) -> "Person":
        """Accept the agreement of a community."""
        self._sends(f"/communities/{slug}/join", version="1", next="/")
        return self

    def starts(self, title: str, body: str, slug: str = OPEN) -> int:
        """Begin a conversation; the thread's id."""
        place = self._sends(f"/communities/{slug}/threads", title=title, body=body, form_key=new_key())
        return int(re.findall(r"/threads/(\d+)", place)[0])

    def replies(self, thread_id: int, body: str, key: str = "") -> int:
        """Say something in a thread; the post's id."""
        form = {"body": body, "form_key": key or new_key()}
        status, _, answer = self.post(f"/threads/{thread_id}/replies", form, json_wanted=True)
        assert status == 200, answer
        return int(answer["post"]["id"])

    def edits(self, post_id: int, body: str) -> None:
        """Change one's own words."""
        page = self.get(f"/posts/{post_id}/edit")[2]
        number = re.findall(r'name="number" value="(\d+)"', page)[0]
        self._sends(f"/posts/{post_id}/edit", body=body, number=number)

    def withdraws(self, post_id: int) -> None:
        """Take one's own post back."""
        self._sends(f"/posts/{post_id}/withdrawal")

    def puts_care_away(self) -> None:
        """Close the care panel."""
        self._sends("/care/put-away", next="/")

    def claims(self, case_id: int) -> str:
        """Hold a case; the fence of the claim."""
        self._sends(f"/desk/cases/{case_id}/claim")
        fence: str = re.findall(r'name="fence" value="(\d+)"', self.get(f"/desk/cases/{case_id}")[2])[0]
        return fence

    def hides(self, post_id: int, reason: str) -> None:
        """Claim the case of a post and hide the post under the first rule that may be cited."""
        case_id = case_about(self.site, post_id)
        fence = self.claims(case_id)
        page = self.get(f"/desk/cases/{case_id}")[2]
        rule = re.findall(r'name="rule_id" value="(\d+)"', page)[0]
        self._sends(
            f"/desk/cases/{case_id}/decisions",
            kind="hide",
            rule_id=rule,
            reason=reason,
            fence=fence,
            form_key=new_key(),
        )

    def _once(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str, str, str]:
        """One connection a request, so that none is left open when a test ends."""
        try:
            return super()._once(method, path, body, headers)
        finally:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _sends(self, path: str, **fields: str) -> str:
        status, place, page = self.post(path, fields)
        assert status == 303, f"{path}: {status} {page}"
        return place


def somebody_new(site: Site, *, joined: str = OPEN) -> Person:
    """A person who has just signed up, and joined a community (none: '')."""
    number = next(_numbers)
    # Letters alone: numbers in a name can read like a weight or somebody's telephone, and are refused.
    surname = uuid.uuid4().hex[:8].translate(_AS_LETTERS)
    name = f"{_FIRST_NAMES[number % len(_FIRST_NAMES)]} {surname}"
    person = Person(site, name)
    status, _, page = person.post(
        "/sign-up", {"name": name, "password": PASSWORD, "agreed": "yes", "next": "/"}
    )
    assert status == 303, f"{status} {page}"
    return person.joins(joined) if joined else person


def somebody_known(site: Site, name: str) -> Person:
    """A person of the demo community, logged in."""
    person = Person(site, name)
    person.log_in(name, PASSWORD)
    return person


def new_key() -> str:
    """What a fresh form carries."""
    return uuid.uuid4().hex


def rows(site: Site, statement: str, *values: Any) -> list[Any]:
    """What the site's database says, read from outside."""
    with closing(sqlite3.connect(f"file:{site.data / 'forum.db'}?mode=ro", uri=True)) as database:
        return database.execute(statement, values).fetchall()


def case_about(site: Site, post_id: int) -> int:
    """The open case about a post's words, as soon as the worker has opened it."""

    def there_is_a_case() -> int:
        found = rows(
            site,
            "SELECT cases.id FROM cases JOIN posts ON posts.text_id = cases.text_id "
            "WHERE posts.id = ? AND cases.closed_at IS NULL",
            post_id,
        )
        return int(found[0][0]) if found else 0

    return wait_for(there_is_a_case, timeout=30)
