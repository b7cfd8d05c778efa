"""The lead's page of mail: what waits, what failed and why, and once more."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from forum import login
from forum.mail import carrier, queries, service
from forum.pages import answers_with

bp = Blueprint("mail", __name__)


@bp.get("/site/mail")
def show() -> str:
    """How mail fares, in plain words and without an address."""
    return _page({})


def _page(errors: dict[str, str], mail_id: int | None = None) -> str:
    fares = queries.how_mail_fares(login.actor())
    return render_template("mail/show.html", **vars(fares), goes_out=carrier.goes_out(), errors=errors)


@bp.post("/site/mail/<int:mail_id>/another-try")
@answers_with(_page)
def try_one(mail_id: int) -> Response:
    """One mail that failed waits again."""
    service.try_again(login.actor(), mail_id)
    return redirect("/site/mail", 303)


@bp.post("/site/mail/another-try")
@answers_with(_page)
def try_all() -> Response:
    """All that failed waits again."""
    service.try_again(login.actor())
    return redirect("/site/mail", 303)
