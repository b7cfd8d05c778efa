"""Signing up, logging in and out. Words typed before a session ended travel through the log-in in the form itself."""

from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, current_app, redirect, render_template, request, session
from flask_login import logout_user
from werkzeug.wrappers import Response

from forum import login, mail
from forum.accounts import mail_address, recovery, service, sign_ins
from forum.accounts.entering import (
    client,
    code_page,
    enter,
    enter_or_ask,
    half_of_form,
    half_page,
    hand_over,
    onwards,
)
from forum.accounts.names import name_key
from forum.errors import Conflict, Invalid, LogInFirst
from forum.pages import Kept, answers_with, carried, own_path, stopped_on_the_way
from forum.site import door
from forum.site.door import Entry

bp = Blueprint("accounts", __name__)


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
        stopped=stopped_on_the_way(kept),
        why_ended=login.why_ended(),
    )


def _log_in_again(errors: dict[str, str]) -> str:
    return log_in_page(errors, next_path=request.form.get("next", "/"), kept=carried())


def _sign_up_again(errors: dict[str, str]) -> str:
    return _sign_up_page(errors, request.form)


def _sign_up_page(errors: dict[str, str], given: Mapping[str, str]) -> str:
    token = given.get("invitation", "")
    return render_template(
        "accounts/sign_up.html",
        errors=errors,
        kept=carried(),
        stopped=stopped_on_the_way(carried()),
        form={
            "name": given.get("name", ""),
            "next": own_path(given.get("next", "/")),
            "invitation": token,
            "agreed": given.get("agreed", ""),
        },
        way_in=door.way_in(token),
    )


@bp.get("/log-in")
def log_in_form() -> str:
    """The log-in form."""
    return log_in_page(next_path=request.args.get("next", "/"))


@bp.post("/log-in")
@answers_with(_log_in_again)
def log_in() -> Response | str:
    """Begin a sign-in, or ask for the code; then on to where the person was going, or to the words they typed."""
    name = request.form.get("name", "")
    limiter = current_app.extensions["limiter"]
    limiter.spend("log_in_address", request.remote_addr)
    limiter.spend("log_in", f"{name_key(name)} {request.remote_addr}")
    found = service.log_in(name, request.form.get("password", ""), client())
    return enter_or_ask(found, request.form.get("next", ""))


def _code_again(errors: dict[str, str]) -> str:
    half, next_path = half_of_form(), request.form.get("next", "/")
    if half is None or not service.waits_for_code(half.user_id, half.password_mark):
        return log_in_page(errors, next_path=next_path, kept=carried())
    return half_page(half, next_path, errors)


@bp.post("/log-in/code")
@answers_with(_code_again)
def log_in_code() -> Response | str:
    """The second half of a log-in."""
    half = half_of_form()
    if half is None:
        raise Invalid(
            "That took a while, so please begin again. Nothing that you wrote is lost.", field="name"
        )
    current_app.extensions["limiter"].spend("own_secret", half.user_id)
    code = request.form.get("code", "")
    enter(service.log_in_with_code(half.user_id, half.password_mark, code, client()))
    return onwards(request.form.get("next", ""))


@bp.get("/sign-up")
def sign_up_form() -> str:
    """The sign-up form."""
    asked = {name: request.args.get(name, "") for name in ("next", "invitation")}
    return _sign_up_page({}, asked)


@bp.post("/sign-up")
@answers_with(_sign_up_again)
def sign_up() -> Response | str:
    """Make an account, log in, and hand over its recovery code; then on to where the person was going."""
    if "begin" in request.form:  # from the log-in page, with words that were typed before
        return _sign_up_again({})
    current_app.extensions["limiter"].spend("sign_up", request.remote_addr)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    entry = Entry(request.form.get("agreed") == "yes", request.form.get("invitation", ""))
    user = service.sign_up(name, password, entry=entry)
    code = recovery.make(user.id)
    enter(sign_ins.begin(user.id, client()))
    hand_over(user.id, code)
    next_path = own_path(request.form.get("next", ""))
    if carried() is not None:
        return code_page(code, next_path)
    return redirect(f"/account/recovery-code?next={quote(next_path)}", 303)


def _recover_again(errors: dict[str, str]) -> str:
    form = {name: request.form.get(name, "") for name in ("name", "address")}
    return render_template("accounts/recover.html", form=form, errors=errors, mail_goes_out=mail.goes_out())


@bp.get("/recover")
def recover() -> str:
    """The form for whoever forgot their password."""
    return _recover_again({})


@bp.post("/recover")
@answers_with(_recover_again)
def recover_by_code() -> Response | str:
    """A new password and a new code; every sign-in ends and one begins."""
    name = request.form.get("name", "")
    limiter = current_app.extensions["limiter"]
    limiter.spend("recover_address", request.remote_addr)
    limiter.spend("recover", f"{name_key(name)} {request.remote_addr}")
    code, password = request.form.get("code", ""), request.form.get("password", "")
    found = recovery.recover(name, code, password, login.has_power)
    hand_over(found.user_id, found.code)
    return enter_or_ask(service.begin(found.user_id, found.mark, client()), "/account/recovery-code")


@bp.post("/recover/mail")
@answers_with(_recover_again)
def recover_by_mail() -> str:
    """Send the way back to an address; whether it is somebody's is not told here."""
    limiter = current_app.extensions["limiter"]
    limiter.spend("recover_address", request.remote_addr)
    address = mail_address.checked(request.form.get("address", ""))
    limiter.spend("mail_to", mail_address.print_of(address))
    if not mail.goes_out():
        raise Conflict("This site cannot send mail at the moment. Please try again later.", field="address")
    mail_address.ask_way_back(address)
    return render_template("accounts/recover_by_mail.html")


def _way_back_again(errors: dict[str, str], way_back: str) -> Response:
    mail_address.check_way_back(way_back)
    page = render_template("accounts/recover_by_link.html", way_back=way_back, errors=errors)
    return current_app.make_response((page, {"Cache-Control": "no-store"}))


@bp.get("/recover/<way_back>")
def recover_by_link(way_back: str) -> Response:
    """Asks for the new password; opening it uses nothing up, for programs open links too."""
    return _way_back_again({}, way_back)


@bp.post("/recover/<way_back>")
@answers_with(_way_back_again)
def recover_by_link_now(way_back: str) -> Response | str:
    """A new password and a new code; every sign-in ends and one begins."""
    current_app.extensions["limiter"].spend("recover_address", request.remote_addr)
    found = mail_address.recover(way_back, request.form.get("password", ""))
    hand_over(found.user_id, found.code)
    return enter_or_ask(service.begin(found.user_id, found.mark, client()), "/account/recovery-code")


@bp.post("/log-out")
def log_out() -> Response:
    """End this sign-in, here and in the database."""
    actor = login.actor()
    if actor.sign_in_id is not None:
        service.log_out(actor.sign_in_id)
    logout_user()
    session.clear()
    return redirect("/", 303)


@bp.post("/terms/agreement")
def agree() -> Response:
    """The person agrees to the terms that they have just read."""
    actor = login.actor()
    if actor.user_id is None:
        raise LogInFirst()
    number = request.form.get("number", "")
    service.agree_to_terms(actor.user_id, int(number[:9]) if number.isascii() and number.isdecimal() else 0)
    return redirect("/terms", 303)
