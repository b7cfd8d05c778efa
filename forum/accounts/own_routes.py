"""A person's own account: what there is, where they are logged in, their password."""

from flask import Blueprint, current_app, redirect, render_template, request, session
from werkzeug.wrappers import Response

from forum import login, mail
from forum.accounts import mail_address, recovery, second_factor, service, sign_ins
from forum.accounts.entering import code_page, code_was_kept, enter, hand_over, onwards, waiting_code
from forum.encryption import encrypted, read_or_none
from forum.errors import Conflict, Invalid, LogInFirst
from forum.login import SignedIn
from forum.pages import answers_with
from forum.site.queries import facts

WAITS = "second_factor"  # of the session: a secret that is not switched on yet

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
    return render_template(
        "account/sign_ins.html",
        sign_ins=rows,
        this_id=person.sign_in.id,
        guesses=second_factor.guesses(person.user.id),
    )


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


def _code_page(errors: dict[str, str]) -> str:
    person, form = owner(), request.form if request.method == "POST" else request.args
    return code_page(waiting_code(person.user.id), form.get("next", "/account"), errors)


@bp.get("/recovery-code")
def recovery_code() -> str:
    """The code that waits to be kept, or the form that makes a new one."""
    return _code_page({})


@bp.post("/recovery-code")
@answers_with(_code_page)
def make_recovery_code() -> Response:
    """A new code, for whoever knows the password; the old one opens nothing any more."""
    person = owner()
    spend_own_secret(person)
    mark = service.check_password_of(person.user.id, request.form.get("password", ""))
    hand_over(person.user.id, recovery.make(person.user.id, mark))
    return redirect("/account/recovery-code?next=/account", 303)


@bp.post("/recovery-code/kept")
def keep_recovery_code() -> Response | str:
    """The person has it: it is shown no more, and they go on."""
    code_was_kept()
    return onwards(request.form.get("next", "/account"))


def _factor_page(errors: dict[str, str]) -> str:
    """The secret of a switch-on that is not finished waits in the session, encrypted: scanned once, it stays right."""
    person = owner()
    if second_factor.is_on(person.user.id):
        return render_template("account/second_factor.html", is_on=True, errors=errors)
    secret = _waiting_secret(person.user.id)
    if secret is None:
        secret = second_factor.new_secret()
        session[WAITS] = encrypted(f"{person.user.id} {secret}")
    return render_template(
        "account/second_factor.html",
        is_on=False,
        secret=secret,
        picture=second_factor.picture(secret, person.user.name, facts().name),
        errors=errors,
        needed=person.actor.moderates,
    )


def _waiting_secret(user_id: int) -> str | None:
    kept = read_or_none(session[WAITS]) if WAITS in session else None
    whose, _, secret = (kept or "").partition(" ")
    return secret if whose == str(user_id) else None


@bp.get("/second-factor", endpoint="second_factor")
def show_second_factor() -> str:
    """Switch it on by scanning and typing a code, or off."""
    return _factor_page({})


@bp.post("/second-factor/on")
@answers_with(_factor_page)
def switch_second_factor_on() -> Response:
    """From the next log-in on a code is asked for."""
    person = owner()
    spend_own_secret(person)
    secret = _waiting_secret(person.user.id)
    if secret is None:
        raise Invalid("This page had grown old. Please scan the new code below.", field="code")
    # Powers hang on the factor: who only found this browser open must not be able to bring their own.
    service.check_password_of(person.user.id, request.form.get("password", ""))
    enter(second_factor.switch_on(person.user.id, person.sign_in.id, secret, request.form.get("code", "")))
    return redirect("/account/second-factor", 303)


@bp.post("/second-factor/off")
@answers_with(_factor_page)
def switch_second_factor_off() -> Response:
    """From now on the password is enough."""
    person = owner()
    spend_own_secret(person)
    enter(second_factor.switch_off(person.user.id, person.sign_in.id, request.form.get("code", "")))
    return redirect("/account/second-factor", 303)


def _email_page(errors: dict[str, str], *, sent_to: str = "") -> str:
    return render_template(
        "account/email.html",
        kept=mail_address.kept_of(owner().user.id),
        typed=request.form.get("address", ""),
        sent_to=sent_to,
        mail_goes_out=mail.goes_out(),
        errors=errors,
    )


@bp.get("/email")
def email() -> str:
    """The address, if there is one, and the form for one."""
    return _email_page({})


@bp.post("/email")
@answers_with(_email_page)
def offer_email() -> str:
    """Send a link to this address; the answer is the same for every address."""
    person = owner()
    spend_own_secret(person)
    address = mail_address.checked(request.form.get("address", ""))
    service.check_password_of(person.user.id, request.form.get("password", ""))
    current_app.extensions["limiter"].spend("mail_to", mail_address.print_of(address))
    if not mail.goes_out():
        raise Conflict("This site cannot send mail at the moment. Please try again later.", field="address")
    mail_address.offer(person.user.id, address)
    return _email_page({}, sent_to=address)


@bp.post("/email/remove")
@answers_with(_email_page)
def remove_email() -> Response:
    """The address is forgotten."""
    person = owner()
    spend_own_secret(person)
    service.check_password_of(
        person.user.id, request.form.get("remove_password", ""), field="remove_password"
    )
    mail_address.remove(person.user.id)
    return redirect("/account/email", 303)


@bp.get("/email/<confirmation>")
def confirm_email(confirmation: str) -> str:
    """Asks for the press that confirms; opening the link alone does not, for programs open links too."""
    address = mail_address.waiting_address(owner().user.id, confirmation)
    return render_template("account/confirm_email.html", address=address, confirmation=confirmation)


@bp.post("/email/<confirmation>")
def confirm_email_now(confirmation: str) -> Response:
    """The address is this person's."""
    mail_address.confirm(owner().user.id, confirmation)
    return redirect("/account/email", 303)


def owner() -> SignedIn:
    """Whose account this is."""
    person = login.signed_in()
    if person is None:
        raise LogInFirst()
    return person


def spend_own_secret(person: SignedIn) -> None:
    """Count a try at this person's password or code."""
    current_app.extensions["limiter"].spend("own_secret", person.user.id)
