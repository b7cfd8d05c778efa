"""The page of a lead about those who have power."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from forum import login
from forum.pages import answers_with
from forum.team import queries, service

bp = Blueprint("team", __name__)


def _page(errors: dict[str, str], user_id: int = 0) -> str:
    actor = login.actor()
    return render_template("team/show.html", people=queries.people(actor), me=actor.user_id, errors=errors)


@bp.get("/site/team")
def show() -> str:
    """Leads and moderators, and whether their log-in asks for a code."""
    return _page({})


@bp.post("/site/team/<int:user_id>/second-factor/reset")
@answers_with(_page)
def reset_second_factor(user_id: int) -> Response:
    """Somebody lost their telephone."""
    service.reset_second_factor(login.actor(), user_id)
    return redirect("/site/team", 303)
