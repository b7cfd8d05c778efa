"""Leaving a community. (Joining goes through its agreement, its threads have their own pages.)"""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from forum import login, policy
from forum.policy import Permission
from forum.spaces import queries, service
from forum.spaces.models import Farewell

bp = Blueprint("spaces", __name__)


@bp.get("/communities/<slug>/leave")
def leave(slug: str) -> str:
    """Asks once what is to stay, and says beforehand what that means."""
    actor = login.actor()
    space = queries.space(actor, slug)
    policy.require(actor, Permission.LEAVE_SPACE, space, known_by=Permission.SEE_SPACE)
    return render_template("spaces/leave.html", space=space)


@bp.post("/communities/<slug>/leave")
def left(slug: str) -> Response:
    """The membership ends."""
    actor = login.actor()
    if actor.known:
        current_app.extensions["limiter"].spend("membership", actor.user_id)
    chosen = request.form.get("words", "")
    service.leave(actor, slug, Farewell(chosen) if chosen in list(Farewell) else Farewell.STAY)
    return redirect(f"/communities/{slug}", 303)
