"""Leaving a community. (Joining goes through its agreement, its threads have their own pages.)"""

from flask import Blueprint, current_app, redirect, render_template
from werkzeug.wrappers import Response

from forum import login, policy
from forum.policy import Permission
from forum.spaces import queries, service

bp = Blueprint("spaces", __name__)


@bp.get("/communities/<slug>/leave")
def leave(slug: str) -> str:
    """Asks once, and says beforehand what stays."""
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
    service.leave(actor, slug)
    return redirect(f"/communities/{slug}", 303)
