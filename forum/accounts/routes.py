"""Signing up, logging in and out. Words typed before a session ended travel through the log-in in the form itself."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from forum import login
from forum.accounts import service
from forum.accounts.devices import device_of
from forum.accounts.names import name_key
from forum.accounts.sign_ins import Client
from forum.pages import Kept, answers_with, own_path, stopped

bp = Blueprint("accounts", __name__)

KEPT = "kept."  # prefix of fields that are carried through


def log_in_page(
    errors: dict[str, str] | None = None, *, next_path: str = "/", kept: Kept | None = None
) -> str:
    """The log-in form, with the words that were typed before it if there are any."""
    form = {
        "name": request.form.get("name", "") if request.endpoint == "accounts.log_in" else "",
        "next": own_path(next_path),
    }
    return render_template(
        "accounts/log_in.html",
        form=form,
        errors=errors or {},
        kept=kept,
        stopped=stopped(kept.get("body"), None) if kept else None,
        why_ended=login.why_ended(),
    )


def _log_in_again(errors: dict[str, str]) -> str:
    return log_in_page(errors, next_path=request.form.get("next", "/"), kept=_carried())


def _sign_up_again(errors: dict[str, str]) -> str:
    form = {"name": request.form.get("name", ""), "next": own_path(request.form.get("next", "/"))}
    return render_template("accounts/sign_up.html", form=form, errors=errors)


@bp.get("/log-in")
def log_in_form() -> str:
    """The log-in form."""
    return log_in_page(next_path=request.args.get("next", "/"))


@bp.post("/log-in")
@answers_with(_log_in_again)
def log_in() -> Response | str:
    """Begin a sign-in; then on to where the person was going, or to the words they had typed."""
    name = request.form.get("name", "")
    limiter = current_app.extensions["limiter"]
    limiter.spend("log_in_address", request.remote_addr)
    limiter.spend("log_in", f"{name_key(name)} {request.remote_addr}")
    enter(service.log_in(name, request.form.get("password", ""), client()))
    kept = _carried()
    if kept is not None:
        return render_template("accounts/resume.html", kept=kept)
    return redirect(own_path(request.form.get("next", "")), 303)


@bp.get("/sign-up")
def sign_up_form() -> str:
    """The sign-up form."""
    return render_template(
        "accounts/sign_up.html", errors={}, form={"name": "", "next": own_path(request.args.get("next", "/"))}
    )


@bp.post("/sign-up")
@answers_with(_sign_up_again)
def sign_up() -> Response:
    """Make an account and log in."""
    current_app.extensions["limiter"].spend("sign_up", request.remote_addr)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    service.sign_up(name, password)
    enter(service.log_in(name, password, client()))
    return redirect(own_path(request.form.get("next", "")), 303)


@bp.post("/log-out")
def log_out() -> Response:
    """End this sign-in, here and in the database."""
    actor = login.actor()
    if actor.sign_in_id is not None:
        service.log_out(actor.sign_in_id)
    logout_user()
    session.clear()
    return redirect("/", 303)


def client() -> Client:
    """Where this request comes from."""
    return Client(device_of(request.user_agent.string), request.remote_addr or "")


def enter(token: str) -> None:
    """Go on under this sign-in in this browser: a new session."""
    session.clear()  # nothing of an earlier session lives on
    found: Any = login.manager._user_callback(token)  # the user loader that login.init registered
    login_user(found)
    session.permanent = True


def _carried() -> Kept | None:
    action = request.form.get("kept_action", "")
    fields = [
        (name.removeprefix(KEPT), value) for name, value in request.form.items() if name.startswith(KEPT)
    ]
    return Kept(own_path(action), fields) if action and fields else None
