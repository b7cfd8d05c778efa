"""What pages share: a form that comes back with what was typed, and where to go afterwards."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app, request
from flask_login import current_user
from werkzeug.wrappers import Response

from forum import texts
from forum.errors import Refused
from moderation import cases

View = TypeVar("View", bound=Callable[..., Any])
Render = Callable[..., "str | Response"]

_SECRET = frozenset({"password", "old_password", "new_password", "code"})  # never written back into a page
_WORDS = ("title", "note", "body", "message")  # what a person says, in the order in which it is read
KEPT = "kept."  # prefix of fields that are carried through a form that is not theirs


@dataclass(frozen=True)
class Kept:
    """Words that could not be taken yet: where they were going, and every field that was typed."""

    action: str
    fields: list[tuple[str, str]]

    def get(self, name: str) -> str:
        """The value of one field, or nothing."""
        return dict(self.fields).get(name, "")


def answers_with(render: Render) -> Callable[[View], View]:
    """When this view refuses, answer with `render(errors, **view arguments)`: the form with what was typed.

    `errors` is a dict of field name (or "") to a sentence.
    """

    def mark(view: View) -> View:
        view.page_on_refusal = render  # type: ignore[attr-defined]
        return view

    return mark


def page_on_refusal(refused: Refused) -> "str | Response | None":
    """The page that the running view asked for, or None when it did not."""
    view = current_app.view_functions.get(request.endpoint or "")
    render: Render | None = getattr(view, "page_on_refusal", None)
    if render is None or request.method != "POST":
        return None
    return render({refused.field: refused.sentence}, **(request.view_args or {}))


def kept_words() -> Kept | None:
    """What was typed into the form of this request, or travels in it, if it was one that carries words."""
    travelling = carried() if request.method == "POST" else None
    if travelling is not None:
        return travelling
    fields = [(name, value) for name, value in request.form.items() if name not in _SECRET]
    if request.method != "POST" or not any(
        name in ("title", "body", "message", "note", "reason", "purpose") for name, _ in fields
    ):
        return None
    return Kept(request.path, fields)


def carried() -> Kept | None:
    """The words that this form carries through, if there are any."""
    action = request.form.get("kept_action", "")
    fields = [
        (name.removeprefix(KEPT), value)
        for name, value in request.form.items()
        if name.startswith(KEPT) and name.removeprefix(KEPT) not in _SECRET
    ]
    return Kept(own_path(action), fields) if action and fields else None


@dataclass(frozen=True)
class Stopped:
    """Words that suggest danger and that something stopped: who to reach now, and one press that tells the team."""

    team_url: str | None
    body: str
    form_key: str


def stopped_words(form: "Kept | Mapping[str, str]", slug: str | None) -> Stopped | None:
    """Like `stopped`, for all the words of a form read together: danger may stand in any of them."""
    words = [(form.get(name) or "").strip() for name in _WORDS]
    return stopped("\n\n".join(filter(None, words)), slug)


def stopped_on_the_way(kept: Kept | None) -> Stopped | None:
    """Like `stopped`, for words that travel through a form that is not theirs."""
    return stopped_words(kept, None) if kept else None


def stopped(body: str, slug: str | None) -> Stopped | None:
    """The words of a form that was refused, when they suggest danger; the community is known by its slug."""
    if not body.strip() or not cases.is_urgent(texts.level_of(body)):
        return None
    team_url = f"/communities/{slug}/team" if slug and current_user.is_authenticated else None
    return Stopped(team_url, body, new_form_key())


def new_form_key() -> str:
    """A key that makes the same form, sent twice, one thing."""
    return uuid.uuid4().hex


def own_path(path: str, otherwise: str = "/") -> str:
    """`path` if it is a place on this site, else another one: a link must not send people away after log-in."""
    outside = not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(c) < 32 for c in path)
    return otherwise if outside else path


def readable_path(path: str, otherwise: str = "/") -> str:
    """`path` if it can be read, else another one: some places only take forms."""
    return path if current_app.url_map.bind("").test(path, "GET") else otherwise


def wants_json() -> bool:
    """Whether a script of ours asks, and not a browser for a page."""
    return request.accept_mimetypes.best == "application/json"
