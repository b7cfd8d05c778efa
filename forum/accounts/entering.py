"""What pages do around a log-in: a new session, words that travel along, a recovery code that waits to be kept."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, render_template, request, session
from flask_login import login_user
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from forum import login
from forum.accounts.devices import device_of
from forum.accounts.service import LogIn
from forum.accounts.sign_ins import Client
from forum.db import now
from forum.encryption import Unreadable, decrypted, encrypted
from forum.pages import carried, own_path, stopped_on_the_way

HALF_FOR = 600  # seconds from the password to the code
CODE = "recovery_code"  # of the session
CODE_WAITS_FOR = 86_400  # seconds


def client() -> Client:
    """Where this request comes from."""
    return Client(device_of(request.user_agent.string), request.remote_addr or "")


def enter(token: str) -> None:
    """Go on under this sign-in in this browser: a new session."""
    waiting = session.get(CODE)
    session.clear()  # nothing of an earlier session lives on, but for a code that says itself whose it is
    if waiting:
        session[CODE] = waiting
    found: Any = login.manager._user_callback(token)  # the user loader that login.init registered
    login_user(found)
    session.permanent = True


def enter_or_ask(found: LogIn, next_path: str) -> Response | str:
    """On to where the person was going; or, when their second factor is on, to the page that asks for its code."""
    if found.token is None:
        until = int(now().timestamp()) + HALF_FOR
        return half_page(Half(found.user_id, found.mark, until), next_path)
    enter(found.token)
    return onwards(next_path)


@dataclass(frozen=True)
class Half:
    """A log-in that waits for its code: by which password it began, for with another one it counts no more, and until
    when it waits, however many wrong codes come."""

    user_id: int
    password_mark: str
    until: int


def half_page(half: Half, next_path: str, errors: dict[str, str] | None = None) -> str:
    """Asks for the code. That the password was right is signed and in the page; it opens nothing by itself."""
    return render_template(
        "accounts/log_in_code.html",
        half=_signer().dumps([half.user_id, half.password_mark, half.until]),
        next=own_path(next_path),
        kept=carried(),
        stopped=stopped_on_the_way(carried()),
        errors=errors or {},
    )


def half_of_form() -> Half | None:
    """Whose password was right a little while ago, as this form can prove."""
    try:
        user_id, mark, until = _signer().loads(request.form.get("half", ""))
    except (BadSignature, ValueError):
        return None
    return Half(user_id, mark, until) if until > now().timestamp() else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="half a log-in")


def onwards(next_path: str) -> Response | str:
    """To the words that were carried, or to where the person was going."""
    kept = carried()
    if kept is not None:
        return render_template("accounts/resume.html", kept=kept)
    return redirect(own_path(next_path), 303)


def hand_over(user_id: int, code: str) -> None:
    """Keep the code in this browser's session, encrypted, until its person says that they have it: a page that is
    loaded again or left by mistake loses nothing."""
    session[CODE] = encrypted(f"{user_id} {int(now().timestamp()) + CODE_WAITS_FOR} {code}")


def waiting_code(user_id: int | None) -> str | None:
    """The code that waits in this browser for this person."""
    try:
        whose, until, code = decrypted(session.get(CODE, "")).split(" ")
    except (Unreadable, ValueError):
        return None
    return code if int(whose) == user_id and int(until) > now().timestamp() else None


def code_page(code: str | None, next_path: str, errors: dict[str, str] | None = None) -> str:
    """The code, once more for whoever loads the page again; or how to make another one."""
    return render_template(
        "account/recovery_code.html",
        code=code,
        next=own_path(next_path),
        kept=carried(),
        stopped=stopped_on_the_way(carried()),
        errors=errors or {},
    )


def code_was_kept() -> None:
    """Forget the code here."""
    session.pop(CODE, None)
