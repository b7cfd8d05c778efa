"""A person's own account: what there is, where they are logged in, their password."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login
from forum.accounts import service, sign_ins
from forum.accounts.routes import enter
from forum.errors import LogInFirst
from forum.login import SignedIn
from forum.pages import answers_with

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.before_request
def only_for_its_owner() -> None:
    """There is an account only for whoever is logged in."""
    if not login.actor().known:
        raise LogInFirst()


@bp.after_request
def not_kept_by_browsers(response: Response) -> Response:
    """Pages with codes and devices are not shown again from a browser's memory."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.after_app_request
def note_the_day(response: Response) -> Response:
    """Reading notes nothing; whoever does something, or opens a live page, was here today."""
    person = login.known_already()
    did_something = request.method == "POST" and response.status_code < 400
    if did_something and person is not None and not sign_ins.was_seen_today(person.sign_in):
        sign_ins.seen(person.sign_in.id)
    return response


@bp.get("")
def show() -> str:
    """What there is of an account, and the way to each part."""
    return render_template("account/show.html", name=owner().user.name)


@bp.get("/sign-ins", endpoint="sign_ins")
def show_sign_ins() -> str:
    """Where this person is logged in."""
    person = owner()
    rows = sign_ins.open_ones(person.user.id)
    return render_template("account/sign_ins.html", sign_ins=rows, this_id=person.sign_in.id)


@bp.post("/sign-ins/<int:sign_in_id>/end")
def end_sign_in(sign_in_id: int) -> Response:
    """Log another device out."""
    sign_ins.end(owner().user.id, sign_in_id)
    return redirect("/account/sign-ins", 303)


@bp.post("/sign-ins/end-others")
def end_other_sign_ins() -> Response:
    """Log all other devices out."""
    person = owner()
    sign_ins.end_others(person.user.id, person.sign_in.id)
    return redirect("/account/sign-ins", 303)


def _password_page(errors: dict[str, str]) -> str:
    return render_template("account/password.html", errors=errors)


@bp.get("/password")
def password() -> str:
    """The form for another password."""
    return _password_page({})


@bp.post("/password")
@answers_with(_password_page)
def change_password() -> Response:
    """Another password; every other device is logged out."""
    person = owner()
    spend_own_secret(person)
    old, new = request.form.get("old_password", ""), request.form.get("new_password", "")
    enter(service.change_password(person.user.id, person.sign_in.id, old, new))
    return redirect("/account", 303)


def owner() -> SignedIn:
    """Whose account this is."""
    person = login.signed_in()
    if person is None:
        raise LogInFirst()
    return person


def spend_own_secret(person: SignedIn) -> None:
    """Count a try at this person's password or code."""
    current_app.extensions["limiter"].spend("own_secret", person.user.id)
